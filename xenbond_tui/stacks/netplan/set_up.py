"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.netplan import lease
from xenbond_tui.stacks.netplan.activate import activation, reloads
from xenbond_tui.stacks.netplan.check import check
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.write import Editor
from xenbond_tui.stacks.outcome import why


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.config = Configuration(facts)

    def check(self) -> Iterator[Finding]:
        """Definitions that can't be edited, and lines that will not come along."""
        return check(self.facts, self.config, self.answers)

    def write(self) -> Iterator[FileChange]:
        """The files with the address moved to the bridge."""
        facts, answers = self.facts, self.answers
        request, editor = SetUp(answers), Editor(facts, self.config, answers)
        self.activation = activation(facts, request, self.config, editor.renderer)
        editor.edit()
        yield from self.config.changes(why(request))
        if reloads(facts, editor.renderer):
            yield from lease.changes(facts, answers)

    def activate(self) -> Activation:
        """As netplan's files are rendered."""
        return self.activation
