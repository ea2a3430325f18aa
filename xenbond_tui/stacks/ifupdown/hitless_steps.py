"""The way up and the way back without a gap: the bond gets an idle NIC first, then the other one.

While both legs are up the host has its address and its MAC on both, and takes frames from either;
what leaves decides by which the switch sends. ifup and ifdown do all that lasts, so ifupdown is in
charge afterwards; netlink only holds the other leg meanwhile. Why each thing is there:

- A link without an address drops what comes in with any reverse path filter, also the loose one
  (fib_validate_source in net/ipv4/fib_frontend.c), so there is none for the time of the change.
- An idle NIC on the same segment answers ARP for the other's address with its own MAC, unless
  arp_ignore is 1; peers that had heard it are told the right one first.
- A link that has carrier may still not forward, or lead elsewhere: its switch port has spanning
  tree, or another VLAN. So nothing moves to a leg before the gateway has answered through it.
- The same MAC on two legs means the same IPv6 link-local address: duplicate address detection
  would find the other leg and leave the new one without.
- ifup's `ip route add default` fails when there is one of the same metric: it is set aside.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts import Address, HostFacts, Route
from xenbond_tui.plan import (
    Action,
    AddAddress,
    AddBridge,
    AddRoute,
    Announce,
    DelAddress,
    DeleteLink,
    DelRoute,
    FlushAddresses,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    Run,
    SetLink,
    SetMac,
    SetMaster,
    SetSysctls,
    Step,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.hitless import Move
from xenbond_tui.stacks.ifupdown.programs import program

STAND_IN = 4242
"""Metric of routes that stand in for ifup's own; anything worse than its 0 will do."""
CARRIER_TIMEOUT = 30.0
"""Seconds until a link has carrier after it was set up: it negotiates, and may take its time."""


