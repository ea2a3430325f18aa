"""The drill: what is refused, what probes tell, and that the bond is as it was however it ends."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from facts_builder import bond, bridge

from tests.screens import frozen
from xenbond_tui.apply.progress import read_progress
from xenbond_tui.demo import simulate
from xenbond_tui.demo.state import DemoBond, DemoBridge
from xenbond_tui.drill import restore
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How, Outage
from xenbond_tui.drill.outage import first_answer, outage
from xenbond_tui.drill.refusals import refusal, returns_to
from xenbond_tui.drill.report import kept, unseen
from xenbond_tui.drill.sight import Sight
from xenbond_tui.drill.start import begin, put_right
from xenbond_tui.effects import Probe
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.record import EventRecord
from xenbond_tui.health.verdict import judge
from xenbond_tui.machine import Machine

pytestmark = pytest.mark.thorough

SLAVES = (SlaveState("eth0", "up", 1000, "full", 0), SlaveState("eth1", "up", 1000, "full", 0))
GOOD = HealthState(replace(bond(), slaves=SLAVES), bridge())


# What is refused


def of(**changed: Any) -> HealthState:
    return replace(GOOD, bond=replace(GOOD.bond, **changed))


@pytest.mark.parametrize(
    ("state", "how", "said"),
    [
        (of(slaves=(SLAVES[0], replace(SLAVES[1], mii_status="down"))), How.PULL, "degraded"),
        (of(slaves=SLAVES[:1]), How.SWITCH, "degraded"),
        (of(miimon=0), How.PULL, "misconfigured"),
        (of(mii_status="down"), How.LINK_DOWN, "down"),
        (of(mode="balance-xor", active_slave=None), How.SWITCH, "no active slave to switch"),
        (of(updelay=120_000), How.PULL, "updelay is 120000 ms"),
    ],
)
def test_a_bond_that_is_not_redundant_is_not_drilled(
    state: HealthState, how: How, said: str
) -> None:
    why = refusal(state, judge(state), how)
    assert why is not None
    assert said in why
    assert why.endswith("Nothing was done.")


@pytest.mark.parametrize("how", [How.PULL, How.LINK_DOWN])
def test_modes_without_an_active_slave_may_lose_a_link(how: How) -> None:
    state = of(mode="balance-xor", active_slave=None)
    assert refusal(state, judge(state), how) is None


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "eth1"),
        ({"primary": "eth0"}, "eth0"),
        ({"primary": "eth0", "primary_reselect": "always"}, "eth0"),
        ({"primary": "eth0", "primary_reselect": "failure"}, "eth1"),
        ({"primary": "eth0", "primary_reselect": "better"}, "eth1"),
        ({"primary": "eth1"}, "eth1"),
        ({"mode": "802.3ad"}, None),
    ],
)
def test_where_the_active_slave_goes_once_eth0_is_back(
    options: dict[str, str], wanted: str | None
) -> None:
    assert returns_to(of(**options), "eth0", "eth1") == wanted


def test_better_means_faster() -> None:
    faster = (replace(SLAVES[0], speed=10000), SLAVES[1])
    state = of(primary="eth0", primary_reselect="better", slaves=faster)
    assert returns_to(state, "eth0", "eth1") == "eth0"


# What probes tell


def test_what_guests_missed_is_not_made_out_to_be_known() -> None:
    guests = replace(GOOD, bridge=bridge("xenbr0", ("bond0", "vif1.0", "vif2.0")))
    told = unseen(guests)
    assert "What the guests behind vif1.0, vif2.0 missed can't be seen from here." in told
    assert "Nothing announces them" in unseen(replace(guests, announced=False))
    assert "Nothing announces them" not in told + unseen(replace(guests, announced=True))
    assert unseen(GOOD) == unseen(replace(GOOD, bridge=None)) == ""
    lacp = replace(GOOD.bond, mode="802.3ad", active_slave=None)
    assert unseen(replace(guests, bond=lacp)) == "", "there each flow has its slave by a hash"


def probes(pattern: str, interval: float = 0.02) -> tuple[Probe, ...]:
    """`..xx.`: answered after 1 ms, or not."""
    return tuple(
        Probe(10 + n * interval, 10 + n * interval + 0.001 if char == "." else None)
        for n, char in enumerate(pattern)
    )


@pytest.mark.parametrize(
    ("pattern", "seen"),
    [
        ("......", Outage(6, 0, 0.0)),
        ("..xxx..", Outage(7, 3, 60.0, at_most=80.0)),
        (".x..xxxx.", Outage(9, 5, 80.0, at_most=100.0)),
        ("..xx", Outage(4, 2, 89_960.0, ended=False, at_most=89_980.0)),
        ("xx..", Outage(4, 2, 40.0, at_most=40.0)),
    ],
)
def test_the_longest_span_without_an_answer(pattern: str, seen: Outage) -> None:
    found = outage(probes(pattern), now=100.0)
    assert replace(found, ms=round(found.ms), at_most=round(found.at_most)) == seen


def test_probes_of_before_tell_only_when_there_was_an_answer_last() -> None:
    found = outage(probes("x..xx."), now=100.0, since=10.05)
    assert (found.sent, found.lost) == (3, 2)
    assert (round(found.ms), round(found.at_most)) == (40, 60)


def test_a_probe_that_may_still_be_answered_counts_neither_way() -> None:
    assert outage(probes("...x"), now=10.1) == Outage(3, 0, 0.0)


def test_the_first_answer_is_the_one_after_the_last_lost_probe() -> None:
    assert first_answer(probes(".x.xx.."), 10.0) == pytest.approx(10.101)
    assert first_answer(probes("..x"), 11.0) is None


def test_probes_under_way_are_not_lost_ones() -> None:
    """The newest are always under way: the first answer came long before them."""
    assert first_answer(probes(".x.xx..xx"), 10.0) == pytest.approx(10.101)


# On the demo's kernel, with the real background process


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    machine = frozen.running(tmp_path / "host")
    with frozen.kernel_of(machine).changing() as state:
        made = DemoBond("active-backup", miimon=100, slaves=["eth0", "eth1"])
        simulate.create_bond(state, "bond0", made)
        simulate.create_bridge(state, "xenbr0", DemoBridge(), "bond0")
        state.links["eth0"].addresses = []
        state.links["xenbr0"].addresses = ["192.168.0.222/24"]
        state.gateways = {"xenbr0": "192.168.0.1"}
    return machine


def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it never was so"
        time.sleep(0.02)


def over(machine: Machine) -> bool:
    return Drills(machine).lock.holder() is None


def is_as_before(machine: Machine) -> None:
    state = machine.kernel.bond("bond0")
    assert isinstance(state, BondState)
    assert state.active_slave == "eth0"
    assert [slave.mii_status for slave in state.slaves] == ["up", "up"]
    assert restore.read(machine) is None


@pytest.mark.parametrize("how", [How.SWITCH, How.LINK_DOWN])
def test_a_drill_passes_and_leaves_the_bond_as_it_was(host: Machine, how: How) -> None:
    id = begin(host, "bond0", how, None)
    until(lambda: over(host), 60)
    report = kept(host, id)
    assert report is not None
    text, document = report
    assert document["result"] == "passed", text
    assert document["target"] == "192.168.0.1"
    assert [item["slave"] for item in document["rounds"]] == ["eth0", "eth1"]  # type: ignore[attr-defined]
    assert "PASSED: Each of 2 slaves failed in turn" in text
    told = [event.code for event in EventRecord(host, "bond0").read()]
    assert told == ["drill-started", "drill-passed"]
    is_as_before(host)


def test_pulled_cables_are_noticed_by_their_carrier(host: Machine) -> None:
    kernel = frozen.kernel_of(host)
    id = begin(host, "bond0", How.PULL, None)
    path = Drills(host).path(id, "progress.jsonl")
    for name in ("eth0", "eth1"):
        until(lambda name=name: read_progress(path)[1] == f"Pull the cable of {name} now.")
        with kernel.changing() as state:
            simulate.set_cable(state, name, False)
        until(lambda name=name: read_progress(path)[1] == f"Put the cable of {name} back.")
        with kernel.changing() as state:
            simulate.set_cable(state, name, True)
    until(lambda: over(host))
    report = kept(host, id)
    assert report is not None
    assert report[1]["result"] == "passed", report[0]
    assert "carrier of eth0 lost" in report[0]


def test_pulling_another_cable_is_told(host: Machine) -> None:
    kernel = frozen.kernel_of(host)
    id = begin(host, "bond0", How.PULL, None)
    path = Drills(host).path(id, "progress.jsonl")
    ask = "Pull the cable of eth0 now."
    until(lambda: read_progress(path)[1] == ask)
    with kernel.changing() as state:
        simulate.set_cable(state, "eth1", False)
    wrong = "That is the cable of eth1. Put it back, then pull that of eth0."
    until(lambda: read_progress(path)[1] == wrong)
    with kernel.changing() as state:
        simulate.set_cable(state, "eth1", True)
    until(lambda: read_progress(path)[1] == ask)
    Drills(host).ask_to_stop(id)
    until(lambda: over(host))
    is_as_before(host)


def test_what_cannot_be_read_of_a_slave_is_no_pulled_cable(host: Machine) -> None:
    """All of a host's /sys gone for an instant made a drill fail that nobody had touched."""
    sight = Sight(host, "bond0", "eth0")
    net = Path(host.access.root, "sys/class/net")
    for gone in (net, net / "eth0", net / "bond0/bonding"):
        gone.rename(net.with_name("elsewhere"))
        sight.look()
        assert (sight.carrier, sight.active, sight.seen) == (True, "eth0", [])
        net.with_name("elsewhere").rename(gone)
    (net / "eth1").rename(net.with_name("elsewhere"))
    assert sight.has_carrier("eth1") is None


