r"""Lossless editor for /etc/network/interfaces and the files it sources (interfaces(5)).

`parse` and `render` give back any text unchanged, byte for byte; an edit touches its own line only.
Lines are split at "\n" alone, as ifupdown does: a "\r" before it is trailing blank space, a line
whose last character is a backslash goes on in the next one, and a comment never does (all of it
tried with ifquery of ifupdown 0.8.41).
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import pairwise

from xenbond_tui.facts.kept import Kept
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, field

KEYWORDS = frozenset(
    {"iface", "template", "mapping", "auto", "source", "source-directory"}
    | {"no-auto-down", "no-scripts", "rename"}
)
"""Words that begin a stanza; so does every word that begins with `allow-`."""

_CONTINUED = regex(r"\\\n")
_WORD = regex(r"(?:[^\s\\]|\\(?!\n))+")
_OPTION = regex(r"(?P<head>[^\S\n]*\S+(?:\\\n|[^\S\n])+)(?P<value>.*?)(?P<end>\s*)\Z", re.S)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One logical line as it is in the file: continuations and line ends included."""

    raw: str
    number: int = 0
    """Of its first physical line, from 1; 0 for a line that was added."""
    text: str = field(init=False)
    """What ifupdown sees: continuations joined, blanks at both ends gone."""
    words: list[str] = field(init=False)
    """The words of `text`."""
    is_comment: bool = field(init=False)
    """True for a line whose first character is `#`."""
    starts_stanza: bool = field(init=False)
    """True for a line that begins with a keyword."""
    is_option: bool = field(init=False)
    """True for a line that belongs to the stanza above it and is no comment."""
    name: str = field(init=False)
    """An option's name with `_` as `-`: ifupdown's hook scripts see no difference."""

    def __post_init__(self) -> None:
        # Once, for each look at a file asks every line for them.
        text = (_CONTINUED.sub("", self.raw) if "\\" in self.raw else self.raw).strip()
        words, comment = text.split(), self.raw.lstrip().startswith("#")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "is_comment", comment)
        starts = not comment and bool(words) and is_keyword(words[0])
        object.__setattr__(self, "starts_stanza", starts)
        object.__setattr__(self, "is_option", bool(words) and not comment and not starts)
        object.__setattr__(self, "name", words[0].replace("_", "-") if words else "")

    @property
    def indent(self) -> str:
        """The blanks before the first word."""
        return self.raw[: len(self.raw) - len(self.raw.lstrip())]

    @property
    def value(self) -> str:
        """Everything after an option's name."""
        return self.text.partition(self.words[0])[2].strip()


def is_keyword(word: str) -> bool:
    """True for a word that begins a stanza."""
    return word in KEYWORDS or word.startswith("allow-")


@dataclass(frozen=True, slots=True, eq=False)
class Stanza:
    """A keyword's line and what belongs to it."""

    keyword: str
    head: Line
    lead: tuple[Line, ...]
    """Comment lines directly above it."""
    body: tuple[Line, ...]
    """Everything down to its last option, comments and blank lines in between included."""
    options: tuple[Line, ...] = field(init=False)
    """Its option lines."""

    def __post_init__(self) -> None:
        options = [line for line in self.body if line.is_option]
        object.__setattr__(self, "options", tuple(options))

    @property
    def arguments(self) -> list[str]:
        """The words after the keyword."""
        return self.head.words[1:]

    @property
    def last(self) -> Line:
        """Its last line."""
        return self.body[-1] if self.body else self.head

    def named(self, *names: str) -> tuple[Line, ...]:
        """Its options of these names (spelt with `-`), in the file's order."""
        return tuple(line for line in self.options if line.name in names)

    def value(self, *names: str) -> str | None:
        """The first value of the first of these options that is there."""
        found = self.named(*names)
        return found[0].value if found else None

    def comments_above(self, line: Line) -> tuple[Line, ...]:
        """The comment lines of the body that stand directly above one of its options."""
        above: list[Line] = []
        for other in self.body:
            if other is line:
                return tuple(above)
            if other.is_comment:
                above.append(other)
            else:
                above.clear()
        return ()


