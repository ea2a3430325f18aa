"""A YAML text as nodes that know where they are in it: the ground for editing without loss.

ruamel.yaml reads; nothing here writes. Scalars stay as they were written, so that `00:14:22:36` is
no number and `off` no truth value: who reads the file next decides that.
"""

from collections.abc import Callable, Iterator

from xenbond_tui.value import dataclass, field

Data = str | list["Data"] | dict[str, "Data"]
"""What a node says, aliases written out."""

MOST = 1 << 18
"""Keys and values of a text: more than a megabyte of definitions has."""
_MOST_BY_ALIASES = 20_000
"""The same of what its aliases stand for: a few lines of those can stand for billions."""


@dataclass(slots=True)
class Node:
    """One value: its place in the text and what is in it. Nobody changes it.

    That it can't be changed would be a tenth of the time in which a text is read.
    """

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
    entries: "tuple[tuple[Node, Node], ...] | Entries" = ()
    """Of a map: keys and values, in order."""
    items: "tuple[Node, ...]" = ()
    """Of a list."""
    said: Data | None = field(default=None, compare=False)
    """What it says, where that is known already; never to be changed."""

    @property
    def empty(self) -> bool:
        """True for a value that is not there: `bonds:` and nothing behind it."""
        return self.kind == "text" and self.plain and not self.value

    def entry(self, key: str) -> "tuple[Node, Node] | None":
        """Key and value of a map's entry; None when it has no such key."""
        if isinstance(self.entries, Entries):
            return self.entries.find(key)
        return next((item for item in self.entries if item[0].value == key), None)

    def get(self, key: str) -> "Node | None":
        """A map's value; None when it has no such key, or this is no map."""
        found = self.entry(key)
        return None if found is None else found[1]

    def moved(self, offset: int, lines: int) -> "Node":
        """The same node of a text that has that many characters and lines more in front."""
        if not offset and not lines:
            return self
        entries, items = self.entries, self.items
        if isinstance(entries, Entries):
            entries = entries.moved(offset, lines)
        elif entries:
            entries = tuple(
                [(key.moved(offset, lines), at.moved(offset, lines)) for key, at in entries]
            )
        if items:
            items = tuple([item.moved(offset, lines) for item in items])
        return Node(
            self.kind,
            self.start + offset,
            self.end + offset,
            self.line + lines,
            self.column,
            self.flow,
            self.value,
            self.plain,
            self.anchor,
            entries,
            items,
            self.said,
        )

    def walk(self) -> "Iterator[Node]":
        """This node and all below it, keys included; aliases are not followed."""
        yield self
        for key, value in self.entries:
            yield from key.walk()
            yield from value.walk()
        for item in self.items:
            yield from item.walk()


@dataclass(slots=True)
class Piece:
    """One entry of a block map, read alone; it says the same wherever it stands."""

    key: str
    read: Callable[[], tuple[Node, Node]]
    """Makes key and value as they are where its text stands alone."""
    count: int
    """Keys and values in it, as the parser counts them."""
    said: Data
    nodes: tuple[Node, Node] | None = None
    """What was made; of a thousand entries an edit asks a few."""

    def at(self, offset: int, lines: int) -> tuple[Node, Node]:
        """Its key and value where its text has so many characters and lines in front."""
        if self.nodes is None:
            self.nodes = self.read()
        key, value = self.nodes
        return key.moved(offset, lines), value.moved(offset, lines)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands."""

    offset: int
    lines: int
    """In front of it."""
    piece: Piece


class Entries:
    """A map's entries that were read alone; each gets its place in the text when it is asked for.

    Of a thousand definitions an edit touches one: the others are not made again to move them.
    """

    def __init__(
        self, places: tuple[Place, ...], index: dict[str, int], offset: int = 0, lines: int = 0
    ) -> None:
        self._places, self._index = places, index
        self._offset, self._lines = offset, lines
        self._made: dict[int, tuple[Node, Node]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: int) -> tuple[Node, Node]:
        number = range(len(self))[at]
        made = self._made.get(number)
        if made is None:
            place = self._places[number]
            made = place.piece.at(self._offset + place.offset, self._lines + place.lines)
            self._made[number] = made
        return made

    def __iter__(self) -> Iterator[tuple[Node, Node]]:
        return (self[number] for number in range(len(self)))

    def find(self, key: str) -> tuple[Node, Node] | None:
        """Key and value of an entry; None without one."""
        number = self._index.get(key)
        return None if number is None else self[number]

    def moved(self, offset: int, lines: int) -> "Entries":
        """The same entries with that many characters and lines more in front."""
        return Entries(self._places, self._index, self._offset + offset, self._lines + lines)


def anchors(top: Node) -> dict[str, Node]:
    """Anchored nodes by name."""
    if top.said is not None:
        # What is read in pieces has none.
        return {}
    return {node.anchor: node for node in top.walk() if node.anchor is not None}


def data(node: Node, known: dict[str, Node]) -> Data:
    """What a node says, with aliases written out."""
    return _Expander(known).data(node)


class _Expander:
    def __init__(self, known: dict[str, Node]) -> None:
        self._known = known
        self._aliases = self._count = 0

    def data(self, node: Node) -> Data:
        if node.said is not None:
            return node.said
        self._count += bool(self._aliases)
        if self._count > _MOST_BY_ALIASES:
            raise ValueError("its aliases stand for too much")
        if node.kind == "alias":
            self._aliases += 1
            said = self.data(self._known[node.value])
            self._aliases -= 1
            return said
        if node.kind == "map":
            return {key.value: self.data(value) for key, value in node.entries}
        if node.kind == "list":
            return [self.data(item) for item in node.items]
        return node.value
