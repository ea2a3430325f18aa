"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over.edit import Edit
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.ifcfg import hitless
from xenbond_tui.stacks.ifcfg.activate import ByIfup
from xenbond_tui.stacks.ifcfg.check import check
from xenbond_tui.stacks.ifcfg.files import Scripts
from xenbond_tui.stacks.ifcfg.write import Editor


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.scripts = Scripts(facts)

    def check(self) -> Iterator[Finding]:
        """What in the files forbids going on, or must be known."""
        return check(self.scripts, self.answers)

    def write(self) -> Iterator[FileChange]:
        """The files of the slaves, the bond and the bridge."""
        self.editor = Editor(self.facts, self.answers, self.scripts)
        return self.editor.edit()

    def activate(self) -> Activation:
        """Without an outage where it can be, else in the order of ifdown and ifup."""
        return ByIfup(self.facts, self.answers, self.editor.names).unless(self._way)

    def _way(self) -> Transition | Edit:
        facts, answers, scripts = self.facts, self.answers, Scripts(self.facts)
        found = hitless.way(scripts, answers)
        if isinstance(found, Edit):
            return found
        return hitless.transition(scripts, facts, answers, found)
