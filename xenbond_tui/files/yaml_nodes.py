"""A YAML text as nodes that know where they are in it: the ground for editing without loss.

ruamel.yaml reads; nothing here writes. Scalars stay as they were written, so that `00:14:22:36` is
no number and `off` no truth value: who reads the file next decides that.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any

from xenbond_tui.errors import XenbondError
from xenbond_tui.value import dataclass, replace
from xenbond_tui.yaml_events import NotYamlError, events

Data = str | list["Data"] | dict[str, "Data"]
"""What a node says, aliases written out."""

_MOST = 20_000
"""Keys and values of a text; and with aliases written out: a few lines of those can stand for
billions."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value: its place in the text and what is in it."""

    kind: str
    """map, list, text, or alias."""
    start: int
    """Offset of its first character, its anchor and tag included."""
    end: int
    """Offset behind its last character; trailing blanks and comments are not its own."""
    line: int
    """Counted from 1."""
    column: int
    """Of its content, behind anchor and tag: where a block's keys or dashes stand."""
    flow: bool = False
    """True inside its own brackets or braces."""
    value: str = ""
    """Of a text, without quotes; of an alias, the anchor's name."""
    plain: bool = True
    """Of a text: without quotes, and no block scalar."""
    anchor: str | None = None
    entries: "tuple[tuple[Node, Node], ...]" = ()
    """Of a map: keys and values, in order."""
    items: "tuple[Node, ...]" = ()
    """Of a list."""

    @property
    def empty(self) -> bool:
        """True for a value that is not there: `bonds:` and nothing behind it."""
        return self.kind == "text" and self.plain and not self.value

    def entry(self, key: str) -> "tuple[Node, Node] | None":
        """Key and value of a map's entry; None when it has no such key."""
        return next((item for item in self.entries if item[0].value == key), None)

    def get(self, key: str) -> "Node | None":
        """A map's value; None when it has no such key, or this is no map."""
        found = self.entry(key)
        return None if found is None else found[1]

    def walk(self) -> "Iterator[Node]":
        """This node and all below it, keys included; aliases are not followed."""
        yield self
        for key, value in self.entries:
            yield from key.walk()
            yield from value.walk()
        for item in self.items:
            yield from item.walk()


@functools.lru_cache(maxsize=32)
def parse(text: str, path: str) -> Node | None:
    """The document's top node; None for a text with nothing but comments.

    Reading is slow, and one plan asks for the same text again and again.

    Raises:
        XenbondError: no YAML, a key twice, an indentation with a tab, an alias of nothing, more
            than one document; names file and line.
    """
    _no_tabs(text, path)
    try:
        return _Reader(text, path, list(events(text, most=_MOST))).top()
    except NotYamlError as error:
        raise _refusal(path, error.line, error.problem) from None


def anchors(top: Node) -> dict[str, Node]:
    """Anchored nodes by name."""
    return {node.anchor: node for node in top.walk() if node.anchor is not None}


def data(node: Node, known: dict[str, Node]) -> Data:
    """What a node says, with aliases written out."""
    return _Expander(known).data(node)


class _Expander:
    def __init__(self, known: dict[str, Node]) -> None:
        self._known = known
        self._count = 0

    def data(self, node: Node) -> Data:
        self._count += 1
        if self._count > _MOST:
            raise ValueError("its aliases stand for too much")
        if node.kind == "alias":
            return self.data(self._known[node.value])
        if node.kind == "map":
            return {key.value: self.data(value) for key, value in node.entries}
        if node.kind == "list":
            return [self.data(item) for item in node.items]
        return node.value


def _no_tabs(text: str, path: str) -> None:
    """Tabs as indentation mean different things to different readers of YAML; most refuse them."""
    for number, line in enumerate(text.split("\n"), 1):
        indent = line[: len(line) - len(line.lstrip())]
        content = line.strip()
        if "\t" in indent and content and not content.startswith("#"):
            raise _refusal(path, number, "a tab indents it; write spaces")


def _refusal(path: str, line: int | None, problem: str) -> XenbondError:
    where = path if line is None else f"{path}:{line}"
    return XenbondError.at(where, f"not YAML I can edit: {problem}; nothing was changed.")


class _Reader:
    """Turns ruamel's events into nodes. Events know where an alias stands, composed nodes don't."""

    def __init__(self, text: str, path: str, events: list[Any]) -> None:
        self._text, self._path = text, path
        self._events = iter(events)
        self._anchors: set[str] = set()

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
            if event.anchor not in self._anchors:
                raise _refusal(self._path, line, f"*{event.anchor} is an alias of nothing")
            return Node("alias", start, event.end_mark.index, line, 0, value=event.anchor)
        if kind == "ScalarEvent":
            node = self._scalar(event, start, line)
        else:
            node = self._collection(event, kind, start, line)
        if event.anchor is not None:
            if event.anchor in self._anchors:
                raise _refusal(self._path, line, f"the anchor &{event.anchor} is there twice")
            self._anchors.add(event.anchor)
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
        return replace(value, start=colon.end(), end=colon.end(), line=key.line)

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
