"""Reads YAML into nodes, of which those of an entry of the outer block maps are kept by its text.

One edit changes one entry: what was read once is not read again, wherever it stands then. And an
entry that is more than plain lines is read by ruamel, not all the file. An entry is read alone only
where that says the same as in its place: it begins at the column of its map, and it is YAML of one
entry without what is around it. So whatever goes on in the next entry (quotes, brackets, anchors,
directives) is read as a whole.
"""

import functools
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise, takewhile

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.yaml_nodes import MOST, Data, Entries, Node, Piece, Place
from xenbond_tui.regex import regex
from xenbond_tui.value import replace
from xenbond_tui.yaml_events import ByRuamel, Lines, NotYamlError, TooLongError, events
from xenbond_tui.yaml_lines import BEGIN, ODD, Event

_MOST_PIECES = 1 << 16
"""Kept of one host, besides those of the text that is read."""
_MOST_WHOLE = 16
_MOST_ODD = 1 << 16
"""Characters of a text's entries that ruamel reads alone: of more it reads the text as a whole."""
_LEVELS = 3
"""Of maps whose entries are read alone: the document, a section, a definition."""
_TAB = regex(r"^(?=[^\S\n]*\t)[^\S\n]*+[^\s#]", re.MULTILINE)
"""A line with a tab in front of its text."""
_OPENS = regex(r"( *)([A-Za-z0-9_][A-Za-z0-9_.-]*):(?: *| +#[^\n]*)\r?\n")
"""The line of a key whose value is in the lines below."""
_DASH = regex(r"-(?:\s|\Z)")
_COLON = regex(r"[ \t]*:")
_FIRST = regex(r"(?: *+(?:#[^\n]*+)?\r?\n)*+( *+)(?=[^ \t#\r\n])")
"""Lines that say nothing, and the beginning of the first that says something."""


class _TogetherError(Exception):
    """An entry says nothing without what is around it: the text is read as a whole."""


class Pieces:
    """The entries that were read of one host's files: an entry's text → what it is.

    None is one that can't be read alone. Maps of entries are made again from those.
    """

    def __init__(self) -> None:
        self._read: dict[str, Piece | None] = {}
        self._ruamel = ByRuamel(_MOST_ODD)
        self.whole: dict[str, Node | None] = {}
        """The last texts."""

    def begin(self) -> None:
        """A text's entries are going to be read."""
        if len(self._read) >= _MOST_PIECES:
            # They need room.
            self._read.clear()
        self._ruamel = ByRuamel(_MOST_ODD)

    def get(self, text: str, column: int) -> Piece | None:
        """An entry that is no map of entries; read where it was not yet.

        Raises:
            _TogetherError: ruamel had to read too many of this text alone.
        """
        try:
            # Not asked for first: another look that shares it may make room in between.
            return self._read[text]
        except KeyError:
            pass
        try:
            found = self._read[text] = _alone(text, column, self._ruamel)
        except TooLongError:
            raise _TogetherError from None
        return found

    def keep(self, text: str, top: Node | None) -> Node | None:
        """Keep a text's top node, and give it back."""
        if len(self.whole) >= _MOST_WHOLE:
            self.whole.clear()
        self.whole[text] = top
        return top


def parse(text: str, path: str, pieces: Pieces) -> Node | None:
    """The document's top node; None for a text with nothing but comments.

    Args:
        text: all of it.
        path: for messages.
        pieces: what was read of this file before; what is read now is added.

    Raises:
        XenbondError: no YAML, a key twice, an indentation with a tab, an alias of nothing, more
            than one document; names file and line.
    """
    try:
        return pieces.whole[text]
    except KeyError:
        pass
    try:
        if "\t" in text and (tab := _TAB.search(text)):
            # Tabs mean different things to different readers of YAML; most refuse them.
            raise NotYamlError("a tab indents it; write spaces", text.count("\n", 0, tab.end()) + 1)
        found = _put_together(text, pieces)
        if found is None:
            found = _Reader(text, path, list(events(text, most=MOST))).top()
        return pieces.keep(text, found)
    except NotYamlError as error:
        raise _refusal(path, error.line, error.problem) from None


