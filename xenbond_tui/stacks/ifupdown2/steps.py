"""The way up and the way back with ifreload, which makes the running network what the file says.

Unlike ifdown and ifup it leaves alone what is right already: after a change-over by netlink there
is nothing left for it to do but to remember what it holds.
"""

from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    DelAddress,
    DeleteLink,
    FlushAddresses,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetLink,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.ifupdown.addresses import cidr
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.steps import CARRIER_TIMEOUT, guests_back

IFRELOAD = ("/usr/sbin/ifreload", "/sbin/ifreload")
IFDOWN = ("/usr/sbin/ifdown", "/sbin/ifdown")
GAP = "3 to 10 seconds"
"""How long the host is without its address while ifreload takes it from the NIC to the bridge."""
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
    leased = [name for name in (bond, *slaves) if _leased(before, name)]
    return (
        *(_ifdown(facts, name) for name in leased),
        *(Step(f"Take every address off {name}", FlushAddresses(name)) for name in slaves),
        Step("Write the files", WriteFiles()),
        *_renumbered(facts, bridge, before, after),
        reload(facts, f"Bring up {bond} with {' and '.join(slaves)}, and {bridge} above it"),
        *(Step(f"Take every address off {name}", FlushAddresses(name)) for name in (*slaves, bond)),
        Step(f"Wait for carrier on {bond}", WaitFor(bond, "carrier", CARRIER_TIMEOUT)),
        *guests_back(facts, answers),
        Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding", 35.0)),
    )


def down(facts: HostFacts, answers: Answers) -> tuple[Step, ...]:
    """Back to what ran, from any point of `up`, or of `removal`."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    steps = [
        Step(f"Make sure {name} is gone", DeleteLink(name), best_effort=True)
        for name in (bridge, bond)
        if facts.link(name) is None
    ]
    steps += [
        Step(f"Take every address off {name}", FlushAddresses(name), best_effort=True)
        for name in slaves
    ]
    steps.append(Step("Put every file back as it was", RestoreFiles()))
    again = reload(facts, "Bring up what ran before")
    steps.append(Step(again.label, again.action, best_effort=True))
    for name in slaves:
        link = facts.link(name)
        if link is not None and link.admin_up:
            steps.append(Step(f"Set {name} up", SetLink(name, up=True), best_effort=True))
    steps += guests_back(facts, answers)
    steps.append(Step("Put back what still differs from before", RestoreNetwork()))
    return tuple(steps)


def removal(facts: HostFacts, wanted: Removal, before: Configuration) -> tuple[Step, ...]:
    """From the bond under the bridge to one NIC with its address."""
    answers, nic = wanted.answers, wanted.nic
    bond, bridge = answers.bond.name, answers.bridge.name
    steps = [_ifdown(facts, name) for name in (bridge, bond) if before.ifaces(name)]
    steps += [
        Step(f"Make sure {name} is gone", DeleteLink(name), best_effort=True)
        for name in (bridge, bond)
    ]
    steps.append(Step("Write the files", WriteFiles()))
    steps.append(reload(facts, f"Bring up {nic} with the address of {bridge}"))
    link = facts.link(nic)
    if link is not None and link.carrier:
        steps.append(Step(f"Wait for carrier on {nic}", WaitFor(nic, "carrier", CARRIER_TIMEOUT)))
    return tuple(steps)


def _leased(before: Configuration, name: str) -> bool:
    return any(item.method == "dhcp" for item in before.ifaces(name))


def _ifdown(facts: HostFacts, name: str) -> Step:
    """By the old file: it has to stop the DHCP client of that name."""
    return Step(f"Take {name} down", Run((program(facts, IFDOWN), name)), best_effort=True)


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
