"""The files without bond and bridge: ifupdown's, in ifupdown2's words."""

from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over import Direction, Gap
from xenbond_tui.stacks.change_over.removal import afterwards, plain_mtu
from xenbond_tui.stacks.ifupdown.hitless import move
from xenbond_tui.stacks.ifupdown.remove import edit
from xenbond_tui.stacks.ifupdown.write import editing, explained
from xenbond_tui.stacks.ifupdown2 import announced, steps
from xenbond_tui.stacks.ifupdown2.lease import transition
from xenbond_tui.stacks.ifupdown2.stanzas import opened


class RemovalDraft:
    """The removal in the making."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        self.facts = facts
        self.removal = removal
        bond, bridge = removal.answers.bond, removal.answers.bridge
        self.after = opened(facts, bridge.name, bond.name, *bond.slaves)

    def check(self) -> tuple[Finding, ...]:
        """As `Draft`: what can't go along is found by editing."""
        return ()

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        with editing():
            announced.forget(self.after, self.removal.answers.bridge.name)
            edit(self.after, self.removal)
        return explained(self.after, self.removal)

    def activate(self) -> Activation:
        """By netlink without an outage where it can be, ifreload finding all done."""
        facts, removal, answers = self.facts, self.removal, self.removal.answers
        try:
            there = afterwards(facts, removal, leases=True)
            plain_mtu(facts, removal)
            found = move(there, answers, self.after, answers.bridge.name)
        except Gap as why:
            up, down = steps.removal(facts, removal, opened(facts)), steps.down(facts, answers)
            return Activation(up, down, steps.OUTAGE.because(why))
        parted = transition(there, answers, found, Direction.PART)
        return parted.activation()
