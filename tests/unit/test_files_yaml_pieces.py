"""A file read entry by entry says what it says as a whole, in every place of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xenbond_tui.errors import XenbondError
from xenbond_tui.files import yaml_reader
from xenbond_tui.files.yaml_nodes import Node, Piece
from xenbond_tui.files.yaml_text import YamlText

LINES = (
    *("network:", "  version: 2", "  ethernets:", "    eth0:", "      dhcp4: true", "    eth1: {}"),
    *("  bonds: {bond0: {interfaces: [eth0]}}", "  - a", "- b", "  # c", "#", "", "   ", "---"),
    *('a: "b', '  c"', "a: [b,", "c]", "a: |", "  text", "a: >-", "    more", "b: &x 1", "c: *x"),
    *("? a", ": b", "  d:   # e", "    f", "g: 'it''s'", "...", "%YAML 1.2", "  h: !!str 1", "i:"),
    *("      <<: *x", '"j": 1', "k:\tl", "\tm: 1", "n: # o", "p: q # r", "  s: t: u", "-v: w"),
)


def alike(node: Node | None) -> object:
    """Everything a node says and where, the entries made."""
    if node is None:
        return None
    pairs = tuple((alike(key), alike(value)) for key, value in node.entries)
    place = (node.kind, node.start, node.end, node.line, node.column, node.flow, node.plain)
    return (place, node.value, node.anchor, pairs, tuple(map(alike, node.items)))


def read(text: str, pieces: yaml_reader.Pieces) -> object:
    try:
        file = YamlText("f", text, pieces)
    except XenbondError as error:
        return str(error)
    return (alike(file.top), file.data())


@given(st.lists(st.sampled_from(LINES), max_size=14), st.sampled_from(["\n", "\r\n"]))
def test_in_pieces_and_as_a_whole_it_is_the_same(lines: list[str], end: str) -> None:
    text, pieces = end.join(lines), yaml_reader.Pieces()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(yaml_reader, "_FEW", -1)
        with monkeypatch.context() as alone:
            alone.setattr(yaml_reader, "_put_together", lambda *given: None)
            whole = read(text, pieces)
        monkeypatch.setattr(yaml_reader, "_FEW", 99)
        assert read(text, pieces) == whole, "of what was learnt when it was read as a whole"
        assert read(text, yaml_reader.Pieces()) == whole, "each entry read alone"


def test_definitions_are_read_once_and_an_edit_reads_its_own_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vlans = "".join(f"    eth0.{n}: {{id: {n}, link: eth0}}\n" for n in range(1, 50))
    read: list[str] = []
    alone = yaml_reader._alone

    def noted(text: str, column: int) -> Piece | None:
        read.append(text)
        return alone(text, column)

    monkeypatch.setattr(yaml_reader, "_alone", noted)
    file = YamlText("f", f"network:\n  vlans:\n{vlans}")
    assert not read, "many definitions are read at once"
    file.put(("network", "vlans", "eth0.7", "mtu"), "1400")
    assert read == ["    eth0.7: {id: 7, link: eth0, mtu: 1400}\n"]
