"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.networkd import activate
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
        return check(self.editor.config, self.answers)

    def write(self) -> tuple[FileChange, ...]:
        """The files of the slaves, the bond and the bridge."""
        self.editor.edit()
        return self.editor.config.changes()

    def activate(self) -> Activation:
        """As networkd can: without an outage, or by itself."""
        change = self.editor.change(read(self.facts, self.answers))
        return activate.set_up(self.facts, self.answers, change)
