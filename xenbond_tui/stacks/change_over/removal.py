"""A removal without a gap: the mirror image of a set-up, from the same conditions.

What `move` asks of a host before a set-up is asked of the host as it will be afterwards. The way
back of that set-up is the way there, and its way there is the way back.
"""

from collections.abc import Iterable
from dataclasses import replace

from xenbond_tui.answers import Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.plan.actions import (
    AddAddress,
    AddRoute,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetLink,
    SetMaster,
    WaitFor,
    WaitForAddress,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Gap
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE

_MUST = (AddAddress, Reach, SetMaster, WaitFor)
"""Actions that a way back tries, but a way there must not go on without; so with a lease."""
_MTU = 1500
"""What a NIC has that nobody gave another, in bytes."""


def afterwards(facts: HostFacts, removal: Removal, *, leases: bool = False) -> HostFacts:
    """The host once bond and bridge are gone, as far as a set-up would look at it.

    `leases`: as in `move`, the NIC's DHCP client can go on with the bridge's lease.

    Raises:
        Gap: bond or bridge do not run as they are written.
    """
    bond, bridge, nic = removal.answers.bond, removal.answers.bridge.name, removal.nic
    gone = {bond.name, bridge}
    if removal.answers.bridge.method not in (("static", "dhcp") if leases else ("static",)):
        raise Gap("the address is leased anew")
    holder, running, state = facts.link(bridge), facts.bond(bond.name), facts.bridge(bridge)
    if holder is None or running is None or state is None:
        raise Gap(f"{bond.name} does not run under {bridge}")
    if {item.name for item in running.slaves} != set(bond.slaves):
        raise Gap(f"{bond.name} has other slaves than its files say")
    if state.stp:
        raise Gap(f"{bridge} has spanning tree, which listens first")

    def alone(link: Link) -> Link:
        if link.name not in bond.slaves:
            return link
        addresses = holder.addresses if link.name == nic else ()
        plain = tuple(replace(item, label="") for item in addresses)
        return replace(link, master=None, mac=link.permanent_mac, addresses=plain)

    routes = (item.by(nic) if item.link in gone else item for item in facts.routes)
    return replace(
        facts,
        links=tuple(alone(link) for link in facts.links if link.name not in gone),
        routes=tuple(routes),
        bonds=tuple(item for item in facts.bonds if item.name != bond.name),
        bridges=tuple(item for item in facts.bridges if item.name != bridge),
    )


def plain_mtu(facts: HostFacts, removal: Removal) -> None:
    """A slave that leaves gets back the MTU it came with (__bond_release_one in bond_main.c).

    Raises:
        Gap: it will need another one.
    """
    link = facts.link(removal.nic)
    if link is None or link.mtu != _MTU:
        raise Gap(f"the MTU of {removal.nic} must be set anew")


def way_there(back: Iterable[Step], removal: Removal) -> tuple[Step, ...]:
    """The way back of a set-up as the way there of a removal.

    The files are written where they were put back, the NICs without address stay down as the bond
    leaves them, and what the address can't do without must succeed.
    """
    nic, steps = removal.nic, []
    for step in back:
        action = step.action
        if isinstance(action, RestoreNetwork):
            continue
        if isinstance(action, SetLink) and action.up and action.link != nic:
            continue
        if isinstance(action, RestoreFiles):
            steps.append(WRITE)
        elif isinstance(action, Run) and nic in action.argv:
            steps.append(Step(step.label.replace(" as before", " with its address"), action))
        else:
            leased = isinstance(action, WaitForAddress) and action.leased
            must = leased or isinstance(action, _MUST)
            steps.append(replace(step, best_effort=step.best_effort and not must))
    return tuple(steps)


def way_back(there: Iterable[Step], removal: Removal) -> tuple[Step, ...]:
    """The way there of a set-up as the way back of a removal, from any point of it.

    The files are put back where they were written. What is as it shall be already, because the
    removal did not come that far, stays as it is: a slave that has not left is not set down, and
    gets no route of its own.
    """
    bond, slaves = removal.answers.bond.name, removal.answers.bond.slaves
    steps = []
    for step in there:
        action = step.action
        if isinstance(action, WriteFiles):
            steps.append(PUT_BACK)
        elif isinstance(action, SetLink) and not action.up:
            kept = replace(action, unless_in=bond)
            steps.append(Step(step.label, kept, best_effort=True))
        elif isinstance(action, AddRoute) and action.route.link in slaves:
            steps.append(Step(step.label, replace(action, unless_in=bond), best_effort=True))
        else:
            steps.append(replace(step, best_effort=True))
    return (*steps, Step("Put back what still differs from before", RestoreNetwork()))
