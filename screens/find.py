"""Looks for words in a list, over the screen that shows it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from typing_extensions import override

from screens.fields import FieldRow, TypedText
from screens.frame import KeyLine
from screens.keys import Key, bindings, key_line
from screens.lines import Lines
from screens.plain import Plain
from xenbond_tui.shipped import style


class FindScreen(ModalScreen[None]):
    """Two lines at the bottom; closes when the words are found."""

    CSS = style("find")
    SCOPED_CSS = False
    GO = Key("", "Enter", "go to it")
    CLOSE = Key("dismiss", "Esc", "close", also="F8 ^P")
    BINDINGS = [*bindings([CLOSE])]

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._list = lines

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="find"):
            yield FieldRow("Find", TypedText("", id="words", width=40), "empty: the same again")
            yield KeyLine()

    def on_mount(self) -> None:
        """Ready to be typed into."""
        self.query_one(KeyLine).show(*key_line((self.GO, self.CLOSE), typing=True))
        self.query_one(TypedText).focus()

    def on_input_submitted(self) -> None:
        """Go to the next line with these words; stay where none has them."""
        if self._list.find(self.query_one(TypedText).value):
            _ = self.dismiss()
        else:
            self.query_one("#words-after", Plain).update("not there")
