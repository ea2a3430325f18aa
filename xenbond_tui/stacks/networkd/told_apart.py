"""An address that two links have at once, given so that networkd takes it over as it is.

systemd-networkd 253 and later take an address off that has another broadcast than they would give
it, and give it anew: 180 ms without it, measured with 257 in a slow guest. 252 does so to one that
has a broadcast. And 257 keeps the routes of all links in one set, where the kernel's routes of two
links to one subnet are one: it goes on to take the bridge's for the NIC's. When the NIC's is gone
it knows of no way to the gateway, and waits for one for ever before it makes the default route: the
link is never configured (its log: "static routes are not configured"). With a metric of its own the
second link's route is another one. networkd gives the address the metric of its files, which the
kernel does without a moment without a route (fib_modify_prefix_metric).
"""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_interface

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.plan.actions import AddAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.networkd.by_hand import STAND_IN
from xenbond_tui.stacks.networkd.version import UPDATES_ADDRESSES, version


def told_apart(facts: HostFacts, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The same steps, giving addresses so that this host's networkd takes them over."""
    number = version(facts)
    if number is not None and number < UPDATES_ADDRESSES:
        return tuple(steps)
    return tuple(_own(step) for step in steps)


def _own(step: Step) -> Step:
    action = step.action
    if not isinstance(action, AddAddress):
        return step
    given = replace(action.address, metric=STAND_IN, broadcast=_broadcast(action.address))
    return replace(step, action=replace(action, address=given))


def _broadcast(address: Address) -> str:
    """As networkd sets it: not where the subnet has no address left for it (RFC 3021)."""
    if address.family == 6 or address.prefixlen > 30:
        return ""
    return str(ip_interface(address.cidr).network.broadcast_address)
