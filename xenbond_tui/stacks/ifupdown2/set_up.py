"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over.edit import Edit
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.ifupdown.hitless import way
from xenbond_tui.stacks.ifupdown.write import editing, explained, write
from xenbond_tui.stacks.ifupdown2 import announced
from xenbond_tui.stacks.ifupdown2.activate import ByIfreload, reload
from xenbond_tui.stacks.ifupdown2.check import check
from xenbond_tui.stacks.ifupdown2.stanzas import fit, opened, today
from xenbond_tui.stacks.ifupdown2.transition import Ifupdown2Transition, transition
from xenbond_tui.value import replace


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        names = (answers.bridge.name, answers.bond.name, *answers.bond.slaves)
        self.before, self.after = today(facts), opened(facts, *names)

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
        return ByIfreload(self.facts, self.answers, self.before, self.after).unless(self._way)

    def _way(self) -> Transition | Edit:
        found = way(self.facts, self.answers, self.before, Ifupdown2Transition)
        if isinstance(found, Edit):
            over = reload(self.facts, self.answers, "Hand it all to ifupdown2")
            back = reload(self.facts, self.answers, "Hand it all back")
            under = found.to_bridge
            activate = under.parted() if isinstance(under, Ifupdown2Transition) else (back,)
            return replace(found, hand_over=(over,), activate=activate)
        return transition(self.facts, self.answers, found, Direction.JOIN)
