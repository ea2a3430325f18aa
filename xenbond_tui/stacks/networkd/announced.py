"""What routers announced to a link that has a lease too: `lo` has it while networkd takes charge.

networkd keeps static things or leased ones, not both without taking the lease for an endless one;
what routers announced counts as leased. It asks them again, which takes a second. To the kernel an
address of `lo` is as good for what comes in by any link, and a neighbour that knows the way asks
for it no sooner.
"""

from ipaddress import ip_interface

from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import AddAddress, AddRoute, DelAddress, WaitForAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import Transition
from xenbond_tui.stacks.networkd.foreign_routes import INTERIM_METRIC
from xenbond_tui.stacks.steps import best_effort, drop_route
from xenbond_tui.value import replace

_LO = "lo"


def announced_held(way: Transition, link: str) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Before and after networkd takes charge of the link that has the addresses now."""
    found = way.announced
    # Dynamic: they go by themselves should everything stop in between.
    hosts = [replace(item, prefixlen=128, dynamic=True) for item in found]
    routes = [*_near(way, link), *_far(way, link)] if found else []
    return (
        best_effort(
            *(
                Step(f"Add {item.ip} to {_LO} during the move", AddAddress(_LO, item))
                for item in hosts
            ),
            *(
                Step(f"Add the route {item.destination} by {link} during the move", AddRoute(item))
                for item in routes
            ),
        ),
        best_effort(
            *(
                Step(f"Wait until {link} has {item.ip} again", WaitForAddress(link, item.ip))
                for item in found
            ),
            *(
                drop_route(f"Remove the interim route to {item.destination} by {link}", item)
                for item in reversed(routes)
            ),
            *(Step(f"Remove {item.ip} from {_LO}", DelAddress(_LO, item)) for item in hosts),
        ),
    )


def _near(way: Transition, link: str) -> list[Route]:
    networks = dict.fromkeys(str(ip_interface(item.cidr).network) for item in way.announced)
    return [Route(network, None, link, 6, INTERIM_METRIC) for network in networks]


def _far(way: Transition, link: str) -> list[Route]:
    return [
        replace(route.by(link), metric=INTERIM_METRIC, protocol="static")
        for route in way.facts.routes
        if (route.link, route.family, route.protocol) == (way.nic, 6, "ra") and route.gateway
    ]
