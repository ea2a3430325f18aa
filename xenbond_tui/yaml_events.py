"""The one door to ruamel.yaml's parser: events of a text, within bounds, in any case an answer.

ruamel reads a text only as far as its events are asked for, so one that is too large or nested too
deeply is refused after its first part. Whatever ruamel raises on odd input is a refusal too: beside
its own errors these have been ValueError, AttributeError and RecursionError.
"""

import functools
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator

from xenbond_tui.regex import regex
from xenbond_tui.typed import Any

DEEPEST = 64
"""Values inside values. Configuration has less than ten."""
_LONGEST_UNUSUAL = 1 << 18
"""Characters of what ruamel has to read alone, in about a second: see yaml_scanner. What is longer
than any file that is read (1 MiB) comes to nobody."""
_OPEN = 4 * DEEPEST
"""Brackets open at one place, those in quotes and comments too; ruamel reads ahead for them, in
time that grows with their square."""
_LONGEST_NUMBER = 64
"""Characters; what is longer is only text, and no pattern is tried on it."""


_BREAK = regex(r"\n|\r(?!\n)")


class NotYamlError(Exception):
    """Why a text can't be read as YAML, in words; the line counts from 1, None: not known."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


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


def events(text: str, *, most: int) -> Iterator[Any]:
    """Ruamel's events of a text; their marks are offsets.

    Args:
        text: all of it.
        most: keys and values it may have.

    Raises:
        NotYamlError: no YAML, nested too deeply, too many keys and values.
    """
    refuse_hopeless(text)
    parts = _parts()
    count = depth = 0
    try:
        loader = _Loader(parts, text)
        parser, deeper = loader.parser, parts.deeper
        while parser.state is not None:
            event = parser.state()
            if loader.unusual:
                event.start_mark, event.end_mark = event.start_mark.index, event.end_mark.index
            depth += deeper.get(event.__class__, 0)
            count += 1
            if depth > DEEPEST or count > most:
                many = f"more than {most} keys and values"
                problem = "nested too deeply" if depth > DEEPEST else many
                raise NotYamlError(problem, Lines(text).at(event.start_mark))
            yield event
    except NotYamlError:
        raise
    except parts.MarkedYAMLError as error:
        mark = error.context_mark if error.problem_mark is None else error.problem_mark
        problem = " ".join(str(error.problem or error.context).split())
        line = None if mark is None else Lines(text).at(_offset(mark))
        raise NotYamlError(problem, line) from None
    except parts.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        raise NotYamlError(getattr(error, "reason", None) or "it cannot be read", line) from None
    except Exception as error:
        raise NotYamlError(f"it cannot be read ({type(error).__name__})", None) from None


def _offset(mark: Any) -> int:
    found: int = mark if isinstance(mark, int) else mark.index
    return found


def refuse_hopeless(text: str) -> None:
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


def tag_of(event: Any) -> str:
    """The kind of value a scalar stands for by YAML 1.2's rules: int, float, bool, null or str."""
    if event.tag is not None and str(event.tag) != "!":
        return str(event.tag).rpartition(":")[2]
    if len(event.value) > _LONGEST_NUMBER:
        return "str"
    if event.implicit[0] and event.value.isascii() and event.value.isdecimal():
        # Most numbers; ruamel compiles what a float may be before it asks for these.
        return "int"
    parts = _parts()
    resolved = _resolver().resolve(parts.ScalarNode, event.value, event.implicit)
    return str(resolved).rpartition(":")[2]


@functools.cache
def _resolver() -> Any:
    return _Loader(_parts(), "").resolver


class _Loader:
    """What ruamel's `YAML(typ="safe", pure=True)` is while it parses.

    Each of its parts asks it for the others.
    """

    typ = ("safe",)
    version = comment_handling = None

    def __init__(self, parts: Any, text: str) -> None:
        unusual = parts.fast.unusual(text)
        if unusual is not None and len(text) > _LONGEST_UNUSUAL:
            sign = "a directive, an end of a document, or a line that ends otherwise than by LF"
            too_long = f"longer than {_LONGEST_UNUSUAL >> 10} KiB with {sign}: divide it"
            raise NotYamlError(too_long, Lines(text).at(unusual))
        self.unusual = unusual is not None
        used = parts if self.unusual else parts.fast
        self.tags: dict[str, str] = {}
        self.doc_infos = [parts.DocInfo()]
        self.reader = used.Reader(text, loader=self)
        self.scanner = used.Scanner(loader=self)
        self.resolver = parts.VersionedResolver(loader=self)
        self.parser = used.Parser(loader=self)


class _Parts:
    """The classes by which ruamel reads, and no more."""

    def __init__(self) -> None:
        from ruamel.yaml import events
        from ruamel.yaml.docinfo import DocInfo
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.nodes import ScalarNode
        from ruamel.yaml.parser import Parser
        from ruamel.yaml.reader import Reader
        from ruamel.yaml.resolver import VersionedResolver
        from ruamel.yaml.scanner import Scanner

        from xenbond_tui import yaml_scanner

        self.DocInfo = DocInfo
        self.MarkedYAMLError, self.YAMLError = MarkedYAMLError, YAMLError
        self.ScalarNode = ScalarNode
        self.Reader, self.Scanner, self.Parser = Reader, Scanner, Parser
        self.VersionedResolver = VersionedResolver
        self.fast = yaml_scanner
        self.deeper: dict[type, int] = {
            events.MappingStartEvent: 1,
            events.SequenceStartEvent: 1,
            events.MappingEndEvent: -1,
            events.SequenceEndEvent: -1,
        }
        """What an event adds to the depth."""


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
