"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over import Edit, Gap
from xenbond_tui.stacks.ifcfg import hitless, steps
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
        facts, answers, names = self.facts, self.answers, self.editor.names
        try:
            found = hitless.way(Scripts(facts), answers)
        except Gap as why:
            up, down = steps.up(facts, answers, names), steps.down(facts, answers, names)
            return Activation(up, down, hitless.OUTAGE.because(why))
        if isinstance(found, Edit):
            return found.activation()
        return hitless.transition(Scripts(facts), facts, answers, found).activation()
