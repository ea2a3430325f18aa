"""A change-over with ifup and ifdown doing all that lasts.

So ifupdown is in charge afterwards; netlink only holds the other leg meanwhile. The order, and
what each thing is for: `stacks.change_over.transition`. Only here: ifup's `ip route add default`
fails when there is one of the same metric, so that one is set aside.
"""

from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddAddress,
    DelAddress,
    DelRoute,
    LendAddresses,
    ReturnLent,
    Run,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.change_over.edit import Edit
from xenbond_tui.stacks.change_over.legs import INTERIM_METRIC, wait_address
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.ifupdown.activate import (
    ifdown,
    ifup_plain,
    program,
    stop_client,
    take_along,
)
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.steps import (
    COMMAND_TIMEOUT_S,
    LEASE_TIMEOUT_S,
    add_route,
    best_effort,
    drop_interim,
    drop_route,
    gone,
    wait_forwarding,
)
from xenbond_tui.typed import override
from xenbond_tui.value import replace

IGNORE = ("--ignore-errors",)
"""What ifdown would take away may have gone before."""
_FORWARDING_S = 10.0
"""Seconds: a bridge that ifup makes has no spanning tree here."""


class IfupdownTransition(Transition):
    """One set-up or removal."""

    files_last = True

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        alone: Configuration,
        joined: Configuration,
        move: Move,
        direction: Direction = Direction.JOIN,
    ) -> None:
        """`alone`, `joined`: the files with the NIC alone, and with bond and bridge."""
        super().__init__(facts, answers, move, direction=direction)
        self._alone = alone
        self._joined = joined
        self._defaults = [
            route
            for route in facts.routes
            if (route.destination, route.link) == ("default", self.nic) and route.protocol != "ra"
        ]

    @override
    def make_bond(self) -> Iterator[Step]:
        """Of the idle NICs, by ifup."""
        yield from ifup_plain(self.facts, self.idle, self._joined)
        label = f"Bring up {self.bond} with {' and '.join(self.idle)} first"
        slaves = f"bond-slaves={' '.join(self.idle)}"
        yield Step(label, self._run_ifup("-o", slaves, self.bond))

    @override
    def fill_bridge(self) -> Iterator[Step]:
        """Made beforehand, the bridge is filled in by ifup instead of made."""
        bond, bridge, nic = self.bond, self.bridge, self.nic
        for route in self._defaults:
            aside = replace(route, metric=INTERIM_METRIC)
            label = f"Add a second default route by {route.link}"
            yield replace(add_route(aside, unless_in=bond), label=label)
            yield Step(
                f"Remove the default route by {route.link}, for that of {bridge}", DelRoute(route)
            )
        if self.move.leased:
            yield take_along(nic, bridge)
        label = f"Bring up {bridge}, while {nic} has its address too"
        yield Step(label, self._run_ifup(bridge, timeout=self._timeout))
        if self.move.leased:
            (address,) = self.move.addresses
            yield wait_address(bridge, address.ip, 1.0)
            yield stop_client(nic)
        yield wait_forwarding(bridge, bond, _FORWARDING_S)

    @override
    def bridge_routes(self) -> tuple[Step, ...]:
        """Those that ifup has not made."""
        return tuple(add_route(route.by(self.bridge)) for route in self._others())

    @override
    def hand_over(self) -> tuple[Step, ...]:
        """Of the NIC too, which it brings up at boot."""
        return ifup_plain(self.facts, [self.nic], self._joined)

    @override
    def give_nic(self) -> Iterator[Step]:
        """A stand-in holds the address on the NIC while ifdown takes the bridge away."""
        bridge, nic = self.bridge, self.nic
        addresses, routes = self._interim()
        if self.move.leased:
            yield from best_effort(
                # By an undo much later the lease may be another one.
                Step(f"Add the address of {bridge} to {nic} too", LendAddresses(bridge, nic)),
                stop_client(bridge),
            )
            addresses = []
        for item in addresses:
            yield Step(f"Add {item.ip} to {nic}, while {bridge} has it too", AddAddress(nic, item))
        yield from best_effort(*map(add_route, routes))

    @override
    def nic_routes(self) -> tuple[Step, ...]:
        """What leaves goes by the NIC from now on."""
        by_bridge = (replace(route.by(self.bridge), metric=None) for route in self._defaults)
        return tuple(drop_route(f"Remove the default route by {self.bridge}", x) for x in by_bridge)

    @override
    def unmake_bridge(self) -> Iterator[Step]:
        """By ifdown.

        A leased one is taken for a link without address: its own stanza would release the lease.
        """
        bridge = self.bridge
        yield from self.let_go()
        yield from self._ifdown(f"{bridge}={self.idle[0]}" if self.move.leased else bridge)
        yield from gone(bridge)

    @override
    def unmake_bond(self) -> Iterator[Step]:
        """By ifdown, and the idle NICs that it knows as slaves only."""
        yield from self._ifdown(self.bond)
        yield from gone(self.bond)
        for name in self.idle:
            if not self._alone.ifaces(name) and self._joined.ifaces(name):
                yield from self._ifdown(name)

    @override
    def activate(self) -> Iterator[Step]:
        """By ifup: what it would find in its way goes first, the stand-ins when it is done."""
        if self.move.bridge_stays:
            yield from ifup_plain(self.facts, [self.nic], self._alone)
        else:
            yield from self._nic_up()
        yield from ifup_plain(self.facts, self.idle, self._alone)

    def _nic_up(self) -> Iterator[Step]:
        nic = self.nic
        addresses, routes = self._interim()
        if self.move.leased:
            yield from best_effort(stop_client(nic), take_along(self.bridge, nic))
        yield from best_effort(
            *(
                Step(f"Remove the interim {item.cidr} from {nic}", DelAddress(nic, item))
                for item in self.move.addresses
                if item.family == 4
            ),
            *(
                drop_route(f"Remove the default route by {nic}, for its own", r)
                for r in self._defaults
            ),
        )
        # An IPv6 address can't be there twice, so that ifup finds its own and must go on.
        in_spite = IGNORE if any(item.family == 6 for item in self.move.addresses) else ()
        run = self._run_ifup(*in_spite, nic, timeout=self._timeout)
        yield Step(f"Bring up {nic} {self.with_its_address}", run)
        for item in self.move.addresses if self.move.leased else ():
            yield wait_address(nic, item.ip, 1.0, leased=True)
        own = f"Remove the interim address from {nic}"
        yield from best_effort(
            *drop_interim(routes),
            *(
                Step(own, DelAddress(nic, item))
                for item in addresses
                if item.family == 4 and not self.move.leased
            ),
            *([Step(own, ReturnLent(nic))] if self.move.leased else []),
            # Those that no stanza has: ifup did not make them, and the others are there already.
            *map(add_route, self._others()),
            self.announced_from(nic),
        )

    def _ifdown(self, name: str) -> tuple[Step, ...]:
        return ifdown(self.facts, name, options=IGNORE)

    def _run_ifup(self, *words: str, timeout: float = COMMAND_TIMEOUT_S) -> Run:
        return Run((program(self.facts, "ifup"), "--force", *words), timeout)

    @property
    def _timeout(self) -> float:
        return LEASE_TIMEOUT_S if self.move.leased else COMMAND_TIMEOUT_S

    def _others(self) -> list[Route]:
        """Routes that are not ifup's own."""
        return [route for route in self.routes() if route not in self._defaults]

    def _interim(self) -> tuple[list[Address], list[Route]]:
        """IPv4 addresses as hosts', which ifup's own do not collide with; and routes for them."""
        interim: list[Address] = []
        routes: list[Route] = []
        for item in self.move.addresses:
            if item.family == 6:
                interim.append(item)
                continue
            network = str(ip_interface(f"{item.peer or item.ip}/{item.prefixlen}").network)
            if network not in {route.destination for route in routes}:
                routes.append(
                    Route(network, None, self.nic, 4, INTERIM_METRIC, item.ip, scope="link")
                )
            # One without another end is another address than one with it.
            alone = item.prefixlen == 32 and not item.peer
            peer = next((it.gateway or "" for it in self._defaults if it.family == 4), "")
            interim.append(Address(item.ip, 32, peer=peer if alone else ""))
        return interim, [
            *routes,
            *(replace(route, metric=INTERIM_METRIC) for route in self._defaults),
        ]


def by_ifupdown(facts: HostFacts, edit: Edit, before: Configuration, after: Configuration) -> Edit:
    """The same change of a bond that runs; ifupdown is told of the NICs that come and go."""
    new = [name for name in edit.added if after.ifaces(name) and not before.ifaces(name)]
    made = [edit.bridge] if edit.to_bridge and facts.link(edit.bridge) is None else []
    argv = (program(facts, "ifup"), "--force", *IGNORE)
    # It finds bridge, port and address as the files say, and runs what is left of them.
    known = tuple(Step(f"Bring up {name}, as it runs", Run((*argv, name))) for name in made)
    return replace(
        edit,
        hand_over=(*ifup_plain(facts, edit.added, after), *known),
        release=ifdown(facts, *new, options=IGNORE),
        forget=ifdown(facts, *made, options=IGNORE),
    )
