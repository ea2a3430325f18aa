"""Lossless commenting-out in s-expression files: /etc/xen/xend-config.sxp.

The format is xend's own (tools/python/xen/xend/sxp.py): `#` starts a comment, strings are in
single or double quotes, a backslash escapes.
"""

import re
from bisect import bisect_right

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.regex import regex

_PLAIN = regex(r"[^#\"'\\()]+")
"""Characters that begin and end nothing."""
_STRINGS = {quote: regex(rf"{quote}(?:[^{quote}\\]|\\.)*+{quote}", re.DOTALL) for quote in "\"'"}
"""A quoted string, by its quote."""


def comment_out(data: bytes, head: str, name: str) -> bytes:
    """The file with `#` before every line of each top-level expression that begins with `head`.

    Args:
        data: the file's bytes.
        head: the first word of the expressions to comment out: `network-script`.
        name: the file's path, for messages.

    Raises:
        XenbondError: the bytes are not UTF-8, or an expression shares a line with another one,
            is nested, or is never closed, so that commenting it out would break the file.
    """
    text = decoded(name, data)
    lines = text.split("\n")
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    doomed: list[int] = []
    for start, end in _expressions(text, head, name):
        first, last = (bisect_right(starts, offset) - 1 for offset in (start, end))
        before = text[text.rfind("\n", 0, start) + 1 : start]
        after = text[end : _line_end(text, end)].strip()
        if before.strip() or (after and not after.startswith("#")):
            raise _refusal(name, first, f"({head} …) shares its line with something else")
        doomed += range(first, last + 1)
    for number in doomed:
        lines[number] = "#" + lines[number]
    return "\n".join(lines).encode()


def _expressions(text: str, head: str, name: str) -> list[tuple[int, int]]:
    """Start and end offsets of the expressions with that head."""
    opening = re.compile(rf"\(\s*{re.escape(head)}(?=[\s()\"'#]|$)")
    found: list[tuple[int, int]] = []
    stack: list[int] = []
    wanted: int | None = None
    position = 0
    while position < len(text):
        if plain := _PLAIN.match(text, position):
            position = plain.end()
            continue
        char = text[position]
        if char == "#" and (position == 0 or text[position - 1] in " \t\r\n()"):
            position = _line_end(text, position)
            continue
        if char in "\"'":
            position = _string_end(text, position)
            continue
        if char == "\\":
            position += 1
        elif char == "(":
            if wanted is None and opening.match(text, position):
                if stack:
                    line = text.count("\n", 0, position)
                    raise _refusal(name, line, f"({head} …) stands inside another expression")
                wanted = position
            stack.append(position)
        elif char == ")" and stack and stack.pop() == wanted:
            found.append((wanted, position + 1))
            wanted = None
        position += 1
    if wanted is not None:
        raise _refusal(name, text.count("\n", 0, wanted), f"({head} …) is never closed")
    return found


def _string_end(text: str, position: int) -> int:
    """Offset behind a quoted string; an unclosed one ends with the text."""
    match = _STRINGS[text[position]].match(text, position)
    return len(text) + 1 if match is None else match.end()


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _refusal(name: str, line: int, problem: str) -> XenbondError:
    return XenbondError.at(
        f"{name}:{line + 1}",
        f"{problem}, so I can't comment it out safely. "
        "It was left untouched; put it on separate lines and try again.",
    )
