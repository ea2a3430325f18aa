"""The pieces of a change-over without a gap, in the order in which they lose nothing.

The bond gets an idle NIC first and is proven, while the other NIC goes on carrying everything;
then address or port move, and that NIC follows as the last slave. While both legs are up the host
has its address and its MAC on both, and takes frames from either; what leaves decides by which the
switch sends. Why each thing is there:

- A link without an address drops what comes in with any reverse path filter, also the loose one
  (fib_validate_source in net/ipv4/fib_frontend.c), so there is none for the time of the change.
- An idle NIC on the same segment answers ARP for the other's address with its own MAC, unless
  arp_ignore is 1; peers that had heard it are told the right one first.
- A link that has carrier may still not forward, or lead elsewhere: its switch port has spanning
  tree, or another VLAN. So nothing moves to a leg before the gateway has answered through it.
- The same MAC on two legs means the same IPv6 link-local address: duplicate address detection
  would find the other leg and leave the new one without.
"""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv6Address

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    Action,
    Announce,
    AnnounceGuests,
    DeleteLink,
    FlushAddresses,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    SetBondOption,
    SetLink,
    SetMac,
    SetMaster,
    SetSysctls,
    WaitFor,
    WaitForAddress,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move

CARRIER_TIMEOUT = 30.0
"""Seconds until a link has carrier after it was set up: it negotiates, and may take its time."""

WRITE = Step("Write the files", WriteFiles())
PUT_BACK = Step("Put every file back as it was", RestoreFiles())


def softly(*actions: tuple[str, Action]) -> tuple[Step, ...]:
    """Steps of a way back: what finds nothing left to do stops nothing."""
    return tuple(Step(label, action, best_effort=True) for label, action in actions)


