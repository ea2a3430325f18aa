"""ruamel's parser by itself: what it says is what ruamel says, and ruamel is left as it was."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tests.sized_texts import TEXTS, text_of
from xenbond_tui.yaml_events import Lines, NotYamlError, events, tag_of

TOKENS = [
    *("a: b\n", "- ", "? ", ": ", "  ", "\n", "&x ", "*x", "!!int ", "!t ", "'", '"', "[", "]"),
    *("{", "}", ",", "|\n", ">-\n", "# c\n", "---\n", "...\n", "%YAML 1.1\n", "0x1f", "é", "\t"),
    *("%TAG ! tag:x,2000:\n", "\0", "\ufeff", "1.5e3", "~"),
]


def said(read: Iterator[Any], text: str) -> list[str]:
    """Each event with its places; at the end the error, if there was one."""
    found, lines = [], Lines(text)
    try:
        for event in read:
            marks = [
                # Ours are offsets.
                (mark, lines.at(mark)) if isinstance(mark, int) else (mark.index, mark.line + 1)
                for mark in (event.start_mark, event.end_mark)
            ]
            event.comment = None
            found.append(f"{event} {marks}")
    except (NotYamlError, YAMLError, AttributeError, ValueError, RecursionError):
        found.append("refused")
    return found


@given(st.lists(st.sampled_from(TOKENS), max_size=20).map("".join))
def test_a_text_is_read_as_ruamel_reads_it(text: str) -> None:
    ours = said(events(text, most=1000), text)
    theirs = said(YAML(typ="safe", pure=True).parse(text), text)
    # Of another version of YAML nothing is read.
    assert ours == theirs or ours == ["refused"]


@pytest.mark.parametrize("name", ["answers", "yaml"])
def test_so_is_a_long_one(name: str) -> None:
    assert name in TEXTS
    text = text_of(name, 20_000)
    ours = said(events(text, most=100_000), text)
    assert ours == said(YAML(typ="safe", pure=True).parse(text), text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("1", "int"),
        ("0x1f", "int"),
        ("yes", "str"),
        ("true", "bool"),
        ("~", "null"),
        ("1.5", "float"),
        ("00:14:22:36", "str"),
        ("'1'", "str"),
        ("!!str 1", "str"),
        ("1_000", "int"),
        ("010", "int"),
        ("089", "int"),
        ("'010'", "str"),
        ("! 010", "int"),
        ("٣", "str"),
    ],
)
def test_a_value_is_what_it_is_to_yaml_1_2(text: str, tag: str) -> None:
    (scalar,) = (it for it in events(text, most=10) if hasattr(it, "value"))
    assert tag_of(scalar) == tag


def test_who_loads_ruamel_afterwards_has_all_of_it() -> None:
    """What reads was loaded without the package; its modules are nobody else's."""
    script = (
        "import sys\n"
        "from xenbond_tui.yaml_events import NotYamlError, events\n"
        "assert len([*events('a: [1, 2]', most=99)]) == 11\n"
        "assert not [name for name in sys.modules if name.startswith('ruamel.yaml')]\n"
        "from ruamel.yaml import YAML\n"
        "import io, ruamel.yaml.parser\n"
        "yaml, out = YAML(), io.StringIO()\n"
        "yaml.dump(yaml.load('a: 1 # one'), out)\n"
        "assert out.getvalue() == 'a: 1 # one\\n'\n"
        "try:\n    [*events('a: [', most=99)]\n"
        "except NotYamlError as error:\n    print(error.line)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")
