"""An address that two links have at once, for a networkd that would confuse the routes it makes.

systemd-networkd 257 keeps the routes of all links in one set, and there the kernel's routes of two
links to one subnet are one route: it goes on to take the bridge's for the NIC's. When the NIC's is
gone it knows of no way to the gateway, and waits for one for ever before it makes the default
route: the link is never configured (its log: "static routes are not configured"). With a metric of
its own the second link's route is another one. networkd gives the address the metric of its files,
which the kernel does without a moment without a route (fib_modify_prefix_metric).
"""

from collections.abc import Iterable
from dataclasses import replace

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan import AddAddress, Step
from xenbond_tui.stacks.networkd.by_hand import STAND_IN
from xenbond_tui.stacks.networkd.version import UPDATES_ADDRESSES, version


def told_apart(facts: HostFacts, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The same steps, giving addresses so that networkd takes them over as they are."""
    number = version(facts)
    if number is not None and number < UPDATES_ADDRESSES:
        return tuple(steps)
    return tuple(_with_metric(step) for step in steps)


def _with_metric(step: Step) -> Step:
    action = step.action
    if not isinstance(action, AddAddress):
        return step
    return replace(step, action=replace(action, address=replace(action.address, metric=STAND_IN)))
