r"""Reads YAML of plain lines, of which nearly all configuration is, without ruamel.

A plain line is blank, a comment, or `key:`, `- `, or both, with at most one value: a plain scalar,
one in quotes without escapes, or lists and maps in brackets of such; a key may be in quotes too.
Each means the same in YAML 1.1 and 1.2 whatever is around it, if what is around it is plain too.
Whatever else there is (an anchor, a tag, `|`, a value on several lines, a tab, a directive) is left
to ruamel: what is said here is never another thing than ruamel says, which
`tests/unit/test_yaml_lines.py` holds it to.
"""

from contextlib import suppress

from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass

DEEPEST = 64
"""Values inside values. Configuration has less than ten."""


@dataclass(slots=True)
class Event:
    """A value begins, a map or a list ends, or a document begins. Nobody changes it.

    Places are offsets.
    """

    kind: str
    """map, list, text, alias, end or document."""
    start: int
    end: int
    """Not asked for where a map or a list begins."""
    value: str = ""
    """Of a text, without quotes; of an alias, the anchor's name."""
    plain: bool = True
    """Of a text: without quotes, and no block scalar."""
    flow: bool = False
    """Of a map or a list: it has brackets."""
    anchor: str | None = None
    tag: str | None = None


ODD = regex("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff](?<!\r(?=\n))")
"""What ends a line for some readers, or can't be in a text at all."""
BEGIN = regex(r"(?: *+(?:#[^\n]*+)?\r?\n)*+(---) *+\r?\n")
"""What says that a document begins."""
_KEY = r"([A-Za-z0-9_/][A-Za-z0-9_./@-]{0,99}+|\"[^\"\\\t\r\n]{0,99}+\"|'[^'\t\r\n]{0,99}+'):"
_FIRST = r"[^ \t\r\n?:,\[\]{}#&*!|>'\"%@`-]"
_PLAIN = rf"{_FIRST}(?:[^ \t\r\n:]++|:(?=[^ \t\r\n])| ++(?=[^ \t\r\n#:]|:[^ \t\r\n]))*+"
_WORD = rf"{_FIRST}(?:[^ \t\r\n:,\[\]{{}}]++|:(?=[^ \t\r\n,\[\]{{}}]))*+"
_QUOTED = r"\"[^\"\\\t\r\n]*+\"|'[^'\t\r\n]*+'"
_END = r" *+(?:(?<![^ \n])#[^\n]*+)?(?:\r?\n|\Z)"
_LINE = regex(
    rf"( *+)((?:-(?: ++|(?=\r?\n|\Z)))*+)(?:{_KEY}(?: ++|(?=\r?\n|\Z)))?"
    rf"(?:([\[{{])|({_PLAIN}|{_QUOTED})?{_END})"
)
"""Up to its end, or the bracket its value begins with."""
_ITEM = regex(rf" *+(?:{_KEY} ++)?(?:([\[{{])|({_WORD}|{_QUOTED}))((?: *+[\]}}])*+)( *+,)?")
"""Between brackets: a key, a value or the bracket it begins with, brackets that end there."""
_REST = regex(_END)


class _OddError(Exception):
    """This line is none of the plain ones."""


class _EnoughError(Exception):
    """What was read is more than may be."""


def plain_events(text: str, most: int) -> tuple[list[Event], int | None]:
    """The events of a text of plain lines; or none, and where the first other line begins.

    Of a text with more than `most` events, or deeper than DEEPEST, a beginning that has that.
    """
    # All that is odd is not printable; the other way round the pattern decides.
    odd = None if text.replace("\n", "").isprintable() else ODD.search(text)
    if odd:
        return [], odd.start()
    reader = _Reader(text, most)
    with suppress(_EnoughError):
        try:
            reader.read()
        except _OddError:
            return [], reader.at
    return reader.found, None


