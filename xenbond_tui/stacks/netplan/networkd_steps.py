"""The way up and the way back where netplan renders for systemd-networkd.

What `netplan generate` writes to /run/systemd/network is read at `networkctl reload` and not
before: so networkd's own steps hold here too, each write followed by netplan's. `netplan apply` is
left alone: it configures every link of the host again, and the slaves' links go down with that.
"""

from collections.abc import Iterable

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import RestoreFiles, WriteFiles
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.netplan.bond import option_values, written
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.read import read_answers
from xenbond_tui.stacks.netplan.steps import GENERATE
from xenbond_tui.stacks.networkd.steps import Change, Steps
from xenbond_tui.stacks.networkd.version import LEAST, version

_AGAIN = Step("Have netplan write from them", GENERATE.action, best_effort=True)


def able(facts: HostFacts) -> bool:
    """True where networkd can be told to read its files again (systemd 244)."""
    return (version(facts) or 0) >= LEAST


def networkd_steps(facts: HostFacts, answers: Answers, config: Configuration) -> Steps:
    """The steps of networkd for a change of files that have not been edited yet."""
    files = {
        nic: f"10-netplan-{definition_of(facts, config, nic).id}.network"
        for nic in answers.bond.slaves
    }
    bridge = answers.bridge.name
    change = Change(
        options=option_values(answers.bond),
        written=read_answers(facts, config),
        options_written=written(config.of(answers.bond.name)),
        files=files,
        holders={**files, bridge: f"10-netplan-{bridge}.network"},
    )
    return Steps(facts, answers, change)


def rendered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The same steps, with netplan writing networkd's files whenever its own have changed."""
    found: list[Step] = []
    for step in steps:
        found.append(step)
        if isinstance(step.action, WriteFiles):
            found.append(GENERATE)
        elif isinstance(step.action, RestoreFiles):
            found.append(_AGAIN)
    return tuple(found)