class InterfacesFile:
    """One file, open for editing."""

    def __init__(self, path: str, lines: Iterable[Line]) -> None:
        self.path = path
        self.lines = list(lines)
        indents = (line.indent for line in self.lines if line.is_option)
        self.indent = next((indent for indent in indents if indent), "\t")
        """How the file was indented when it was opened: a tab when nothing in it is."""
        self.on_change: Callable[[], None] = lambda: None
        """Called at each edit."""
        crlf = bool(self.lines) and self.lines[0].raw.endswith("\r\n")
        self.newline = "\r\n" if crlf else "\n"
        r"""The line end of this file: "\r\n" when its first line had it."""
        self._found: tuple[Stanza, ...] | None = None
        """The stanzas as they were found last; None after an edit."""
        self._by_head: dict[int, Stanza] = {}
        """The same stanzas, by the identity of their first lines."""

    @classmethod
    def parse(cls, path: str, text: str, kept: Kept | None = None) -> "InterfacesFile":
        """Any text; nothing is refused here. `kept` has what was read of this host already."""
        return cls(path, (kept or Kept()).once(_lines, path, text))

    def render(self) -> str:
        """The text as it stands now."""
        return "".join(line.raw for line in self.lines)

    def stanzas(self) -> tuple[Stanza, ...]:
        """The stanzas as they stand now, in order."""
        if self._found is None:
            self._found = self._stanzas()
            self._by_head = {id(item.head): item for item in self._found}
        return self._found

    def edit_each(self, heads: Container[Line], edit: Callable[["InterfacesFile"], None]) -> None:
        """Edit the stanzas that begin so, each as a file of its own: all need one look."""
        starts = [i for i, line in enumerate(self.lines) if line.starts_stanza]
        if not any(self.lines[start] in heads for start in starts):
            return
        lines = self.lines[: starts[0]]
        for start, end in pairwise([*starts, len(self.lines)]):
            part = self.lines[start:end]
            if part[0] in heads:
                file = InterfacesFile(self.path, part)
                file.indent, file.newline = self.indent, self.newline
                edit(file)
                part = file.lines
            lines += part
        self.lines = lines
        self._changed()

    def _changed(self) -> None:
        self._found = None
        self.on_change()

    def stanza(self, head: Line) -> Stanza:
        """The stanza that begins with this very line, as it stands now.

        Raises:
            KeyError: there is none any more.
        """
        if self._found is None:
            self.stanzas()
        return self._by_head[id(head)]

    def _stanzas(self) -> tuple[Stanza, ...]:
        lines, found = self.lines, []
        starts = [i for i, line in enumerate(lines) if line.starts_stanza]
        for start, end in pairwise([*starts, len(lines)]):
            lead = start
            while lead and lines[lead - 1].is_comment:
                lead -= 1
            last = end
            while last > start + 1 and not lines[last - 1].is_option:
                last -= 1
            # An indented comment right below is a commented-out option, not the next one's title.
            while last < end and lines[last].is_comment and lines[last].indent:
                last += 1
            head, above = lines[start], self._lead(lead, start) if lead < start else ()
            body = tuple(lines[start + 1 : last])
            found.append(Stanza(head.words[0], head, tuple(above), body))
        return tuple(found)

    def _lead(self, first: int, start: int) -> list[Line]:
        """Comment lines above a stanza that no stanza further up owns."""
        lead = self.lines[first:start]
        above = self.lines[first - 1] if first else None
        if above is not None and (above.is_option or above.starts_stanza):
            while lead and lead[0].indent:
                lead.pop(0)
        return lead

    def stray(self) -> tuple[Line, ...]:
        """Option lines outside any stanza that takes options; ifup refuses such a file."""
        stray, open_stanza = [], False
        for line in self.lines:
            if line.starts_stanza:
                open_stanza = line.words[0] in ("iface", "mapping", "template")
            elif line.is_option and not open_stanza:
                stray.append(line)
        return tuple(stray)

    def replace(self, line: Line, raw: str) -> Line:
        """Put other text in a line's place; returns the line that now stands there."""
        new = Line(raw, line.number)
        self.lines[self._index(line)] = new
        self._changed()
        return new

    def remove(self, *lines: Line) -> None:
        """Take lines out."""
        gone = {id(line) for line in lines}
        self.lines = [line for line in self.lines if id(line) not in gone]
        self._changed()

    def insert_after(self, line: Line, *texts: str) -> Line:
        """Add lines, given without line ends, below a line; returns the last one added."""
        at = self._index(line) + 1
        if not self.lines[at - 1].raw.endswith("\n"):
            # Only the file's last line has no line end; what is added below gives it one.
            self.replace(self.lines[at - 1], self.lines[at - 1].raw + self.newline)
        above = self.lines[at - 1]
        if texts and _is_open(above.raw):
            # A blank line ends it; without one the added line would be its continuation.
            self.replace(above, above.raw + self.newline)
        new = [self._added(text) for text in texts]
        self.lines[at:at] = new
        self._changed()
        return new[-1] if new else self.lines[at - 1]

    def insert_before(self, line: Line, *texts: str) -> None:
        """Add lines, given without line ends, above a line."""
        at = self._index(line)
        self.lines[at:at] = [self._added(text) for text in texts]
        self._changed()

    def _added(self, text: str) -> Line:
        raw = text + self.newline
        return Line(raw + self.newline if _is_open(raw) else raw)

    def append(self, *texts: str) -> None:
        """Add lines at the end, with one blank line before them."""
        if not self.lines:
            self.lines = [self._added(text) for text in texts]
            self._changed()
            return
        blank = [] if not self.lines[-1].text else [""]
        self.insert_after(self.lines[-1], *blank, *texts)

    def set_word(self, line: Line, index: int, word: str) -> Line:
        """Replace one word of a line, keeping the blanks around it."""
        return self._edit_word(line, index, lambda raw, at, end: raw[:at] + word + raw[end:])

    def drop_word(self, line: Line, index: int) -> Line:
        """Take one word and the blanks before it out of a line."""
        return self._edit_word(line, index, _cut)

    def set_value(self, line: Line, value: str) -> Line:
        """Give an option another value, keeping its name, indentation and line end."""
        match = _OPTION.match(line.raw)
        if match is None:
            raise ValueError(f"{self.path}:{line.number}: no value to replace")
        return self.replace(line, match["head"] + value + match["end"])

    def add_option(self, stanza: Stanza, name: str, value: str) -> Line:
        """Add an option at a stanza's end, indented as its others; returns the added line."""
        options = stanza.options
        indent = options[-1].indent if options else self.indent
        return self.insert_after(stanza.last, f"{indent}{name} {value}")

    def _edit_word(self, line: Line, index: int, edit: Callable[[str, int, int], str]) -> Line:
        spans = [match.span() for match in _WORD.finditer(line.raw)]
        if len(spans) != len(line.words):
            raise ValueError(f"{self.path}:{line.number}: a word is broken by a backslash")
        return self.replace(line, edit(line.raw, *spans[index]))

    def _index(self, line: Line) -> int:
        return next(i for i, other in enumerate(self.lines) if other is line)


def _cut(raw: str, at: int, end: int) -> str:
    before = raw[:at].rstrip()
    while before.endswith("\\"):
        before = before[:-1].rstrip()
    return before + raw[end:]


def _is_open(raw: str) -> bool:
    """True for a line that takes the next one for a part of it: the last one of a file may."""
    return raw.endswith("\\\n") and not raw.lstrip().startswith("#")


def lines_of(text: str, word: str = "") -> Iterator[Line]:
    """A text's lines; with a word only those that have it, at a fifth of the time."""
    physical = re.findall(r"[^\n]*\n|[^\n]+", text)
    at = 0
    while at < len(physical):
        raw, number = physical[at], at + 1
        at += 1
        if _is_open(raw):
            while physical[at - 1].endswith("\\\n") and at < len(physical):
                at += 1
            raw = "".join(physical[number - 1 : at])
        if word in raw or ("\\" in raw and word in _CONTINUED.sub("", raw)):
            yield Line(raw, number)


def _lines(path: str, text: str) -> tuple[Line, ...]:
    """A file's lines, which never change. Files of one text at two paths have their own."""
    return tuple(lines_of(text))