class _Reader:
    def __init__(self, text: str, most: int) -> None:
        self._text, self._most = text, most
        self.found: list[Event] = []
        self.at = 0
        """Where the line begins."""
        begin = BEGIN.match(text) if "---" in text else None
        if begin:
            self._add("document", *begin.span(1))
            self.at = begin.end()
        self._waits = self.at
        """Behind the colon or dash whose value did not come yet; below 0 where none waits."""
        self._open = [(-1, False)]
        """The blocks around: column, is it a list."""

    def _add(self, kind: str, start: int, end: int) -> None:
        self.found.append(Event(kind, start, end))

    def _add_text(self, start: int, end: int, text: str) -> None:
        quoted = text[0] in "\"'"
        self.found.append(Event("text", start, end, text[1:-1] if quoted else text, not quoted))

    def read(self) -> None:
        """All lines.

        Raises:
            _OddError: the line at `at` is not plain.
            _EnoughError: there is too much.
        """
        size = len(self._text)
        while self.at < size:
            self.at = self._line(self.at)
            self._bound(len(self._open))
        if len(self._open) == 1 and self.found:
            raise _OddError
        if len(self._open) > 1:
            self._end_value()
        for _ in self._open[1:]:
            self._add("end", size, size)

    def _bound(self, depth: int) -> None:
        if depth > DEEPEST + 1 or len(self.found) > self._most:
            raise _EnoughError

    def _line(self, begin: int) -> int:
        """Read a line; where the next one begins."""
        line = _LINE.match(self._text, begin)
        if line is None:
            raise _OddError
        key, last = line.start(3), line.lastindex or 0
        if last == 2 and not line[2]:
            return line.end()
        for at in range(*line.span(2)):
            if self._text[at] == "-":
                self._entry(at, at - begin, is_list=True)
                self._bound(len(self._open))
        if key >= 0:
            end = line.end(3)
            self._entry(key, key - begin, is_list=False)
            self._add_text(key, end, line[3])
            self._waits = end + 1
        elif not line[2]:
            raise _OddError
        if last < 4:
            return line.end()
        self._waits = -1
        start, end = line.span(last)
        if last == 5:
            self._add_text(start, end, line[5])
            return line.end()
        rest = _REST.match(self._text, self._brackets(start))
        if rest is None:
            raise _OddError
        return rest.end()

    def _entry(self, start: int, column: int, *, is_list: bool) -> None:
        """A key or a dash: of the block it stands in, or the first of a new one."""
        around, in_list = self._open[-1]
        if self._waits >= 0 and (column > around or (column == around and is_list > in_list)):
            if not self.found:
                self._add("document", start, start)
            self._open.append((column, is_list))
            self._add("list" if is_list else "map", start, start)
        else:
            self._end_value()
            # A list may stand at the column of the map around it.
            while self._open[-1] > (column, is_list):
                self._open.pop()
                self._add("end", start, start)
            if self._open[-1] != (column, is_list):
                raise _OddError
        self._waits = start + 1

    def _end_value(self) -> None:
        """Where one is waited for there is none."""
        if self._waits >= 0:
            self._add("text", self._waits, self._waits)

    def _brackets(self, at: int) -> int:
        """Read a list or a map in brackets; where it ends."""
        maps: list[bool] = []
        while True:
            self._bound(len(maps))
            item = _ITEM.match(self._text, at)
            if item is None:
                raise _OddError
            key, opened, value, closed, comma = item.groups()
            if maps and maps[-1] is (key is None):
                raise _OddError
            if key is not None:
                self._add_text(*item.span(1), key)
            if opened:
                maps.append(opened == "{")
                start = item.start(2)
                kind = "map" if maps[-1] else "list"
                self.found.append(Event(kind, start, start + 1, "", True, True))
            else:
                self._add_text(*item.span(3), value)
            for at, sign in enumerate(closed, item.start(4)):
                if sign != " ":
                    if not maps or (sign == "}") is not maps.pop():
                        raise _OddError
                    self._add("end", at, at + 1)
            at = item.end()
            if not maps and not comma:
                return at
            if not maps or (comma is None) is not bool(opened and not closed):
                raise _OddError
