"""Text in lines of a given width, as every screen breaks it."""

import re
import textwrap
from functools import lru_cache

from xenbond_tui.text import cells, clean

_COMMAND = re.compile(r"`[^`]+`")
_TIE = "\0"
"""Stands for a blank that must not become the end of a line."""
_FILLER = "\ue000"
"""Stands for the second half of a wide character. Cleaned text has none, of any plane
for private use."""
_FIRST = 0xF0000
"""The first of those that stand for a character with its marks."""


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """The text in lines of at most `width` columns, at least one.

    Nothing is broken at a hyphen, for `--answers` and `xen-br0` must be readable as they are typed;
    a command in backticks stays in one line where it fits into one.

    Args:
        text: one paragraph.
        width: columns.
        first: what the first line begins with.
        rest: what the others begin with.
    """
    text = clean(text)
    # As wide as a name may be: what is said still needs room beside it.
    first, rest = first[: width // 2], rest[: width // 2]
    room = width - max(len(first), len(rest))

    def tied(found: re.Match[str]) -> str:
        return found[0].replace(" ", _TIE) if len(found[0]) <= room else found[0]

    ascii_only = text.isascii()
    widths = _Widths()
    tied_text = _COMMAND.sub(tied, text)
    lines = textwrap.wrap(
        tied_text if ascii_only else widths.written_out(tied_text),
        # A wide character may be parted from the blank that stands for its second half.
        width if ascii_only else width - 1,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
    return [widths.taken_back(line).replace(_TIE, " ") for line in lines] or [""]


class _Widths:
    """For textwrap, which counts characters: as many of them as there are columns."""

    def __init__(self) -> None:
        self._clusters: list[str] = []

    def written_out(self, text: str) -> str:
        """A wide character with a filler behind it, one with its marks as a single one."""
        clusters: list[str] = []
        for char in text:
            if clusters and not cells(char):
                clusters[-1] += char
            else:
                clusters.append(char)
        return "".join(map(self._one, clusters))

    def _one(self, cluster: str) -> str:
        filler = _FILLER if cells(cluster) == 2 else ""
        if len(cluster) == 1:
            return cluster + filler
        self._clusters.append(cluster)
        return chr(_FIRST + len(self._clusters) - 1) + filler

    def taken_back(self, line: str) -> str:
        """The line as it is shown."""
        if line.isascii():
            return line
        line = line.replace(_FILLER, "")
        return "".join(
            self._clusters[ord(char) - _FIRST] if ord(char) >= _FIRST else char for char in line
        )


@lru_cache(256)
def fill(text: str, width: int, rest: str = "") -> str:
    """Paragraphs, one per line of the text, each wrapped; `rest` begins the further lines."""
    return "\n".join("\n".join(wrap(line, width, rest=rest)) for line in text.split("\n"))
