r"""Lossless editor for files of sections: systemd's units and GKeyFile keyfiles.

`parse` and `render` give back any text unchanged, byte for byte; an edit touches its own lines
only. The two dialects differ in what a comment is, in what ends a line, and in whether a line goes
on in the next one (systemd: src/shared/conf-parser.c, src/basic/fileio.c; GLib: glib/gkeyfile.c).
Values are given as they stand: what a `\n` or an empty value means is the reader's matter.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.kept import Kept
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, field

_BOM = "\ufeff"
_ALL = "\n"
"""No section's name."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A header and what belongs to it; a name may head several sections of one file."""

    name: str
    head: Line
    lead: tuple[Line, ...]
    """Comment lines directly above it."""
    body: tuple[Line, ...]
    """Everything down to its last assignment, comments and blank lines in between included."""
    entries: tuple[Line, ...] = field(init=False)
    """Its assignments, in the file's order."""

    def __post_init__(self) -> None:
        entries = tuple(line for line in self.body if line.key is not None)
        object.__setattr__(self, "entries", entries)

    @property
    def last(self) -> Line:
        """Its last line."""
        return self.body[-1] if self.body else self.head

    @property
    def raw(self) -> str:
        """Its whole text, the comments above it included."""
        return "".join(line.raw for line in (*self.lead, self.head, *self.body))

    def named(self, *keys: str) -> tuple[Line, ...]:
        """Its assignments of these keys, in the file's order."""
        return tuple(line for line in self.entries if line.key in keys)

    def values(self, key: str) -> tuple[str, ...]:
        """Every value a key is given."""
        return tuple(line.value for line in self.named(key))

    def get(self, key: str) -> str | None:
        """The value given last; None without one."""
        values = self.values(key)
        return values[-1] if values else None


