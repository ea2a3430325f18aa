"""What routers announced to a link that has a lease too: `lo` has it while networkd takes charge.

networkd keeps static things or leased ones, not both without taking the lease for an endless one;
what routers announced counts as leased. It asks them again, which takes a second. To the kernel an
address of `lo` is as good for what comes in by any link, and a neighbour that knows the way asks
for it no sooner.
"""

from xenbond_tui.plan.actions import AddAddress, DelAddress, WaitForAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.steps import best_effort
from xenbond_tui.value import replace

_LO = "lo"


def announced_held(way: Transition, link: str) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Before and after networkd takes charge of the link that has the addresses now."""
    found = way.announced
    # Dynamic: they go by themselves should everything stop in between.
    hosts = [replace(item, prefixlen=128, dynamic=True) for item in found]
    # The NIC has the routes before the bridge lets go of them, and until the end.
    in_time = link == way.nic
    return (
        best_effort(
            *(
                Step(f"Add {item.ip} to {_LO} during the move", AddAddress(_LO, item))
                for item in hosts
            ),
            *(() if in_time else way.routers_routes_held(link)),
        ),
        best_effort(
            *(
                Step(f"Wait until {link} has {item.ip} again", WaitForAddress(link, item.ip))
                for item in found
            ),
            *(() if in_time else way.routers_routes_dropped(link)),
            *(Step(f"Remove {item.ip} from {_LO}", DelAddress(_LO, item)) for item in hosts),
        ),
    )
