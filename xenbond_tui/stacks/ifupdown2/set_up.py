"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator
from dataclasses import replace

from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over import Direction, Edit, Gap
from xenbond_tui.stacks.ifupdown.hitless import way
from xenbond_tui.stacks.ifupdown.write import editing, explained, write
from xenbond_tui.stacks.ifupdown2 import announced, steps
from xenbond_tui.stacks.ifupdown2.check import check
from xenbond_tui.stacks.ifupdown2.dialect import fit
from xenbond_tui.stacks.ifupdown2.lease import transition
from xenbond_tui.stacks.ifupdown2.stanzas import opened


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        names = (answers.bridge.name, answers.bond.name, *answers.bond.slaves)
        self.before, self.after = opened(facts), opened(facts, *names)

    def check(self) -> Iterator[Finding]:
        """As `Draft`."""
        return check(self.facts, self.before, self.answers)

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        with editing():
            write(self.after, self.answers)
            fit(self.after, self.answers)
            announced.write(self.facts, self.after, self.answers)
        return explained(self.after, SetUp(self.answers))

    def activate(self) -> Activation:
        """By netlink without an outage where it can be, ifreload finding all done."""
        facts, answers, before = self.facts, self.answers, self.before
        try:
            found = way(facts, answers, before)
        except Gap as why:
            up, down = steps.up(facts, answers, before, self.after), steps.down(facts, answers)
            return Activation(up, down, steps.OUTAGE.because(why))
        if isinstance(found, Edit):
            over = steps.reload(facts, "Hand it all to ifupdown2")
            back = steps.reload(facts, "Hand it all back")
            return replace(found, hand_over=(over,), activate=(back,)).activation()
        return transition(facts, answers, found, Direction.JOIN).activation()
