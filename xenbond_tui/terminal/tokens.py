"""Splits what Textual writes into text and control sequences (ECMA-48, xterm's ctlseqs)."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from xenbond_tui.regex import regex

_PARTIAL = regex(
    r"\x1b(?:"
    r"\[[0-?]*[ -/]*"  # CSI without its final byte
    r"|[\]PX^_][^\x07\x1b]*(?:\x1b)?"  # OSC, DCS and the like without their end
    r"|[ -/]*"  # ESC with intermediates alone
    r")?\Z"
)
_TOKEN = regex(
    r"(?P<TEXT>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<STYLE>[0-9;]*)m"
    r"|\x1b\[(?P<MOVE>[0-9]*(?:;[0-9]*)?)[Hf]"
    r"|\x1b\]8;(?P<LINK>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(?P<NEWLINE>\n)"
    r"|(?P<OTHER>\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f-\x9f])"
)


class Kind(Enum):
    """What a token does."""

    TEXT = auto()
    """Printable characters."""
    STYLE = auto()
    """SGR; the value is its parameters."""
    MOVE = auto()
    """Absolute cursor move (CUP); the value is its parameters."""
    LINK = auto()
    """Start or end of a hyperlink (OSC 8); the value is "params;address"."""
    NEWLINE = auto()
    """Line feed."""
    OTHER = auto()
    """Any other control sequence or character, whole."""


class Token(NamedTuple):
    """One piece of output."""

    kind: Kind
    value: str


class Splitter:
    """Cuts a stream into pieces that hold no half sequence."""

    def __init__(self) -> None:
        self._held = ""

    def whole(self, data: str) -> str:
        """Add `data`; what is complete so far. A sequence cut in two waits for its end."""
        data = self._held + data
        last = data.rfind("\x1b")
        # An OSC may end in ESC \: when only that ESC is here, its beginning lies further back.
        begin = data.rfind("\x1b", 0, last) if last == len(data) - 1 else -1
        for cut in (begin, last):
            if cut >= 0 and _PARTIAL.match(data, cut):
                self._held = data[cut:]
                return data[:cut]
        self._held = ""
        return data


def tokens(data: str) -> Iterator[Token]:
    """The tokens of a piece that holds no half sequence."""
    for match in _TOKEN.finditer(data):
        kind = match.lastgroup or "OTHER"
        yield Token(Kind[kind], match[kind])
