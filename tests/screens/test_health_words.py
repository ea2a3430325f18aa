"""What the health screen makes of values: gateway, bridge, slaves, events. No screen is needed."""

from dataclasses import replace

import pytest

from screens.bond_view import bridge_lines, settings_line, slave_lines
from screens.durations import of_past
from screens.gateway_line import GatewayLine
from screens.past import Since, event_lines
from screens.traffic import Traffic
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.facts.link import Address, SwitchPort
from xenbond_tui.health.event import Event, When
from xenbond_tui.health.model import Gateway, HealthState
from xenbond_tui.health.verdict import judge
from xenbond_tui.health.watch import Snapshot

NOW = 1795356151.25
"""2026-11-22 14:02:31.250 UTC."""


def gateway(sent: int = 600, lost: int = 0, silent: int = 0, rtt: float | None = 0.31) -> Gateway:
    return Gateway("192.168.0.1", sent, lost, silent, rtt, float(sent))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (gateway(), "0.3 ms, none lost in 10 min"),
        (gateway(sent=20), "0.3 ms, none lost so far"),
        (gateway(sent=61, lost=2), "0.3 ms, 2 lost in 1 min"),
        (gateway(lost=1, silent=1), "0.3 ms, none lost in 10 min"),
        (gateway(lost=3, silent=3), "DOES NOT ANSWER any more"),
        (gateway(lost=600, silent=600, rtt=None), "does not answer to ping"),
        (gateway(rtt=23.4), "23 ms, none lost in 10 min"),
    ],
)
def test_the_gateways_line(asked: Gateway, said: str) -> None:
    assert GatewayLine().text(asked, 60) == f"gateway  192.168.0.1  {said}"


def test_miimons_limit_is_told_where_there_is_room() -> None:
    assert GatewayLine().text(gateway(), 78).endswith("(miimon sees links only)")


def test_nobody_asked_is_no_line() -> None:
    assert GatewayLine().text(None, 78) == ""
    assert GatewayLine().text(gateway(sent=0), 78) == ""


def test_about_the_same_round_trip_is_the_same_text() -> None:
    line = GatewayLine()
    first = line.text(gateway(rtt=0.31), 78)
    assert {line.text(gateway(rtt=rtt), 78) for rtt in (0.25, 0.36, 0.29, 0.44)} == {first}
    assert line.text(gateway(rtt=2.0), 78) != first


def state(guests: int = 2) -> HealthState:
    slaves = (SlaveState("eth0", "down", None, None, 2), SlaveState("eth1", "up", 1000, "full", 0))
    bond = BondState("bond0", None, "active-backup", "up", 100, active_slave="eth1", slaves=slaves)
    ports = [BridgePort("bond0", "forwarding")]
    ports += [BridgePort(f"vif{number}.0", "forwarding") for number in range(1, guests + 1)]
    bridge = BridgeState("xenbr0", "", False, 0.0, tuple(ports), (Address("192.168.0.222", 24),))
    names = {f"vif{number}.0": f"guest{number}" for number in range(1, guests + 1)}
    switches = {"eth0": SwitchPort("aa", "Gi1/0/12", "sw1")}
    return HealthState(bond, bridge, guests=names, switch_ports=switches)


def test_the_bridge_tells_its_guests_by_name() -> None:
    (line,) = bridge_lines(state(), 78)
    assert line == "xenbr0   192.168.0.222/24   bond0, vif1.0 guest1, vif2.0 guest2"


def test_a_host_full_of_guests_takes_three_lines() -> None:
    lines = bridge_lines(state(guests=50), 78)
    assert len(lines) == 3
    assert lines[-1].endswith(" more")
    assert max(map(len, lines)) <= 78


@pytest.mark.parametrize(
    ("width", "has", "has_not"),
    [(58, "TX Mb/s", "LAST"), (78, "LAST MINUTE", "SWITCH"), (98, "SWITCH PORT", "nothing")],
)
def test_the_table_of_slaves_fits(width: int, has: str, has_not: str) -> None:
    look = Snapshot(When(NOW, 5.0), state())
    lines = slave_lines(state(), look, Traffic(), width, True)
    assert has in lines[0]
    assert has_not not in lines[0]
    assert max(map(len, lines)) <= width
    # The bond's order, whichever is active: the keys that pull cables count by it.
    assert lines[1].startswith("eth0   backup")
    assert lines[2].startswith("eth1   ACTIVE")
    if width >= 98:
        assert "sw1 Gi1/0/12" in lines[1]


def test_a_slave_that_is_down_names_its_switch_port() -> None:
    advice = [reason.advice for reason in judge(state()).reasons if reason.slave == "eth0"]
    assert advice == ["Check its cable, the NIC and switch sw1 Gi1/0/12."]


def test_times_tell_ms_where_measured_and_the_date_where_old() -> None:
    assert of_past(NOW, NOW) == "14:02:31"
    assert of_past(NOW, NOW, measured=True) == "14:02:31.250"
    assert of_past(NOW - 86400, NOW, measured=True) == "11-21 14:02:31"


def test_events_newest_first_and_wrapped() -> None:
    events = [
        Event(NOW - 86400, "drill-passed", "drill passed"),
        Event(NOW, "link-down", "eth0 link down", "eth0", 5.0),
        Event(NOW, "verdict-degraded", "degraded: " + "word " * 12, None, 5.0),
    ]
    lines = event_lines(events, NOW, 60)
    assert lines[0].startswith("14:02:31.250    degraded: word")
    assert lines[1].startswith(" " * 16 + "word")
    assert lines[-2:] == ["14:02:31.250    eth0 link down", "11-21 14:02:31  drill passed"]


def test_since_when_is_read_from_what_was_kept_of_earlier_runs() -> None:
    events = (
        Event(NOW - 90, "link-down", "eth0 link down", "eth0"),
        Event(NOW - 89, "active-slave", "active slave eth0 -> eth1", "eth1"),
    )
    since, seen = Since(), state()
    since.look(events, Snapshot(When(NOW, 5.0), seen), judge(seen))
    assert since.active == "14:01:02"
    assert since.reasons["slave-down", "eth0"] == "14:01:01"
    none = replace(seen, bond=replace(seen.bond, active_slave=None))
    since.look(events, Snapshot(When(NOW + 1, 6.0), none), judge(none))
    assert since.active == "14:02:32"


@pytest.mark.parametrize(
    ("since", "apart"), [("14:02:31", 4), ("14:02:31.204", 4), ("11-21 14:02:31", 3)]
)
def test_the_settings_keep_to_one_line_of_80_columns(since: str, apart: int) -> None:
    bond = BondState("bond0", "v6.1", "active-backup", "up", active_slave="eth1", miimon=100)
    line = settings_line(bond, since, 78)
    parts = ("active-backup", f"active eth1 since {since}", "miimon 100 ms", "no primary")
    assert line == (" " * apart).join(parts)
    assert len(line) <= 78
