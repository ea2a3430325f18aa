"""A bond that runs comes under a bridge while it runs, and out of it again in a rollback.

What stands on the bond is not touched: a tagged frame goes to the VLAN on a port before the bridge
sees it (vlan_do_receive comes before rx_handler in __netif_receive_skb_core, net/core/dev.c). The
bond's address is the bridge's too before the bond lets go, by the same means as in a `Transition`.
"""

from collections.abc import Callable

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.suitable import nic_ports
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage, lasting, same_addresses
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.steps import (
    RESTORE_SYSCTLS,
    best_effort,
    flush,
    gone,
    set_up,
    take_out,
)
from xenbond_tui.value import replace

ToBridge = Callable[[HostFacts, Answers, Move], Transition]
"""How a stack gives an address to the bridge and takes charge of it."""


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
    bond, bridge, addresses = way.bond, way.bridge, way.move.addresses
    new = way.facts.link(bridge) is None
    return (
        *way.tell_both(),
        *(way.new_bridge() if new else ()),
        set_up(bridge),
        *(
            way.given(
                f"Add {item.cidr} to {bridge}, while {bond} has it too",
                bridge,
                replace(item, label=""),
            )
            for item in addresses
        ),
        *way.raised(),
        *(way.bridge_routes() if addresses else ()),
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
