r"""Text on its way out: what a terminal, a log or a monitoring system would obey is made visible.

Names of guests, links and hosts, values in files, what a switch or a command says: all of it may
hold escape sequences, bidirectional controls, characters without width, bytes that are no UTF-8.
A stand-in is shown for each, in ASCII, so that it looks the same on every terminal: `\x1b` (a
control character of ASCII), `\x9b` (a byte that is no UTF-8, which Python keeps as a surrogate),
`\u202e`, `\U000e0001`. To clean what is clean already changes nothing, so any place that measures
or aligns text cleans it first, and the last door before the terminal does so again.
"""

import unicodedata
from collections.abc import Callable, Collection, Sequence

from xenbond_tui.regex import regex

MOST_MARKS = 3
"""Combining marks that one character may carry: no script needs more, a pile of them hides the
lines above."""

_PLAIN = regex(r"[\x20-\x7e\n\t]*")
_PLAIN_LINE = regex(r"[\x20-\x7e]*")
_INVISIBLE = frozenset(
    (
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
"""Letters and marks that show nothing, or change how the one before them is shown (fillers,
variation selectors), though Unicode does not call them controls."""


def clean(text: str) -> str:
    """Text of one or several lines, fit to be shown: line feeds and tabs stay, they are ours."""
    return text if _PLAIN.fullmatch(text) else _cleaned(text, "\n\t")


def one_line(text: str) -> str:
    r"""The same for what has to stay in its line or its cell: line feeds and tabs are shown too."""
    return text if _PLAIN_LINE.fullmatch(text) else _cleaned(text, "")


def cells(text: str) -> int:
    """How many columns of a terminal cleaned text takes: wide characters two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if _is_mark(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Cleaned text in a column `width` wide; `right`: flush right. What is longer stays whole."""
    blanks = " " * max(0, width - cells(text))
    return blanks + text if right else text + blanks


def align(rows: Sequence[Sequence[str]], right: Collection[int] = (), gap: str = "  ") -> list[str]:
    """Rows of cells as lines with aligned columns; the columns in `right` are flush right.

    The last column is not padded.
    """
    if not rows:
        return []
    shown = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(cells(row[at]) for row in shown) for at in range(len(shown[0]))]
    lines = []
    for row in shown:
        padded = [
            pad(cell, width, right=at in right)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(gap.join(padded).rstrip())
    return lines


def shortened(text: str, width: int) -> str:
    """Cleaned text in at most `width` columns; `..` at its end says that there was more."""
    if cells(text) <= width:
        return text
    taken, room = "", width - 2
    for char in text:
        room -= cells(char)
        if room < 0:
            break
        taken += char
    return taken + ".."


def stand_in(char: str) -> str:
    r"""What is shown for a character that must not leave as it is: `\x1b`, `\u202e`."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def is_harmless(char: str) -> bool:
    """Whether a character shows as itself and does nothing else; a mark only behind another one."""
    return char.isprintable() and ord(char) not in _INVISIBLE


def json_text(document: object) -> str:
    r"""JSON that every reader takes, whatever the strings in it: ASCII alone, no half characters.

    Control characters and everything beyond ASCII are JSON's own escapes, which lose nothing. A
    byte that is no UTF-8 has no place in JSON: it is written as text, `\x9b`, as it is shown
    anywhere else. Numbers that JSON does not know (NaN, infinity) are null.
    """
    # What `json` encodes strings with; that module itself would cost more than a small document.
    from _json import encode_basestring_ascii

    return _json(document, "\n", encode_basestring_ascii, {})


def _json(value: object, line: str, quoted: Callable[[str], str], keys: dict[object, str]) -> str:
    """As `json.dumps` with an indent of 2, whose own way of indenting takes thrice as long.

    Args:
        value: of JSON's kinds.
        line: a line feed and the indent of the line that the value stands on.
        quoted: a string as JSON has it.
        keys: those seen so far, as they are written: the same ones come again and again.
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return quoted(value if value.isascii() else "".join(map(_character, value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return "null" if value - value != 0 else float.__repr__(value)
    inner = f"{line}  "
    if isinstance(value, dict):
        for key in value.keys() - keys.keys():
            keys[key] = _json(str(key), inner, quoted, keys)
        items = [f"{keys[key]}: {_json(item, inner, quoted, keys)}" for key, item in value.items()]
    elif isinstance(value, (list, tuple)):
        items = [_json(item, inner, quoted, keys) for item in value]
    else:
        raise TypeError(f"JSON has no {type(value).__name__}")
    left, right = "{}" if isinstance(value, dict) else "[]"
    return f"{left}{inner}{f',{inner}'.join(items)}{line}{right}" if items else left + right


def _character(char: str) -> str:
    return stand_in(char) if "\ud800" <= char <= "\udfff" else char


def _cleaned(text: str, kept: str) -> str:
    out: list[str] = []
    room = 0
    for char in text:
        if char in kept:
            out.append(char)
            room = 0
        elif not is_harmless(char):
            out.append(stand_in(char))
            room = 0
        elif _is_mark(char):
            out.append(char if room else stand_in(char))
            room = max(0, room - 1)
        else:
            out.append(char)
            room = MOST_MARKS
    return "".join(out)


def _is_mark(char: str) -> bool:
    """Drawn onto the character before it: combining marks, and the later parts of a Hangul one."""
    if char < "\u0300":
        return False
    if "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff":
        return True
    return unicodedata.category(char) in ("Mn", "Me")
