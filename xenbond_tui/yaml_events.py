"""The one door to YAML: events of a text, within bounds, in any case an answer.

A text of plain lines is read by `yaml_lines`; ruamel.yaml, which takes ten times as long for it and
a while to load, reads what has others. It reads a text only as far as its events are asked for, so
one that is nested too deeply is refused after its first part. Whatever it raises on odd input is a
refusal too: beside its own errors these have been ValueError, AttributeError and RecursionError.
"""

import functools
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator

from xenbond_tui.regex import regex
from xenbond_tui.typed import Any
from xenbond_tui.value import dataclass
from xenbond_tui.yaml_lines import DEEPEST, Event, plain_events

_BEGINS = 64
"""Characters that ruamel reads in the time in which it begins."""
_OPEN = 4 * DEEPEST
"""Brackets open at one place, those in quotes and comments too; ruamel reads ahead for them, in
time that grows with their square."""
_BREAK = regex(r"\n|\r(?!\n)")
_DEEPER = {"map": 1, "list": 1, "end": -1}
_LONGEST_NUMBER = 64
"""Characters; what is longer is only text, and no pattern is tried on it."""
_NUMBERS = "-+.0123456789"
"""What they begin with."""
_IN_NUMBERS = f"{_NUMBERS}_abcdefABCDEFxoinINIF"
_INT = regex(r"[-+]?(?:0b[01_]+|0o[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)")
_FLOAT = regex(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+][0-9]+)?"
    r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)
_WORDS = dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), "bool")
_WORDS |= dict.fromkeys(("", "~", "null", "Null", "NULL"), "null")


class NotYamlError(Exception):
    """Why a text can't be read as YAML, in words; the line counts from 1, None: not known."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class TooLongError(NotYamlError):
    """It is more than ruamel may read."""


@dataclass(slots=True)
class ByRuamel:
    """How much ruamel may read, in about a second."""

    characters: int = 1 << 18


class Lines:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self._begins = [0, *(found.end() for found in _BREAK.finditer(text))]

    def at(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self._begins, offset)

    def place(self, offset: int) -> tuple[int, int]:
        """The same, and how far behind the beginning of the line, counted from 0."""
        line = bisect_right(self._begins, offset)
        return line, offset - self._begins[line - 1]


def events(text: str, *, most: int, ruamel: ByRuamel | None = None) -> Iterator[Event]:
    """The events of a text.

    Args:
        text: all of it.
        most: keys and values it may have.
        ruamel: what it may read of this text and of others; this one counts as read.

    Raises:
        NotYamlError: no YAML, nested too deeply, too many keys and values.
        TooLongError: it has a line that is not plain, and is longer than ruamel may read.
    """
    found, odd = plain_events(text, most)
    depth = 0
    told = found if odd is None else _by_ruamel(text, odd, ruamel or ByRuamel())
    for count, event in enumerate(told, 1):
        depth += _DEEPER.get(event.kind, 0)
        if depth > DEEPEST or count > most:
            many = f"more than {most} keys and values"
            problem = "nested too deeply" if depth > DEEPEST else many
            raise NotYamlError(problem, Lines(text).at(event.start))
        yield event


def _by_ruamel(text: str, odd: int, allowed: ByRuamel) -> Iterator[Event]:
    """Ruamel's events of a text whose first line that is not plain is at `odd`."""
    _refuse_hopeless(text)
    if len(text) > allowed.characters:
        raise TooLongError(
            f"longer than {allowed.characters >> 10} KiB, and this line is more than a plain key "
            "and value: write it plainly, or divide the file",
            Lines(text).at(odd),
        )
    allowed.characters -= len(text) + _BEGINS
    parts = _parts()
    try:
        parser, kinds = _Loader(parts, text).parser, parts.kinds
        while parser.state is not None:
            event = parser.state()
            kind = kinds.get(event.__class__)
            if kind is not None:
                yield _event(kind, event)
    except parts.MarkedYAMLError as error:
        mark = error.context_mark if error.problem_mark is None else error.problem_mark
        problem = " ".join(str(error.problem or error.context).split())
        line = None if mark is None else Lines(text).at(mark.index)
        raise NotYamlError(problem, line) from None
    except parts.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        raise NotYamlError(getattr(error, "reason", None) or "it cannot be read", line) from None
    except Exception as error:
        raise NotYamlError(f"it cannot be read ({type(error).__name__})", None) from None