class IniFile:
    """One file, open for editing."""

    def __init__(self, path: str, dialect: Dialect, lines: Iterable[Line], bom: str = "") -> None:
        self.path = path
        self.bom = bom
        """What systemd skips at the very beginning, and nowhere else: it is part of no line."""
        self.dialect = dialect
        self.lines = list(lines)
        """Changed by the methods below alone."""
        self._found: dict[str, list[Section]] | None = None
        """The sections by name, as they were found last, all by `_ALL`; None after an edit."""

    @classmethod
    def parse(
        cls, path: str, data: bytes | str, dialect: Dialect, kept: Kept | None = None
    ) -> "IniFile":
        """Any text; `path` is for messages, `kept` has what was read of this host already.

        Raises:
            XenbondError: the bytes are not UTF-8.
        """
        text = data if isinstance(data, str) else decoded(path, data)
        bom = _BOM if dialect.skips_bom and text.startswith(_BOM) else ""
        rest = text.removeprefix(bom)
        lines = (kept or Kept()).once(_logical_lines, path, rest, dialect)
        return cls(path, dialect, lines, bom)

    def render(self) -> str:
        """The text as it stands now."""
        return self.bom + "".join(line.raw for line in self.lines)

    @property
    def newline(self) -> str:
        r"""The line end of this file: "\r\n" when its first line has it."""
        first = self.dialect.line_end.search(self.lines[0].raw) if self.lines else None
        return "\r\n" if first and first[0] == "\r\n" else "\n"

    def sections(self, *names: str) -> tuple[Section, ...]:
        """The sections as they stand now, in order; only those of these names if any is given."""
        if self._found is None:
            self._found = {_ALL: self._sections()}
            for one in self._found[_ALL]:
                self._found.setdefault(one.name, []).append(one)
        if len(names) == 1:
            return (*self._found.get(names[0], ()),)
        return tuple(one for one in self._found[_ALL] if not names or one.name in names)

    def _sections(self) -> list[Section]:
        starts = [i for i, line in enumerate(self.lines) if line.header is not None]
        found = []
        for start, end in pairwise([*starts, len(self.lines)]):
            head, lead = self.lines[start], start
            while lead and self.lines[lead - 1].comment:
                lead -= 1
            body = self.lines[start + 1 : end]
            while body and body[-1].key is None and not body[-1].unknown:
                body.pop()
            above = tuple(self.lines[lead:start])
            found.append(Section(head.header or "", head, above, tuple(body)))
        return found

    def entries(self, section: str, *keys: str) -> tuple[Line, ...]:
        """All assignments of these keys in all sections of that name, in the file's order."""
        return tuple(line for part in self.sections(section) for line in part.named(*keys))

    def values(self, section: str, key: str) -> tuple[str, ...]:
        """Every value a key is given in the sections of that name."""
        return tuple(line.value for line in self.entries(section, key))

    def get(self, section: str, key: str) -> str | None:
        """The value given last in the sections of that name; None without one."""
        values = self.values(section, key)
        return values[-1] if values else None

    def stray(self) -> tuple[Line, ...]:
        """Lines the reader does not understand, and assignments above the first section."""
        first = next((i for i, line in enumerate(self.lines) if line.header is not None), None)
        return tuple(
            line
            for i, line in enumerate(self.lines)
            if line.unknown or (line.key is not None and (first is None or i < first))
        )

    def set(self, section: str, key: str, value: str) -> None:
        """Give a key a value where it was given last; a line that says so already is left alone.

        A key that is not there is added to the last section of that name, a section that is not
        there at the file's end.

        Raises:
            XenbondError: the key or value can't be written in such a file.
        """
        found = self.entries(section, key)
        parts = self.sections(section)
        if not found and not parts:
            self.append_section(section, (key, value))
        elif not found:
            self.add(parts[-1], key, value)
        elif found[-1].value != value:
            self.set_value(found[-1], value)

    def set_value(self, line: Line, value: str) -> Line:
        """Give an assignment another value; its key, the blanks and the line end stay.

        Comments between its continuation lines are put above it. Returns the line that now
        stands there.

        Raises:
            XenbondError: the value can't be written in such a file.
        """
        self._check(line.key or "", value)
        pieces = _physical(line.raw, self.dialect)
        comments = [piece for piece in pieces if _is_comment(piece, self.dialect)]
        written = [piece for piece in pieces if not _is_comment(piece, self.dialect)]
        head = re.match(r"[^=\r\n]*=[ \t]*", written[0])
        end = written[-1][len(_without_end(written[-1], self.dialect)) :]
        start = head[0] if head else f"{line.key}="
        text = start + value + end
        at = self._index(line)
        above = [_line(piece, line.number, self.dialect) for piece in comments]
        self._splice(at, at + 1, *above, _line(text, line.number, self.dialect))
        return self.lines[at + len(above)]

    def add(self, section: Section, key: str, value: str) -> Line:
        """Add an assignment below the section's last one of that key, else at its end.

        Raises:
            XenbondError: the key or value can't be written in such a file.
        """
        self._check(key, value)
        same = section.named(key)
        return self.insert_after(same[-1] if same else section.last, f"{key}={value}")

    def append_section(self, name: str, *entries: tuple[str, str]) -> None:
        """Add a section at the end, with one blank line before it.

        Raises:
            XenbondError: a name, key or value can't be written in such a file.
        """
        if not name or re.search(r"[\[\]\x00-\x1f\x7f]", name) or name != name.strip():
            raise XenbondError.at(self.path, f"[{name!r}] can't be written as a section.")
        for key, value in entries:
            self._check(key, value)
        self.append(f"[{name}]", *(f"{key}={value}" for key, value in entries))

    def append(self, *texts: str) -> None:
        """Add lines, given without line ends, at the end, with one blank line before them."""
        if not self.lines:
            self._splice(0, 0, *(_line(text + "\n", 0, self.dialect) for text in texts))
            return
        blank = [] if not self.lines[-1].text else [""]
        self.insert_after(self.lines[-1], *blank, *texts)

    def insert_after(self, line: Line, *texts: str) -> Line:
        """Add lines, given without line ends, below a line; returns the last one added."""
        at = self._index(line) + 1
        raw = line.raw
        if _without_end(raw, self.dialect) == raw:
            raw += self.newline
        while _is_open(raw, self.dialect):
            # A blank line ends it; without one the added line would be its continuation.
            raw += self.newline
        if raw != line.raw:
            line = _line(raw, line.number, self.dialect)
            self._splice(at - 1, at, line)
        new = [_line(text + self.newline, 0, self.dialect) for text in texts]
        self._splice(at, at, *new)
        return new[-1] if new else line

    def insert_before(self, line: Line, *texts: str) -> None:
        """Add lines, given without line ends, above a line."""
        at = self._index(line)
        self._splice(at, at, *(_line(text + self.newline, 0, self.dialect) for text in texts))

    def remove(self, *lines: Line) -> None:
        """Take lines out."""
        gone = {id(line) for line in lines}
        self._splice(0, len(self.lines), *(line for line in self.lines if id(line) not in gone))

    def take(self, other: "IniFile") -> None:
        """Have the lines of another file in the place of its own."""
        self._splice(0, len(self.lines), *other.lines)

    def _splice(self, start: int, end: int, *new: Line) -> None:
        self.lines[start:end] = new
        self._found = None

    def remove_section(self, section: Section) -> None:
        """Take a section out, with the comments above it and one blank line below."""
        at = self._index(section.last) + 1
        below = self.lines[at : at + 1]
        blank = [line for line in below if not line.text]
        self.remove(*section.lead, section.head, *section.body, *blank)

    def _check(self, key: str, value: str) -> None:
        """Raises XenbondError for what would be read back as something else."""
        line = _line(f"{key}={value}\n", 0, self.dialect)
        plain = not re.search(r"[\x00-\x1f\x7f]", key + value)
        same = (line.key, line.value) == (key, value)
        if not (plain and same) or _is_open(line.raw, self.dialect):
            raise XenbondError.at(self.path, f"{key}={value!r} can't be written to this file.")

    def _index(self, line: Line) -> int:
        return next(i for i, other in enumerate(self.lines) if other is line)


