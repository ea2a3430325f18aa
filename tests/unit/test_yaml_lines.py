"""What is read of plain lines is what ruamel reads of them: each event, each node, each place."""

import re
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from test_files_yaml_pieces import read
from test_linear import calls
from test_yaml_events import TOKENS

from tests.fuzz.texts import near
from tests.sized_texts import text_of
from xenbond_tui import yaml_events
from xenbond_tui.files.yaml_nodes import MOST
from xenbond_tui.files.yaml_reader import Pieces
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.value import replace
from xenbond_tui.yaml_events import DEEPEST, ByRuamel, NotYamlError, events
from xenbond_tui.yaml_lines import Event, plain_events

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path for path in ROOT.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file()
)
LINES = (
    *("a: b", "c:", "- d", "-", "- e: f", "  g: h", "  i:", "  - j", "  -", "    k: l", "", "#m"),
    *("- - n", "  # o", "p: # q", "r: s # t", "u: [v, w]", "x: {y: z, 1: [2, {3: 4}]}", "5: []"),
    *('"q": r', "  's t':", '- "u"', '"v": "w"', "'': x", '"#y": {"z": 1, \'2\': ["3"]}', '"a"'),
    *("6: {}", '7: "8, 9"', "A: 'B'", "C: D E  F", "G: h:i", "J: k#l", "- {M: N}", "- [O]  # P"),
    *(
        "Q: 2001:db8::1",
        "R: [2001:db8::1/64, 'S', \"T\"]",
        "U: [ V , W ] ",
        "   X: Y",
        "---",
        "- #",
    ),
)
PIECES = (
    *TOKENS,
    *("key: value\n", "key:\n  ", "\n  k: v\n  ", "\n- x\n", "- ", "a", ": ", ":", ",", ", "),
    *("    ", "a:\n", "b: c d # e\n", "f:\r\n", "{a: b, c: [1, 2]}", "'q'", '"d"', '"a\\\n b"'),
    *("a b", "a:b", "::", "2001:db8::1", " # c", "10.0.0.1/24", "\r\n", "a: b\r\n", "|2\n"),
    *("x" * 300, "y" * 1030, "-", "?", "@", "`", "!", "<<: *x", "? a", "k : v", "\\x41", "%"),
    *("a,b", "[a, b]: c", "---", "\n--- a", "\n... ", "é", "\x85", "\u2028", "\r", "\x01", "''"),
)


def placed(found: Iterator[Event]) -> Iterator[Event]:
    """What nobody asks for is the same: where the beginning of a map or a list ends.

    And where a value is that is not there: ruamel says, in front of what comes next.
    """
    for event in found:
        empty = event.kind == "text" and event.plain and not event.value
        if empty or event.kind in ("map", "list"):
            event = replace(event, start=0 if empty else event.start, end=0)
        yield event


def alike(text: str) -> bool:
    """It was read without ruamel; what was is the same."""
    found, odd = plain_events(text, MOST)
    if odd is not None:
        return False
    told = [*yaml_events._by_ruamel(text, 0, ByRuamel(1 << 21))]
    assert [*placed(iter(found))] == [*placed(iter(told))]
    return True


def alike_as_nodes(text: str) -> None:
    ours = read(text, Pieces())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(yaml_events, "plain_events", lambda text, most: ([], 0))
        assert read(text, Pieces()) == ours


