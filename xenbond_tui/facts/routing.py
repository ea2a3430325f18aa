"""What decides on the way of a packet: routes, rules, permanent neighbours."""

from xenbond_tui.value import dataclass, replace


@dataclass(frozen=True, slots=True)
class Hop:
    """One next hop of a multipath route (struct rtnexthop)."""

    gateway: str | None
    link: str
    weight: int = 1
    """Its share of the packets, against the others'."""
    onlink: bool = False
    """As a route's."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the main table (RTM_GETROUTE); of a multipath route, one for each hop."""

    destination: str
    """`default` or a prefix such as `10.0.0.0/8`."""
    gateway: str | None
    link: str
    """Name of the link it leaves by; "" for a route without one."""
    family: int = 4
    metric: int | None = None
    source: str | None = None
    """Preferred source address."""
    protocol: str = "static"
    """kernel, boot, static, dhcp, ra … as iproute2 names them."""
    scope: str = "global"
    table: int = 254
    onlink: bool = False
    """The gateway is reached although no prefix of the link holds it."""
    hops: tuple[Hop, ...] = ()
    """Of a multipath route all hops, this one's among them: it can only be made of all at once."""

    def by(self, link: str) -> "Route":
        """The same route by another link."""
        hops = (replace(hop, link=link) if hop.link == self.link else hop for hop in self.hops)
        return replace(self, link=link, hops=tuple(hops))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that chooses a routing table (RTM_GETRULE)."""

    priority: int
    family: int = 4
    table: int = 254
    source: str = ""
    """A prefix such as `10.0.0.0/8`; "" for all."""
    destination: str = ""
    in_link: str = ""
    out_link: str = ""
    fwmark: int | None = None
    fwmask: int | None = None
    action: int = 1
    """FR_ACT_TO_TBL … (linux/fib_rules.h)."""
    whole: bool = True
    """False when the kernel tells more of it than is held here: it can't be made again."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One permanent neighbour, as `ip neigh add … nud permanent` makes them (RTM_GETNEIGH)."""

    ip: str
    mac: str
    link: str
    family: int = 4


@dataclass(frozen=True, slots=True)
class RoutingPolicy:
    """What decides on a packet's way besides the main table."""

    rules: tuple[Rule, ...] = ()
    """Without the three the kernel makes by itself (local, main, default)."""
    routes: tuple[Route, ...] = ()
    """Unicast routes of all tables but main and local."""
    neighbours: tuple[Neighbour, ...] = ()


def is_zeroconf(route: Route) -> bool:
    """Is it the way to link-local IPv4 addresses (RFC 3927) that scripts give each link?

    Red Hat's ifup-eth without NOZEROCONF, avahi-autoipd: nothing that a link takes along.
    """
    return route.destination == "169.254.0.0/16" and route.gateway is None
