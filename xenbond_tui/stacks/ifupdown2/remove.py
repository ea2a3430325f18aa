"""The files without bond and bridge: ifupdown's, in ifupdown2's words."""

from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.base import Activation, CommonRemoval
from xenbond_tui.stacks.change_over.conditions import afterwards, plain_mtu
from xenbond_tui.stacks.change_over.transition import Direction
from xenbond_tui.stacks.ifupdown.hitless import move
from xenbond_tui.stacks.ifupdown.remove import edit
from xenbond_tui.stacks.ifupdown.write import editing, explained
from xenbond_tui.stacks.ifupdown2 import announced
from xenbond_tui.stacks.ifupdown2.activate import ByIfreload
from xenbond_tui.stacks.ifupdown2.stanzas import opened, today
from xenbond_tui.stacks.ifupdown2.transition import Ifupdown2Transition, transition


class RemovalDraft(CommonRemoval):
    """The removal in the making."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        super().__init__(facts, removal)
        bond, bridge = removal.answers.bond, removal.answers.bridge
        self.after = opened(facts, bridge.name, bond.name, *bond.slaves)

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        with editing():
            announced.forget(self.after, self.answers.bridge.name)
            edit(self.after, self.removal)
        return explained(self.after, self.removal)

    def activate(self) -> Activation:
        """By netlink without an outage where it can be, ifreload finding all done."""
        facts, answers, nic = self.facts, self.answers, self.removal.nic
        return ByIfreload(facts, answers, today(facts), self.after, nic).unless(self._way)

    def _way(self) -> Ifupdown2Transition:
        facts, removal, answers = self.facts, self.removal, self.answers
        there = afterwards(facts, removal, leases=True)
        plain_mtu(facts, removal)
        found = move(there, answers, self.after, answers.bridge.name)
        return transition(there, answers, found, Direction.PART)
