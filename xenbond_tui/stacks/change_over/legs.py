"""The two legs of a host in transition: the NIC that has it all, and the bond of the idle NICs.

While both are up the host has its address and its MAC on both, and takes frames from either; what
leaves decides by which the switch sends. Why each thing is there:

- A link without an address drops what comes in with any reverse path filter, also the loose one
  (fib_validate_source in net/ipv4/fib_frontend.c), so there is none for the time of the change.
- An idle NIC on the same segment answers ARP for the other's address with its own MAC, unless
  arp_ignore is 1; peers that had heard it are told the right one first.
- A link that has carrier may still not forward, or lead elsewhere: its switch port has spanning
  tree, or another VLAN. So nothing moves to a leg before the gateway has answered through it.
- The same MAC on two legs means the same IPv6 link-local address: duplicate address detection
  would find the other leg and leave the new one without.
"""

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    ROUTER_S,
    Reach,
    SetBondOption,
    SetSysctls,
    WaitForAddress,
    WaitForRouter,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move, lasting
from xenbond_tui.stacks.steps import (
    announce,
    best_effort,
    drop_interim,
    flush,
    hold_interim,
    set_down,
    set_up,
    wait_carrier,
)
from xenbond_tui.value import replace

INTERIM_METRIC = 4242
"""Metric of routes that replace others for a moment; anything worse than theirs will do."""
_ROUTER_METRIC = 1024
"""IP6_RT_PRIO_USER (linux/ipv6_route.h): the kernel's for a default route from a router."""
_PREFIX_METRIC = 256
"""IP6_RT_PRIO_ADDRCONF, in the same place: its route to a prefix."""


