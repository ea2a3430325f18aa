"""How network-scripts bring a bond under a bridge up, and how the host gets back.

The least that does it: only the links concerned, never `service network restart`. ifdown has to
run while the old files are still there: it reads them to find the DHCP client it must stop.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    DeleteLink,
    FlushAddresses,
    RestoreFiles,
    RestoreNetwork,
    Run,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.steps import guests_back

IFUP = "/sbin/ifup"
IFDOWN = "/sbin/ifdown"
UP_TIMEOUT = 120.0
"""Seconds: DHCP asks for a minute, and the check for duplicate addresses takes three seconds."""


@dataclass(frozen=True, slots=True)
class Names:
    """What ifup and ifdown call each link: the part of its file's name behind `ifcfg-`."""

    bond: str
    bridge: str
    before: tuple[str, ...]
    """Links with a file that are up today, to take down in this order: bridge, bond, NICs."""
    again: tuple[str, ...]
    """Those of them to bring up on the way back, in the order of a boot: the bridge last."""


def up(facts: HostFacts, answers: Answers, names: Names) -> tuple[Step, ...]:
    """From the running network to the planned one."""
    bond, bridge = answers.bond.name, answers.bridge.name
    steps = [
        Step(f"Take {name} down", Run((IFDOWN, name)), best_effort=True) for name in names.before
    ]
    steps += [
        Step(f"See that {name} has no address left", FlushAddresses(name))
        for name in _holders(facts, answers)
    ]
    steps += [
        Step("Write the files", WriteFiles()),
        Step(f"Bring {bond} up with its slaves", Run((IFUP, names.bond), UP_TIMEOUT)),
        Step(f"Bring {bridge} up", Run((IFUP, names.bridge), UP_TIMEOUT)),
        Step(f"Wait until {bond} forwards in {bridge}", WaitFor(bond, "forwarding", 40.0)),
    ]
    return (*steps, *guests_back(facts, answers))


def down(facts: HostFacts, answers: Answers, names: Names) -> tuple[Step, ...]:
    """From any point of `up` back; nothing but the files and the snapshot must succeed."""
    bond, bridge = answers.bond.name, answers.bridge.name
    steps = [
        Step(f"Take {bridge} down", Run((IFDOWN, names.bridge)), best_effort=True),
        Step(f"Take {bond} down", Run((IFDOWN, names.bond)), best_effort=True),
    ]
    steps += [
        Step(f"Remove {name}, which was not there before", DeleteLink(name), best_effort=True)
        for name in (bridge, bond)
        if facts.link(name) is None
    ]
    steps.append(Step("Put the files back", RestoreFiles()))
    steps += [
        Step(f"Bring {name} up as before", Run((IFUP, name), UP_TIMEOUT), best_effort=True)
        for name in names.again
    ]
    steps += guests_back(facts, answers)
    steps.append(Step("Put addresses, routes and ports back as they were", RestoreNetwork()))
    return tuple(steps)


def removal(facts: HostFacts, wanted: Removal, names: Names, given: str) -> tuple[Step, ...]:
    """From the bond under the bridge to one NIC, which ifup knows as `given`, with its address."""
    bond, bridge = wanted.answers.bond, wanted.answers.bridge
    steps = [
        Step(f"Take {link} down", Run((IFDOWN, name)), best_effort=True)
        for link, name in ((bridge.name, names.bridge), (bond.name, names.bond))
    ]
    steps += [
        Step(f"Make sure {name} is gone", DeleteLink(name), best_effort=True)
        for name in (bridge.name, bond.name)
    ]
    steps += [
        Step(f"See that {name} has no address left", FlushAddresses(name)) for name in bond.slaves
    ]
    steps += [
        Step("Write the files", WriteFiles()),
        Step(f"Bring {wanted.nic} up with its address", Run((IFUP, given), UP_TIMEOUT)),
    ]
    link = facts.link(wanted.nic)
    if link is not None and link.carrier:
        steps.append(
            Step(f"Wait for carrier on {wanted.nic}", WaitFor(wanted.nic, "carrier", 30.0))
        )
    return tuple(steps)


def removal_back(facts: HostFacts, wanted: Removal, names: Names, given: str) -> tuple[Step, ...]:
    """From any point of `removal` back to the bond under the bridge."""
    bond, bridge = wanted.answers.bond, wanted.answers.bridge
    steps = [Step(f"Take {wanted.nic} down", Run((IFDOWN, given)), best_effort=True)]
    steps += [
        Step(f"Make sure {name} is gone", DeleteLink(name), best_effort=True)
        for name in (bridge.name, bond.name)
    ]
    steps += [
        Step(f"See that {name} has no address left", FlushAddresses(name), best_effort=True)
        for name in bond.slaves
    ]
    steps.append(Step("Put the files back", RestoreFiles()))
    for link, name in ((bond.name, names.bond), (bridge.name, names.bridge)):
        if facts.link(link) is not None:
            steps.append(
                Step(f"Bring {link} up as before", Run((IFUP, name), UP_TIMEOUT), best_effort=True)
            )
    steps.append(Step("Put addresses, routes and ports back as they were", RestoreNetwork()))
    return tuple(steps)


def _holders(facts: HostFacts, answers: Answers) -> Iterator[str]:
    """The links under the new bridge that have an address of their own today."""
    for name in (answers.bond.name, *answers.bond.slaves):
        link = facts.link(name)
        if link is not None and any(item.scope == "global" for item in link.addresses):
            yield name
