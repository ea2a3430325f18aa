"""Reads YAML into nodes, of which those of an entry of the outer block maps are kept by its text.

One edit changes one entry, and ruamel takes a millisecond for each: what was read once is not read
again, wherever it stands then. An entry is read alone only where that says the same as in its
place: it begins at the column of its map, and it is YAML of one entry without what is around it.
So whatever goes on in the next entry (quotes, brackets, anchors, directives) is read as a whole.
"""

import functools
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.yaml_nodes import MOST, Data, Entries, Node, Piece, Place, data
from xenbond_tui.regex import regex
from xenbond_tui.typed import Any
from xenbond_tui.value import replace
from xenbond_tui.yaml_events import NotYamlError, events, refuse_hopeless

_MOST_PIECES = 1 << 15
"""Kept of one host."""
_MOST_WHOLE = 32
_FEW = 8
"""Entries that are read alone: where there are more, the whole text at once takes less."""
_LEVELS = 3
"""Of maps whose entries are read alone: the document, a section, a definition."""
_OTHER_BREAK = regex("[\x85\u2028\u2029\ufeff]|\r(?!\n)")
"""What ends a line, or is nothing, for some readers."""
_TAB = regex(r"^(?=[^\S\n]*\t)[^\S\n]*+[^\s#]", re.MULTILINE)
"""A line with a tab in front of its text."""
_BEGIN = regex(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*---[ \t]*\r?\n")
"""What says that a document begins."""
_OPENS = regex(r"( *)([A-Za-z0-9_][A-Za-z0-9_.-]*):[ \t]*(?:#[^\n]*)?\r?\n")
"""The line of a key whose value is in the lines below."""
_DASH = regex(r"-(?:\s|\Z)")
_FIRST = regex(r"^( *)(?=[^ \t#\r\n])", re.MULTILINE)
"""The first line that says something."""


class _TogetherError(Exception):
    """An entry says nothing without what is around it: the text is read as a whole."""


class Pieces:
    """The entries that were read of one host's files: an entry's text → what it is.

    None is one that can't be read alone. Maps of entries are made again from those.
    """

    def __init__(self) -> None:
        self._read: dict[str, Piece | None] = {}
        self.whole: dict[str, Node | None] = {}
        """Texts that were read as a whole."""

    def get(self, text: str, column: int) -> Piece | None:
        """An entry that is no map of entries; read where it was not yet."""
        if text not in self._read:
            self.put(text, _alone(text, column))
        return self._read[text]

    def put(self, text: str, piece: Piece | None) -> None:
        """Keep what an entry is."""
        if len(self._read) >= _MOST_PIECES:
            self._read.clear()
        self._read[text] = piece

    def keep(self, text: str, top: Node | None) -> None:
        """Keep a text that can't be read in pieces."""
        if len(self.whole) >= _MOST_WHOLE:
            self.whole.clear()
        self.whole[text] = top

    def has(self, text: str) -> bool:
        """Was it read?"""
        return text in self._read


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
        refuse_hopeless(text)
        if "\t" in text and (tab := _TAB.search(text)):
            # Tabs mean different things to different readers of YAML; most refuse them.
            raise NotYamlError("a tab indents it; write spaces", text.count("\n", 0, tab.end()) + 1)
        begin = _BEGIN.match(text)
        start = begin.end() if begin else 0
        known = (text.isascii() and "\r" not in text) or _OTHER_BREAK.search(text) is None
        if known and sum(not pieces.has(entry) for entry in _entries(text, start, _LEVELS)) <= _FEW:
            found = _put_together(text, start, pieces)
            if found is not None:
                return found
        if text in pieces.whole:
            return pieces.whole[text]
        reader = _Reader(text, path, list(events(text, most=MOST)))
        top = reader.top()
        if top is not None and known and not reader.anchors:
            _learn(top, text, start, _LEVELS, pieces)
            # Its maps are asked by key, without a look at each of a thousand entries.
            top = _put_together(text, start, pieces) or top
        else:
            pieces.keep(text, top)
        return top
    except NotYamlError as error:
        raise _refusal(path, error.line, error.problem) from None


def _put_together(text: str, start: int, pieces: Pieces) -> Node | None:
    """A document of entries that can be read alone; None for any other."""
    with suppress(_TogetherError):
        found = _block(text, start, _LEVELS, pieces)
        return None if found is None else found.value
    return None


def _cut(text: str, begin: int) -> tuple[int, list[int]]:
    """The column of a block's entries, and where their lines begin; none where it is no map."""
    first = _FIRST.search(text, begin)
    if first is None:
        return 0, []
    if _DASH.match(text, first.end()):
        return len(first[1]), []
    column, begin = len(first[1]), first.start()
    return column, [begin, *(found.start() + 1 for found in _starts(column).finditer(text, begin))]


def _entries(text: str, begin: int, levels: int) -> Iterator[str]:
    """The texts of the entries that would be read alone."""
    for start, end in pairwise([*_cut(text, begin)[1], len(text)]):
        entry = text[start:end]
        opens = _OPENS.match(entry) if levels > 1 else None
        if opens is not None and _cut(entry, opens.end())[1]:
            yield from _entries(entry, opens.end(), levels - 1)
        else:
            yield entry


def _learn(top: Node, text: str, begin: int, levels: int, pieces: Pieces) -> None:
    """Keep the entries of a document that was read as a whole.

    One that begins where its line does, and ends before the next one's, is the same alone: nothing
    of it is anywhere else.
    """
    column, starts = _cut(text, begin)
    keys = [key.start - column for key, _ in top.entries]
    if top.kind != "map" or top.flow or keys != starts:
        return
    lines, last = text.count("\n", 0, begin), begin
    for (key, value), (start, end) in zip(top.entries, pairwise([*starts, len(text)]), strict=True):
        lines, last = lines + text.count("\n", last, start), start
        entry = text[start:end]
        opens = _OPENS.match(entry) if levels > 1 else None
        moved = value.moved(-start, -lines)
        if opens is not None and _cut(entry, opens.end())[1]:
            _learn(moved, entry, opens.end(), levels - 1, pieces)
        else:
            said = replace(moved, said=data(moved, {}))
            pieces.put(entry, Piece(key.moved(-start, -lines), said, 1 + _count(value)))


def _count(node: Node) -> int:
    """Keys and values in a node, as the parser counts them."""
    if node.kind == "text":
        return 1
    inner = (one for pair in node.entries for one in pair)
    return 2 + sum(map(_count, (*inner, *node.items)))


def _block(text: str, begin: int, levels: int, pieces: Pieces) -> Piece | None:
    """A block map of entries that can be read alone; None for anything but a block map.

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
        if piece is None or piece.key.value in index:
            raise _TogetherError
        index[piece.key.value] = len(places)
        places.append(Place(start, lines, piece))
        if piece.value.said is not None:
            said[piece.key.value] = piece.value.said
        count += piece.count
        if count > MOST:
            raise NotYamlError(f"more than {MOST} keys and values", lines + 1)
    key = places[0].piece.key.moved(places[0].offset, places[0].lines)
    end = places[-1].offset + places[-1].piece.value.end
    entries = Entries((*places,), index)
    node = Node("map", key.start, end, key.line, column, entries=entries, said=said)
    return Piece(key, node, count)


def _opened(text: str, column: int, levels: int, pieces: Pieces) -> Piece | None:
    """An entry whose value is a map that can be read in pieces; None for any other."""
    opens = _OPENS.match(text) if levels else None
    below = _block(text, opens.end(), levels, pieces) if opens is not None else None
    if opens is None or below is None or below.value.column <= column:
        return None
    key = Node("text", opens.start(2), opens.end(2), 1, column, value=opens[2])
    return Piece(key, below.value, below.count + 1)


def _alone(text: str, column: int) -> Piece | None:
    try:
        found = list(events(text, most=MOST))
        top = _Reader(text, "", found).top()
    except (NotYamlError, XenbondError):
        return None
    if top is None or top.kind != "map" or top.flow or len(top.entries) != 1:
        return None
    key, value = top.entries[0]
    if (top.column, key.start) != (column, column) or any(map(_anchored, found)):
        return None
    # Begin and end of stream, document and map are not its own.
    return Piece(key, replace(value, said=data(value, {})), len(found) - 6)


def _refusal(path: str, line: int | None, problem: str) -> XenbondError:
    where = path if line is None else f"{path}:{line}"
    return XenbondError.at(where, f"not YAML I can edit: {problem}; nothing was changed.")


def _anchored(event: Any) -> bool:
    return getattr(event, "anchor", None) is not None


@functools.cache
def _starts(column: int) -> re.Pattern[str]:
    """Ends of lines before a map's entries: at its column, with no comment and no dash of a list.

    It begins with what is looked for by itself, without a trial at every character.
    """
    return re.compile("\n" + " " * column + rf"(?=[^ \t#\r\n])(?!{_DASH.pattern})")


class _Reader:
    """Turns ruamel's events into nodes. Events know where an alias stands, composed nodes don't."""

    def __init__(self, text: str, path: str, events: list[Any]) -> None:
        self._text, self._path = text, path
        self._events = iter(events)
        self.anchors: set[str] = set()

    def top(self) -> Node | None:
        node: Node | None = None
        for event in self._events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                if node is not None:
                    line = event.start_mark.line + 1
                    raise _refusal(self._path, line, "a second document begins")
                node = self._node(next(self._events))
        if node is not None and node.empty and node.start == node.end and node.anchor is None:
            return None
        return node

    def _node(self, event: Any) -> Node:
        kind = type(event).__name__
        start, line = event.start_mark.index, event.start_mark.line + 1
        if kind == "AliasEvent":
            if event.anchor not in self.anchors:
                raise _refusal(self._path, line, f"*{event.anchor} is an alias of nothing")
            return Node("alias", start, event.end_mark.index, line, 0, value=event.anchor)
        if kind == "ScalarEvent":
            node = self._scalar(event, start, line)
        else:
            node = self._collection(event, kind, start, line)
        if event.anchor is not None:
            if event.anchor in self.anchors:
                raise _refusal(self._path, line, f"the anchor &{event.anchor} is there twice")
            self.anchors.add(event.anchor)
        return node

    def _scalar(self, event: Any, start: int, line: int) -> Node:
        end = event.end_mark.index
        end = start + len(self._text[start:end].rstrip())
        plain = not (event.style or "").strip()
        if event.style in ("'", '"', "|", ">"):
            plain = False
        return Node(
            "text",
            start,
            max(start, end),
            line,
            event.start_mark.column,
            value=str(event.value),
            plain=plain,
            anchor=event.anchor,
        )

    def _collection(self, event: Any, kind: str, start: int, line: int) -> Node:
        flow = bool(event.flow_style)
        mapping = kind == "MappingStartEvent"
        children: list[Node] = []
        for item in self._events:
            if type(item).__name__ in ("MappingEndEvent", "SequenceEndEvent"):
                last = item
                break
            children.append(self._node(item))
        else:
            raise _refusal(self._path, line, "it ends too early")
        node = Node(
            "map" if mapping else "list",
            start,
            last.end_mark.index if flow else children[-1].end,
            line,
            _column(self._text, children[0].start) if children else 0,
            flow,
            anchor=event.anchor,
        )
        if not mapping:
            if not flow:
                # Behind an anchor or a tag the first dash is on a line further down.
                dash = re.compile(r"-(?=\s|$)").search(self._text, start)
                node = replace(node, column=_column(self._text, dash.start() if dash else start))
            return replace(node, items=tuple(children))
        pairs = tuple(
            (key, self._behind_colon(key, value))
            for key, value in zip(children[::2], children[1::2], strict=True)
        )
        self._unique(pairs)
        end = node.end if flow else pairs[-1][1].end
        return replace(node, entries=pairs, end=end)

    def _behind_colon(self, key: Node, value: Node) -> Node:
        """The place of a value that is not there: ruamel says in front of what comes next."""
        colon = re.compile(r"[ \t]*:").match(self._text, key.end)
        if value.start != value.end or value.kind != "text" or colon is None:
            return value
        place, column = colon.end(), _column(self._text, colon.end())
        return replace(value, start=place, end=place, line=key.line, column=column)

    def _unique(self, pairs: tuple[tuple[Node, Node], ...]) -> None:
        seen: dict[str, int] = {}
        for key, _ in pairs:
            if key.kind != "text" or self._text[key.start : key.start + 1] == "?":
                raise _refusal(self._path, key.line, "a key must be a word")
            if key.value in seen:
                first = seen[key.value]
                raise _refusal(
                    self._path, key.line, f"{key.value} is there twice, first in line {first}"
                )
            seen[key.value] = key.line


def _column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)
