"""A YAML document as nodes that know their line, so that every refusal can name file, line, key.

Scalars keep the text as it was written: nothing is turned into a number or a time on the way, so
`00:14:22:36:11:22` stays a MAC and `010` stays what somebody typed.
"""

from collections.abc import Iterator

from xenbond_tui.errors import XenbondError
from xenbond_tui.typed import NoReturn
from xenbond_tui.value import dataclass
from xenbond_tui.yaml_events import Lines, NotYamlError, events, tag_of
from xenbond_tui.yaml_lines import Event


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document."""

    file: str
    line: int
    """Counted from 1; of its key, where it has one."""
    key: str
    """Its keys from the top: `bond.miimon`, `bond.slaves[1]`."""
    kind: str
    """map, list, text, number, bool or empty."""
    text: str = ""
    """Of a scalar, as written, without its quotes."""
    entries: "tuple[tuple[str, Node], ...]" = ()
    """Of a map, in order."""
    items: "tuple[Node, ...]" = ()
    """Of a list."""

    def refuse(self, problem: str) -> NoReturn:
        """Raise XenbondError; `problem` follows the key: "must be a list of NICs"."""
        if len(problem) > _LONGEST:
            problem = f"{problem[: _LONGEST // 2]} … {problem[-_LONGEST // 2 :]}"
        raise XenbondError.at(
            f"{self.file}:{self.line}", f"{self.key} {problem}; nothing was changed."
        )

    def expect(self, *kinds: str, what: str) -> None:
        """Raise XenbondError unless the value is of one of these kinds."""
        if self.kind == "empty" and "empty" not in kinds:
            self.refuse(f"is empty; it must be {what}, or be left out")
        if self.kind not in kinds:
            found = {"map": "a map of keys", "list": "a list"}.get(self.kind, f"{self.text!r}")
            self.refuse(f"must be {what}, not {found}")

    def get(self, key: str) -> "Node | None":
        """The value of a key of a map, or None."""
        return next((value for name, value in self.entries if name == key), None)

    def only(self, *known: str) -> None:
        """Raise XenbondError when a map has a key that is not known, or is no map."""
        self.expect("map", what="a map of keys")
        for name, value in self.entries:
            if name not in known:
                at = f"{self.key}.{name}" if self.key else name
                raise XenbondError.at(
                    f"{self.file}:{value.line}",
                    f"unknown key {at!r}; nothing was changed. Known here: {', '.join(known)}.",
                )


_LONGEST = 400
"""Characters of a refusal, which may quote a value."""
MOST = 2_000
"""Keys and values; the largest bond has some two hundred."""
AGAIN = "is used again by an alias; write it out"
_KINDS = {"int": "number", "float": "number", "bool": "bool", "null": "empty"}


def parse(text: str, file: str) -> Node:
    """The document's top node.

    Raises:
        XenbondError: no YAML, more than one document, a key twice, or nothing in it; or more than
            an answers file can have, which is found out before it costs time.
    """
    try:
        top = _Builder(file, text).top()
    except NotYamlError as error:
        line = "" if error.line is None else f":{error.line}"
        raise XenbondError(
            f"{file}{line}: not YAML: {error.problem}; nothing was changed."
        ) from None
    if top is None:
        raise XenbondError(f"answers file {file} is empty; nothing was changed.")
    return top


class _Builder:
    """Turns events into nodes."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._events = events(text, most=MOST)
        self._lines = Lines(text)
        self._anchors: dict[str, Event | None] = {}
        """Anchor → its scalar's event; None for a map or a list."""

    def top(self) -> Node | None:
        """The only document's top node; None for a text with nothing but comments."""
        found: Node | None = None
        for event in self._events:
            if event.kind != "document":
                continue
            if found is not None:
                raise NotYamlError("another document begins", self._lines.at(event.start))
            first = next(self._events)
            found = self._node(first, "")
            if found.kind == "empty" and first.start == first.end:
                found = None
        return found

    def _node(self, event: Event, key: str, line: int | None = None) -> Node:
        """One value with everything under it; `line` is its key's, where it has one."""
        line = line or self._lines.at(event.start)
        if event.kind == "alias":
            event = self._meant(event, key, line)
        elif event.anchor is not None:
            self._anchors[event.anchor] = event if event.kind == "text" else None
        if event.kind == "text":
            return Node(self._file, line, key, _KINDS.get(tag_of(event), "text"), event.value)
        if event.kind == "map":
            return Node(self._file, line, key, "map", entries=tuple(self._entries(key)))
        items = tuple(
            self._node(item, f"{key}[{number}]") for number, item in enumerate(self._until_end(), 1)
        )
        return Node(self._file, line, key, "list", items=items)

    def _meant(self, alias: Event, key: str, line: int) -> Event:
        """The scalar an alias stands for."""
        name = alias.value
        if name not in self._anchors:
            raise NotYamlError(f"undefined alias {name!r}", self._lines.at(alias.start))
        scalar = self._anchors[name]
        if scalar is None:
            # A few lines of such aliases stand for billions of values.
            Node(self._file, line, key, "text").refuse(AGAIN)
        return scalar

    def _until_end(self) -> Iterator[Event]:
        """The first events of what is in a map or a list; the caller reads the rest of each."""
        for event in self._events:
            if event.kind == "end":
                return
            yield event

    def _entries(self, key: str) -> Iterator[tuple[str, Node]]:
        seen: dict[str, int] = {}
        for event in self._until_end():
            line = self._lines.at(event.start)
            if event.kind != "text":
                raise XenbondError.at(
                    f"{self._file}:{line}", "a key must be a word; nothing was changed."
                )
            name = event.value
            at = f"{key}.{name}" if key else name
            if name in seen:
                raise XenbondError.at(
                    f"{self._file}:{line}",
                    f"{at} is there twice, first in line {seen[name]}; nothing was changed.",
                )
            seen[name] = line
            yield name, self._node(next(self._events), at, line)