def test_a_link_that_is_set_down_has_no_carrier(host: Machine) -> None:
    sight = Sight(host, "bond0", "eth0")
    frozen.kernel_of(host).set_link("eth0", up=False)
    sight.look()
    assert sight.carrier is False
    assert next(what for what, _ in sight.seen) == "carrier of eth0 lost"


def test_nothing_answers_any_more_and_everything_is_put_back(host: Machine) -> None:
    """eth1's cable leads nowhere, which no carrier tells."""
    kernel = frozen.kernel_of(host)
    id = begin(host, "bond0", How.SWITCH, None)
    path = Drills(host).path(id, "progress.jsonl")
    until(lambda: "turn" in read_progress(path)[1])
    with kernel.changing() as state:
        address = state.links["xenbr0"].addresses
        state.links["xenbr0"].addresses = []
    until(lambda: over(host), 60)
    report = kept(host, id)
    assert report is not None
    assert report[1]["result"] != "passed"
    with kernel.changing() as state:
        state.links["xenbr0"].addresses = address
    is_as_before(host)


def test_somebody_stops_it(host: Machine) -> None:
    id = begin(host, "bond0", How.PULL, None)
    Drills(host).ask_to_stop(id)
    until(lambda: over(host))
    report = kept(host, id)
    assert report is not None
    assert report[1]["result"] == "stopped"
    is_as_before(host)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("victim", ["player", "guard", "both"])
