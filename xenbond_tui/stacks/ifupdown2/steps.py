"""Up and down with ifreload, which makes the running network what the file says.

Unlike ifdown and ifup it leaves alone what is right already: after a change-over by netlink there
is nothing left for it to do but to remember what it holds.
"""

from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DelAddress, Run
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.ifupdown.address import cidr
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.steps import (
    RESTORE_FILES,
    RESTORE_NETWORK,
    WRITE_FILES,
    best_effort,
    flush,
    gone,
    guests_back,
    set_up,
    wait_carrier,
    wait_forwarding,
)

IFRELOAD = ("/usr/sbin/ifreload", "/sbin/ifreload")
IFDOWN = ("/usr/sbin/ifdown", "/sbin/ifdown")
OUTAGE = Outage(3, 10, "while ifreload changes over")
"""How long the host is without its address while ifreload takes it from the NIC to the bridge."""
_FORWARDING = 35.0
"""Seconds: 30 with spanning tree."""
_TIMEOUT = 120.0
"""Seconds; with DHCP it waits for dhclient."""


def reload(facts: HostFacts, label: str, *options: str) -> Step:
    """Make the running network what the files say."""
    return Step(label, Run((program(facts, IFRELOAD), "-a", *options), _TIMEOUT))


def up(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """From what runs now to the bond under the bridge."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    return (
        *_ifdown(facts, *(name for name in (bond, *slaves) if _leased(before, name))),
        *map(flush, slaves),
        WRITE_FILES,
        *_renumbered(facts, bridge, before, after),
        reload(facts, f"Bring up {bond} with {' and '.join(slaves)}, and {bridge} above it"),
        *map(flush, (*slaves, bond)),
        wait_carrier(bond),
        *guests_back(facts, answers),
        wait_forwarding(bridge, bond, _FORWARDING),
    )


def down(facts: HostFacts, answers: Answers) -> tuple[Step, ...]:
    """Back to what ran, from any point of `up`, or of `removal`."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    links = [facts.link(name) for name in slaves]
    return (
        *gone(*(name for name in (bridge, bond) if facts.link(name) is None)),
        *best_effort(*map(flush, slaves)),
        RESTORE_FILES,
        *best_effort(
            reload(facts, "Bring up what ran before"),
            *(set_up(link.name) for link in links if link is not None and link.admin_up),
        ),
        *guests_back(facts, answers),
        RESTORE_NETWORK,
    )


def removal(facts: HostFacts, wanted: Removal, before: Configuration) -> tuple[Step, ...]:
    """From the bond under the bridge to one NIC with its address."""
    nic, both = wanted.nic, (wanted.answers.bridge.name, wanted.answers.bond.name)
    link = facts.link(nic)
    return (
        *_ifdown(facts, *(name for name in both if before.ifaces(name))),
        *gone(*both),
        WRITE_FILES,
        reload(facts, f"Bring up {nic} with the address of {both[0]}"),
        *([wait_carrier(nic)] if link is not None and link.carrier else []),
    )


def _leased(before: Configuration, name: str) -> bool:
    return any(item.method == "dhcp" for item in before.ifaces(name))


def _ifdown(facts: HostFacts, *names: str) -> tuple[Step, ...]:
    """By the old file: it has to stop the DHCP client of that name."""
    argv = program(facts, IFDOWN)
    return best_effort(*(Step(f"Take {name} down", Run((argv, name))) for name in names))


def _renumbered(
    facts: HostFacts, bridge: str, before: Configuration, after: Configuration
) -> Iterator[Step]:
    """What the bridge's stanzas had and have no more: ifreload leaves it where it does not purge.

    That is with `address-purge no`, and with several stanzas (process_addresses in addons/
    address.py). Taken off before it, since an address that goes takes those of its network along
    that came later, without promote_secondaries.
    """
    link = facts.link(bridge)
    gone = {cidr(item) for item in before.ifaces(bridge)}
    gone -= {cidr(item) for item in after.ifaces(bridge)}
    for item in link.addresses if link is not None else ():
        if str(ip_interface(item.cidr)) in gone:
            yield Step(f"Take {item.cidr} off {bridge}", DelAddress(bridge, item))


def program(facts: HostFacts, paths: tuple[str, ...]) -> str:
    """Where the program is on this host; the first place where it is missing."""
    return next((path for path in paths if path in facts.present), paths[0])