@given(st.lists(st.sampled_from(LINES), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_plain_lines_in_any_order(lines: list[str], end: str) -> None:
    alike(end.join(lines))
    alike_as_nodes(end.join(lines))


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_pieces_of_yaml_in_any_order(text: str) -> None:
    alike(text)


@given(st.text("ab:-#,[]{}'\" \n?.", max_size=24))
def test_signs_in_any_order(text: str) -> None:
    alike(text)
    alike(f"k: {text}\n")
    alike(f"k: [{text}]\n")
    alike(f"- {{{text}}}")


@given(near("yaml") | near("answers"))
def test_texts_near_real_ones(text: str) -> None:
    alike(text)
    alike_as_nodes(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_tests(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ours = [alike(text), alike(text.replace("\n", "\r\n"))]
    # The others have an anchor, or a comma in front of a bracket.
    assert all(ours) is not ("&free" in text or ", ]" in text)
    for cut in range(0, len(text), max(1, len(text) // 20)):
        alike(text[:cut])
        alike_as_nodes(text[:cut])


@pytest.mark.parametrize("name", ["answers", "yaml", "yaml blocks"])
@pytest.mark.parametrize("key", ["{}", '"{}"', "'{}'"], ids=["plain", "double", "single"])
def test_long_texts(name: str, key: str) -> None:
    text = re.sub(r"([\w.]+)(?=: )", lambda found: key.format(found[1]), text_of(name, 20_000))
    assert alike(text)


@pytest.mark.parametrize(
    "text",
    [
        "# nothing\n\n",
        "a: [" + "b, " * 600 + "c]",
        "- {" + ", ".join(f"b{number}: c" for number in range(300)) + "}",
        "- [" + "b, " * 400 + "b]",
        "- [" + "b" * 2000 + "]\n- '" + "c" * 2000 + "'",
        "# one\n---\na: b\n",
        "a:\n- b\n- - c\n  - d:\n    - e\nf:\n  - g\n",
        "a:\n\n  # deeper\n\n    b: c\n# out\nd:",
        "a:\r\n  b: 'c'  # d\r\n\r\n  e: [f]\r\n",
        "a: é \u4e2d\n",
        "'a': b\n\"\": {'c': d}\ne:\n- ': f'",
        "- \"b#: c\": 'd'\n  'e':\n    f: g\n",
    ],
)
def test_what_is_plain(text: str) -> None:
    assert alike(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a: &b c", "a: *b", "a: !b c", "a: |\n  b", "a: >-\n  b", "a: b\n  c", "a: [b,\n  c]"),
        *("? a", "<<: a", "a:\tb", "a: b\t# c", "%YAML 1.1\n---\na: b", "a: b\n---\n", "a: b\n..."),
        *(
            'a: "b\\n"',
            "a: 'b''c'",
            "'a''b': c",
            '"a\\x62": c',
            "'a':b",
            "{'a':b}",
            "- '" + "a" * 1000 + "': b",
            "a : b",
            "'a' : b",
            "a: b: c",
            "a: [b c]",
            "a: [b: c]",
            "a:\n  b",
        ),
        *(
            "a: {b}",
            "a: {b: }",
            "a: [b, ]",
            "a: [, b]",
            "a: [b] c",
            "a: [b}",
            "a: b]: c\n d",
            "[a]",
        ),
        *(
            "a: b\r",
            "a: \x85",
            "a: \x01",
            "a: b\n c: d",
            "  a: b\nc: d",
            "a: -b",
            "a: @b",
            "b",
            "---",
        ),
        *(
            "a: b\n- c",
            "- a\nb: c",
            "a:\n  - b\n  c: d",
            "a: [[b] c]",
            "a: [[b], [c]",
            "a: []]",
            "a: 'b'#c",
            "a: [b]#c",
            "a: b:\r\nc: d",
            "# a\rb: c",
        ),
    ],
)
def test_what_is_left_to_ruamel(text: str) -> None:
    assert plain_events(text, MOST)[1] is not None


def test_it_tells_the_first_line_that_is_not_plain() -> None:
    assert plain_events("a: b\n\n# c\nd: &e f\ng: h\n", MOST) == ([], len("a: b\n\n# c\n"))


def test_a_tree_too_deep_is_refused_in_plain_lines_too() -> None:
    deep = "".join(f"{'  ' * depth}a:\n" for depth in range(DEEPEST + 1))
    assert plain_events(deep, MOST)[1] is None
    with pytest.raises(NotYamlError, match="nested too deeply") as caught:
        [*events(deep, most=MOST)]
    assert caught.value.line == DEEPEST + 1


@pytest.mark.parametrize("name", ["answers", "yaml", "yaml blocks"])
def test_it_takes_less(name: str) -> None:
    """Counted work, so that what makes it quick is not lost unseen."""
    text = text_of(name, 20_000)
    by_ruamel = calls(partial(deque, yaml_events._by_ruamel(text, 0, ByRuamel()), 0))
    assert calls(partial(deque, events(text, most=MOST), 0)) * 15 < by_ruamel
    assert calls(partial(YamlText, "f", text)) * 9 < by_ruamel


def test_of_too_many_keys_no_more_are_read_than_may_be() -> None:
    many = "a:\n" + "".join(f"  b{number}: c\n" for number in range(100_000))
    assert len(plain_events(many, 2_000)[0]) < 2_010
    with pytest.raises(NotYamlError, match="more than 2000 keys and values") as caught:
        [*events(many, most=2_000)]
    assert caught.value.line == 1_000
