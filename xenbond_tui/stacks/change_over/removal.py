"""What a host will be once bond and bridge are gone: a removal goes by that as a set-up would."""

from xenbond_tui.answers import Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.stacks.change_over.conditions import NeedsOutage
from xenbond_tui.value import replace

_MTU = 1500
"""What a NIC has that nobody gave another, in bytes."""


def afterwards(facts: HostFacts, removal: Removal, *, leases: bool = False) -> HostFacts:
    """The host once bond and bridge are gone, as far as a set-up would look at it.

    `leases`: as in `move`, the NIC's DHCP client can go on with the bridge's lease.

    Raises:
        NeedsOutage: bond or bridge do not run as they are written.
    """
    bond, bridge, nic = removal.answers.bond, removal.answers.bridge.name, removal.nic
    gone = {bond.name, bridge}
    if removal.answers.bridge.method == "none":
        raise NeedsOutage(f"{removal.nic} gets no address")
    if removal.answers.bridge.method not in (("static", "dhcp") if leases else ("static",)):
        raise NeedsOutage("a new lease is asked for")
    holder, running, state = facts.link(bridge), facts.bond(bond.name), facts.bridge(bridge)
    if holder is None or running is None or state is None:
        where = f"does not run under {bridge}" if removal.bridged else "is in no bridge"
        raise NeedsOutage(f"{bond.name} {where}")
    if {item.name for item in running.slaves} != set(bond.slaves):
        raise NeedsOutage(f"{bond.name} has other slaves than its files say")
    if state.stp:
        raise NeedsOutage(f"{bridge} has spanning tree, which listens first")

    def alone(link: Link) -> Link:
        if link.name not in bond.slaves:
            return link
        addresses = holder.addresses if link.name == nic else ()
        plain = tuple(replace(item, label="") for item in addresses)
        return replace(link, master=None, mac=link.permanent_mac, addresses=plain)

    routes = (item.by(nic) if item.link in gone else item for item in facts.routes)
    return replace(
        facts,
        links=tuple(alone(link) for link in facts.links if link.name not in gone),
        routes=tuple(routes),
        bonds=tuple(item for item in facts.bonds if item.name != bond.name),
        bridges=tuple(item for item in facts.bridges if item.name != bridge),
    )


def plain_mtu(facts: HostFacts, removal: Removal) -> None:
    """A slave that leaves gets back the MTU it came with (__bond_release_one in bond_main.c).

    Raises:
        NeedsOutage: it will need another one.
    """
    link = facts.link(removal.nic)
    if link is None or link.mtu != _MTU:
        raise NeedsOutage(f"the MTU of {removal.nic} must be set again")