def _put_together(text: str, pieces: Pieces) -> Node | None:
    """A document of entries that can be read alone; None for any other."""
    if ODD.search(text):
        return None
    begin = BEGIN.match(text)
    pieces.begin()
    with suppress(_TogetherError):
        found = _block(text, begin.end() if begin else 0, _LEVELS, pieces)
        return None if found is None else found[0]
    return None


def _cut(text: str, begin: int) -> tuple[int, list[int]]:
    """The column of a block's entries, and where their lines begin; none where it is no map."""
    first = _FIRST.match(text, begin)
    if first is None:
        return 0, []
    if _DASH.match(text, first.end()):
        return len(first[1]), []
    column, begin = len(first[1]), first.start(1)
    return column, [begin, *(found.start() + 1 for found in _starts(column).finditer(text, begin))]


def _block(text: str, begin: int, levels: int, pieces: Pieces) -> tuple[Node, int] | None:
    """A block map of entries that can be read alone, and its count; None where it is no such map.

    Raises:
        NotYamlError: it has too many keys and values.
        _TogetherError: an entry can't be read alone.
    """
    column, starts = _cut(text, begin)
    if not starts:
        return None
    places: list[Place] = []
    index: dict[str, int] = {}
    said: dict[str, Data] = {}
    lines, count, last = text.count("\n", 0, starts[0]), 2, starts[0]
    for start, end in pairwise([*starts, len(text)]):
        lines += text.count("\n", last, start)
        last = start
        entry = text[start:end]
        try:
            piece = _opened(entry, column, levels - 1, pieces) or pieces.get(entry, column)
        except NotYamlError as error:
            raise NotYamlError(error.problem, (error.line or 1) + lines) from None
        if piece is None or piece.key in index:
            raise _TogetherError
        index[piece.key] = len(places)
        places.append(Place(start, lines, piece))
        said[piece.key] = piece.said
        count += piece.count
        if count > MOST:
            raise NotYamlError(f"more than {MOST} keys and values", lines + 1)
    entries = Entries((*places,), index)
    key, end = entries[0][0], entries[-1][1].end
    node = Node("map", key.start, end, key.line, column, entries=entries, said=said)
    return node, count


def _opened(text: str, column: int, levels: int, pieces: Pieces) -> Piece | None:
    """An entry whose value is a map that can be read in pieces; None for any other."""
    opens = _OPENS.match(text) if levels else None
    below = _block(text, opens.end(), levels, pieces) if opens is not None else None
    if opens is None or below is None or below[0].column <= column:
        return None
    value, count = below
    key = Node("text", *opens.span(2), 1, column, value=opens[2])
    return Piece(opens[2], lambda: (key, value), count + 1, value.said or {})


def _alone(text: str, column: int, ruamel: ByRuamel) -> Piece | None:
    """What an entry is alone; None where it is not an entry of that column, or has anchors.

    Raises:
        TooLongError: ruamel would have to read it, and may not.
    """
    try:
        found = [*events(text, most=MOST, ruamel=ruamel)]
    except TooLongError:
        raise
    except NotYamlError:
        return None
    kinds = [event.kind for event in found[:3]]
    if kinds != ["document", "map", "text"] or found[1].flow or found[2].start != column:
        return None
    told = iter(found[1:])
    with suppress(_TogetherError):
        said = _said(text, next(told), told)
        if isinstance(said, dict) and len(said) == 1 and next(told, None) is None:
            (key,) = said
            # Begin of document and map, and the end of that, are not its own.
            return Piece(key, functools.partial(_nodes, text, found), len(found) - 3, said[key])
    return None


def _said(text: str, event: Event, told: Iterator[Event]) -> Data:
    """What a value says whose first event this is.

    Raises:
        _TogetherError: it has anchors or aliases, or what `_Reader` refuses.
    """
    if event.anchor is not None or event.kind == "alias":
        raise _TogetherError
    if event.kind == "text":
        return event.value
    inside = takewhile(_goes_on, told)
    if event.kind == "list":
        return [_said(text, item, told) for item in inside]
    said: dict[str, Data] = {}
    for key in inside:
        name = _said(text, key, told)
        if not isinstance(name, str) or name in said or text[key.start : key.start + 1] == "?":
            raise _TogetherError
        said[name] = _said(text, next(told), told)
    return said


