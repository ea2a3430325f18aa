"""What keeps network-scripts from a change-over without a gap; there is no daemon to fight.

The files say what ifup does at the next boot, and the running kernel is brought to the same by
netlink (`stacks.change_over`); only a lease is asked for by ifup. Whatever ifup does besides
addresses and routes would be missing, so where the files ask for such a thing ifdown and ifup do it
all, with their gap.

A leased address moves: ifup starts dhclient for the bridge while the NIC goes on with its own.

The same client to the server, which knows it by its MAC, and it asks for the same address: the
lease file goes along, with the leases in it made those of the bridge. Red Hat's dhclient-script may
take every IPv4 address off a link before dhclient asks for one (PREINIT), so none can be kept on
that link meanwhile; but until it has its own the other leg has the address, there and back alike.
What the host sends leaves by the link that asks, so that the switch sends the answer there too.
The old client is killed, never told to stop: told so, dhclient may give the address back while the
host lives by it. Where a client runs already, a second dhclient goes away again.

Sources: ifup-eth and network-functions in the branches of initscripts for RHEL 5 to 8.
"""

from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route, is_zeroconf
from xenbond_tui.plan.actions import LendAddresses, ReturnLent, Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage, afterwards, move, plain_mtu
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.change_over.legs import wait_address
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.ifcfg.activate import UP_TIMEOUT_S
from xenbond_tui.stacks.ifcfg.files import OLDEST_RELEASE, Scripts, lease_file, takes_part
from xenbond_tui.stacks.ifcfg.places import DHCLIENT_CONFIGS, DIRECTORY, HOOKS, IFUP, pid_file
from xenbond_tui.stacks.ifcfg.read import read
from xenbond_tui.stacks.steps import add_route, best_effort, drop_interim
from xenbond_tui.typed import override


def way(scripts: Scripts, answers: Answers) -> Transition | Edit:
    """How to get there without a gap: a bond that runs is changed, else one is made.

    Raises:
        NeedsOutage: it can't be done.
    """
    facts = scripts.facts
    _without_ifup(scripts)
    if facts.bond(answers.bond.name) is None:
        return transition(scripts, facts, answers, _move(scripts, answers))
    written = read(facts, answers)
    found = edit(facts, answers, written, Transition)
    if found.to_bridge is not None:
        _pins_macs(scripts, answers)
    for name in (*found.added, *((found.bond,) if found.to_bridge else ())):
        _only_an_address(scripts, name)
    return found


def removal(scripts: Scripts, wanted: Removal) -> Transition:
    """From the bond under the bridge to the NIC with the address without a gap.

    Raises:
        NeedsOutage: it can't be done.
    """
    answers = wanted.answers
    _without_ifup(scripts)
    _pins_macs(scripts, answers)
    if answers.bridge.method == "dhcp":
        refuse_old_release(scripts)
        refuse_lease(scripts, answers.bridge.name, wanted.nic)
    facts = afterwards(scripts.facts, wanted, leases=True)
    plain_mtu(scripts.facts, wanted)
    found = move(facts, answers, leases=True)
    for name in (answers.bridge.name, answers.bond.name, *answers.bond.slaves):
        _only_an_address(scripts, name)
    return transition(scripts, facts, answers, found, Direction.PART)


def transition(
    scripts: Scripts,
    facts: HostFacts,
    answers: Answers,
    found: Move,
    direction: Direction = Direction.JOIN,
) -> Transition:
    """A set-up or a removal; `facts`: with the NIC alone."""
    if found.leased:
        return LeasedTransition(scripts, facts, answers, found, direction)
    return Transition(facts, answers, found, direction=direction)


def _without_ifup(scripts: Scripts) -> None:
    if not scripts.facts.access.knows_running:
        raise NeedsOutage("what runs there is not known")
    for path in HOOKS:
        if path in scripts.facts.present:
            raise NeedsOutage(f"ifup must run {path}")


def _pins_macs(scripts: Scripts, answers: Answers) -> None:
    if scripts.release <= 5:
        # br_set_mac_address came with Linux 2.6.27.
        raise NeedsOutage(f"this kernel gives {answers.bridge.name} no separate MAC")


def _move(scripts: Scripts, answers: Answers) -> Move:
    facts, bridge = scripts.facts, answers.bridge
    _pins_macs(scripts, answers)
    if bridge.method == "dhcp":
        refuse_old_release(scripts)
    found = move(facts, answers, leases=True)
    if found.leased:
        refuse_lease(scripts, found.carrying, bridge.name)
    if scripts.of_device(answers.bond.name):
        raise NeedsOutage(f"{answers.bond.name} is there already")
    if bridge.dns not in ((), facts.dns) or bridge.search not in ((), facts.search):
        raise NeedsOutage("ifup must write the name servers")
    for name in answers.bond.slaves:
        _only_an_address(scripts, name)
    return found


def _only_an_address(scripts: Scripts, name: str) -> None:
    for config in scripts.of_device(name):
        for path in (f"{DIRECTORY}/{kind}-{config.name}" for kind in ("rule", "rule6")):
            if path in scripts.facts.files:
                raise NeedsOutage(f"ifup must set the rules of {path}")
        for key in ("ZONE", "ETHTOOL_OPTS"):
            if config.value(key):
                raise NeedsOutage(f"ifup must do what {key} in {config.path} says")
        if takes_part(scripts.facts) and not config.no("NM_CONTROLLED"):
            raise NeedsOutage(f"NetworkManager has {name}, and must let go of it first")
    if takes_part(scripts.facts) and not scripts.of_device(name):
        raise NeedsOutage(f"NetworkManager has {name}, and must let go of it first")