def _physical(text: str, dialect: Dialect) -> list[str]:
    """Split after each line end."""
    found, at = [], 0
    for match in dialect.line_end.finditer(text):
        found.append(text[at : match.end()])
        at = match.end()
    return [*found, text[at:]] if at < len(text) else found


def _is_comment(piece: str, dialect: Dialect) -> bool:
    return piece.lstrip(dialect.blanks)[:1] in tuple(dialect.comments)


def _is_open(raw: str, dialect: Dialect) -> bool:
    """True when the next line would be read as a part of this one."""
    if not dialect.continues:
        return False
    written = [piece for piece in _physical(raw, dialect) if not _is_comment(piece, dialect)]
    return bool(written) and _ends_in_backslash(_joined(written, dialect, keep_last=True))


def _ends_in_backslash(text: str) -> bool:
    """An odd number at the end: two are one backslash of the value."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _joined(pieces: list[str], dialect: Dialect, *, keep_last: bool = False) -> str:
    """What systemd makes of the physical lines of one logical line: backslash becomes a blank."""
    said = [_without_end(piece, dialect) for piece in pieces]
    kept = said[-1:] if keep_last else []
    joined = said[: len(said) - len(kept)]
    return "".join([*(one[:-1] + " " if _ends_in_backslash(one) else one for one in joined), *kept])


def _without_end(piece: str, dialect: Dialect) -> str:
    """A physical line without what ends it, if anything does."""
    found = dialect.line_end.search(piece)
    while found is not None and found.end() < len(piece):
        found = dialect.line_end.search(piece, found.end())
    return piece if found is None else piece[: found.start()]


def _logical_lines(path: str, text: str, dialect: Dialect) -> tuple[Line, ...]:
    """A file's lines, which never change. Files of one text at two paths have their own."""
    pieces = _physical(text, dialect)
    lines: list[Line] = []
    at = 0
    while at < len(pieces):
        first = at
        if "\\" not in pieces[at]:
            at += 1
            lines.append(_line(pieces[first], at, dialect))
            continue
        # The last one that is no comment says whether another one follows.
        last = _without_end(pieces[at], dialect)
        continues = dialect.continues and not _is_comment(pieces[at], dialect)
        at += 1
        while at < len(pieces) and continues and _ends_in_backslash(last):
            if not _is_comment(pieces[at], dialect):
                last = _without_end(pieces[at], dialect)
            at += 1
        lines.append(_line("".join(pieces[first:at]), first + 1, dialect))
    return tuple(lines)


def _line(raw: str, number: int, dialect: Dialect) -> Line:
    bare = raw.strip(dialect.blanks)
    if not bare:
        return Line(raw, "", number)
    if bare[0] in dialect.comments:
        return Line(raw, bare, number, comment=True)
    if dialect.continues and "\\" in raw:
        pieces = _physical(raw, dialect)
        joined = _joined([piece for piece in pieces if not _is_comment(piece, dialect)], dialect)
    else:
        joined = _without_end(raw, dialect)
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
