"""The one door to ruamel.yaml's parser: events of a text, within bounds, in any case an answer.

ruamel reads a text only as far as its events are asked for, so one that is too large or nested too
deeply is refused after its first part. Whatever ruamel raises on odd input is a refusal too: beside
its own errors these have been ValueError, AttributeError and RecursionError.
"""

import functools
import re
import sys
from collections.abc import Iterator

from xenbond_tui.typed import Any

DEEPEST = 64
"""Values inside values. Configuration has less than ten."""
LONGEST = 1 << 18
"""Characters: some thousand links in netplan's files. ruamel takes about a second for so many, and
some 5 s for a million of comments."""
_OPEN = 4 * DEEPEST
"""Brackets open at one place, those in quotes and comments too; ruamel reads ahead for them, in
time that grows with their square."""
_LONGEST_NUMBER = 64
"""Characters; what is longer is only text, and no pattern is tried on it."""


class NotYamlError(Exception):
    """Why a text can't be read as YAML, in words; the line counts from 1, None: not known."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


def events(text: str, *, most: int) -> Iterator[Any]:
    """Ruamel's events of a text.

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
        for event in _Loader(parts, text).events():
            kind = type(event).__name__
            depth += kind.endswith(("MappingStartEvent", "SequenceStartEvent"))
            depth -= kind.endswith(("MappingEndEvent", "SequenceEndEvent"))
            count += 1
            if depth > DEEPEST:
                raise NotYamlError("nested too deeply", event.start_mark.line + 1)
            if count > most:
                problem = f"more than {most} keys and values"
                raise NotYamlError(problem, event.start_mark.line + 1)
            yield event
    except NotYamlError:
        raise
    except parts.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context).split())
        raise NotYamlError(problem, mark.line + 1 if mark is not None else None) from None
    except parts.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        raise NotYamlError(getattr(error, "reason", None) or "it cannot be read", line) from None
    except Exception as error:
        raise NotYamlError(f"it cannot be read ({type(error).__name__})", None) from None


def refuse_hopeless(text: str) -> None:
    """What need not be given to ruamel at all.

    Raises:
        NotYamlError: it is too long, of another version, or has too many open brackets.
    """
    if len(text) > LONGEST:
        too_long = f"longer than {LONGEST >> 10} KiB, which takes seconds to read: divide it"
        raise NotYamlError(too_long, None)
    version = re.search(r"^%YAML\s+(?!1\.[12]\s)", text, re.MULTILINE)
    if version:
        line = text.count("\n", 0, version.start()) + 1
        raise NotYamlError("YAML 1.1 and 1.2 are what can be read", line)
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
        self.tags: dict[str, str] = {}
        self.doc_infos = [parts.DocInfo()]
        self.reader = parts.Reader(text, loader=self)
        self.scanner = parts.Scanner(loader=self)
        self.resolver = parts.VersionedResolver(loader=self)
        self.parser = parts.Parser(loader=self)

    def events(self) -> Iterator[Any]:
        """As `YAML.parse`."""
        while self.parser.check_event():
            yield self.parser.get_event()


class _Parts:
    """The classes by which ruamel reads, and no more."""

    def __init__(self) -> None:
        from ruamel.yaml.docinfo import DocInfo
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.nodes import ScalarNode
        from ruamel.yaml.parser import Parser
        from ruamel.yaml.reader import Reader
        from ruamel.yaml.resolver import VersionedResolver
        from ruamel.yaml.scanner import Scanner

        self.DocInfo = DocInfo
        self.MarkedYAMLError, self.YAMLError = MarkedYAMLError, YAMLError
        self.ScalarNode = ScalarNode
        self.Reader, self.Scanner, self.Parser = Reader, Scanner, Parser
        self.VersionedResolver = VersionedResolver


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
