"""A bond that runs, changed while it runs: nothing on it is cut off.

Options are set by sysfs as the kernel takes them, slaves come and go one by one, and the bridge
with its address and its guests is not touched. What the kernel takes only from a bond that is down
or has no slaves (the flags in drivers/net/bonding/bond_options.c) can't be done like that.

A bond that has no bridge yet comes under it while it runs, and out of it again in a rollback. What
stands on the bond is not touched then: a tagged frame goes to the VLAN on a port before the bridge
sees it (vlan_do_receive comes before rx_handler in __netif_receive_skb_core, net/core/dev.c). The
bond's address is the bridge's too before the bond lets go, by the same means as in a `Transition`.
"""

from collections.abc import Callable, Iterator, Mapping

from xenbond_tui.answers import Answers, BridgeAnswers
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.options.kind import PerSlave
from xenbond_tui.options.option import Change
from xenbond_tui.options.running import canonical, counted, in_order, running, same
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.plan.actions import SetBondOption
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.rules.addresses import canonical as canonical_cidr
from xenbond_tui.rules.suitable import nic_ports
from xenbond_tui.stacks.change_over.conditions import (
    Move,
    NeedsOutage,
    lasting,
    same_addresses,
    same_gateway,
)
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.steps import (
    OWN_FILES,
    RESTORE_NETWORK,
    RESTORE_SYSCTLS,
    Files,
    best_effort,
    enslave,
    flush,
    gone,
    set_down,
    set_up,
    take_out,
)
from xenbond_tui.value import dataclass

ToBridge = Callable[[HostFacts, Answers, Move], Transition]
"""How a stack gives an address to the bridge and takes charge of it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What changes on a bond that runs."""

    bond: str
    bridge: str
    options: tuple[tuple[str, str, str], ...]
    """Kernel name, value to be, value now; in the order to set them. `primary` is apart."""
    primary: tuple[str, str] | None
    """The primary slave to be and the present one, `none` for none; None when it stays."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    successor: str | None
    """Who is made the active slave before the present one goes; None when that one stays."""
    active: str | None
    """The active slave now."""
    was_up: frozenset[str]
    """Those of `added` that were administratively up."""

    to_bridge: Transition | None = None
    """How the bond comes under its bridge; None: it is there."""
    files: Files = OWN_FILES
    forget: tuple[Step, ...] = ()
    """The stack's programs forget a bridge that is gone, while the new files still name it."""
    hand_over: tuple[Step, ...] = ()
    """As in `Transition`; so are the next two."""
    release: tuple[Step, ...] = ()
    activate: tuple[Step, ...] = ()

    @property
    def no_outage(self) -> Outage:
        """Why there is none."""
        how = f"comes under {self.bridge}" if self.to_bridge else "is changed"
        return Outage.none(f"{self.bond} {how} while it runs")

    def forward(self) -> tuple[Step, ...]:
        """From the bond that runs to the planned one."""
        way = self.to_bridge
        steps = [*self.files.written, *(joined(way) if way else ())]
        steps += [self._option(name, wanted) for name, wanted, _ in self.options]
        for name in self.added:
            steps += self._enslave(name)
        if self.successor is not None:
            steps.append(self._option("active_slave", self.successor))
        if self.primary is not None:
            # After that: the kernel chooses the primary only then, and does not look again.
            steps.append(self._option("primary", self.primary[0]))
        for name in self.removed:
            steps += self._release(name)
        return (*steps, *self.hand_over, *((RESTORE_SYSCTLS,) if way else ()))

    def rollback(self) -> tuple[Step, ...]:
        """Back to the bond that ran, from any point of `forward`."""
        steps: list[Step] = []
        for name in self.removed:
            steps += self._enslave(name)
        if self.primary is not None:
            steps.append(self._option("primary", self.primary[1]))
        if self.active is not None:
            steps.append(self._option("active_slave", self.active))
        for name in self.added:
            steps += self._release(name)
            if name in self.was_up:
                steps.append(set_up(name))
        now = {name: value for name, _, value in self.options}
        steps += [self._option(name, now[name]) for name in in_order(now)]
        steps += parted(self.to_bridge) if self.to_bridge else ()
        return (
            *best_effort(*self.release, *steps, *self.forget),
            *self.files.restored,
            *best_effort(*self.activate),
            *(settled(self.to_bridge) if self.to_bridge else ()),
            RESTORE_NETWORK,
        )

    def _option(self, name: str, value: str) -> Step:
        """What makes another slave the active one announces host and guests (`apply.steps`)."""
        action = SetBondOption(self.bond, name, value)
        return Step(f"Set {name} of {self.bond} to {value}", action)

    def _enslave(self, name: str) -> Iterator[Step]:
        # In a rollback it may never have left the bond.
        yield set_down(name, unless_in=self.bond)
        yield flush(name)
        yield enslave(name, self.bond)
        yield set_up(name)

    def _release(self, name: str) -> Iterator[Step]:
        """Down at once: it gets its own MAC back, which may be the one the bridge has."""
        yield set_down(name)
        yield take_out(name, self.bond)


