"""A file read entry by entry says what it says as a whole, in every place of it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from tests.sized_texts import text_of
from xenbond_tui import yaml_events
from xenbond_tui.errors import XenbondError
from xenbond_tui.files import yaml_reader
from xenbond_tui.files.yaml_nodes import Node, Piece
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.yaml_events import ByRuamel
from xenbond_tui.yaml_lines import Event

LINES = (
    *("network:", "  version: 2", "  ethernets:", "    eth0:", "      dhcp4: true", "    eth1: {}"),
    *("  bonds: {bond0: {interfaces: [eth0]}}", "  - a", "- b", "  # c", "#", "", "   ", "---"),
    *('a: "b', '  c"', "a: [b,", "c]", "a: |", "  text", "a: >-", "    more", "b: &x 1", "c: *x"),
    *("? a", ": b", "  d:   # e", "    f", "g: 'it''s'", "...", "%YAML 1.2", "  h: !!str 1", "i:"),
    *("      <<: *x", '"j": 1', "k:\tl", "\tm: 1", "n: # o", "p: q # r", "  s: t: u", "-v: w"),
    *("w: {a: 1, a: 2}", "  x: [{a: 1, a: 2}]", "  ?y: 1", "  z: {? a}", "A: {b: *x}", "  B: &y"),
    *("C:#D", "  E:\t", "\t# F", "# G\x7f", "---\t", "# H\tI"),
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
    as_a_whole(end.join(lines))


def as_a_whole(text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(yaml_reader, "_put_together", lambda *given: None)
        whole = read(text, yaml_reader.Pieces())
    assert read(text, yaml_reader.Pieces()) == whole


@pytest.mark.parametrize("text", ["  a: 1\n---\n  b: 2\n", "? a\nb: c\n", "? a\n: d\nb: c"])
def test_so_are_a_second_document_and_an_explicit_key(text: str) -> None:
    as_a_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a:#\n  b: 1\n", "a:\t\n  b: 1\n", "a:\n\t# c\n  b: 1\n", "\t# c\na: 1\n"),
        *("---\t\na: 1\n", "# \x7f\na: 1\n", "a: # \x01\n  b: 1\n", "a:\n  # \x9b\n  b: 1\n"),
    ],
)
def test_what_stands_in_front_of_entries_is_read_too(text: str) -> None:
    as_a_whole(text)
    with pytest.raises(XenbondError, match="nothing was changed"):
        YamlText("f", text)


VLANS = "network:\n  vlans:\n" + "".join(
    f"    eth0.{number}: {{id: {number}, link: eth0}}\n" for number in range(1, 50)
)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Entries as they are read alone."""
    texts: list[str] = []
    read = yaml_reader._alone

    def noted(text: str, column: int, ruamel: ByRuamel) -> Piece | None:
        texts.append(text)
        return read(text, column, ruamel)

    monkeypatch.setattr(yaml_reader, "_alone", noted)
    return texts


def test_definitions_are_read_once_and_an_edit_reads_its_own_again(alone: list[str]) -> None:
    file = YamlText("f", VLANS)
    assert len(alone) == 49
    alone.clear()
    file.put(("network", "vlans", "eth0.7", "mtu"), "1400")
    assert alone == ["    eth0.7: {id: 7, link: eth0, mtu: 1400}\n"]


ODD = "    odd{}: {{id: 1, link: eth0,\n      addresses: [192.0.2.1/24]}}\n"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{id: 1, id: 2}", "id is there twice, first in line 52"),
        ("\n      id: 1\n      id: 2", "id is there twice, first in line 53"),
        ("[{id: 1, id: 2}]", "id is there twice, first in line 52"),
        ("\n      ?id: 1", "a key must be a word"),
        ("{? [id] : 1}", "a key must be a word"),
        ("{id: *a}", r"\*a is an alias of nothing"),
    ],
)
def test_what_is_refused_in_a_whole_file_is_in_an_entry_of_many(entry: str, problem: str) -> None:
    """Before anybody asks where it stands."""
    with pytest.raises(XenbondError, match=rf"^f:5[234]: .*: {problem}; nothing was changed"):
        YamlText("f", f"{VLANS}    odd: {entry}\n    last: {{id: 1}}\n")


def test_an_anchor_counts_for_all_the_file() -> None:
    with pytest.raises(XenbondError, match=r"^f:2: .* the anchor &x is there twice;"):
        YamlText("f", "a: &x 1\nb: &x 2\n")


def test_ruamel_reads_what_is_not_plain_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    read = yaml_events._by_ruamel

    def noted(text: str, odd: int, allowed: ByRuamel) -> Iterator[Event]:
        texts.append(text)
        return read(text, odd, allowed)

    monkeypatch.setattr(yaml_events, "_by_ruamel", noted)
    YamlText("f", VLANS + ODD.format(1))
    assert {*texts} == {ODD.format(1)}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_long_file_with_some_odd_entries_is_read_and_edited(end: str) -> None:
    odd = "".join(map(ODD.format, range(400)))
    text = (text_of("yaml blocks", 900_000) + odd).replace("\n", end)
    file = YamlText("f", text)
    file.put(("network", "vlans", "odd399", "id"), "9")
    before, line, after = text.rpartition("odd399: {id: 1,")
    assert file.text == before + line.replace("1", "9") + after


def test_one_with_too_many_is_refused_by_the_line_of_the_first() -> None:
    text = text_of("yaml blocks", 300_000)
    line = text.count("\n") + 1
    with pytest.raises(XenbondError, match=rf"^f:{line}: .*longer than 256 KiB.* divide the file;"):
        YamlText("f", text + "".join(map(ODD.format, range(3_000))))


def test_a_shorter_one_is_read_as_a_whole(alone: list[str]) -> None:
    """Not one entry after the other, which takes longer, but as few as show that it has many."""
    text = "network:\n  vlans:\n" + "".join(map(ODD.format, range(2_000)))
    assert len(YamlText("f", text).data(("network", "vlans")) or ()) == 2_000
    assert len(alone) < 700


class Emptied(dict[str, object]):
    """Another look makes room as soon as this one has asked."""

    def __contains__(self, key: object) -> bool:
        there = super().__contains__(key)
        self.clear()
        return there

    def get(self, key: str, otherwise: object = None) -> object:
        found = super().get(key, otherwise)
        self.clear()
        return found


def test_room_that_another_look_makes_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of("yaml blocks", 1_000)
    pieces = yaml_reader.Pieces()
    for name in ("_read", "whole"):
        monkeypatch.setattr(pieces, name, Emptied())
    first = read(text, pieces)
    assert read(text, pieces) == first == read(text, yaml_reader.Pieces())
    assert read(f"{text}# more\n", pieces) == read(f"{text}# more\n", yaml_reader.Pieces())
