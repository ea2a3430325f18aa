"""Up and down with ifup and ifdown, in the order that holds with ifupdown 0.8.

It leaves the host without its address for a while; `transition` does not, where it can be.

Every ifup and ifdown is given `--force`: /run/network/ifstate may say "already configured" of a
link that is gone, or nothing of one that runs, and both would silently do nothing otherwise.
ifdown needs the file that the link was brought up with still in place: it releases the lease and
runs the hooks by what it reads there. No failed ifdown is fatal, because what counts (addresses
off, links gone) is made sure of by netlink right after it.

A leased address moves without all that: ISC dhclient for the bridge goes on with what it has for
the NIC. It is the same client to the server: the MAC is the same, and so is the DUID, which
dhclient keeps in its lease file, one for each link (`-lf`, `-i` in ifupdown's inet.defn). The old
client is killed, never told to stop by ifdown: `dhclient -r` would give the address back while the
host lives by it.
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.rules.inventory import Kind
from xenbond_tui.rules.standing import standing
from xenbond_tui.stacks.base import Restart
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.inventory import of_today
from xenbond_tui.stacks.ifupdown.places import lease_file, pid_file
from xenbond_tui.stacks.steps import (
    COMMAND_TIMEOUT_S,
    LEASE_TIMEOUT_S,
    best_effort,
    flush,
    gone,
    guests_back,
    plug,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.typed import override

OUTAGE = Outage(5, 15, "while ifdown and ifup change over")
"""How long ifdown and ifup leave a host without its address: measured, 9 to 11 s in a slow guest;
a switch port with spanning tree adds its own 30."""
RESTART = Restart(
    start=(("ifup", "-a"), ("ifup", "-a", "--allow=hotplug")),
    outage=OUTAGE,
    stop=(("ifdown", "-a", "--allow=hotplug"), ("ifdown", "-a", "--exclude=lo")),
)
"""Of all links those that a boot would bring up: "auto", and by their hardware "allow-hotplug"."""
_FORWARDING_S = 35.0
"""Seconds: 30 with spanning tree."""


def program(facts: HostFacts, name: str) -> str:
    """Full path of ifup or ifdown; ifdown is a link beside ifup."""
    merged_only = "/sbin/ifup" not in facts.present and "/usr/sbin/ifup" in facts.present
    return f"/usr/sbin/{name}" if merged_only else f"/sbin/{name}"


class ByIfup(WithOutage):
    """Bond and bridge by ifup, or one NIC again."""

    outage = OUTAGE

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        before: Configuration,
        after: Configuration,
        nic: str | None = None,
    ) -> None:
        """`before`, `after`: the files of today, and as they are to be."""
        super().__init__(facts, answers, nic)
        self._before = before
        self._after = after
        self._all = (self.bridge, self.bond, *self.slaves)
        # On a host that runs such a change is refused (`rules.standing`).
        items = () if nic or facts.access.knows_running else of_today(facts, before)
        lowers = {it.link: it.value for it in items if it.kind is Kind.LOWER}
        self._over = standing(lowers, (self.bridge, self.bond))
        self._bridges = {it.value: it.link for it in items if it.kind is Kind.PORT}

    @override
    def take_down(self) -> Iterator[Step]:
        yield from ifdown(self.facts, *reversed(self._over), *filter(self._runs, self._all))
        yield from gone(*(name for name in self.both if self.nic or name not in self.new))
        yield from map(flush, self.slaves)

    @override
    def bring_up(self) -> Iterator[Step]:
        facts, bond = self.facts, self.bond
        others = [name for name in self.slaves if name != self.nic]
        yield from ifup_plain(facts, others, self._after)
        if self.nic:
            yield self._addressed(self.nic)
            yield from self.carrier_again()
            return
        yield _ifup(facts, bond, f"with {' and '.join(self.slaves)}")
        yield wait_carrier(bond)
        yield self._addressed(self.bridge)
        # A router may have announced IPv6 to the bond before it became a port.
        yield flush(bond)
        yield from guests_back(facts, self.answers)
        yield wait_forwarding(self.bridge, bond, _FORWARDING_S)
        yield from self._over_again()

    @override
    def take_down_again(self) -> Iterator[Step]:
        yield from ifdown(self.facts, *reversed(self._over))
        yield from ifdown(self.facts, *filter(self._after.ifaces, self._all))
        yield from gone(*self.both)
        yield from map(flush, self.slaves)

    @override
    def bring_back(self) -> Iterator[Step]:
        for name in self._boot_order():
            # A mere `inet manual` that no boot ever brings up something else has set up.
            manual = all(item.method == "manual" for item in self._before.ifaces(name))
            if self._runs(name) and (not manual or self._before.brought_up()(name)):
                yield _ifup(self.facts, name, "as before", LEASE_TIMEOUT_S)
        yield from self.slaves_up_as_before()
        yield from self._over_again()

    def _over_again(self) -> Iterator[Step]:
        """Each link that stands on bond or bridge, and into its bridge, which has stayed."""
        for name in self._over:
            yield _ifup(self.facts, name, "again", LEASE_TIMEOUT_S)
            if name in self._bridges:
                yield plug(name, self._bridges[name])

    def _addressed(self, name: str) -> Step:
        """Dhclient itself would try for five minutes."""
        bridge = self.answers.bridge
        if bridge.method == "dhcp":
            return _ifup(self.facts, name, "with a leased address", LEASE_TIMEOUT_S)
        return _ifup(self.facts, name, f"with {', '.join(bridge.addresses) or 'no address'}")

    def _boot_order(self) -> list[str]:
        """As `ifup -a` would take them; the bridge after what it stands on."""
        config = self._before
        known = [item.name for item in config.classes()] + list(config.names())
        names = (*self.slaves, self.bond)
        first = sorted(names, key=lambda name: known.index(name) if name in known else len(known))
        return [*first, self.bridge] if self.bridge in self.both else first

    def _runs(self, name: str) -> bool:
        """The files of today configure it, and it is up (or may be: another tree)."""
        up = not self.facts.access.knows_running or self.facts.is_up(name)
        return up and bool(self._before.ifaces(name))


def ifup_plain(facts: HostFacts, names: Iterable[str], config: Configuration) -> tuple[Step, ...]:
    """Tell ifupdown of NICs that it brings up at boot, with no address."""
    autos = config.classes("auto")
    known = [name for name in names if any(item.brings_up(name) for item in autos)]
    return best_effort(*(_ifup(facts, name, "without address") for name in known))


def ifdown(facts: HostFacts, *names: str, options: tuple[str, ...] = ()) -> tuple[Step, ...]:
    """What it would take away may have gone before."""
    argv = (program(facts, "ifdown"), "--force", *options)
    return best_effort(*(Step(f"Take {name} down", Run((*argv, name))) for name in names))


def _ifup(facts: HostFacts, name: str, how: str, timeout: float = COMMAND_TIMEOUT_S) -> Step:
    run = Run((program(facts, "ifup"), "--force", name), timeout)
    return Step(f"Bring up {name} {how}", run)


def take_along(source: str, target: str) -> Step:
    """One link's client starts with the other's DUID; an older file says nothing new."""
    copy = Run(("cp", "--preserve", "--update", lease_file(source), lease_file(target)))
    return Step(f"Copy the DHCP lease of {source} to {target}", copy)


def stop_client(link: str, which: str = "the") -> Step:
    """End a link's dhclient at once: it keeps its lease; not running is no error."""
    words = ("--stop", "--oknodo", "--signal", "KILL", "--name", "dhclient")
    run = Run(("start-stop-daemon", *words, "--pidfile", pid_file(link)))
    return Step(f"Stop {which} DHCP client of {link}", run)
