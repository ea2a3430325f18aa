"""What routers announced to a link that has a lease too: `lo` has it while networkd takes charge.

networkd keeps static things or leased ones, not both without taking the lease for an endless one;
what routers announced counts as leased. It asks them anew, which takes a second. To the kernel an
address of `lo` is as good for what comes in by any link, and a neighbour that knows the way asks
for it no sooner.
"""

from dataclasses import replace
from ipaddress import ip_interface

from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import AddAddress, AddRoute, DelAddress, DelRoute, WaitForAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import KernelSteps, softly
from xenbond_tui.stacks.networkd.by_hand import STAND_IN

_LO = "lo"


def announced_held(way: KernelSteps, link: str) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Before and after networkd takes charge of the link that has the addresses now."""
    found = way.announced
    # Dynamic: they go by themselves should everything stop in between.
    hosts = [replace(item, prefixlen=128, dynamic=True) for item in found]
    routes = [*_near(way, link), *_far(way, link)] if found else []
    return (
        softly(
            *((f"Let {_LO} have {item.ip} meanwhile", AddAddress(_LO, item)) for item in hosts),
            *((f"Add the route {x.destination} by {link} meanwhile", AddRoute(x)) for x in routes),
        ),
        softly(
            *(
                (f"Wait until {link} has {item.ip} again", WaitForAddress(link, item.ip))
                for item in found
            ),
            *((f"{link} has its own route now", DelRoute(x)) for x in reversed(routes)),
            *((f"{link} has {item.ip} itself now", DelAddress(_LO, item)) for item in hosts),
        ),
    )


def _near(way: KernelSteps, link: str) -> list[Route]:
    networks = dict.fromkeys(str(ip_interface(item.cidr).network) for item in way.announced)
    return [Route(network, None, link, 6, STAND_IN) for network in networks]


def _far(way: KernelSteps, link: str) -> list[Route]:
    return [
        replace(route.by(link), metric=STAND_IN, protocol="static")
        for route in way.facts.routes
        if (route.link, route.family, route.protocol) == (way.nic, 6, "ra") and route.gateway
    ]