def edit(
    facts: HostFacts,
    answers: Answers,
    written: Answers | None,
    to_bridge: ToBridge | None = None,
) -> Edit:
    """What must change on the running bond so that it is the planned one.

    Args:
        facts: the host.
        answers: resolved.
        written: what the stack's files say today.
        to_bridge: makes the stack's way under a bridge; None: it has none.

    Raises:
        NeedsOutage: it can't be done while the bond runs.
    """
    bond, bridge = facts.bond(answers.bond.name), facts.bridge(answers.bridge.name)
    link, way = facts.link(answers.bond.name), None
    if bond is not None and bridge is not None and link is not None and link.master == bridge.name:
        _bridge_stays(facts, answers, None if written is None else written.bridge, bridge)
    elif bond is None or to_bridge is None:
        raise NeedsOutage(
            f"{answers.bond.name} is there already, and not under {answers.bridge.name}"
        )
    else:
        way = under_bridge(facts, answers, to_bridge)
        same_gateway(facts, answers, way.nic if way.move.addresses else way.bridge)
    today = {} if written is None else written.bond.every_option
    changes = _options(bond, answers.bond.every_option, today)
    added, removed = _slaves(facts, answers, bond)
    primary = next(((new, old) for name, new, old in changes if name == "primary"), None)
    return Edit(
        bond.name,
        answers.bridge.name,
        tuple(item for item in changes if item[0] != "primary"),
        primary,
        added,
        removed,
        _successor(bond, removed),
        bond.active_slave,
        frozenset(filter(facts.is_up, added)),
        way,
    )


def _bridge_stays(
    facts: HostFacts, answers: Answers, written: BridgeAnswers | None, now: BridgeState
) -> None:
    """What is written and wanted alike stays, whatever runs besides; what is not known to run too.

    Raises:
        NeedsOutage: something of the bridge is to change.
    """
    wanted = answers.bridge
    link = facts.link(wanted.name)
    if link is None or written is None or wanted.method != written.method:
        raise NeedsOutage(f"{wanted.name} gets its address in another way")
    if wanted.method == "static":
        have = {canonical_cidr(item) for item in written.addresses}
        alike = have == {canonical_cidr(item) for item in wanted.addresses}
        if facts.access.knows_running or not alike:
            same_addresses(link, wanted, more=alike)
        if facts.access.knows_running or wanted.gateway != written.gateway:
            same_gateway(facts, answers, wanted.name)
    if wanted.mac not in ("", now.mac):
        raise NeedsOutage(f"the MAC of {wanted.name} changes")
    if wanted.mtu not in (None, link.mtu):
        raise NeedsOutage("the MTU changes")
    servers = wanted.dns in ((), facts.dns, written.dns)
    if not servers or wanted.search not in ((), facts.search, written.search):
        raise NeedsOutage("the name servers change")