class HitlessSteps:
    """The steps of one change-over."""

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        before: Configuration,
        after: Configuration,
        move: Move,
    ) -> None:
        self._facts = facts
        self._before = before
        self._after = after
        self._bond, self._bridge = answers.bond.name, answers.bridge.name
        self._primary = answers.bond.options.get("primary")
        self._mac = answers.bridge.mac
        self._nic, self._idle, self._address = move.carrying, move.idle, move.address
        self._defaults = [
            route
            for route in facts.routes
            if (route.destination, route.family, route.link) == ("default", 4, self._nic)
        ]

        holder = self._nic if self._address else self._bridge
        self._gateways = [
            route.gateway
            for route in facts.routes
            if route.destination == "default"
            and route.family == 4
            and route.link == holder
            and route.gateway
            and ":" not in route.gateway
        ]

    def up(self) -> tuple[Step, ...]:
        """From what runs now to the bond under the bridge."""
        bond, bridge, nic = self._bond, self._bridge, self._nic
        holder = nic if self._address else bridge
        steps = [
            self._either_leg(nic),
            Step(f"Tell the network where {holder} is", Announce(holder), may_fail=True),
            Step("Write the files", WriteFiles()),
            *self._bond_of_the_idle(),
        ]
        steps += self._move_address() if self._address else self._move_port()
        steps += [
            Step(f"Make {nic} a slave of {bond}", SetMaster(nic, bond)),
            Step(f"Set {nic} up", SetLink(nic, up=True)),
            *self._ifup([nic], self._after),
        ]
        if self._primary == nic:
            argv = ("ip", "link", "set", bond, "type", "bond", "primary", nic)
            steps.append(Step(f"Make {nic} the primary slave", Run(argv)))
        # A router may have announced IPv6 to the bond before it became a port.
        steps.append(Step(f"Take every address off {bond}", FlushAddresses(bond)))
        steps.append(Step("Filter incoming frames as before", RestoreSysctls()))
        return tuple(steps)

    def down(self) -> tuple[Step, ...]:
        """Back to what ran, from any point of `up`; files and the snapshot must succeed."""
        bond, bridge, nic = self._bond, self._bridge, self._nic
        steps = [
            self._either_leg(nic, bridge),
            *self._softly(
                (f"Take {nic} out of {bond}", SetMaster(nic, None)),
                (f"Tell the network where {bridge} is", Announce(bridge)),
                (f"Set {nic} up", SetLink(nic, up=True)),
                (f"Wait for carrier on {nic}", WaitFor(nic, "carrier", CARRIER_TIMEOUT)),
                *(
                    (f"See that {ip} answers through {nic}", Reach(nic, ip))
                    for ip in self._gateways
                ),
            ),
        ]
        steps += self._address_back() if self._address else self._port_back()
        steps += [
            *self._ifdown(bond),
            *self._softly((f"Make sure {bond} is gone", DeleteLink(bond))),
        ]
        for name in self._idle:
            if not self._before.ifaces(name) and self._after.ifaces(name):
                steps += self._ifdown(name)
        steps.append(Step("Put every file back as it was", RestoreFiles()))
        steps += self._nic_as_before() if self._address else self._ifup([nic], self._before)
        steps += self._ifup(self._idle, self._before)
        for name in self._idle:
            link = self._facts.link(name)
            if link is not None and link.admin_up:
                steps += self._softly((f"Set {name} up", SetLink(name, up=True)))
        steps += [
            Step("Filter incoming frames as before", RestoreSysctls()),
            Step("Put back what still differs from before", RestoreNetwork()),
        ]
        return tuple(steps)

    def _bond_of_the_idle(self) -> Iterator[Step]:
        bond, names = self._bond, " and ".join(self._idle)
        yield from self._ifup(self._idle, self._after)
        argv = ("--force", "-o", f"bond-slaves={' '.join(self._idle)}", bond)
        yield Step(
            f"Bring up {bond} with {names} first", Run((program(self._facts, "ifup"), *argv))
        )
        for name in self._idle:
            yield Step(f"Set {name} up", SetLink(name, up=True))
        yield Step(
            f"Wait for carrier on {bond} through {names}",
            WaitFor(bond, "carrier", CARRIER_TIMEOUT),
        )
        for ip in self._gateways:
            yield Step(f"See that {ip} answers through {names}", Reach(bond, ip))

    def _move_address(self) -> Iterator[Step]:
        """Made beforehand, the bridge is filled in by ifup instead of made."""
        bond, bridge, nic = self._bond, self._bridge, self._nic
        yield Step(f"Make {bridge} with the MAC of {nic}", AddBridge(bridge, self._mac))
        yield self._either_leg(bridge)
        yield from self._aside(self._defaults)
        yield Step(
            f"Bring up {bridge}, while {nic} has its address too",
            Run((program(self._facts, "ifup"), "--force", bridge)),
        )
        yield Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding"))
        yield Step(f"Tell the network where {bridge} is", Announce(bridge))
        yield Step(f"Take every address off {nic}", FlushAddresses(nic))
        # A bond takes only slaves that are down (bond_enslave in bond_main.c).
        yield Step(f"Set {nic} down", SetLink(nic, up=False))

    def _move_port(self) -> Iterator[Step]:
        """Never both in the bridge at once: frames would circle between them."""
        bond, bridge, nic = self._bond, self._bridge, self._nic
        yield Step(f"Keep the MAC of {bridge}", SetMac(bridge, self._mac))
        yield Step(f"Set {nic} down", SetLink(nic, up=False))
        yield Step(f"Make {bond} a port of {bridge}", SetMaster(bond, bridge))
        yield Step(f"Tell the network where {bridge} is", Announce(bridge))
        yield Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding"))

    def _port_back(self) -> Iterator[Step]:
        bond, bridge, nic = self._bond, self._bridge, self._nic
        # Switches forget at once what they learnt from a port that goes down.
        yield from self._softly(
            *((f"Set {name} down", SetLink(name, False)) for name in self._idle)
        )
        yield from self._softly(
            (f"Take {bond} out of {bridge}", SetMaster(bond, None)),
            (f"Make {nic} a port of {bridge}", SetMaster(nic, bridge)),
            (f"Tell the network where {bridge} is", Announce(bridge)),
        )

    def _address_back(self) -> Iterator[Step]:
        """A stand-in holds the address on the NIC while ifdown takes the bridge away."""
        bridge, nic = self._bridge, self._nic
        address, routes = self._stand_ins()
        yield from self._softly(
            (f"Give {nic} the address as well", AddAddress(nic, address)),
            *((f"Reach {route.destination} by {nic}", AddRoute(route)) for route in routes),
            (f"Tell the network where {nic} is", Announce(nic)),
            *(
                (
                    f"No default route by {bridge}",
                    DelRoute(replace(route, link=bridge, metric=None)),
                )
                for route in self._defaults
            ),
            (f"Take every address off {bridge}", FlushAddresses(bridge)),
            (f"Tell the network where {nic} is", Announce(nic)),
        )
        yield from self._ifdown(bridge)
        yield from self._softly((f"Make sure {bridge} is gone", DeleteLink(bridge)))

    def _nic_as_before(self) -> Iterator[Step]:
        """What ifup would find in its way goes first, the stand-ins when it is done."""
        nic = self._nic
        address, routes = self._stand_ins()
        if self._address is not None:
            own = (f"Make room for the address of {nic}", DelAddress(nic, self._address))
            yield from self._softly(own)
        yield from self._softly(
            *((f"Make room for the default route of {nic}", DelRoute(r)) for r in self._defaults),
            (
                f"Bring up {nic} as before",
                Run((program(self._facts, "ifup"), "--force", nic)),
            ),
            *((f"{nic} has its own route now", DelRoute(route)) for route in routes),
            (f"{nic} has its own address now", DelAddress(nic, address)),
            (f"Tell the network where {nic} is", Announce(nic)),
        )

    def _stand_ins(self) -> tuple[Address, list[Route]]:
        """The address as a host's, which ifup's own does not collide with, and routes for it."""
        address = self._address
        if address is None:
            raise AssertionError("no address moves")
        network = str(ip_interface(address.cidr).network)
        on_link = Route(network, None, self._nic, 4, STAND_IN, address.ip, scope="link")
        defaults = [replace(route, metric=STAND_IN) for route in self._defaults]
        return Address(address.ip, 32), [on_link, *defaults]

    def _aside(self, routes: Iterable[Route]) -> Iterator[Step]:
        for route in routes:
            yield Step(
                f"Keep a second default route by {route.link}",
                AddRoute(replace(route, metric=STAND_IN)),
            )
            yield Step(f"Make room for that of {self._bridge}", DelRoute(route))

    def _either_leg(self, *links: str) -> Step:
        values = {"net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/all/arp_ignore": "1"}
        for link in links:
            values[f"net/ipv4/conf/{link}/rp_filter"] = "0"
            values[f"net/ipv6/conf/{link}/accept_dad"] = "0"
        return Step("Let frames in by either way meanwhile", SetSysctls(values), may_fail=True)

    def _ifup(self, names: Iterable[str], config: Configuration) -> list[Step]:
        """Tell ifupdown of NICs that it brings up at boot, with no address of their own."""
        return [
            Step(
                f"Bring up {name} without address",
                Run((program(self._facts, "ifup"), "--force", name)),
                may_fail=True,
            )
            for name in names
            if any(item.brings_up(name) for item in config.classes("auto"))
        ]

    def _ifdown(self, name: str) -> list[Step]:
        """`--ignore-errors`: what it would take away may have gone before."""
        argv = (program(self._facts, "ifdown"), "--force", "--ignore-errors", name)
        return self._softly((f"Take {name} down", Run(argv)))

    @staticmethod
    def _softly(*actions: tuple[str, Action]) -> list[Step]:
        return [Step(label, action, may_fail=True) for label, action in actions]
