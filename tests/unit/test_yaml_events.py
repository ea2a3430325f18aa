"""What is read is what ruamel reads, and ruamel is left as it was."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from tests.sized_texts import TEXTS, text_of
from xenbond_tui.yaml_events import NotYamlError, events, tag_of
from xenbond_tui.yaml_lines import Event

TOKENS = [
    *("a: b\n", "- ", "? ", ": ", "  ", "\n", "&x ", "*x", "!!int ", "!t ", "'", '"', "[", "]"),
    *("{", "}", ",", "|\n", ">-\n", "# c\n", "---\n", "...\n", "%YAML 1.1\n", "0x1f", "é", "\t"),
    *("%TAG ! tag:x,2000:\n", "\0", "\ufeff", "1.5e3", "~"),
]


KINDS = {
    "AliasEvent": "alias",
    "DocumentStartEvent": "document",
    "MappingEndEvent": "end",
    "MappingStartEvent": "map",
    "ScalarEvent": "text",
    "SequenceEndEvent": "end",
    "SequenceStartEvent": "list",
}


def ours(text: str) -> Iterator[object]:
    for event in events(text, most=100_000):
        said = event.value, event.plain, event.flow, event.anchor, event.tag
        yield event.kind, *places(event.kind, event.value, event.start, event.end), *said


def theirs(text: str) -> Iterator[object]:
    for event in YAML(typ="safe", pure=True).parse(text):
        kind = KINDS.get(type(event).__name__)
        if kind is None:
            continue
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        value = anchor if kind == "alias" else getattr(event, "value", "")
        found = places(kind, value, event.start_mark.index, event.end_mark.index)
        style, flow = getattr(event, "style", None), getattr(event, "flow_style", None)
        said = value, not style, bool(flow), None if kind == "alias" else anchor
        yield kind, *found, *said, None if tag is None else str(tag)


def places(kind: str, value: str, start: int, end: int) -> tuple[int, int]:
    """What nobody asks for left out.

    That is where the beginning of a map ends, and where a value is that is not there: ruamel says,
    in front of what comes next.
    """
    if kind in ("map", "list"):
        return start, start
    return (0, 0) if kind == "text" and not value else (start, end)


def said(read: Callable[[str], Iterator[object]], text: str) -> list[object]:
    """Each event with its places; at the end that there was an error."""
    found: list[object] = []
    try:
        found += read(text)
    except (NotYamlError, YAMLError, AttributeError, ValueError, RecursionError):
        return ["refused"]
    return found


@given(st.lists(st.sampled_from(TOKENS), max_size=20).map("".join))
def test_a_text_is_read_as_ruamel_reads_it(text: str) -> None:
    found = said(ours, text)
    # Of another version of YAML nothing is read.
    assert found == said(theirs, text) or found == ["refused"]


@pytest.mark.parametrize("name", ["answers", "yaml"])
def test_so_is_a_long_one(name: str) -> None:
    assert name in TEXTS
    text = text_of(name, 20_000)
    assert said(ours, text) == said(theirs, text) != ["refused"]


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
    (scalar,) = (it for it in events(text, most=10) if it.kind == "text")
    assert tag_of(scalar) == tag


@given(
    st.text("0123456789abefinoxINFEAT_+-.~:<=", min_size=1, max_size=6)
    | st.sampled_from(("", "null", "Null", "TRUE", "False", "no", "0o17", "0x1F", ".nan", "-.inf"))
    | st.from_regex(r"[-+]?[0-9]{1,3}_?\.?[0-9]{0,2}(?:[eE][-+]?[0-9]{1,2})?", fullmatch=True),
    st.booleans(),
)
def test_it_is_what_it_is_to_ruamel(value: str, plain: bool) -> None:
    told = str(YAML(typ="safe", pure=True).resolver.resolve(ScalarNode, value, (plain, not plain)))
    kind = told.rpartition(":")[2]
    known = kind if kind in ("int", "float", "bool", "null") else "str"
    assert tag_of(Event("text", 0, 0, value, plain)) == known


def test_who_loads_ruamel_afterwards_has_all_of_it() -> None:
    """What reads was loaded without the package; its modules are nobody else's."""
    script = (
        "import sys\n"
        "from xenbond_tui.yaml_events import NotYamlError, events\n"
        "assert len([*events('a: [1, 2]', most=99)]) == 8\n"
        "assert not [name for name in sys.modules if name.startswith('ruamel')]\n"
        "assert len([*events('a: &b [1, 2]', most=99)]) == 8\n"
        "assert 'base64' not in sys.modules\n"
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
