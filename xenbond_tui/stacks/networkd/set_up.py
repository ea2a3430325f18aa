"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.networkd import activate, lease
from xenbond_tui.stacks.networkd.address import leases
from xenbond_tui.stacks.networkd.check import check
from xenbond_tui.stacks.networkd.read import read
from xenbond_tui.stacks.networkd.write import Editor


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.editor = Editor(facts, answers)

    def check(self) -> Iterator[Finding]:
        """Who else has files that match, and what can't be carried."""
        yield from check(self.editor.config, self.answers)
        yield from self._client()

    def _client(self) -> Iterator[Finding]:
        """Is the bridge another client to the DHCP server than the NIC?"""
        source, bridge = self.editor.source, self.answers.bridge
        unit = None if source is None else self.editor.unit(source)
        if source is None or unit is None or bridge.method != "dhcp" or not leases(unit):
            return
        if not lease.told_which(unit):
            line = unit.entries("Network", "DHCP")[-1]
            by_mac = f"ClientIdentifier=mac below [DHCPv4] of {unit.path}"
            yield from lease.another_client(
                self.facts, source.name, line.where, line.line.text, bridge.name, by_mac
            )

    def write(self) -> tuple[FileChange, ...]:
        """The files of the slaves, the bond and the bridge."""
        self.editor.edit()
        return self.editor.config.changes()

    def activate(self) -> Activation:
        """As networkd can: without an outage, or by itself."""
        change = self.editor.change(read(self.facts, self.answers))
        return activate.set_up(self.facts, self.answers, change)
