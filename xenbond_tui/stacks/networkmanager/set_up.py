"""Bond and bridge in the making: what is checked, written and activated."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.networkmanager.activate import ByNetworkManager
from xenbond_tui.stacks.networkmanager.check import check
from xenbond_tui.stacks.networkmanager.write import Editor


class SetUpDraft:
    """As `Draft`."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.editor = Editor(facts, answers)

    def check(self) -> Iterator[Finding]:
        """Whose profiles they are, and what can't be carried."""
        editor = self.editor
        return check(editor.profiles, editor.nics, editor.answers, editor.source())

    def write(self) -> tuple[FileChange, ...]:
        """The profiles of the slaves, the bond and the bridge."""
        # As they are today: the steps must know what runs.
        plain = ByNetworkManager(self.editor)
        self.activation = plain.unless(plain.way)
        self.editor.edit()
        return self.editor.profiles.changes()

    def activate(self) -> Activation:
        """By nmcli."""
        return self.activation
