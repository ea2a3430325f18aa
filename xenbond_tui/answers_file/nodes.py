"""A YAML document as nodes that know their line, so that every refusal can name file, line, key.

Scalars keep the text as it was written: nothing is turned into a number or a time on the way, so
`00:14:22:36:11:22` stays a MAC and `010` stays what somebody typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from xenbond_tui.errors import XenbondError


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
        raise XenbondError(f"{self.file}:{self.line}: {self.key} {problem}; nothing was changed.")

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
                raise XenbondError(
                    f"{self.file}:{value.line}: unknown key {at!r}; nothing was changed. "
                    f"Known here: {', '.join(known)}."
                )


_KINDS = {"int": "number", "float": "number", "bool": "bool", "null": "empty"}


def parse(text: str, file: str) -> Node:
    """The document's top node.

    Raises:
        XenbondError: no YAML, more than one document, a key twice, or nothing in it.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        top = YAML(typ="safe", pure=True).compose(text)
        if top is None:
            raise XenbondError(f"answers file {file} is empty; nothing was changed.")
        return _Builder(file).node(top, "")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        problem = " ".join(str(error.problem or error.context).split())
        raise XenbondError(f"{file}{line}: not YAML: {problem}; nothing was changed.") from None
    except YAMLError as error:
        position = getattr(error, "position", None)
        line = f":{text.count(chr(10), 0, position) + 1}" if isinstance(position, int) else ""
        problem = getattr(error, "reason", None) or "it cannot be read"
        raise XenbondError(f"{file}{line}: not YAML: {problem}; nothing was changed.") from None
    except RecursionError:
        raise XenbondError(f"{file}: nested too deeply; nothing was changed.") from None


class _Builder:
    """Turns ruamel's nodes into ours."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: set[int] = set()

    def node(self, node: object, key: str, line: int | None = None) -> Node:
        """One value with everything under it; `line` is its key's, where it has one."""
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        line = line or node.start_mark.line + 1  # type: ignore[attr-defined]
        if isinstance(node, ScalarNode):
            kind = _KINDS.get(str(node.tag).rpartition(":")[2], "text")
            return Node(self._file, line, key, kind, str(node.value))
        # An alias repeats the node itself: a few lines of them stand for billions of values.
        if id(node) in self._seen:
            Node(self._file, line, key, "text").refuse("is used again by an alias; write it out")
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return Node(self._file, line, key, "map", entries=tuple(self._entries(node, key)))
        items: SequenceNode = node  # type: ignore[assignment]
        return Node(
            self._file,
            line,
            key,
            "list",
            items=tuple(self.node(item, f"{key}[{i}]") for i, item in enumerate(items.value, 1)),
        )

    def _entries(self, node: object, key: str) -> Iterator[tuple[str, Node]]:
        seen: dict[str, int] = {}
        for name_node, value in node.value:  # type: ignore[attr-defined]
            line = name_node.start_mark.line + 1
            name = name_node.value
            if not isinstance(name, str):
                raise XenbondError(
                    f"{self._file}:{line}: a key must be a word; nothing was changed."
                )
            at = f"{key}.{name}" if key else name
            if name in seen:
                raise XenbondError(
                    f"{self._file}:{line}: {at} is there twice, first in line {seen[name]}; "
                    "nothing was changed."
                )
            seen[name] = line
            yield name, self.node(value, at, line)