def _options(
    bond: BondState, wanted: Mapping[str, str], written: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Name, value to be and value now of what differs.

    Raises:
        NeedsOutage: one can't be set, or could not be put back, while the bond runs.
    """
    left_out = {name: OPTIONS[name].default for name in written if name in OPTIONS}
    target = {**left_out, **wanted}
    differs = {name: target[name] for name in target if _differs(bond, name, target, written)}
    # The kernel keeps delays as multiples: with another miimon they would be others too.
    for name in counted(differs):
        now = canonical(name, running(bond, name) or "0")
        if now != "0":
            differs.setdefault(name, target.get(name, now))
    found = []
    for name in in_order(differs):
        now = canonical(name, running(bond, name) or "")
        if running(bond, name) is None or not _settable(name, differs[name], now):
            raise NeedsOutage(f"{name} can't be changed while {bond.name} runs")
        found.append((name, differs[name], now))
    return found


def _differs(
    bond: BondState, name: str, target: Mapping[str, str], written: Mapping[str, str]
) -> bool:
    now = running(bond, name)
    if now is None:
        return target[name] != written.get(name)
    return not same(name, now, target[name], bond.miimon)


def _settable(name: str, *values: str) -> bool:
    """Does the kernel take these values by sysfs, one after the other, from a bond that runs?"""
    option = OPTIONS.get(name)
    if option is None or option.change is not Change.ANYTIME or "S" not in option.by:
        return False
    if isinstance(option.kind, PerSlave):
        return False
    clearable = option.kind.clearable
    return all(option.kind.read(value) or (clearable and value == "none") for value in values)


def _slaves(
    facts: HostFacts, answers: Answers, bond: BondState
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    now = tuple(item.name for item in bond.slaves)
    added = tuple(name for name in answers.bond.slaves if name not in now)
    for name in added:
        nic: Link | None = facts.link(name)
        if nic is None or nic.master is not None or lasting(nic):
            raise NeedsOutage(f"{name} is in use")
    removed = tuple(name for name in now if name not in answers.bond.slaves)
    stay = [item for item in bond.slaves if item.name not in removed]
    if removed and not any(item.mii_status == "up" for item in stay):
        raise NeedsOutage("none of the slaves that stay has a link")
    return added, removed


def _successor(bond: BondState, removed: tuple[str, ...]) -> str | None:
    if bond.active_slave is None or bond.active_slave not in removed:
        return None
    able = (item for item in bond.slaves if item.name not in removed and item.mii_status == "up")
    return next(item.name for item in able)


def under_bridge(facts: HostFacts, answers: Answers, make: ToBridge) -> Transition:
    """The bond in the place of the NIC that carries everything.

    Raises:
        NeedsOutage: it can't be done.
    """
    bond, bridge = answers.bond, answers.bridge
    link, there = facts.link(bond.name), facts.bridge(bridge.name)
    running = facts.bond(bond.name)
    if link is None or link.master is not None or running is None or not running.slaves:
        raise NeedsOutage(f"{bond.name} is there already, and not under {bridge.name}")
    addresses = _addresses(facts, answers, link)
    if there is not None and (there.stp or nic_ports(facts, bridge.name)):
        raise NeedsOutage(f"{bridge.name} has spanning tree or another NIC")
    if bridge.mac != (link.mac if there is None else there.mac):
        raise NeedsOutage(f"the MAC of {bridge.name} changes")
    if bridge.mtu not in (None, link.mtu):
        raise NeedsOutage("the MTU changes")
    if bridge.dns not in ((), facts.dns) or bridge.search not in ((), facts.search):
        raise NeedsOutage("the name servers change")
    return make(facts, answers, Move(bond.name, (), addresses))


def _addresses(facts: HostFacts, answers: Answers, link: Link) -> tuple[Address, ...]:
    """What moves from the bond to the bridge."""
    bond, bridge = answers.bond.name, answers.bridge
    held, above = lasting(link), facts.link(bridge.name)
    if bridge.method == "dhcp":
        raise NeedsOutage(f"{bridge.name} asks for a lease")
    if bridge.method == "none":
        if held or (above is not None and lasting(above)):
            raise NeedsOutage(f"an address of {bond} or {bridge.name} goes")
        return ()
    if above is not None and lasting(above):
        same_addresses(above, bridge)
        if held:
            raise NeedsOutage(f"{bond} has an address beside {bridge.name}")
        return ()
    if any(item.dynamic for item in held):
        raise NeedsOutage(f"the address of {bond} is leased")
    same_addresses(link, bridge)
    return held


def joined(way: Transition) -> tuple[Step, ...]:
    """The bond becomes a port of the bridge."""
    bond, bridge = way.bond, way.bridge
    new = way.facts.link(bridge) is None
    return (
        *way.tell_both(),
        *(way.new_bridge() if new else ()),
        set_up(bridge),
        *way.bridge_given(),
        *way.raised(),
        *(way.bridge_routes() if way.move.addresses else ()),
        *best_effort(way.announced_from(bridge)),
        *way.announced_by_routers(bridge),
        # A router may have announced IPv6 to it before it became a port.
        flush(bond),
    )


def parted(way: Transition) -> tuple[Step, ...]:
    """Back, from any point of `joined`; the bridge goes if it was not there."""
    bond, bridge = way.bond, way.bridge
    new = way.facts.link(bridge) is None
    return best_effort(
        *way.either_leg(bond, bridge),
        *way.give_nic(),
        *way.nic_routes(),
        *way.routers_routes_held(bond),
        # Else what leaves would go on by a bridge without a port.
        *((flush(bridge),) if way.move.addresses else ()),
        take_out(bond, bridge),
        way.announced_from(bond),
        *(gone(bridge) if new else ()),
    )


def settled(way: Transition) -> tuple[Step, ...]:
    """The end of `parted`, when the stack has taken charge of the bond: some ask routers then."""
    return best_effort(*way.routers_routes_dropped(way.bond), RESTORE_SYSCTLS)
