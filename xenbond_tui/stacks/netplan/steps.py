"""The way up and the way back with netplan's own commands.

`netplan generate` reads the files and refuses what is wrong in them while nothing has moved yet;
`netplan apply` has systemd-networkd or NetworkManager take what it made. Neither takes away a link
that no file names any more, and systemd-networkd before 257 leaves an existing bond's options as
they are: so a bond that changes is deleted first.
"""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
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
from xenbond_tui.stacks.steps import guests_back

GAP = "5 to 20 seconds"
"""How long a host is without its address while `netplan apply` changes over."""
GENERATE = Step("Check the files with netplan", Run(("netplan", "generate")))
"""Writes what the other program reads, below /run; nothing moves by it."""
_APPLY = Run(("netplan", "apply"), 120.0)


def up(facts: HostFacts, answers: Answers) -> tuple[Step, ...]:
    """From what runs now to the bond under the bridge."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    steps = [Step("Write the files", WriteFiles()), GENERATE]
    if facts.link(bond) is not None:
        steps.append(Step(f"Take {bond} away, to be made anew", DeleteLink(bond)))
    steps.append(Step(f"Bring up {bond} and {bridge} with netplan", _APPLY))
    steps += [
        Step(f"Wait for carrier on {bond}", WaitFor(bond, "carrier", 40.0)),
        Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding", 40.0)),
    ]
    steps += [Step(f"Take every address off {name}", FlushAddresses(name)) for name in slaves]
    return (*steps, *guests_back(facts, answers))


def down(facts: HostFacts, answers: Answers) -> tuple[Step, ...]:
    """Back to what ran, from any point of `up`; the files and the snapshot must succeed."""
    bond, bridge = answers.bond.name, answers.bridge.name
    steps = [
        Step(f"Make sure {name} is gone", DeleteLink(name), best_effort=True)
        for name in ((bridge, bond) if facts.link(bridge) is None else (bond,))
    ]
    steps += [
        Step("Put every file back as it was", RestoreFiles()),
        Step("Bring up what was there with netplan", _APPLY, best_effort=True),
    ]
    links = (facts.link(name) for name in answers.bond.slaves)
    steps += [
        Step(f"Set {link.name} up", SetLink(link.name, up=True), best_effort=True)
        for link in links
        if link is not None and link.admin_up
    ]
    steps += guests_back(facts, answers)
    steps.append(Step("Put back what still differs from before", RestoreNetwork()))
    return tuple(steps)


def removal_up(removal: Removal) -> tuple[Step, ...]:
    """From the bond under the bridge to the address on one NIC."""
    bond, bridge = removal.answers.bond.name, removal.answers.bridge.name
    return (
        Step("Write the files", WriteFiles()),
        GENERATE,
        Step(f"Take {bridge} away", DeleteLink(bridge)),
        Step(f"Take {bond} away", DeleteLink(bond)),
        Step(f"Bring up {removal.nic} with netplan", _APPLY),
        Step(f"Set {removal.nic} up", SetLink(removal.nic, up=True)),
        Step(f"Wait for carrier on {removal.nic}", WaitFor(removal.nic, "carrier", 40.0)),
    )


def removal_down(facts: HostFacts, removal: Removal) -> tuple[Step, ...]:
    """Back to the bond under the bridge, from any point of `removal_up`."""
    bond, bridge = removal.answers.bond.name, removal.answers.bridge.name
    return (
        Step(
            f"Take every address off {removal.nic}", FlushAddresses(removal.nic), best_effort=True
        ),
        Step("Put every file back as it was", RestoreFiles()),
        Step(f"Bring up {bond} and {bridge} with netplan", _APPLY, best_effort=True),
        Step(f"Wait for carrier on {bond}", WaitFor(bond, "carrier", 40.0), best_effort=True),
        *guests_back(facts, removal.answers),
        Step("Put back what still differs from before", RestoreNetwork()),
    )
