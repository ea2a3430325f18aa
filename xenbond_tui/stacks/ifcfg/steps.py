"""How network-scripts bring a bond under a bridge up, and how the host gets back.

The least that does it: only the links concerned, never `service network restart`. ifdown has to
run while the old files are still there: it reads them to find the DHCP client it must stop.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.steps import (
    RESTORE_FILES,
    RESTORE_NETWORK,
    WRITE_FILES,
    best_effort,
    flush,
    gone,
    guests_back,
    wait_carrier,
    wait_forwarding,
)

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
    """Those of them to bring up in a rollback, in the order of a boot: the bridge last."""


def up(facts: HostFacts, answers: Answers, names: Names) -> tuple[Step, ...]:
    """From the running network to the planned one."""
    bond, bridge = answers.bond.name, answers.bridge.name
    return (
        *_ifdown(*names.before),
        *map(flush, _holders(facts, answers)),
        WRITE_FILES,
        _ifup(f"{bond} up with its slaves", names.bond),
        _ifup(f"{bridge} up", names.bridge),
        wait_forwarding(bridge, bond),
        *guests_back(facts, answers),
    )


def down(facts: HostFacts, answers: Answers, names: Names) -> tuple[Step, ...]:
    """From any point of `up` back; nothing but the files and the snapshot must succeed."""
    links = (answers.bridge.name, answers.bond.name)
    return (
        *_ifdown(names.bridge, names.bond),
        *gone(*(name for name in links if facts.link(name) is None)),
        RESTORE_FILES,
        *best_effort(*(_ifup(f"{name} up as before", name) for name in names.again)),
        *guests_back(facts, answers),
        RESTORE_NETWORK,
    )


def removal(facts: HostFacts, wanted: Removal, names: Names, given: str) -> tuple[Step, ...]:
    """From the bond under the bridge to one NIC, which ifup knows as `given`, with its address."""
    bond, nic = wanted.answers.bond, wanted.nic
    link = facts.link(nic)
    return (
        *_ifdown(names.bridge, names.bond),
        *gone(wanted.answers.bridge.name, bond.name),
        *map(flush, bond.slaves),
        WRITE_FILES,
        _ifup(f"{nic} up with its address", given),
        *([wait_carrier(nic)] if link is not None and link.carrier else []),
    )


def removal_back(facts: HostFacts, wanted: Removal, names: Names, given: str) -> tuple[Step, ...]:
    """From any point of `removal` back to the bond under the bridge."""
    bond, bridge = wanted.answers.bond, wanted.answers.bridge.name
    again = [(bond.name, names.bond), (bridge, names.bridge)]
    return (
        *_ifdown(given),
        *gone(bridge, bond.name),
        *best_effort(*map(flush, bond.slaves)),
        RESTORE_FILES,
        *best_effort(
            *(
                _ifup(f"{link} up as before", name)
                for link, name in again
                if facts.link(link) is not None
            )
        ),
        RESTORE_NETWORK,
    )


def _ifup(what: str, name: str) -> Step:
    return Step(f"Bring {what}", Run((IFUP, name), UP_TIMEOUT))


def _ifdown(*names: str) -> tuple[Step, ...]:
    return best_effort(*(Step(f"Take {name} down", Run((IFDOWN, name))) for name in names))


def _holders(facts: HostFacts, answers: Answers) -> Iterator[str]:
    """The links under the new bridge that have an address of their own today."""
    for name in (answers.bond.name, *answers.bond.slaves):
        link = facts.link(name)
        if link is not None and any(item.scope == "global" for item in link.addresses):
            yield name
