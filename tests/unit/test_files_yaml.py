"""YAML edited in place: an edit touches its own lines, or it is refused with file and line."""

import difflib

import pytest
from hypothesis import given, settings, strategies as st

from tests.sized_texts import text_of
from xenbond_tui.errors import XenbondError
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.files.yaml_text import YamlText

FILE = "/etc/netplan/50-cloud-init.yaml"
ETH0 = ("network", "ethernets", "eth0")

TEXT = """\
# This host
network:
  version: 2
  ethernets:
    # the first
    eth0:
      # its address
      addresses: ["192.168.0.222/24"]  # main
      routes:
      - to: default   # out
        via: 192.168.0.1
      nameservers: {addresses: [192.168.0.1], search: [lan]}
      # dhcp4: true
    eth1: {dhcp4: true, optional: yes}
  # the end
"""


def open_text(text: str) -> YamlText:
    return YamlText(FILE, text)


def touched(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines taken out and lines put in."""
    diff = list(difflib.ndiff(before.splitlines(True), after.splitlines(True)))
    return (
        [line[2:] for line in diff if line.startswith("- ")],
        [line[2:] for line in diff if line.startswith("+ ")],
    )


def test_new_entry_goes_behind_the_last_one() -> None:
    file = open_text(TEXT)
    file.put((*ETH0, "optional"), "true")
    assert touched(TEXT, file.text) == ([], ["      optional: true\n"])
    assert "search: [lan]}\n      optional: true\n      # dhcp4" in file.text


def test_new_entry_does_not_part_the_last_one_from_its_comments() -> None:
    file = open_text("a:\n  b: 1\n  # c: 2\n\n# end\n")
    file.put(("d",), "3")
    assert file.text == "a:\n  b: 1\n  # c: 2\nd: 3\n\n# end\n"


def test_missing_maps_are_made() -> None:
    file = open_text(TEXT)
    file.put(("network", "bonds", "bond0"), {"interfaces": ["eth0"], "parameters": {"mode": "1"}})
    assert touched(TEXT, file.text) == (
        [],
        [
            "  bonds:\n",
            "    bond0:\n",
            "      interfaces: [eth0]\n",
            "      parameters:\n",
            "        mode: 1\n",
        ],
    )


def test_moved_entries_keep_their_spelling_and_comments() -> None:
    file = open_text(TEXT)
    bridge = ("network", "bridges", "xenbr0")
    file.put(bridge, {"interfaces": ["bond0"]})
    file.put((*ETH0, "optional"), "true")
    for key in ("addresses", "routes", "nameservers"):
        file.move((*ETH0, key), (*bridge, key))
    assert file.text.endswith(
        "    eth1: {dhcp4: true, optional: yes}\n"
        "  bridges:\n"
        "    xenbr0:\n"
        "      interfaces: [bond0]\n"
        "      # its address\n"
        '      addresses: ["192.168.0.222/24"]  # main\n'
        "      routes:\n"
        "      - to: default   # out\n"
        "        via: 192.168.0.1\n"
        "      nameservers: {addresses: [192.168.0.1], search: [lan]}\n"
        "  # the end\n"
    )
    assert "    eth0:\n      optional: true\n      # dhcp4: true\n" in file.text


def test_last_entry_moved_away_leaves_an_empty_map() -> None:
    file = open_text("a:\n  b: 1  # one\nc:\n  d: 2\n")
    file.move(("a", "b"), ("c", "b"))
    assert file.text == "a: {}\nc:\n  d: 2\n  b: 1  # one\n"


def test_value_changes_in_place_beside_its_comment() -> None:
    file = open_text(TEXT)
    file.put((*ETH0, "routes", 0, "via"), "192.168.0.254")
    assert touched(TEXT, file.text) == (
        ["        via: 192.168.0.1\n"],
        ["        via: 192.168.0.254\n"],
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a: [x, y]\n", "a: [x, y, z]\n"),
        ("a:\n- x # one\n- y\n", "a:\n- x # one\n- y\n- z\n"),
        ("a:\n    - x\n      # more\n", "a:\n    - x\n      # more\n    - z\n"),
        ("a: []\n", "a: [z]\n"),
        ("a:\n", "a: [z]\n"),
        ("b: 1\n", "b: 1\na: [z]\n"),
        ("{b: 1}", "{b: 1, a: [z]}"),
    ],
)
def test_append(text: str, after: str) -> None:
    file = open_text(text)
    file.append(("a",), "z")
    assert file.text == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a: {x: 1, y: 2, z: 3}\n", "a: {x: 1, z: 3}\n"),
        ("a: {x: 1, y: 2}\n", "a: {x: 1}\n"),
        ("a: {y: 2}\n", "a: {}\n"),
        ("a:\n  x: 1\n  y:\n    - 2\n  z: 3\n", "a:\n  x: 1\n  z: 3\n"),
        ("a:\n  y: 2\n", "a: {}\n"),
    ],
)
def test_drop(text: str, after: str) -> None:
    file = open_text(text)
    file.drop(("a", "y"))
    assert file.text == after


def test_windows_line_breaks_and_a_missing_last_one_stay() -> None:
    file = open_text("a:\r\n  b: 1")
    file.put(("a", "c"), "2")
    assert file.text == "a:\r\n  b: 1\r\n  c: 2"


def test_macs_and_ipv6_addresses_are_written_in_quotes() -> None:
    """YAML 1.1 reads 00:14:22 as a number to the base of sixty."""
    file = open_text("a: {}\n")
    file.put(("a", "mac"), "00:14:22:36:11:22")
    assert file.text == 'a: {mac: "00:14:22:36:11:22"}\n'


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
        ("a: *x\n", 1, "alias of nothing"),
        ("a: [1\n", 2, "expected"),
        ("? [a]\n: b\n", 1, "key"),
        ("a: &x 1\nb: &x 2\n", 2, "anchor"),
    ],
)
def test_what_cant_be_edited_is_refused_with_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(XenbondError, match=rf"^{FILE}:{line}: .*{word}"):
        open_text(text)


SHARED = "a: &common\n  x: 1\nb: *common\nc: &free {x: 1}\n"


@pytest.mark.parametrize("path", [("a", "x"), ("a", "y"), ("b", "x"), ("a",)])
def test_what_an_alias_shares_is_not_touched(path: tuple[str, ...]) -> None:
    file = open_text(SHARED)
    with pytest.raises(XenbondError, match=r"\*common"):
        file.put(path, "2")
    assert file.text == SHARED


def test_what_nothing_shares_is_edited_although_it_has_an_anchor() -> None:
    file = open_text(SHARED)
    file.put(("c", "x"), "2")
    file.put(("b",), "3")
    assert file.text == "a: &common\n  x: 1\nb: 3\nc: &free {x: 2}\n"


def test_aliases_that_stand_for_billions_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    file = open_text("\n".join(lines) + "\n")
    with pytest.raises(XenbondError, match="too much"):
        file.put(("b",), "1")


# Generated files: any nesting, any style, comments and blank lines in between.

WORDS = st.sampled_from(["eth0", "eth1", "mtu", "via", "to", "dhcp4", "x-y", "routes", "é"])
SCALARS = st.sampled_from(
    ["1500", "true", '"00:50:da:7a:51:45"', "'it''s'", "192.168.0.1/24", "plain words", '"a # b"']
)
NOISE = st.sampled_from(["", "", "", "\n", "# note\n", "   # odd: [note\n", "#\n\n"])
BEHIND = st.sampled_from(["", "", "  # said: so", "   "])


@st.composite
def flow_value(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["text", "list", "map"] if depth else ["text"]))
    if kind == "text":
        return draw(SCALARS)
    if kind == "list":
        return "[" + ", ".join(draw(st.lists(flow_value(depth - 1), max_size=3))) + "]"
    names = draw(st.lists(WORDS, unique=True, max_size=3))
    body = draw(st.sampled_from([", ", " , ", ",\n          "]))
    return "{" + body.join(f"{name}: {draw(flow_value(depth - 1))}" for name in names) + "}"


@st.composite
def block_map(draw: st.DrawFn, indent: int = 0, depth: int = 3) -> str:
    pad = " " * indent
    text = ""
    for name in draw(st.lists(WORDS, unique=True, min_size=1, max_size=3)):
        text += draw(NOISE)
        kind = draw(st.sampled_from(["flow", "map", "list", "empty"] if depth else ["flow"]))
        behind = draw(BEHIND)
        if kind == "map":
            inner = draw(block_map(indent + draw(st.sampled_from([1, 2, 4])), depth - 1))
            text += f"{pad}{name}:{behind}\n{inner}"
        elif kind == "list":
            dash = " " * (indent + draw(st.sampled_from([0, 2])))
            items = draw(st.lists(flow_value(1), min_size=1, max_size=3))
            text += f"{pad}{name}:{behind}\n" + "".join(f"{dash}- {i}\n" for i in items)
        elif kind == "empty":
            text += f"{pad}{name}:{behind}\n"
        else:
            text += f"{pad}{name}: {draw(flow_value())}{behind}\n"
    return text


@st.composite
def documents(draw: st.DrawFn) -> str:
    text = draw(block_map()) + draw(NOISE)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text.rstrip("\r\n") if draw(st.booleans()) else text


def paths(value: Data, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = [above]
    if isinstance(value, dict):
        for key, item in value.items():
            found += paths(item, (*above, key))
    return found


@given(documents())
def test_reading_changes_nothing(text: str) -> None:
    assert open_text(text).text == text


@settings(max_examples=300)
@given(documents(), st.data())
def test_an_edit_changes_what_it_is_asked_to_and_no_other_line(
    text: str, draw: st.DataObject
) -> None:
    """Or it is refused, and nothing has changed at all."""
    file = open_text(text)
    before = file.data()
    assert isinstance(before, dict)
    path = draw.draw(st.sampled_from(paths(before)[1:]))
    maps = [item for item in paths(before) if isinstance(file.data(item), dict) and item]
    action = draw.draw(st.sampled_from(["add", "drop", "set"]))
    try:
        if action == "add":
            path = draw.draw(st.sampled_from([*maps, path]))
            file.put((*path, "new-key"), "new")
        elif action == "drop":
            file.drop(path)
        else:
            file.put(path, "new")
    except XenbondError:
        assert file.text == text
        return
    removed, added = touched(text, file.text)
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    kept = [line.strip() for line in file.text.splitlines() if line.strip().startswith("#")]
    if action == "add":
        assert comments == kept
        assert all("new" in line for line in added if line.strip(" \r\n") not in text)
        assert len(removed) <= 1
    if action == "set" and not isinstance(_at(before, path), (dict, list)):
        assert comments == kept
        assert len(added) == 1
        assert len(removed) == 1
    if "\n" in text:
        # Of one line alone nothing can be told.
        assert "\n" not in file.text or ("\r\n" in file.text) == ("\r\n" in text)
    assert open_text(file.text).data() == file.data()


def _at(value: Data, path: tuple[str | int, ...]) -> Data:
    for key in path:
        value = value[key]  # type: ignore[index, call-overload]
    return value


def test_ordinary_files_are_never_refused() -> None:
    """The refusals above are for odd styles: each entry of a plain file can be edited."""
    data = open_text(TEXT).data()
    assert data is not None
    for path in paths(data)[2:]:
        open_text(TEXT).drop(path)
        if not isinstance(_at(data, path), dict):
            file = open_text(TEXT.replace("   # out", ""))
            file.put(path, "new")
            assert file.data(path) == "new"


def test_a_megabyte_of_definitions_is_read_and_edited() -> None:
    """As many as other formats may have; how much work that is, test_linear counts."""
    text = text_of("yaml", (1 << 20) - 100)
    file = YamlText("f", text)
    file.put(("network", "vlans", "eth2.9000", "id"), "9")
    assert file.text == text.replace("eth2.9000: {id: 9000,", "eth2.9000: {id: 9,")
    assert len(file.data(("network", "vlans")) or ()) > 15_000
