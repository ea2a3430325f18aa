"""The last door before the terminal: what a screen draws, and what a driver is told to write.

A screen's text is cleaned where it is laid out, so that its stand-ins have their room
(`xenbond_tui.text`). Whatever comes here all the same, from a widget of Textual's or one that was
forgotten, takes the room it was given, and nothing of it is obeyed.
"""

from functools import lru_cache
from re import Match

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from typing_extensions import override

from xenbond_tui.regex import regex
from xenbond_tui.text import MOST_MARKS, is_harmless

_ASCII = regex(r"[\x20-\x7e]*")
_UNSEEN = "?"

_NEVER_OURS = regex(
    r"\x1b\](?!8;|22;)[^\x07\x1b]*(?:\x07|\x1b\\)"  # title, clipboard; not links, the pointer
    r"|\x1b[PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # device control, privacy message, application
    r"|[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
)
"""What no screen of ours has to send, whoever asks for it."""
_LOOKS = regex(r"\x1b\[([0-9;]*)m")


class Outgoing(LineFilter):
    """Every line that any widget draws passes it, on the way to whichever driver there is.

    Args:
        ascii_only: The terminal shows nothing but ASCII.
    """

    def __init__(self, ascii_only: bool) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    @override
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(_ASCII.fullmatch(segment.text) for segment in segments):
            return segments
        return [
            Segment(self._shown(segment.text), segment.style, segment.control)
            for segment in segments
        ]

    def _shown(self, text: str) -> str:
        out: list[str] = []
        marks = MOST_MARKS
        for char in text:
            width = cell_len(char)
            if not is_harmless(char) or (self._ascii_only and char > "~"):
                out.append(_UNSEEN * width)
                marks = MOST_MARKS
            elif width:
                out.append(char)
                marks = 0
            elif marks < MOST_MARKS:
                out.append(char)
                marks += 1
        shown = "".join(out)
        room = cell_len(text)
        return shown if cell_len(shown) == room else set_cell_size(shown, room)


def without_orders(data: str) -> str:
    """What a driver writes, without what a terminal would obey and no screen of ours asks for."""
    return _NEVER_OURS.sub("", data)


def without_colours(data: str) -> str:
    """What a driver writes for a terminal without colours: bold, reverse and the like stay.

    Textual sends greys instead, which a terminal that has colours after all shows as black on
    black; and coloured blanks, which most can't erase to and are sent one by one.
    """
    return _LOOKS.sub(_uncoloured, data)


def _uncoloured(found: Match[str]) -> str:
    return _attributes(found[1])


@lru_cache(maxsize=1024)
def _attributes(parameters: str) -> str:
    """SGR (ECMA-48) with these parameters, the colours among them left out."""
    codes, kept = parameters.split(";"), list[str]()
    while codes:
        code = codes.pop(0)
        if code in ("38", "48", "58"):
            # By number (5;N) or by red, green and blue (2;R;G;B).
            codes = codes[{"5": 2, "2": 4}.get(codes[0] if codes else "", 0) :]
        elif not code or int(code) < 30 or 50 <= int(code) < 58:
            kept.append(code)
    return f"\x1b[{';'.join(kept)}m" if kept else ""
