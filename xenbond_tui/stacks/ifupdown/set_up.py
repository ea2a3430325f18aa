"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.ifupdown.activate import ByIfup
from xenbond_tui.stacks.ifupdown.bond import looked_at_again
from xenbond_tui.stacks.ifupdown.check import check
from xenbond_tui.stacks.ifupdown.files import Configuration, today
from xenbond_tui.stacks.ifupdown.grammar import refused_by_ifup
from xenbond_tui.stacks.ifupdown.hitless import way
from xenbond_tui.stacks.ifupdown.write import editing, explained, write
from xenbond_tui.typed import TYPE_CHECKING
from xenbond_tui.value import replace

if TYPE_CHECKING:
    from xenbond_tui.stacks.change_over.edit import Edit
    from xenbond_tui.stacks.ifupdown.transition import IfupdownTransition


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.before, self.after = today(facts), Configuration(facts)

    def check(self) -> Iterator[Finding]:
        """As `Draft`."""
        yield from refused_by_ifup(self.before)
        yield from check(self.before, self.answers)

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        with editing():
            write(self.after, self.answers)
        return explained(self.after, SetUp(self.answers))

    def activate(self) -> Activation:
        """Without an outage where it can be, else in the order of ifdown and ifup."""
        found = ByIfup(self.facts, self.answers, self.before, self.after).unless(self._way)
        return replace(found, at_boot=looked_at_again(self.before, self.answers.bond.slaves))

    def _way(self) -> "IfupdownTransition | Edit":
        facts, answers, before, after = self.facts, self.answers, self.before, self.after
        found = way(facts, answers, before)
        # Where there is no such way, none of it is loaded.
        from xenbond_tui.stacks.ifupdown.transition import IfupdownTransition, by_ifupdown

        if isinstance(found, Move):
            return IfupdownTransition(facts, answers, before, after, found)
        return by_ifupdown(facts, found, before, after)
