"""What is written again of ruamel says what ruamel says: tokens, events, places and errors."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.docinfo import DocInfo
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader, ReaderError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scanner import Scanner
from test_linear import calls
from test_yaml_events import TOKENS

from tests.fuzz.texts import near
from tests.sized_texts import text_of
from xenbond_tui import yaml_scanner

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path for path in ROOT.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file()
)
PIECES = (
    *TOKENS,
    *("key: value\n", "key:\n  ", "\n  k: v\n  ", "\n- x\n", "- ", "a", ": ", ":", ",", ", "),
    *("    ", "a:\n", "b: c d # e\n", "f:\r\n"),
    *("{a: b, c: [1, 2]}", "'q'", '"d"', '"a\\\n b"', "a b", "a:b", "::", "2001:db8::1", " # c"),
    *("10.0.0.1/24", "\r\n", "a: b\r\n", "|2\n", "x" * 300, "y" * 1030, "-", "?", "@", "`", "!"),
    *("<<: *x", "? a", "k : v", "\\x41", "%", "a,b", "[a, b]: c", "---", "\n--- a", "\n... "),
)


class Loader:
    """What ruamel's parts ask each other for."""

    typ = ("safe",)
    version = comment_handling = None

    def __init__(self, text: str, parts: tuple[type, type, type]) -> None:
        reader, scanner, parser = parts
        self.tags: dict[str, str] = {}
        self.doc_infos = [DocInfo()]
        self.reader: Any = reader(text, loader=self)
        self.scanner: Any = scanner(loader=self)
        self.resolver = VersionedResolver(loader=self)
        self.parser: Any = parser(loader=self)

    def events(self) -> Iterator[Any]:
        while self.parser.check_event():
            yield self.parser.get_event()


OURS = yaml_scanner.Reader, yaml_scanner.Scanner, yaml_scanner.Parser
THEIRS = Reader, Scanner, Parser


def offset(mark: Any) -> int | None:
    return mark if mark is None or isinstance(mark, int) else mark.index


def said(of: Callable[[Loader], Any], loader: Loader) -> list[object]:
    """All of it, at the end the error."""
    found: list[object] = []
    try:
        while True:
            item = of(loader)
            if item is None:
                return found
            places = offset(item.start_mark), offset(item.end_mark)
            told = [
                str(getattr(item, name, None))
                for name in ("value", "plain", "style", "anchor", "tag", "implicit", "flow_style")
            ]
            more = [str(getattr(item, name, None)) for name in ("explicit", "version", "tags")]
            found.append((type(item).__name__, *places, *told, *more))
    except Exception as error:
        names = ("context", "context_mark", "problem", "problem_mark")
        context, begin, problem, end = (getattr(error, name, None) for name in names)
        found.append((type(error).__name__, context, offset(begin), problem, offset(end)))
        return found


def token(loader: Loader) -> Any:
    return loader.scanner.get_token() if loader.scanner.check_token() else None


def event(loader: Loader) -> Any:
    return loader.parser.get_event() if loader.parser.check_event() else None


def alike(text: str) -> None:
    if yaml_scanner.unusual(text) is not None:
        return
    try:
        Reader(text)
    except ReaderError:
        return
    for of in (token, event):
        assert said(of, Loader(text, OURS)) == said(of, Loader(text, THEIRS))


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_pieces_of_yaml_in_any_order(text: str) -> None:
    alike(text)


@given(near("yaml") | near("answers"))
def test_texts_near_real_ones(text: str) -> None:
    alike(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_tests(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    alike(text)
    alike(text.replace("\n", "\r\n"))
    for cut in range(0, len(text), max(1, len(text) // 20)):
        alike(text[:cut])


@pytest.mark.parametrize(
    "text",
    [
        "#\n{*x ? a: b\n|]}key: value* - a",
        "\t?!?}",
        "a: [" + "b, " * 600 + "]",
        "- {" + "b: c, " * 300 + "}: d",
        "- [" + "b, " * 400 + "]",
        "{a: b, " * 90 + "}" * 90,
        "k: a\n  b\n\n  c\nd: e",
        "k: a\n--- b",
        "k: a\r\n  b\r\n\r\n  c\r\n---\r\n",
    ],
)
def test_what_was_thought_of(text: str) -> None:
    alike(text)


@pytest.mark.parametrize(("name", "less"), [("yaml", 3), ("answers", 5)])
def test_it_takes_less(name: str, less: int) -> None:
    """Counted work, so that what makes it quick is not lost unseen."""
    text = text_of(name, 20_000)
    alike(text)
    ours, theirs = (
        calls(partial(deque, loader.events(), 0))
        for loader in (Loader(text, OURS), Loader(text, THEIRS))
    )
    assert ours * less < theirs
