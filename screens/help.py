"""Help for one screen, over it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize
from textual.screen import ModalScreen
from typing_extensions import override

from screens.frame import KeyLine
from screens.keys import SCROLL, Key, bindings, key_line
from screens.lines import Lines
from screens.plain import Plain
from screens.wrapping import wrap
from xenbond_tui.shipped import style
from xenbond_tui.text import clean

EVERYWHERE = """
Keys on every screen
  Up Down Tab    move; Space or Enter chooses; Left Right change a choice
  J K g G /      in a list: down, up, first, last, find
  F1   or ?      this help
  F8   or P      back; in a field Ctrl+P; Esc too
  F10  or N      next; in a field Ctrl+N
  Ctrl+L         draw the screen again
  Ctrl+Q         leave; before Apply nothing on this host has been changed"""


class HelpScreen(ModalScreen[None]):
    """A page of text; any of the usual keys closes it."""

    CSS = style("help")
    SCOPED_CSS = False
    CLOSE = Key("dismiss", "Esc", "close", also="F1 ? F8 P Q Enter Space")
    BINDINGS = [*bindings([CLOSE])]

    def __init__(self, name: str, text: str, everywhere: bool = True) -> None:
        """Text with the keys of every screen under it, or without them as it is."""
        super().__init__()
        self._heading = name
        self._wraps = everywhere
        self._text = clean(text).strip("\n") + (f"\n{EVERYWHERE}" if everywhere else "")

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="help"):
            yield Plain(self._heading, classes="heading")
            yield Lines(id="help-text")
            yield KeyLine()

    def on_mount(self) -> None:
        """The arrows scroll it."""
        self.query_one(Lines).focus()
        self.query_one(KeyLine).show(*key_line((self.CLOSE, SCROLL), typing=False))

    def on_resize(self, event: Resize) -> None:
        """Wrap the text to the width."""
        self._show(event.size.width)

    def show_text(self, text: str) -> None:
        """Another text in the same place; equal text costs nothing."""
        self._text = clean(text).strip("\n")
        self._show(self.size.width)

    def _show(self, width: int) -> None:
        lines = [
            part
            for line in self._text.splitlines()
            for part in wrap(line, max(40, width - 4), rest="  ")
        ]
        if self._wraps:
            lines = paragraphs(self._text, min(100, width - 4))
        self.query_one(Lines).show(lines)


def paragraphs(text: str, width: int) -> list[str]:
    """Paragraphs wrapped again; lines that begin with a blank or a mark are left alone."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        words: list[str] = []
        for line in [*paragraph.splitlines(), ""]:
            if line[:1].isalnum() or line.startswith(("`", '"')):
                words.append(line)
            else:
                lines += [*(wrap(" ".join(words), width) if words else []), line]
                words = []
    return lines[:-1]
