"""The way up and the way back with ifup and ifdown, in the order that holds with ifupdown 0.8.

It leaves the host without its address for a while; `transition` does not, where it can be.

Every ifup and ifdown is given `--force`: /run/network/ifstate may say "already configured" of a
link that is gone, or nothing of one that runs, and both would silently do nothing otherwise.
ifdown needs the file that the link was brought up with still in place: it releases the lease and
runs the hooks by what it reads there. No failed ifdown is fatal, because what counts (addresses
off, links gone) is made sure of by netlink right after it.
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
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.programs import program
from xenbond_tui.stacks.steps import guests_back

CARRIER_TIMEOUT = 30.0
"""Seconds until a bond has carrier: its slaves' links are set down and negotiate again."""
DHCP_TIMEOUT = 100.0
"""Seconds ifup may take with dhcp; dhclient itself would try for five minutes."""


def up(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """From what runs now to the bond under the bridge."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    steps = [
        _ifdown(facts, name) for name in (bridge, bond, *slaves) if _runs_from(facts, before, name)
    ]
    steps += [_delete(name) for name in (bridge, bond) if facts.link(name) is not None]
    steps += [Step(f"Take every address off {name}", FlushAddresses(name)) for name in slaves]
    steps.append(Step("Write the files", WriteFiles()))
    autos = after.classes("auto")
    for slave in slaves:
        if any(item.brings_up(slave) for item in autos):
            steps.append(
                Step(
                    f"Bring up {slave} without address",
                    Run((program(facts, "ifup"), "--force", slave)),
                    best_effort=True,
                )
            )
    steps.append(
        Step(
            f"Bring up {bond} with {' and '.join(slaves)}",
            Run((program(facts, "ifup"), "--force", bond)),
        )
    )
    steps.append(Step(f"Wait for carrier on {bond}", WaitFor(bond, "carrier", CARRIER_TIMEOUT)))
    timeout = DHCP_TIMEOUT if answers.bridge.method == "dhcp" else 60.0
    steps.append(
        Step(
            f"Bring up {bridge} with {_address(answers)}",
            Run((program(facts, "ifup"), "--force", bridge), timeout),
        )
    )
    # A router may have announced IPv6 to the bond before it became a port.
    steps.append(Step(f"Take every address off {bond}", FlushAddresses(bond)))
    steps += guests_back(facts, answers)
    steps.append(
        Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding", 35.0))
    )
    return tuple(steps)


def down(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """Back to what ran, from any point of `up`."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    ours = [name for name in (bridge, bond, *slaves) if after.ifaces(name)]
    steps = [_ifdown(facts, name) for name in ours]
    steps += [_delete(name) for name in (bridge, bond)]
    steps += [
        Step(f"Take every address off {name}", FlushAddresses(name), best_effort=True)
        for name in slaves
    ]
    steps.append(Step("Put every file back as it was", RestoreFiles()))
    for name in _boot_order(before, answers):
        if _runs_from(facts, before, name) and _brought_up(before, name):
            steps.append(
                Step(
                    f"Bring up {name} as before",
                    Run((program(facts, "ifup"), "--force", name), DHCP_TIMEOUT),
                    best_effort=True,
                )
            )
    for name in slaves:
        link = facts.link(name)
        if link is not None and link.admin_up:
            steps.append(Step(f"Set {name} up", SetLink(name, up=True), best_effort=True))
    steps += guests_back(facts, answers)
    steps.append(Step("Put back what still differs from before", RestoreNetwork()))
    return tuple(steps)


def removal(
    facts: HostFacts, wanted: Removal, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """From the bond under the bridge to one NIC with its address; `down` leads back."""
    answers, nic = wanted.answers, wanted.nic
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    steps = [
        _ifdown(facts, name) for name in (bridge, bond, *slaves) if _runs_from(facts, before, name)
    ]
    steps += [_delete(bridge), _delete(bond)]
    steps += [Step(f"Take every address off {name}", FlushAddresses(name)) for name in slaves]
    steps.append(Step("Write the files", WriteFiles()))
    for name in slaves:
        if name != nic and any(item.brings_up(name) for item in after.classes("auto")):
            steps.append(
                Step(
                    f"Bring up {name} without address",
                    Run((program(facts, "ifup"), "--force", name)),
                    best_effort=True,
                )
            )
    timeout = DHCP_TIMEOUT if answers.bridge.method == "dhcp" else 60.0
    steps.append(
        Step(
            f"Bring up {nic} with {_address(answers)}",
            Run((program(facts, "ifup"), "--force", nic), timeout),
        )
    )
    link = facts.link(nic)
    if link is not None and link.carrier:
        steps.append(Step(f"Wait for carrier on {nic}", WaitFor(nic, "carrier", CARRIER_TIMEOUT)))
    return tuple(steps)


def _boot_order(config: Configuration, answers: Answers) -> list[str]:
    """The links in question as `ifup -a` would take them; the bridge after what it stands on."""
    known = [item.name for item in config.classes()] + list(config.names())
    names = (*answers.bond.slaves, answers.bond.name)
    first = sorted(names, key=lambda name: known.index(name) if name in known else len(known))
    return [*first, answers.bridge.name]


def _runs_from(facts: HostFacts, before: Configuration, name: str) -> bool:
    """True for a link the present files configure and that is up (or may be: another tree)."""
    if not before.ifaces(name):
        return False
    link = facts.link(name)
    return not facts.live or (link is not None and link.admin_up)


def _brought_up(before: Configuration, name: str) -> bool:
    """False for a mere `inet manual` that no boot ever brings up; something else set it up."""
    named = any(item.brings_up(name) for item in before.classes())
    return named or any(item.method != "manual" for item in before.ifaces(name))


def _ifdown(facts: HostFacts, name: str) -> Step:
    return Step(
        f"Take {name} down", Run((program(facts, "ifdown"), "--force", name)), best_effort=True
    )


def _delete(name: str) -> Step:
    return Step(f"Make sure {name} is gone", DeleteLink(name), best_effort=True)


def _address(answers: Answers) -> str:
    if answers.bridge.method == "dhcp":
        return "a leased address"
    return ", ".join(answers.bridge.addresses) or "no address"
