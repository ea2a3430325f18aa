"""One line of a file of sections, as systemd's units and GKeyFile's keyfiles have them.

The two dialects differ in what a comment is, in what ends a line, and in whether a line goes on in
the next one (systemd: src/shared/conf-parser.c, src/basic/fileio.c; GLib: glib/gkeyfile.c).
"""

import re

from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the two readers of such files."""

    comments: str
    """A line whose first character that is not blank is one of these is a comment."""
    blanks: str
    """What is trimmed around a line, a key and the front of a value."""
    line_end: re.Pattern[str]
    """What ends a physical line."""
    continues: bool
    """A backslash at a line's end joins it with the next one that is no comment."""
    skips_bom: bool
    """A byte order mark before the first line is no part of it."""
    trims_value: bool
    """Blanks at a value's end are no part of it."""
    header: re.Pattern[str]
    """A section's."""


SYSTEMD = Dialect(
    "#;",
    " \t\r\n",
    regex(r"\r\n|\n\r|[\r\n\0]"),
    True,
    True,
    True,
    regex(r"\[(.*)\]", re.DOTALL),
)
"""Units, .network, .netdev and .link files; a lone carriage return ends a line there."""

KEYFILE = Dialect(
    "#",
    " \t\f\r\n",
    regex(r"\r?\n"),
    False,
    False,
    False,
    regex(r"\[([^][\x00-\x1f\x7f]+)\]"),
)
"""NetworkManager's profiles; `;` is no comment there, and NetworkManager refuses the file."""


_PLAIN = regex(r"[^\n]*\n|[^\n]+")
"""A line of a text in which a line feed alone ends one."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One logical line as it is in the file: continuations and line ends included."""

    raw: str
    text: str
    """What the reader sees: continuations joined, blanks trimmed."""
    number: int = 0
    """Of its first physical line, from 1; 0 for a line that was added."""
    comment: bool = False
    key: str | None = None
    """None for everything but `key=value`."""
    value: str = ""
    header: str | None = None
    """The section that begins here."""

    @property
    def unknown(self) -> bool:
        """True for a line that is no blank, comment, header or assignment."""
        return bool(self.text) and not self.comment and self.key is None and self.header is None


def _is_plain(text: str) -> bool:
    """Is a line feed all that ends a line there, to either reader?"""
    return "\r" not in text and "\0" not in text


def physical(text: str, dialect: Dialect) -> list[str]:
    """Split after each line end."""
    if _is_plain(text):
        return _PLAIN.findall(text)
    found, at = [], 0
    for match in dialect.line_end.finditer(text):
        found.append(text[at : match.end()])
        at = match.end()
    return [*found, text[at:]] if at < len(text) else found


def is_comment(piece: str, dialect: Dialect) -> bool:
    """True for a physical line that the reader passes over."""
    return piece.lstrip(dialect.blanks)[:1] in tuple(dialect.comments)


def is_open(raw: str, dialect: Dialect) -> bool:
    """True when the next line would be read as a part of this one."""
    if not dialect.continues:
        return False
    written = [piece for piece in physical(raw, dialect) if not is_comment(piece, dialect)]
    return bool(written) and _ends_in_backslash(_joined(written, dialect, keep_last=True))


def _ends_in_backslash(text: str) -> bool:
    """An odd number at the end: two are one backslash of the value."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _joined(pieces: list[str], dialect: Dialect, *, keep_last: bool = False) -> str:
    """What systemd makes of the physical lines of one logical line: backslash becomes a blank."""
    said = [without_end(piece, dialect) for piece in pieces]
    kept = said[-1:] if keep_last else []
    joined = said[: len(said) - len(kept)]
    return "".join([*(one[:-1] + " " if _ends_in_backslash(one) else one for one in joined), *kept])


def without_end(piece: str, dialect: Dialect) -> str:
    """A physical line without what ends it, if anything does."""
    if _is_plain(piece):
        return piece.removesuffix("\n")
    found = dialect.line_end.search(piece)
    while found is not None and found.end() < len(piece):
        found = dialect.line_end.search(piece, found.end())
    return piece if found is None else piece[: found.start()]


def logical_lines(path: str, text: str, dialect: Dialect) -> tuple[Line, ...]:
    """A file's lines, which never change. Files of one text at two paths have their own."""
    pieces = physical(text, dialect)
    lines: list[Line] = []
    at = 0
    while at < len(pieces):
        first = at
        if "\\" not in pieces[at]:
            at += 1
            lines.append(line_of(pieces[first], at, dialect))
            continue
        # The last one that is no comment says whether another one follows.
        last = without_end(pieces[at], dialect)
        continues = dialect.continues and not is_comment(pieces[at], dialect)
        at += 1
        while at < len(pieces) and continues and _ends_in_backslash(last):
            if not is_comment(pieces[at], dialect):
                last = without_end(pieces[at], dialect)
            at += 1
        lines.append(line_of("".join(pieces[first:at]), first + 1, dialect))
    return tuple(lines)


def line_of(raw: str, number: int, dialect: Dialect) -> Line:
    """One logical line, `raw` with all its physical lines, the first of them of that number."""
    bare = raw.strip(dialect.blanks)
    if not bare:
        return Line(raw, "", number)
    if bare[0] in dialect.comments:
        return Line(raw, bare, number, comment=True)
    if dialect.continues and "\\" in raw:
        pieces = physical(raw, dialect)
        joined = _joined([piece for piece in pieces if not is_comment(piece, dialect)], dialect)
    else:
        joined = without_end(raw, dialect)
    text = joined.strip(dialect.blanks)
    header = dialect.header.fullmatch(text) if text[:1] == "[" else None
    if header is not None:
        return Line(raw, text, number, header=header[1])
    key, equals, value = joined.partition("=")
    key = key.strip(dialect.blanks)
    if text.startswith("[") or not equals or not key:
        return Line(raw, text, number)
    value = value.strip(dialect.blanks) if dialect.trims_value else value.lstrip(dialect.blanks)
    return Line(raw, text, number, key=key, value=value)