def refuse_old_release(scripts: Scripts) -> None:
    """The running kernel tells a leased address from a static one.

    Raises:
        NeedsOutage: it does not.
    """
    if scripts.release < OLDEST_RELEASE:
        raise NeedsOutage("a new lease is asked for")


def refuse_lease(scripts: Scripts, holder: str, taker: str) -> None:
    """The lease of `holder` is one that dhclient got for ifup, and `taker` would be that client.

    Raises:
        NeedsOutage: it is another client's, or there is more to it.
    """
    known = scripts.facts.files
    if not {pid_file(holder), lease_file(scripts, holder)} <= known.keys():
        raise NeedsOutage(f"the lease of {holder} is not dhclient's")
    for path in (pattern.format(link) for pattern in DHCLIENT_CONFIGS for link in (holder, taker)):
        if path in known:
            raise NeedsOutage(f"what {path} says holds for one link alone")
    for config in scripts.of_device(holder):
        if (config.value("DHCPV6C") or "no").lower() not in ("no", "false", "0"):
            raise NeedsOutage(f"ifup must do what DHCPV6C in {config.path} says")


class LeasedTransition(Transition):
    """A set-up or a removal that starts dhclient for one of NIC and bridge, and ends the other's.

    ifup reads the files while both legs stand.
    """

    files_first = True

    def __init__(
        self,
        scripts: Scripts,
        facts: HostFacts,
        answers: Answers,
        found: Move,
        direction: Direction,
    ) -> None:
        super().__init__(facts, answers, found, direction=direction)
        links = (self.nic, self.bridge)
        self._named = {link: scripts.one(link).name for link in links}
        self._leases = {link: lease_file(scripts, link) for link in links}

    @override
    def routes(self) -> tuple[Route, ...]:
        """Without the one that ifup makes for each link, with a metric by its index."""
        return tuple(route for route in super().routes() if not is_zeroconf(route))

    @override
    def fill_bridge(self) -> Iterator[Step]:
        """The same lease."""
        bridge, nic = self.bridge, self.nic
        yield from self.raised()
        yield from self._taken_along(nic, bridge)
        yield from self._out_by(bridge)
        yield Step(f"Bring {bridge} up, while {nic} has its address too", self._ifup(bridge))
        yield from self._has_leased(bridge)
        yield from self._out_as_ever(bridge)
        yield from _stopped(nic)

    @override
    def give_nic(self) -> Iterator[Step]:
        """Its lease again."""
        bridge, nic = self.bridge, self.nic
        yield from best_effort(*self._taken_along(bridge, nic), *self._out_by(nic))
        yield Step(f"Bring {nic} up {self.with_its_address}", self._ifup(nic))
        yield from self._has_leased(nic)
        yield from self._out_as_ever(nic)
        for item in self.announced:
            yield self.given(nic, bridge, item)
        yield from best_effort(
            # By an undo much later the lease may be another one.
            Step(
                f"Add the address of {bridge} to {nic}, if it is missing",
                LendAddresses(bridge, nic),
            ),
            *_stopped(bridge),
            Step(f"Remove the lease file of {bridge}", Run(("rm", "-f", self._leases[bridge]))),
        )

    @override
    def activate(self) -> tuple[Step, ...]:
        """What was lent to the NIC goes."""
        return best_effort(
            Step(f"Remove the interim address from {self.nic}", ReturnLent(self.nic))
        )

    def _ifup(self, link: str) -> Run:
        return Run((IFUP, self._named[link]), UP_TIMEOUT_S)

    def _taken_along(self, source: str, target: str) -> Iterator[Step]:
        """Of a link's own leases dhclient asks for the last; an older file says nothing new."""
        path = self._leases[target]
        copy = ("cp", "--preserve", "--update", self._leases[source], path)
        yield Step(f"Copy the DHCP lease of {source} to {target}", Run(copy))
        words = f's/^ *interface "{source}";$/  interface "{target}";/'
        label = f"Write {target} into the copied lease"
        yield Step(label, Run(("sed", "-i", words, path)))

    def _halves(self, link: str) -> list[Route]:
        """Better ways to the address's network than the one that the other leg has."""
        return [
            Route(str(half), None, link, 4, source=item.ip, scope="link")
            for item in self.move.addresses
            for half in ip_interface(item.cidr).network.subnets()
        ]

    def _out_by(self, link: str) -> Iterator[Step]:
        """What leaves decides by which leg the switch sends: also what the server answers."""
        routes = (route.by(link) for route in self.routes())
        yield from map(add_route, (*self._halves(link), *routes))

    def _out_as_ever(self, link: str) -> tuple[Step, ...]:
        return drop_interim(self._halves(link))

    def _has_leased(self, link: str) -> Iterator[Step]:
        for item in self.move.addresses:
            yield wait_address(link, item.ip, 1.0, leased=True)


def _stopped(link: str) -> tuple[Step, ...]:
    """End a link's dhclient at once: it keeps its lease. That none runs is no error (status 1)."""
    words = ("--signal", "KILL", "--exact", "--pidfile", pid_file(link), "dhclient")
    forget = Run(("rm", "-f", pid_file(link)))
    return (
        Step(f"Stop the DHCP client of {link}", Run(("pkill", *words), ok=(0, 1))),
        Step(f"Remove the pid file of the DHCP client of {link}", forget),
    )