def _event(kind: str, event: Any) -> Event:
    alias, anchor = kind == "alias", getattr(event, "anchor", None)
    value: str = event.anchor if alias else getattr(event, "value", "")
    tag = getattr(event, "tag", None)
    return Event(
        kind,
        event.start_mark.index,
        event.end_mark.index,
        value,
        not getattr(event, "style", None),
        bool(getattr(event, "flow_style", False)),
        None if alias else anchor,
        None if tag is None else str(tag),
    )


def _refuse_hopeless(text: str) -> None:
    """What need not be given to ruamel at all.

    Raises:
        NotYamlError: it is of another version, or has too many open brackets.
    """
    version = re.search(r"^%YAML\s+(?!1\.[12]\s)", text, re.MULTILINE)
    if version:
        line = text.count("\n", 0, version.start()) + 1
        raise NotYamlError("YAML 1.1 and 1.2 are what can be read", line)
    brackets = "".join(re.findall(r"[\[\]{}]+", text)).replace("{", "[").replace("}", "]")
    inside = brackets.replace("[]", "").replace("[]", "").replace("[]", "")
    if len(inside) + 3 <= _OPEN:
        # Each time what was innermost went.
        return
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth = max(0, depth + (1 if bracket[0] in "[{" else -1))
        if depth > _OPEN:
            raise NotYamlError("nested too deeply", text.count("\n", 0, bracket.start()) + 1)


def tag_of(event: Event) -> str:
    """The kind of value a scalar stands for by YAML 1.2's rules: int, float, bool, null or str."""
    if event.tag is not None and event.tag != "!":
        return event.tag.rpartition(":")[2]
    value = event.value
    if len(value) > _LONGEST_NUMBER or not (event.plain or event.tag):
        return "str"
    if not value or value[0] not in _NUMBERS or value.strip(_IN_NUMBERS) or value.count(".") > 1:
        return _WORDS.get(value, "str")
    if value.isdecimal() or _INT.fullmatch(value):
        return "int"
    return "float" if _FLOAT.fullmatch(value) else "str"


class _Loader:
    """What ruamel's `YAML(typ="safe", pure=True)` is while it parses.

    Each of its parts asks it for the others.
    """

    typ = ("safe",)
    version = comment_handling = None

    def __init__(self, parts: Any, text: str) -> None:
        self.tags: dict[str, str] = {}
        self.doc_infos = [parts.DocInfo()]
        self.reader = parts.Reader(text, loader=self)
        self.scanner = parts.Scanner(loader=self)
        self.resolver = parts.VersionedResolver(loader=self)
        self.parser = parts.Parser(loader=self)


class _Parts:
    """The classes by which ruamel reads, and no more."""

    def __init__(self) -> None:
        from ruamel.yaml import events
        from ruamel.yaml.docinfo import DocInfo
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.parser import Parser
        from ruamel.yaml.reader import Reader
        from ruamel.yaml.resolver import VersionedResolver
        from ruamel.yaml.scanner import Scanner

        self.DocInfo = DocInfo
        self.MarkedYAMLError, self.YAMLError = MarkedYAMLError, YAMLError
        self.Reader, self.Scanner, self.Parser = Reader, Scanner, Parser
        self.VersionedResolver = VersionedResolver
        self.kinds: dict[type, str] = {
            events.AliasEvent: "alias",
            events.DocumentStartEvent: "document",
            events.MappingEndEvent: "end",
            events.MappingStartEvent: "map",
            events.ScalarEvent: "text",
            events.SequenceEndEvent: "end",
            events.SequenceStartEvent: "list",
        }


@functools.cache
def _parts() -> _Parts:
    """Load them without the package's `__init__`, which loads all that makes objects and writes.

    That is two thirds of it, and a tenth of what a plan cost. Who imports the package finds it
    untouched: the modules loaded here are known to nobody else.
    """
    import ruamel

    name = "ruamel.yaml"
    if name in sys.modules:
        return _Parts()
    from importlib.machinery import PathFinder
    from types import ModuleType

    spec = PathFinder.find_spec(name, ruamel.__path__)
    if spec is None or spec.submodule_search_locations is None:
        return _Parts()
    package = ModuleType(name)
    package.__path__ = [*spec.submodule_search_locations]
    sys.modules[name] = package
    try:
        return _Parts()
    finally:
        for own in [each for each in sys.modules if each.split(".")[:2] == ["ruamel", "yaml"]]:
            del sys.modules[own]
