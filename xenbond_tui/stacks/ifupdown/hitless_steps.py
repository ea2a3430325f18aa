"""The way up and the way back without a gap, with ifup and ifdown doing all that lasts.

So ifupdown is in charge afterwards; netlink only holds the other leg meanwhile. The order, and
what each thing is for: `stacks.change_over.pieces`. Only here: ifup's `ip route add default` fails
when there is one of the same metric, so that one is set aside.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddAddress,
    AddBridge,
    AddRoute,
    Announce,
    DelAddress,
    DelRoute,
    FlushAddresses,
    LendAddresses,
    ReturnLent,
    Run,
    WaitFor,
    WaitForAddress,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import Edit, Move, Pieces, softly
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE
from xenbond_tui.stacks.ifupdown import lease
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.programs import program

STAND_IN = 4242
"""Metric of routes that stand in for ifup's own; anything worse than its 0 will do."""


class HitlessSteps(Pieces):
    """The steps of one change-over."""

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        before: Configuration,
        after: Configuration,
        move: Move,
    ) -> None:
        super().__init__(facts, answers, move)
        self._before = before
        self._after = after
        self._defaults = [
            route
            for route in facts.routes
            if (route.destination, route.link) == ("default", self.nic) and route.protocol != "ra"
        ]

    def up(self) -> tuple[Step, ...]:
        """From what runs now to the bond under the bridge."""
        moved = self.port_moved() if self.move.bridge_stays else tuple(self._move_address())
        return (
            *self.announced_where_it_is(),
            WRITE,
            *self._bond_of_the_idle(),
            *self.idle_leg_proven(),
            *moved,
            *self.last_slave(),
            *_ifup(self.facts, [self.nic], self._after),
            *self.up_ended(),
        )

    def down(self) -> tuple[Step, ...]:
        """Back to what ran, from any point of `up`; files and the snapshot must succeed."""
        stays = self.move.bridge_stays
        steps = [*self.leg_back()]
        steps += self.port_back() if stays else self._address_back()
        steps += [*_ifdown(self.facts, self.bond), *self.gone(self.bond)]
        for name in self.idle:
            if not self._before.ifaces(name) and self._after.ifaces(name):
                steps += _ifdown(self.facts, name)
        steps.append(PUT_BACK)
        steps += _ifup(self.facts, [self.nic], self._before) if stays else self._nic_as_before()
        steps += _ifup(self.facts, self.idle, self._before)
        return (*steps, *self.down_ended())

    def _bond_of_the_idle(self) -> Iterator[Step]:
        bond, names = self.bond, " and ".join(self.idle)
        yield from _ifup(self.facts, self.idle, self._after)
        argv = ("--force", "-o", f"bond-slaves={' '.join(self.idle)}", bond)
        yield Step(f"Bring up {bond} with {names} first", Run((program(self.facts, "ifup"), *argv)))

    def _move_address(self) -> Iterator[Step]:
        """Made beforehand, the bridge is filled in by ifup instead of made."""
        bond, bridge, nic = self.bond, self.bridge, self.nic
        yield Step(f"Make {bridge} with the MAC of {nic}", AddBridge(bridge, self.mac))
        yield self.either_leg(bridge)
        yield from self._aside(self._defaults)
        if self.move.leased:
            yield Step(f"Let {bridge} be {nic} to the DHCP server", lease.take_along(nic, bridge))
        timeout = lease.TIMEOUT if self.move.leased else 60.0
        yield Step(
            f"Bring up {bridge}, while {nic} has its address too",
            Run((program(self.facts, "ifup"), "--force", bridge), timeout),
        )
        if self.move.leased:
            (address,) = self.move.addresses
            same = WaitForAddress(bridge, address.ip, 1.0)
            yield Step(f"See that {bridge} has got {address.ip} too", same)
            yield Step(f"Stop the DHCP client of {nic}", lease.stop_client(nic))
        yield Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding"))
        for route in self.routes():
            if route not in self._defaults:
                there = AddRoute(route.by(bridge))
                yield Step(f"Add the route {route.destination} by {bridge}", there)
        yield from self.old_leg_silent()

    def _address_back(self) -> Iterator[Step]:
        """A stand-in holds the address on the NIC while ifdown takes the bridge away."""
        bridge, nic = self.bridge, self.nic
        addresses, routes = self._stand_ins()
        if self.move.leased:
            yield from softly(
                # By an undo much later the lease may be another one.
                (f"Give {nic} the address as well", LendAddresses(bridge, nic)),
                (f"Stop the DHCP client of {bridge}", lease.stop_client(bridge)),
            )
            addresses = []
        yield from softly(
            *((f"Give {nic} {item.ip} as well", AddAddress(nic, item)) for item in addresses),
            *((f"Add the route {route.destination} by {nic}", AddRoute(route)) for route in routes),
            (f"Tell the network where {nic} is", Announce(nic)),
            *(
                (
                    f"No default route by {bridge}",
                    DelRoute(replace(route.by(bridge), metric=None)),
                )
                for route in self._defaults
            ),
        )
        yield from self.announced_by_routers(nic)
        yield from softly(
            (f"Take every address off {bridge}", FlushAddresses(bridge)),
            (f"Tell the network where {nic} is", Announce(nic)),
        )
        yield from self.other_leg_silent()
        # A leased one is taken for a link without address: its own stanza would release the lease.
        name = f"{bridge}={self.idle[0]}" if self.move.leased else bridge
        yield from _ifdown(self.facts, name)
        yield from self.gone(bridge)

    def _nic_as_before(self) -> Iterator[Step]:
        """What ifup would find in its way goes first, the stand-ins when it is done."""
        nic = self.nic
        addresses, routes = self._stand_ins()
        timeout = lease.TIMEOUT if self.move.leased else 60.0
        if self.move.leased:
            same_client = lease.take_along(self.bridge, nic)
            yield from softly(
                (f"Stop the DHCP client of {nic}", lease.stop_client(nic)),
                (f"Let {nic} be {self.bridge} to the DHCP server", same_client),
            )
        yield from softly(
            *(
                (f"Make room for the address of {nic}", DelAddress(nic, item))
                for item in self.move.addresses
                if item.family == 4
            ),
            *((f"Make room for the default route of {nic}", DelRoute(r)) for r in self._defaults),
            (
                f"Bring up {nic} as before",
                Run((program(self.facts, "ifup"), "--force", *self._in_spite, nic), timeout),
            ),
            *(
                (
                    f"See that {nic} has leased {item.ip} too",
                    WaitForAddress(nic, item.ip, 1.0, leased=True),
                )
                for item in self.move.addresses
                if self.move.leased
            ),
            *((f"{nic} has its own route now", DelRoute(route)) for route in routes),
            *(
                (f"{nic} has its own address now", DelAddress(nic, item))
                for item in addresses
                if item.family == 4 and not self.move.leased
            ),
            *([(f"{nic} has its own address now", ReturnLent(nic))] if self.move.leased else []),
            # Those that no stanza has: ifup did not make them, and the others are there already.
            *(
                (f"Add the route {route.destination} by {nic}", AddRoute(route))
                for route in self.routes()
                if route not in self._defaults
            ),
            (f"Tell the network where {nic} is", Announce(nic)),
        )

    @property
    def _in_spite(self) -> tuple[str, ...]:
        """An IPv6 address can't be there twice, so that ifup finds its own and must go on."""
        has_ipv6 = any(item.family == 6 for item in self.move.addresses)
        return ("--ignore-errors",) if has_ipv6 else ()

    def _stand_ins(self) -> tuple[list[Address], list[Route]]:
        """IPv4 addresses as hosts', which ifup's own do not collide with; and routes for them."""
        stand_ins: list[Address] = []
        routes: list[Route] = []
        for item in self.move.addresses:
            if item.family == 6:
                stand_ins.append(item)
                continue
            network = str(ip_interface(item.cidr).network)
            if network not in {route.destination for route in routes}:
                routes.append(Route(network, None, self.nic, 4, STAND_IN, item.ip, scope="link"))
            stand_ins.append(Address(item.ip, 32))
        return stand_ins, [*routes, *(replace(route, metric=STAND_IN) for route in self._defaults)]

    def _aside(self, routes: Iterable[Route]) -> Iterator[Step]:
        for route in routes:
            yield Step(
                f"Keep a second default route by {route.link}",
                AddRoute(replace(route, metric=STAND_IN)),
            )
            yield Step(f"Make room for that of {self.bridge}", DelRoute(route))


def edit_steps(
    facts: HostFacts, edit: Edit, before: Configuration, after: Configuration
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Up and down for a bond that runs; ifupdown is told of the NICs that come and go."""
    new = [name for name in edit.added if after.ifaces(name) and not before.ifaces(name)]
    return (
        edit.up(take_charge=_ifup(facts, edit.added, after)),
        edit.down(let_go=tuple(step for name in new for step in _ifdown(facts, name))),
    )


def _ifup(facts: HostFacts, names: Iterable[str], config: Configuration) -> tuple[Step, ...]:
    """Tell ifupdown of NICs that it brings up at boot, with no address of their own."""
    return tuple(
        Step(
            f"Bring up {name} without address",
            Run((program(facts, "ifup"), "--force", name)),
            best_effort=True,
        )
        for name in names
        if any(item.brings_up(name) for item in config.classes("auto"))
    )


def _ifdown(facts: HostFacts, name: str) -> tuple[Step, ...]:
    """`--ignore-errors`: what it would take away may have gone before."""
    argv = (program(facts, "ifdown"), "--force", "--ignore-errors", name)
    return softly((f"Take {name} down", Run(argv)))