def _goes_on(event: Event) -> bool:
    return event.kind != "end"


def _nodes(text: str, found: list[Event]) -> tuple[Node, Node]:
    """Key and value of an entry that can be read alone."""
    top = _Reader(text, "", found).top()
    if top is None:
        raise NotYamlError("there is no entry", None)
    return top.entries[0]


def _refusal(path: str, line: int | None, problem: str) -> XenbondError:
    where = path if line is None else f"{path}:{line}"
    return XenbondError.at(where, f"not YAML I can edit: {problem}; nothing was changed.")


@functools.cache
def _starts(column: int) -> re.Pattern[str]:
    """Ends of lines before a map's entries: at its column, with no comment and no dash of a list.

    It begins with what is looked for by itself, without a trial at every character.
    """
    return re.compile("\n" + " " * column + rf"(?=[^ \t#\r\n])(?!{_DASH.pattern})")


class _Reader:
    """Turns events into nodes."""

    def __init__(self, text: str, path: str, events: list[Event]) -> None:
        self._text, self._path = text, path
        self._lines = Lines(text)
        self._events = iter(events)
        self.anchors: set[str] = set()

    def top(self) -> Node | None:
        node: Node | None = None
        for event in self._events:
            if event.kind == "document":
                if node is not None:
                    line = self._lines.at(event.start)
                    raise _refusal(self._path, line, "a second document begins")
                node = self._node(next(self._events))
        if node is not None and node.empty and node.start == node.end and node.anchor is None:
            return None
        return node

    def _node(self, event: Event) -> Node:
        start, anchor, value = event.start, event.anchor, event.value
        line, column = self._lines.place(start)
        if event.kind == "alias":
            if value not in self.anchors:
                raise _refusal(self._path, line, f"*{value} is an alias of nothing")
            return Node("alias", start, event.end, line, 0, value=value)
        if event.kind == "text":
            end = event.end
            if end > start and self._text[end - 1].isspace():
                end = start + len(self._text[start:end].rstrip())
            node = Node("text", start, end, line, column, False, value, event.plain, anchor)
        else:
            node = self._collection(event, line)
        if anchor is not None:
            if anchor in self.anchors:
                raise _refusal(self._path, line, f"the anchor &{anchor} is there twice")
            self.anchors.add(anchor)
        return node

    def _collection(self, event: Event, line: int) -> Node:
        start, flow = event.start, event.flow
        children: list[Node] = []
        for item in self._events:
            if item.kind == "end":
                end = item.end
                break
            children.append(self._node(item))
        else:
            raise _refusal(self._path, line, "it ends too early")
        if event.kind == "map":
            pairs = self._pairs(children)
            end = end if flow else pairs[-1][1].end
            column = pairs[0][0].column if pairs else 0
            return Node("map", start, end, line, column, flow, "", True, event.anchor, pairs)
        column = self._lines.place(children[0].start)[1] if children else 0
        if not flow:
            end = children[-1].end
            # Behind an anchor or a tag the first dash is on a line further down.
            dash = _DASH.search(self._text, start)
            column = self._lines.place(dash.start() if dash else start)[1]
        items = tuple(children)
        return Node("list", start, end, line, column, flow, "", True, event.anchor, (), items)

    def _pairs(self, children: list[Node]) -> tuple[tuple[Node, Node], ...]:
        pairs, seen = [], dict[str, int]()
        for at in range(0, len(children), 2):
            key, value = children[at], children[at + 1]
            if key.kind != "text" or self._text[key.start : key.start + 1] == "?":
                raise _refusal(self._path, key.line, "a key must be a word")
            if key.value in seen:
                first = seen[key.value]
                raise _refusal(
                    self._path, key.line, f"{key.value} is there twice, first in line {first}"
                )
            seen[key.value] = key.line
            if value.start == value.end:
                value = self._behind_colon(key, value)
            pairs.append((key, value))
        return tuple(pairs)

    def _behind_colon(self, key: Node, value: Node) -> Node:
        """The place of a value that is not there: ruamel says in front of what comes next."""
        colon = _COLON.match(self._text, key.end)
        if value.kind != "text" or colon is None:
            return value
        place, column = colon.end(), self._lines.place(colon.end())[1]
        return replace(value, start=place, end=place, line=key.line, column=column)
