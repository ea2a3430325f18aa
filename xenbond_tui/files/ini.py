r"""Lossless editor for files of sections: systemd's units and GKeyFile keyfiles.

`parse` and `render` give back any text unchanged, byte for byte; an edit touches its own lines
only. Values are given as they stand: what a `\n` or an empty value means is the reader's matter.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.kept import Kept
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.files.ini_lines import (
    Dialect,
    Line,
    is_comment,
    is_open,
    line_of,
    logical_lines,
    physical,
    without_end,
)
from xenbond_tui.value import dataclass, field

_BOM = "\ufeff"


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


class _Look:
    """What is to be found in a file's lines as they stand; nothing of it changes."""

    __slots__ = ("by_name", "last", "sections", "stray")

    def __init__(self, lines: Sequence[Line]) -> None:
        starts = [i for i, line in enumerate(lines) if line.header is not None]
        first = starts[0] if starts else len(lines)
        self.stray = tuple(
            line
            for i, line in enumerate(lines)
            if line.unknown or (i < first and line.key is not None)
        )
        self.sections = tuple(
            _section(lines, start, end) for start, end in pairwise([*starts, len(lines)])
        )
        self.by_name: dict[str, list[Section]] = {}
        self.last: dict[tuple[str, str | None], str] = {}
        """Section and key → the value given last."""
        for one in self.sections:
            self.by_name.setdefault(one.name, []).append(one)
            for line in one.entries:
                self.last[one.name, line.key] = line.value


def _section(lines: Sequence[Line], start: int, end: int) -> Section:
    head, lead = lines[start], start
    while lead and lines[lead - 1].comment:
        lead -= 1
    while end - 1 > start and lines[end - 1].key is None and not lines[end - 1].unknown:
        end -= 1
    return Section(head.header or "", head, (*lines[lead:start],), (*lines[start + 1 : end],))


def _read(path: str, text: str, dialect: Dialect) -> tuple[tuple[Line, ...], _Look]:
    lines = logical_lines(path, text, dialect)
    return lines, _Look(lines)


class IniFile:
    """One file, open for editing."""

    def __init__(
        self,
        path: str,
        dialect: Dialect,
        lines: Iterable[Line],
        bom: str = "",
        look: _Look | None = None,
    ) -> None:
        self.path = path
        self.bom = bom
        """What systemd skips at the very beginning, and nowhere else: it is part of no line."""
        self.dialect = dialect
        self.lines = list(lines)
        """Changed by the methods below alone."""
        self._look = look
        """Of these lines; None after an edit."""

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
        lines, look = (kept or Kept()).once(_read, path, rest, dialect)
        return cls(path, dialect, lines, bom, look)

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
        found = self._look or self._looked()
        if len(names) == 1:
            return (*found.by_name.get(names[0], ()),)
        return tuple(one for one in found.sections if not names or one.name in names)

    def _looked(self) -> _Look:
        if self._look is None:
            self._look = _Look(self.lines)
        return self._look

    def entries(self, section: str, *keys: str) -> tuple[Line, ...]:
        """All assignments of these keys in all sections of that name, in the file's order."""
        found = (self._look or self._looked()).by_name.get(section, ())
        return tuple(line for part in found for line in part.entries if line.key in keys)

    def values(self, section: str, key: str) -> tuple[str, ...]:
        """Every value a key is given in the sections of that name."""
        return tuple(line.value for line in self.entries(section, key))

    def get(self, section: str, key: str) -> str | None:
        """The value given last in the sections of that name; None without one."""
        return (self._look or self._looked()).last.get((section, key))

    def stray(self) -> tuple[Line, ...]:
        """Lines the reader does not understand, and assignments above the first section."""
        return self._looked().stray

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
        pieces = physical(line.raw, self.dialect)
        comments = [piece for piece in pieces if is_comment(piece, self.dialect)]
        written = [piece for piece in pieces if not is_comment(piece, self.dialect)]
        head = re.match(r"[^=\r\n]*=[ \t]*", written[0])
        end = written[-1][len(without_end(written[-1], self.dialect)) :]
        start = head[0] if head else f"{line.key}="
        text = start + value + end
        at = self._index(line)
        above = [line_of(piece, line.number, self.dialect) for piece in comments]
        self._splice(at, at + 1, *above, line_of(text, line.number, self.dialect))
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
            self._splice(0, 0, *(line_of(text + "\n", 0, self.dialect) for text in texts))
            return
        blank = [] if not self.lines[-1].text else [""]
        self.insert_after(self.lines[-1], *blank, *texts)

    def insert_after(self, line: Line, *texts: str) -> Line:
        """Add lines, given without line ends, below a line; returns the last one added."""
        at = self._index(line) + 1
        raw = line.raw
        if without_end(raw, self.dialect) == raw:
            raw += self.newline
        while is_open(raw, self.dialect):
            # A blank line ends it; without one the added line would be its continuation.
            raw += self.newline
        if raw != line.raw:
            line = line_of(raw, line.number, self.dialect)
            self._splice(at - 1, at, line)
        new = [line_of(text + self.newline, 0, self.dialect) for text in texts]
        self._splice(at, at, *new)
        return new[-1] if new else line

    def insert_before(self, line: Line, *texts: str) -> None:
        """Add lines, given without line ends, above a line."""
        at = self._index(line)
        self._splice(at, at, *(line_of(text + self.newline, 0, self.dialect) for text in texts))

    def remove(self, *lines: Line) -> None:
        """Take lines out."""
        gone = {id(line) for line in lines}
        self._splice(0, len(self.lines), *(line for line in self.lines if id(line) not in gone))

    def trim(self) -> None:
        """Take blank lines at the end out."""
        while self.lines and not self.lines[-1].text:
            self.remove(self.lines[-1])

    def prune(self, *names: str) -> None:
        """Take out the sections that say nothing, of these names or of any."""
        for section in self.sections(*names):
            if not section.entries and not any(line.comment for line in section.body):
                self.remove_section(section)

    def _splice(self, start: int, end: int, *new: Line) -> None:
        self.lines[start:end] = new
        self._look = None

    def remove_section(self, section: Section) -> None:
        """Take a section out, with the comments above it and one blank line below."""
        at = self._index(section.last) + 1
        below = self.lines[at : at + 1]
        blank = [line for line in below if not line.text]
        self.remove(*section.lead, section.head, *section.body, *blank)

    def _check(self, key: str, value: str) -> None:
        """Raises XenbondError for what would be read back as something else."""
        line = line_of(f"{key}={value}\n", 0, self.dialect)
        plain = not re.search(r"[\x00-\x1f\x7f]", key + value)
        same = (line.key, line.value) == (key, value)
        if not (plain and same) or is_open(line.raw, self.dialect):
            raise XenbondError.at(self.path, f"{key}={value!r} can't be written to this file.")

    def _index(self, line: Line) -> int:
        return next(i for i, other in enumerate(self.lines) if other is line)