def test_killed_while_a_slave_is_down(host: Machine, victim: str) -> None:
    begin(host, "bond0", How.LINK_DOWN, None)
    until(lambda: not frozen.kernel_of(host).file.load().links["eth0"].up)
    # The lock's file names the process that took it: the guard.
    guard = int((Path(host.access.root) / "var/lib/xenbond/drills/lock").read_text())
    (player,) = children(guard)
    killed = {"player": [player], "guard": [guard], "both": [guard, player]}[victim]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: over(host))
    if victim == "both":
        assert not frozen.kernel_of(host).file.load().links["eth0"].up, "nobody was left"
        assert put_right(host) == "eth0 up, active slave eth0"
    until(lambda: restore.read(host) is None)
    is_as_before(host)


def test_one_at_a_time(host: Machine) -> None:
    id = begin(host, "bond0", How.PULL, None)
    with pytest.raises(XenbondError, match="running already"):
        begin(host, "bond0", How.PULL, None)
    Drills(host).ask_to_stop(id)
    until(lambda: over(host))


def test_another_boot_has_nothing_of_it(host: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    Drills(host).new(0.0, "bond0", How.SWITCH, "192.168.0.1")
    monkeypatch.setattr(restore, "boot_id", lambda machine: "one")
    restore.note(host, "bond0", "eth1", ("eth0",))
    monkeypatch.setattr(restore, "boot_id", lambda machine: "two")
    assert put_right(host) == ""
    is_as_before(host)


@pytest.mark.parametrize("started", ["1" * 400, "-1", "NaN", "1e300", '"²"'])
def test_an_order_begun_at_no_time_is_no_drill(host: Machine, started: str) -> None:
    drills = Drills(host)
    id = drills.new(1_700_000_000.0, "bond0", How.SWITCH, "192.0.2.1")
    assert drills.order(id)[3] == 1_700_000_000.0
    order = '{"bond": "bond0", "how": "switch", "target": "192.0.2.1", "started": %s}'
    Path(drills.path(id, "order.json")).write_text(order % started)
    with pytest.raises(XenbondError, match=f"There is no drill {id}."):
        drills.order(id)


@pytest.mark.parametrize("text", ["", "[]", "7", "1" * 400, '{"at": 1e999}', "[" * 100_000, "\0\0"])
def test_notes_of_a_drill_that_are_none(host: Machine, text: str) -> None:
    drills = Drills(host)
    id = drills.new(1_700_000_000.0, "bond0", How.SWITCH, "192.0.2.1")
    for name in ("order.json", "progress.jsonl", "report.json", "report.txt"):
        Path(drills.path(id, name)).write_text(text)
    assert read_progress(drills.path(id, "progress.jsonl"))[1] == ""
    assert kept(host, id) is None
    with pytest.raises(XenbondError, match=f"There is no drill {id}."):
        drills.order(id)
