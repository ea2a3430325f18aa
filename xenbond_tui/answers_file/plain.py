"""An answers file as nearly all are written, read without ruamel.

Its import is a tenth of what `plan` costs. Whatever is not as plain as this, and whatever is wrong,
is ruamel's to read and to refuse: block maps of `key: value`, block and flow lists and flow maps of
scalars, comments; scalars that are nothing else to any YAML, or in double quotes without escapes.
"""

from collections.abc import Iterator

from xenbond_tui.answers_file.nodes import Node
from xenbond_tui.regex import regex

_LONGEST = 1 << 14
"""Characters; what is longer is nobody's answers."""
_DEEPEST = 16
"""Columns that a line may be indented: one for each level there can be."""
_ASCII = regex(r"[\n\x20-\x7e]*")
_LINE = regex(
    r"(?P<indent> *)(?:(?P<item>- +)|(?P<key>[a-z][a-z0-9_]*):(?: +|$))"
    r"(?P<value>[^\s#](?:[^#]*[^\s#])?)?(?: +#.*| *)"
)
_SCALAR = r"\"[^\"\\]*\"|[A-Za-z0-9](?:[A-Za-z0-9._/-]|:(?=[A-Za-z0-9:]))*"
_LIST = regex(rf"\[(?P<inner> *|(?:{_SCALAR})(?: *, *(?:{_SCALAR}))*)\]")
_PAIR = rf"[a-z][a-z0-9_]*: +(?:{_SCALAR})"
_MAP = regex(rf"\{{(?P<inner>{_PAIR}(?: *, *{_PAIR})*)\}}")
_ONE = regex(_SCALAR)
_NUMBER = regex(r"0|[1-9][0-9]{0,17}")
_TEXT = regex(
    r"[A-Za-z].*|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(?:/[0-9]+)?"
    r"|[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f:]+::[0-9a-f:]*(?:/[0-9]+)?"
)
_MAY_BE_ELSE = frozenset({"true", "false", "null", "nan", "inf"})


class _NotPlainError(Exception):
    """Left to ruamel."""


def plain(text: str, file: str) -> Node | None:
    """The document's top node, as `nodes.parse` gives it; None where it is ruamel's to read."""
    if len(text) > _LONGEST or not _ASCII.fullmatch(text):
        return None
    lines = [line for line in enumerate(text.split("\n"), 1) if not _is_empty(line[1])]
    if not lines:
        return None
    try:
        reader = _Reader(file, lines)
        top = reader.block(0, "", lines[0][0])
        return top if reader.here is None and top.kind == "map" else None
    except _NotPlainError:
        return None


def _is_empty(line: str) -> bool:
    return not line or line.isspace() or line.lstrip(" ").startswith("#")


class _Reader:
    """Goes along the lines."""

    def __init__(self, file: str, lines: list[tuple[int, str]]) -> None:
        self._file, self._lines, self._at = file, lines, 0

    @property
    def here(self) -> tuple[int, int, str, str] | None:
        """Number, indent, key ("": of a list's item) and value of the line; None behind all."""
        if self._at == len(self._lines):
            return None
        number, line = self._lines[self._at]
        found = _LINE.fullmatch(line)
        if found is None or len(found["indent"]) > _DEEPEST:
            raise _NotPlainError
        return number, len(found["indent"]), found["key"] or "", found["value"] or ""

    def block(self, indent: int, key: str, line: int) -> Node:
        """What begins here with that indent; `line` is its key's."""
        if self.here is not None and not self.here[2]:
            return Node(self._file, line, key, "list", items=tuple(self._items(indent, key)))
        return Node(self._file, line, key, "map", entries=tuple(self._entries(indent, key)))

    def _items(self, indent: int, key: str) -> Iterator[Node]:
        number = 0
        while (here := self.here) is not None and here[1] == indent and not here[2]:
            number += 1
            self._at += 1
            yield self._scalar(here[3], f"{key}[{number}]", here[0])
        self._ends(indent)

    def _entries(self, indent: int, key: str) -> Iterator[tuple[str, Node]]:
        seen = set[str]()
        while (here := self.here) is not None and here[1] == indent and here[2]:
            line, _, name, value = here
            at = f"{key}.{name}" if key else name
            self._at += 1
            below = self.here
            if name in seen:
                raise _NotPlainError
            seen.add(name)
            if value:
                yield name, self._value(value, at, line)
            elif below is None or below[1] < indent + bool(below[2]):
                raise _NotPlainError
            else:
                yield name, self.block(below[1], at, line)
        self._ends(indent)

    def _ends(self, indent: int) -> None:
        """What follows belongs to something that began further left."""
        if self.here is not None and self.here[1] > indent:
            raise _NotPlainError

    def _value(self, text: str, key: str, line: int) -> Node:
        if found := _LIST.fullmatch(text):
            texts = [item[0] for item in _ONE.finditer(found["inner"])]
            items = (self._scalar(it, f"{key}[{n}]", line) for n, it in enumerate(texts, 1))
            return Node(self._file, line, key, "list", items=tuple(items))
        if found := _MAP.fullmatch(text):
            pairs = [pair[0].partition(":") for pair in regex(_PAIR).finditer(found["inner"])]
            if len({name for name, _, _ in pairs}) < len(pairs):
                raise _NotPlainError
            entries = (
                (name, self._scalar(it.strip(" "), f"{key}.{name}", line)) for name, _, it in pairs
            )
            return Node(self._file, line, key, "map", entries=tuple(entries))
        return self._scalar(text, key, line)

    def _scalar(self, text: str, key: str, line: int) -> Node:
        if not _ONE.fullmatch(text):
            raise _NotPlainError
        if text.startswith('"'):
            return Node(self._file, line, key, "text", text[1:-1])
        if text in ("true", "false"):
            return Node(self._file, line, key, "bool", text)
        if _NUMBER.fullmatch(text):
            return Node(self._file, line, key, "number", text)
        if text.lower() in _MAY_BE_ELSE or not _TEXT.fullmatch(text):
            raise _NotPlainError
        return Node(self._file, line, key, "text", text)
