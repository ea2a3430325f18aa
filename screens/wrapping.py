"""Text in lines of a given width, as every screen breaks it."""

import re
import textwrap

_COMMAND = re.compile(r"`[^`]+`")
_TIE = "\0"
"""Stands for a blank that must not become the end of a line."""


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
    room = width - max(len(first), len(rest))

    def tied(found: re.Match[str]) -> str:
        return found[0].replace(" ", _TIE) if len(found[0]) <= room else found[0]

    lines = textwrap.wrap(
        _COMMAND.sub(tied, text),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
    return [line.replace(_TIE, " ") for line in lines] or [""]


def fill(text: str, width: int, rest: str = "") -> str:
    """Paragraphs, one per line of the text, each wrapped; `rest` begins the further lines."""
    return "\n".join("\n".join(wrap(line, width, rest=rest)) for line in text.split("\n"))
