"""Routes in no file of networkd's: it drops them when it takes charge of a link, and need not.

Someone typed them, or a routing daemon made them. A route of the kernel's networkd leaves alone
(link_drop_foreign_routes): such a one replaces it meanwhile.
"""

from xenbond_tui.plan.actions import AddRoute
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.legs import INTERIM_METRIC
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.steps import best_effort, drop_interim
from xenbond_tui.value import replace

_THERE_ANYWAY = frozenset({"static", "dhcp", "kernel"})
"""Protocols of the routes that networkd makes from its files or a lease, or leaves alone."""


def routes_kept(transition: Transition, link: str) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Before and after networkd takes charge of the link that has them now."""
    by_link = (route.by(link) for route in transition.routes())
    found = [route for route in by_link if route.protocol not in _THERE_ANYWAY]
    kernel_s = [replace(route, metric=INTERIM_METRIC, protocol="kernel") for route in found]
    return (
        best_effort(
            *(
                Step(
                    f"Add the route {route.destination} by {link} during the move", AddRoute(route)
                )
                for route in kernel_s
            )
        ),
        best_effort(
            *(
                Step(
                    f"Add the route {route.destination} by {link}, which no file has",
                    AddRoute(route),
                )
                for route in found
            ),
            *drop_interim(kernel_s),
        ),
    )