class Pieces:
    """What every change-over is put together from; pure, each call returns the same steps."""

    def __init__(self, facts: HostFacts, answers: Answers, move: Move) -> None:
        self.facts = facts
        self.move = move
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        self.primary = answers.bond.options.get("primary")
        self.mac = answers.bridge.mac
        self.nic, self.idle = move.carrying, move.idle
        self.holder = self.bridge if move.bridge_stays else self.nic
        """The link that has the address before."""

    @property
    def gateways(self) -> tuple[str, ...]:
        """IPv4 gateways of the default routes: they must answer before anything moves."""
        return tuple(
            route.gateway
            for route in self.facts.routes
            if (route.destination, route.family, route.link) == ("default", 4, self.holder)
            and route.gateway
            and ":" not in route.gateway
        )

    def routes(self) -> tuple[Route, ...]:
        """Routes by the carrying NIC that neither the kernel nor a router makes by itself.

        A multipath route once: each of its hops' routes has all of them.
        """
        found = {
            replace(route, gateway=None, onlink=False) if route.hops else route: route
            for route in reversed(self.facts.routes)
            if route.link == self.nic and not _comes_by_itself(route)
        }
        return tuple(reversed(found.values()))

    def either_leg(self, *links: str) -> Step:
        """Take frames in by any link, answer ARP by the right one, detect no duplicates."""
        values = {"net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/all/arp_ignore": "1"}
        for link in links:
            values[f"net/ipv4/conf/{link}/rp_filter"] = "0"
            values[f"net/ipv6/conf/{link}/accept_dad"] = "0"
        return Step("Let frames in by either way meanwhile", SetSysctls(values), best_effort=True)

    def deaf_to_routers(self, link: str) -> Step:
        """A bond that is no port yet would take what they announce for its own.

        The way to their prefix with it; and by a port no answer comes in.
        """
        values = {f"net/ipv6/conf/{link}/accept_ra": "0"}
        return Step(f"Let {link} hear no routers", SetSysctls(values), best_effort=True)

    def announced_where_it_is(self) -> tuple[Step, ...]:
        """The very first steps: frames in by either leg, and everyone knows the right MAC."""
        return (
            self.either_leg(self.nic),
            Step(
                f"Tell the network where {self.holder} is", Announce(self.holder), best_effort=True
            ),
        )

    def idle_leg_proven(self) -> tuple[Step, ...]:
        """The bond has the idle NICs now: they come up, and the gateway answers through them."""
        names = " and ".join(self.idle)
        return (
            *(Step(f"Set {name} up", SetLink(name, up=True)) for name in self.idle),
            Step(
                f"Wait for carrier on {self.bond} through {names}",
                WaitFor(self.bond, "carrier", CARRIER_TIMEOUT),
            ),
            *(
                Step(f"See that {ip} answers through {names}", Reach(self.bond, ip))
                for ip in self.gateways
            ),
        )

    @property
    def announced(self) -> tuple[Address, ...]:
        """IPv6 addresses that the NIC has made from its MAC and a router's prefix."""
        before = self.facts.link(self.nic)
        return tuple(
            item
            for item in (before.addresses if before is not None else ())
            if made_from(item, self.mac)
        )

    def announced_by_routers(self, link: str) -> tuple[Step, ...]:
        """Wait until a link has made the IPv6 addresses that the one before it has made.

        The same MAC makes the same ones (RFC 4291, appendix A), once a router has been heard.
        """
        return softly(
            *(
                (f"Wait until {link} has {item.ip} too", WaitForAddress(link, item.ip))
                for item in self.announced
            )
        )

    def old_leg_silent(self) -> tuple[Step, ...]:
        """The bridge has it all and said so: the NIC lets go, and goes down to be enslaved."""
        return (
            Step(f"Tell the network where {self.bridge} is", Announce(self.bridge)),
            *self.announced_by_routers(self.bridge),
            Step(f"Take every address off {self.nic}", FlushAddresses(self.nic)),
            # A bond takes only slaves that are down (bond_enslave in bond_main.c).
            Step(f"Set {self.nic} down", SetLink(self.nic, up=False)),
        )

    def port_moved(self) -> tuple[Step, ...]:
        """Never both in the bridge at once: frames would circle between them."""
        bond, bridge, nic = self.bond, self.bridge, self.nic
        return (
            Step(f"Keep the MAC of {bridge}", SetMac(bridge, self.mac)),
            Step(f"Set {nic} down", SetLink(nic, up=False)),
            Step(f"Make {bond} a port of {bridge}", SetMaster(bond, bridge)),
            Step(f"Tell the network where {bridge} is", Announce(bridge)),
            *softly(("Tell the network where the guests are", AnnounceGuests(bridge, bond))),
            Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding")),
        )

    def last_slave(self) -> tuple[Step, ...]:
        """The NIC that carried everything follows."""
        bond, nic = self.bond, self.nic
        steps = [
            Step(f"Make {nic} a slave of {bond}", SetMaster(nic, bond)),
            Step(f"Set {nic} up", SetLink(nic, up=True)),
        ]
        if self.primary == nic:
            action = SetBondOption(bond, "primary", nic, self.bridge)
            steps.append(Step(f"Make {nic} the primary slave", action))
        return tuple(steps)

    def up_ended(self) -> tuple[Step, ...]:
        """What was only for the time of the change."""
        return (
            # A router may have announced IPv6 to the bond before it became a port.
            Step(f"Take every address off {self.bond}", FlushAddresses(self.bond)),
            Step("Filter incoming frames as before", RestoreSysctls()),
        )

    def leg_back(self) -> tuple[Step, ...]:
        """The first steps of the way back: the NIC stands beside the bond again, and is proven."""
        bond, bridge, nic = self.bond, self.bridge, self.nic
        return (
            self.either_leg(nic, bridge),
            *softly(
                *(
                    (
                        f"Make {name} the active slave of {bond}",
                        SetBondOption(bond, "active_slave", name, bridge),
                    )
                    for name in self.idle[:1]
                ),
                (f"Take {nic} out of {bond}", SetMaster(nic, None)),
                (f"Tell the network where {bridge} is", Announce(bridge)),
                (f"Set {nic} up", SetLink(nic, up=True)),
                (f"Wait for carrier on {nic}", WaitFor(nic, "carrier", CARRIER_TIMEOUT)),
                *((f"See that {ip} answers through {nic}", Reach(nic, ip)) for ip in self.gateways),
            ),
        )

    def port_back(self) -> tuple[Step, ...]:
        """The NIC is the bridge's port again."""
        bond, bridge, nic = self.bond, self.bridge, self.nic
        return (
            *self.other_leg_silent(),
            *softly(
                (f"Take {bond} out of {bridge}", SetMaster(bond, None)),
                (f"Make {nic} a port of {bridge}", SetMaster(nic, bridge)),
                (f"Tell the network where {bridge} is", Announce(bridge)),
                ("Tell the network where the guests are", AnnounceGuests(bridge, nic)),
            ),
        )

    def other_leg_silent(self) -> tuple[Step, ...]:
        """The NIC has it all again: nothing with its MAC may leave by the bond any more.

        A bond has that MAC too, and speaks by itself when it leaves its bridge (MLD reports); the
        switch would send everything there. What it has learnt from a port that goes down it forgets
        at once.
        """
        return softly(*((f"Set {name} down", SetLink(name, False)) for name in self.idle))

    def gone(self, link: str) -> tuple[Step, ...]:
        """A bond or bridge that was not there before."""
        return softly((f"Make sure {link} is gone", DeleteLink(link)))

    def down_ended(self) -> tuple[Step, ...]:
        """The idle NICs as they were, and whatever still differs."""
        idle = (self.facts.link(name) for name in self.idle)
        return (
            *softly(
                *(
                    (f"Set {link.name} up", SetLink(link.name, up=True))
                    for link in idle
                    if link is not None and link.admin_up
                )
            ),
            Step("Filter incoming frames as before", RestoreSysctls()),
            Step("Put back what still differs from before", RestoreNetwork()),
        )


def _comes_by_itself(route: Route) -> bool:
    """ifupdown2 gives its default routes out for the kernel's, which have no gateway."""
    kernels_own = route.protocol == "kernel" and route.gateway is None
    return kernels_own or route.protocol == "ra"


def made_from(address: Address, mac: str) -> bool:
    """Did a link of that MAC make this address from a router's prefix (modified EUI-64)?"""
    if address.family != 6 or not address.dynamic:
        return False
    octets = bytes.fromhex(mac.replace(":", ""))
    own = bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return IPv6Address(address.ip).packed[8:] == own


def without_primary(options: Mapping[str, str]) -> dict[str, str]:
    """A bond's options that can be set while it has no slaves."""
    return {name: value for name, value in options.items() if name != "primary"}
