"""Where netplan renders for systemd-networkd.

What `netplan generate` writes to /run/systemd/network is read at `networkctl reload` and not
before: so networkd's own steps hold here too, each write followed by netplan's. `netplan apply` is
left alone: it configures every link of the host again, and the slaves' links go down with that.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.change_over import Gap
from xenbond_tui.stacks.netplan import lease
from xenbond_tui.stacks.netplan.bond import option_values, written
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.programs import FILES
from xenbond_tui.stacks.netplan.read import read_answers
from xenbond_tui.stacks.networkd.daemon import Change
from xenbond_tui.stacks.networkd.steps import GAP, SLAVES_GAP, Steps
from xenbond_tui.stacks.networkd.version import LEAST, version


def able(facts: HostFacts) -> bool:
    """True where networkd can be told to read its files again (systemd 244)."""
    return (version(facts) or 0) >= LEAST


class ByNetworkd:
    """networkd's own steps, for the files that netplan makes."""

    def __init__(self, facts: HostFacts, answers: Answers, config: Configuration) -> None:
        self.facts = facts
        self.answers = answers
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
            written_by=FILES,
        )
        self.steps = Steps(facts, answers, change)

    def forward(self) -> tuple[Step, ...]:
        """As networkd."""
        return self.steps.up()

    def rollback(self) -> tuple[Step, ...]:
        """As networkd."""
        return self.steps.down()

    def outage(self) -> str:
        """As networkd."""
        way = self.steps.way()
        if isinstance(way, Gap):
            return f"{GAP} ({way}) while netplan changes over"
        return SLAVES_GAP if self.steps.slaves_set_down else ""

    def beside(self) -> tuple[FileChange, ...]:
        """The bridge's number to the DHCP server."""
        return lease.changes(self.facts, self.answers)

    def notes(self) -> Iterator[Finding]:
        """The lease goes along."""
        return self.steps.lease_moves()

    def removed(self, removal: Removal) -> tuple[tuple[Step, ...], tuple[Step, ...], str]:
        """As networkd."""
        return self.steps.removed(removal)
