"""Terminals from before xterm, and the sequences of Textual's that they print as garbage."""

from xenbond_tui.regex import regex
from xenbond_tui.terminal.tokens import Splitter

_OLD = regex(r"(linux|vt\d+|ansi|cons25)(-.*)?")

_UNKNOWN_TO_THEM = regex(
    r"\x1b\[[<=>][0-9;]*u"  # kitty's keyboard protocol: VTs print the u
    r"|\x1b\[\?[0-9]+\$p"  # is there such a mode? they print the p
    r"|\x1b\[\?(?:100[0-6]|101[56]|2004|2026|2048)[hl]"  # mouse, focus, paste, frames, size
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # title, clipboard, link, pointer: they print it all
)
_ENTER = "\x1b[?1049h"
_LEAVE = "\x1b[?1049l"


def is_old(term: str) -> bool:
    """Whether a terminal of this TERM knows only what a VT220 or the Linux console does."""
    return _OLD.fullmatch(term) is not None


class OldTerminal:
    """A filter that leaves out what an old terminal does not know.

    Such a terminal has no alternate screen: it is cleared on entering and on leaving instead.
    """

    def __init__(self) -> None:
        self._splitter = Splitter()

    def feed(self, data: str) -> str:
        """What of `data` the terminal understands."""
        known = _UNKNOWN_TO_THEM.sub("", self._splitter.whole(data))
        return known.replace(_ENTER, "\x1b[m\x1b[2J").replace(_LEAVE, "\x1b[m\x1b[2J\x1b[H")
