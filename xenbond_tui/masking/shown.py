"""A file as it may be shown, line by line, and the diff of two of them.

What finds secrets is loaded where there may be one.
"""

import re
from collections.abc import Iterator, Sequence

from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass

_CONTEXT = 3
"""Lines of a diff around each change."""
_WHOLLY = "/keys-"
"""Begins the name of a file that is a secret from end to end (`keys.ALL_SECRET_FILES`)."""
MASK = "(masked)"
"""In the place of a secret, whatever its length; one of several lines is one line less."""

_HINTS = (
    *("psk", "pass", "pin", "key", "secret", "private", "shared", "cak", "iwconfig", "xfrm"),
    *("\\x", "\\u", "/keys-"),
)
"""Without one of these there is none: most files are looked through once, by them alone."""
_HINT = regex("|".join(map(re.escape, _HINTS)), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; the last of a file may be without its line feed."""

    shown: str
    said: str
    """What is in the file: two are the same only when this is."""

    @property
    def masked(self) -> bool:
        """Whether something of it is not shown."""
        return self.shown != self.said


def shown_lines(path: str, text: str) -> list[Line]:
    """A file's text in lines that may be shown."""
    hidden = _spans(path, text)
    if not hidden:
        return [Line(line, line) for line in _parts(text)]
    lines: list[Line] = []
    shown, begun, at = "", 0, 0

    def take(piece: str) -> None:
        """What may be shown as it is: it ends a line wherever it has a line feed."""
        nonlocal shown, begun, at
        for part in _parts(piece):
            shown += part
            at += len(part)
            if part.endswith("\n"):
                lines.append(Line(shown, text[begun:at]))
                shown, begun = "", at

    for start, end in hidden:
        take(text[at:start])
        shown += MASK
        at = end
    take(text[at:])
    if shown:
        lines.append(Line(shown, text[begun:]))
    return lines


def masked_words(text: str) -> str:
    """Words for the operator, which may quote a line of a file."""
    if not _hinted(text):
        return text
    from xenbond_tui.masking.spans import words

    out, at = "", 0
    for start, end in words(text):
        out += text[at:start] + MASK
        at = end
    return out + text[at:]


def _hinted(text: str) -> bool:
    if not text.isascii():
        # Letters that are written otherwise may be one of these in another case.
        return _HINT.search(text) is not None
    # In a fifteenth of the time.
    small = text.lower()
    return any(hint in small for hint in _HINTS)


def _spans(path: str, text: str) -> list[tuple[int, int]]:
    if not _hinted(text) and _WHOLLY not in path:
        return []
    from xenbond_tui.masking.spans import spans

    return spans(path, text)


def _parts(text: str) -> list[str]:
    """Lines with their line feeds: no other character ends one."""
    *whole, last = text.split("\n")
    return [*(line + "\n" for line in whole), *([last] if last else [])]


def unified(
    before: Sequence[Line], after: Sequence[Line], before_name: str, after_name: str
) -> Iterator[str]:
    """The diff's lines, as difflib.unified_diff gives them.

    Compared is what the files say, so that another password is a change; printed is what may be
    shown. A line that is the same and masked in one of the two is shown masked.
    """
    # Of all that is shown only a plan's files are compared.
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, [line.said for line in before], [line.said for line in after])
    begun = False
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if not begun:
            begun = True
            yield f"--- {before_name}\n"
            yield f"+++ {after_name}\n"
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                for one, other in zip(before[i1:i2], after[j1:j2], strict=True):
                    yield f" {one.shown if one.masked else other.shown}"
                continue
            yield from (f"-{line.shown}" for line in before[i1:i2])
            yield from (f"+{line.shown}" for line in after[j1:j2])


def _range(start: int, stop: int) -> str:
    """As diff(1) prints it: lines count from 1, and an empty range names the line before it."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
