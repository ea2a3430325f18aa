"""Can the bond go under the host's address without a gap, and if not, why not?

It can where a second NIC stands idle: the bond is made of that one first and proven, while the
first NIC goes on carrying everything (see `transition`). A removal goes by what the host will be
once bond and bridge are gone, as a set-up would.
"""

from xenbond_tui.answers import Answers, BridgeAnswers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.rules.addresses import canonical
from xenbond_tui.rules.suitable import nic_ports
from xenbond_tui.value import dataclass, replace

USUAL_MTU = 1500
"""What a link has that nobody gave another, in bytes: a NIC, and a new bond or bridge."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change-over without a gap."""

    carrying: str
    """The NIC by which the host is reached now; it becomes the last slave."""
    idle: tuple[str, ...]
    """The other slaves: the bond is made of these first."""
    addresses: tuple[Address, ...] = ()
    """What moves from the NIC to the bridge; empty when the bridge has it already, and keeps it."""

    leased: bool = False
    """The one address that moves is leased, and the stack takes the lease along."""

    @property
    def bridge_stays(self) -> bool:
        """True when the bridge has the address already and only its port changes."""
        return not self.addresses


class NeedsOutage(Exception):
    """There will be a gap; says why, as the end of a sentence."""


def move(facts: HostFacts, answers: Answers, *, leases: bool = False) -> Move:
    """How to change over without a gap, as far as the running network goes.

    `leases`: the stack can have the bridge's DHCP client go on with the NIC's lease.

    Static addresses of both families move; the bridge gets those that routers announce by itself,
    and the same ones, for it has the same MAC.

    Raises:
        NeedsOutage: it can't be done.
    """
    bond, bridge = answers.bond, answers.bridge
    if bond.mode != "active-backup" or bond.options.get("fail_over_mac", "none") != "none":
        raise NeedsOutage(f"{bond.mode} needs all its slaves at once")
    if facts.link(bond.name) is not None:
        raise NeedsOutage(f"{bond.name} is there already")
    leased = leases and bridge.method == "dhcp"
    if bridge.method == "none":
        raise NeedsOutage(f"{bridge.name} gets no address")
    if bridge.method != "static" and not leased:
        raise NeedsOutage("a new lease is asked for")
    existing = facts.bridge(bridge.name)
    if existing is None:
        carrying = _holder(facts, answers)
        addresses = lasting(carrying)
        if not leased:
            if any(item.dynamic for item in addresses):
                raise NeedsOutage(f"the address of {carrying.name} is leased")
            same_addresses(carrying, bridge)
        elif [(item.family, item.dynamic) for item in addresses] != [(4, True)]:
            raise NeedsOutage(f"{carrying.name} has other addresses than one lease")
        holder = carrying.name
    else:
        if leased:
            raise NeedsOutage("a new lease is asked for")
        if existing.stp:
            raise NeedsOutage(f"{bridge.name} has spanning tree, which listens first")
        carrying = _port(facts, answers)
        addresses = ()
        above = facts.link(bridge.name)
        same_addresses(above, bridge) if above is not None else None
        holder = bridge.name
    same_gateway(facts, answers, holder)
    if carrying.carrier is not True:
        raise NeedsOutage(f"{carrying.name} has no link")
    if bridge.mtu not in (None, carrying.mtu):
        raise NeedsOutage("the MTU changes")
    if bridge.mac != (carrying.mac if existing is None else existing.mac):
        raise NeedsOutage(f"the MAC of {bridge.name} changes")
    return Move(carrying.name, _idle(facts, answers, carrying.name), addresses, leased)


def lasting(link: Link) -> tuple[Address, ...]:
    """Its addresses but those that routers announce: the bridge gets its own from them."""
    return tuple(item for item in link.shared if not item.announced)


def _holder(facts: HostFacts, answers: Answers) -> Link:
    holders = [
        link
        for name in answers.bond.slaves
        if (link := facts.link(name)) is not None and lasting(link)
    ]
    if len(holders) != 1:
        raise NeedsOutage("no single NIC has the address now")
    if facts.link(answers.bridge.name) is not None or holders[0].master is not None:
        raise NeedsOutage(f"{answers.bridge.name} is something else now")
    return holders[0]


def _port(facts: HostFacts, answers: Answers) -> Link:
    ports = nic_ports(facts, answers.bridge.name)
    if len(ports) != 1 or ports[0].name not in answers.bond.slaves:
        raise NeedsOutage(f"{answers.bridge.name} has no single NIC as its port")
    return ports[0]


def same_addresses(link: Link, bridge: BridgeAnswers, *, more: bool = False) -> None:
    """The link has just the addresses that the bridge shall have; with `more` maybe others too.

    Raises:
        NeedsOutage: it has others.
    """
    asked = {canonical(item) for item in bridge.addresses}
    have = {canonical(item.cidr) for item in lasting(link)}
    if not asked <= have or (asked != have and not more):
        raise NeedsOutage(f"{bridge.name} gets another address")


def same_gateway(facts: HostFacts, answers: Answers, holder: str) -> None:
    """The host goes out by the gateway it shall go out by.

    Raises:
        NeedsOutage: it is another one.
    """
    wanted = answers.bridge.gateway
    if wanted is None:
        return
    family = 6 if ":" in wanted else 4
    now = {
        route.gateway
        for route in facts.routes
        if (route.destination, route.link, route.family) == ("default", holder, family)
    }
    if wanted not in now:
        raise NeedsOutage("the gateway changes")


def _idle(facts: HostFacts, answers: Answers, carrying: str) -> tuple[str, ...]:
    """The other slaves, each with nothing on it; one of them at least may have a link."""
    others = []
    for name in answers.bond.slaves:
        link = facts.link(name)
        if link is None or name == carrying:
            continue
        if lasting(link) or link.master is not None:
            raise NeedsOutage(f"{name} is in use")
        others.append(link)
    # A link that is switched off may well have a cable; should it not, nothing has moved yet.
    if not any(link.carrier or not link.admin_up for link in others):
        raise NeedsOutage(f"{carrying} is the only one with a link")
    return tuple(link.name for link in others)


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
    if link is None or link.mtu != USUAL_MTU:
        raise NeedsOutage(f"the MTU of {removal.nic} must be set again")