class Legs:
    """Names, routes and addresses of both; pure, each call returns the same steps."""

    def __init__(self, facts: HostFacts, answers: Answers, move: Move) -> None:
        """`facts`: the host as it is with the NIC alone, before a set-up or after a removal."""
        self.facts = facts
        self.answers = answers
        self.move = move
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        self.primary = answers.bond.options.get("primary")
        self.mac = answers.bridge.mac
        self.nic, self.idle = move.carrying, move.idle
        self.holder = self.bridge if move.bridge_stays else self.nic
        """The link that has the address with the NIC alone."""

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
        """Routes by the NIC that neither the kernel nor a router makes by itself.

        A multipath route once: each of its hops' routes has all of them.
        """
        found = {
            replace(route, gateway=None, onlink=False) if route.hops else route: route
            for route in reversed(self.facts.routes)
            if route.link == self.nic and not _comes_by_itself(route)
        }
        # A gateway must be reachable by a route that is there before it.
        return tuple(sorted(reversed(found.values()), key=lambda it: bool(it.gateway or it.hops)))

    @property
    def announced(self) -> tuple[Address, ...]:
        """IPv6 addresses that the NIC has made from its MAC and a router's prefix."""
        before = self.facts.link(self.nic)
        return tuple(
            item
            for item in (before.addresses if before is not None else ())
            if made_from(item, self.mac)
        )

    def announced_from(self, link: str) -> Step:
        """The addresses that move are announced from one leg."""
        holder = self.facts.link(self.holder)
        return announce(link, (item.ip for item in lasting(holder)) if holder is not None else ())

    def down(self, link: str) -> Step:
        """A slave to be. In a rollback it may never have left the bond, which then carries all."""
        return set_down(link, unless_in=self.bond)

    def either_leg(self, *links: str) -> tuple[Step, ...]:
        """Take frames in by any link, answer ARP by the right one, detect no duplicates."""
        values = {"net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/all/arp_ignore": "1"}
        for link in links:
            values[f"net/ipv4/conf/{link}/rp_filter"] = "0"
            values[f"net/ipv6/conf/{link}/accept_dad"] = "0"
        label = f"Set rp_filter off on {', '.join(links)} during the move"
        return best_effort(Step(label, SetSysctls(values)))

    def deaf_to_routers(self, link: str) -> tuple[Step, ...]:
        """A bond that is no port yet would take what they announce for its own.

        The way to their prefix with it; and by a port no answer comes in.
        """
        values = {f"net/ipv6/conf/{link}/accept_ra": "0"}
        return best_effort(Step(f"Set accept_ra off on {link}", SetSysctls(values)))

    def reached(self, link: str, through: str) -> tuple[Step, ...]:
        """`through`: the NICs that are tried by it, in words."""
        return tuple(
            Step(f"Wait until gateway {ip} answers ARP through {through}", Reach(link, ip))
            for ip in self.gateways
        )

    def idle_proven(self) -> Iterator[Step]:
        """The bond has the idle NICs now: they come up, and the gateway answers through them."""
        names = " and ".join(self.idle)
        yield from map(set_up, self.idle)
        yield wait_carrier(self.bond, names)
        yield from self.reached(self.bond, names)

    def idle_silent(self) -> tuple[Step, ...]:
        """The NIC has it all again: nothing with its MAC may leave by the bond any more.

        A bond has that MAC too, and speaks by itself when it leaves its bridge (MLD reports); the
        switch would send everything there. What it has learnt from a port that goes down it forgets
        at once.
        """
        return best_effort(*map(set_down, self.idle))

    def let_go(self) -> tuple[Step, ...]:
        """The bridge has nothing any more, takes nothing from a router, and can't speak."""
        told = self.announced_from(self.nic)
        return best_effort(
            *self.deaf_to_routers(self.bridge),
            flush(self.bridge),
            told,
            *self.idle_silent(),
            # The bridge may have spoken until then (MLD reports): the switch would send there.
            told,
        )

    def made_primary(self, *links: str) -> Iterator[Step]:
        """The primary, if it is one of them; it becomes the active slave."""
        if self.primary in links:
            action = SetBondOption(self.bond, "primary", self.primary)
            yield Step(f"Make {self.primary} the primary slave", action)

    def announced_by_routers(self, link: str) -> tuple[Step, ...]:
        """Wait until a link has made the IPv6 addresses that the one before it has made.

        The same MAC makes the same ones (RFC 4291, appendix A), once a router has been heard.
        """
        return best_effort(*(wait_address(link, item.ip) for item in self.announced))

    def routers_routes(self, link: str) -> list[Route]:
        """By one leg, what the other had from routers: to their prefixes, and out.

        Better than theirs by one: a router that speaks to the other leg, after that has let go,
        gives it a route again, and what leaves by that one is lost as soon as its NICs go down. As
        the kernel's: networkd leaves such ones alone when it takes charge of the link
        (link_drop_foreign_routes).
        """
        if self.move.bridge_stays or not self.announced:
            return []
        networks = dict.fromkeys(str(ip_interface(item.cidr).network) for item in self.announced)
        return [
            *(
                Route(network, None, link, 6, self._before_routers(network), protocol="kernel")
                for network in networks
            ),
            *(
                replace(route.by(link), metric=self._before_routers("default"), protocol="kernel")
                for route in self.facts.routes
                if (route.link, route.family, route.protocol) == (self.nic, 6, "ra")
                and route.gateway
            ),
        ]

    def _before_routers(self, destination: str) -> int:
        """The metric that wins over what a router gives, and over no more than needed."""
        metrics = [
            route.metric
            for route in self.facts.routes
            if (route.destination, route.link, route.family) == (destination, self.nic, 6)
            and route.protocol in ("kernel", "ra")
            and route.metric
        ]
        usual = _ROUTER_METRIC if destination == "default" else _PREFIX_METRIC
        return max(1, min(metrics, default=usual) - 1)

    def routers_routes_held(self, link: str) -> tuple[Step, ...]:
        """A link that routers have not spoken to yet, which may take a second, has their routes."""
        return hold_interim(self.routers_routes(link))

    def routers_routes_dropped(self, link: str) -> tuple[Step, ...]:
        """Routers have spoken to the link."""
        routes = self.routers_routes(link)
        if any(item.gateway for item in routes):
            label = f"Wait until {link} has a default route from a router"
            wait = best_effort(Step(label, WaitForRouter(link)))
        else:
            wait = ()
        return (*wait, *drop_interim(reversed(routes)))


def wait_address(
    link: str, ip: str, seconds: float = ROUTER_S, *, leased: bool = False, also: str = " too"
) -> Step:
    """It comes by itself; `also`: how another link has it, or this one had it, in words."""
    action = WaitForAddress(link, ip, seconds, leased=leased)
    return Step(f"Wait until {link} {'has leased' if leased else 'has'} {ip}{also}", action)


def _comes_by_itself(route: Route) -> bool:
    """ifupdown2 gives its default routes out for the kernel's, which have no gateway."""
    kernels_own = route.protocol == "kernel" and route.gateway is None
    return kernels_own or route.protocol == "ra"


def made_from(address: Address, mac: str) -> bool:
    """Did a link of that MAC make this address from a router's prefix (modified EUI-64)?"""
    if not address.announced:
        return False
    octets = bytes.fromhex(mac.replace(":", ""))
    own = bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return IPv6Address(address.ip).packed[8:] == own
