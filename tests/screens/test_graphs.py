"""Graphs in characters: their heights, their shares of time, and that what stands still stays."""

import math

import pytest

from screens.bond_view import vlan_lines
from screens.graphs import COLUMNS, full_height, graph_lines, newest, round_trips
from screens.traffic import Traffic
from xenbond_tui.effects import Probe
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.link import Link
from xenbond_tui.health.around import worst
from xenbond_tui.health.model import Gateway, HealthState
from xenbond_tui.health.watch import Rate

SLAVES = tuple(SlaveState(name, "up", 1000, "full", 0) for name in ("eth0", "eth1"))
STATE = HealthState(
    BondState("bond0", None, "active-backup", "up", 100, active_slave="eth0", slaves=SLAVES),
    gateway=Gateway("192.168.0.1", 600, 0, 0, 0.3, 600.0),
)


@pytest.mark.parametrize(
    ("top", "full"), [(0, 1), (0.4, 1), (1, 1), (1.1, 2), (20, 20), (21, 50), (94.2, 100)]
)
def test_the_full_height_is_a_round_number_that_seldom_changes(top: float, full: float) -> None:
    assert full_height(top) == full


def test_a_share_has_the_most_that_was_seen_in_it_and_old_ones_go() -> None:
    traffic = Traffic()
    for when, rx in ((9.0, 3.0), (11.0, 1.0), (19.9, 7.0), (12.0, 2.0)):
        traffic.add(when, {"eth0": Rate(rx, 0.0)})
    assert traffic.shares("eth0", "rx") == {0: 3.0, 1: 7.0}
    assert newest(traffic.shares("eth0", "rx"), 25.0)[-3:] == (3.0, 7.0, 0.0)
    traffic.add(615.0, {"eth0": Rate(4.0, 0.0)})
    assert set(traffic.shares("eth0", "rx")) == {61}


def test_nothing_is_kept_longer_where_nobody_looked_for_a_while() -> None:
    """A share that nobody saw took no old one out, and a day of those was 50,000 figures."""
    traffic = Traffic()
    for look in range(20_000):
        traffic.add(7.0 * look if look % 100 < 60 else 700.0 * (look // 100), {"eth0": Rate(1, 2)})
    for way in ("rx", "tx"):
        assert len(traffic.shares("eth0", way)) <= 61


@pytest.mark.parametrize(
    ("ascii_only", "drawn"), [(True, ".::|x"), (False, "\u2581\u2584\u2585\u2588x")]
)
def test_round_trips_have_steps_and_a_lost_probe_its_letter(ascii_only: bool, drawn: str) -> None:
    assert round_trips((0.3, 7.0, 12.0, 250.0, math.inf), ascii_only) == drawn


def test_probes_are_told_by_the_worst_of_each_share() -> None:
    probes = [Probe(1.0, 1.25), Probe(2.0, 2.5), Probe(11.0, None), Probe(12.0, 12.1)]
    assert worst(probes) == {0: 500.0, 1: math.inf}


def test_what_stands_still_is_the_same_text_an_hour_long() -> None:
    traffic = Traffic()
    titles, texts = [], set()
    for second in range(3600):
        traffic.add(float(second), {"eth0": Rate(0.01 + second % 7 / 1000, 0.0)})
        title, *rest = graph_lines(STATE, traffic, float(second), True)
        texts.add(tuple(rest))
        titles += [title] if title not in titles else []
    (lines,) = texts
    assert len(titles) == 2
    assert titles[0] == f"{titles[1]}; seen since this screen was opened"
    assert max(map(len, titles)) <= 98
    assert lines[0].split() == ["eth0", "rx", "." * COLUMNS, "up", "to", "1", "Mb/s"]
    assert lines[-1].startswith("gateway  rtt  " + "." * COLUMNS)
    assert max(map(len, lines)) <= 98
    assert all(line.isascii() for line in lines)


def test_what_was_not_seen_is_told_until_ten_minutes_were() -> None:
    traffic = Traffic()
    traffic.add(5.0, {"eth0": Rate(0.0, 0.0)})
    told = [
        "since this screen was opened" in graph_lines(STATE, traffic, now, True)[0]
        for now in (5.0, 589.0, 590.0)
    ]
    assert told == [True, True, False]


def test_traffic_that_comes_is_seen_at_the_right() -> None:
    traffic = Traffic()
    traffic.add(1000.0, {"eth1": Rate(40.0, 2.0)})
    lines = graph_lines(STATE, traffic, 1005.0, True)
    assert lines[3] == "eth1     rx   " + "." * (COLUMNS - 1) + "|  up to 50 Mb/s"


def test_vlans_are_told_with_their_numbers() -> None:
    vlans = [
        Link(name, 9, "vlan", "", "", "current", True, True, 1500, vlan_id=number)
        for name, number in (("bond0.10", 10), ("xenbr0.20", 20))
    ]
    found = HealthState(STATE.bond, beside=tuple(vlans))
    assert vlan_lines(found, 98) == ["VLANs    bond0.10 (VLAN 10), xenbr0.20 (VLAN 20)"]
    assert vlan_lines(STATE, 98) == []
