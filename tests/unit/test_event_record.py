"""Events kept from one run to the next."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import bond
from fakes import FakeHost

from xenbond_tui import compose
from xenbond_tui.cli import run
from xenbond_tui.effects import Completed
from xenbond_tui.health.event import Event
from xenbond_tui.health.failures import recent_failures
from xenbond_tui.health.merge import merged
from xenbond_tui.health.record import FULL, LARGEST, EventRecord, history

DOWN = Event(1000.0, "link-down", "eth0 link down (failure 1)", "eth0", 17.5)
ACTIVE = Event(1000.1, "active-slave", "active slave eth0 -> eth1, 100 ms after the link", "eth1")


@pytest.fixture
def record(tmp_path: Path) -> EventRecord:
    (tmp_path / "var/lib").mkdir(parents=True)
    return EventRecord(FakeHost(str(tmp_path)).machine, "bond0")


def test_what_is_kept_comes_back(record: EventRecord) -> None:
    record.append([DOWN])
    record.append([ACTIVE])
    assert record.read() == (DOWN, ACTIVE)


def test_nobody_else_may_read_it(record: EventRecord, tmp_path: Path) -> None:
    record.append([DOWN])
    for path in ("var/lib/xenbond", "var/lib/xenbond/events"):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var/lib/xenbond/events/bond0.jsonl").stat().st_mode & 0o777 == 0o600


def test_it_stays_small_and_keeps_the_newest(record: EventRecord, tmp_path: Path) -> None:
    for number in range(4000):
        record.append([Event(10.0 * number, "link-down", f"eth0 link down ({number})", "eth0")])
    size = sum(path.stat().st_size for path in (tmp_path / "var/lib/xenbond/events").iterdir())
    assert size < 2 * FULL + 4096
    kept = record.read()
    assert kept[-1].text == "eth0 link down (3999)"
    assert kept[0].wall < kept[-1].wall
    assert len(kept) > 1000


def test_of_a_storm_the_newest_are_told(record: EventRecord, tmp_path: Path) -> None:
    """Larger than what is read of it: nothing on record would be a lie, all of it takes minutes."""
    record.append([DOWN])
    path = tmp_path / "var/lib/xenbond/events/bond0.jsonl"
    line = path.read_text()
    path.write_text(line * (9 * LARGEST // len(line)))
    record.append([ACTIVE])
    kept = record.read()
    assert kept[-1] == ACTIVE
    # The line at which the reading begins is cut.
    assert 0 <= LARGEST // len(line) + 1 - len(kept) <= 2


def test_a_damaged_line_costs_only_itself(record: EventRecord, tmp_path: Path) -> None:
    record.append([DOWN])
    path = tmp_path / "var/lib/xenbond/events/bond0.jsonl"
    path.write_text(path.read_text() + '{"time": 10\n[]\n{"time": "x"}\n')
    record.append([ACTIVE])
    assert record.read() == (DOWN, ACTIVE)


def test_a_link_in_its_place_is_not_followed(record: EventRecord, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / "var/lib/xenbond/events").mkdir(parents=True)
    os.symlink(target, tmp_path / "var/lib/xenbond/events/bond0.jsonl")
    record.append([DOWN])
    assert target.read_text() == "kept"


def test_what_two_saw_is_told_once(record: EventRecord) -> None:
    from_the_kernel = Event(1000.9, "link-down", "eth0 link down", "eth0", 17.4)
    another = Event(1004.0, "link-down", "eth0 link down", "eth0", 21.5)
    assert merged([DOWN, ACTIVE], [from_the_kernel, another]) == (DOWN, ACTIVE, another)


def test_one_source_may_tell_the_same_twice_at_once() -> None:
    flap = Event(1000.4, "link-down", "eth0 link down (failure 2)", "eth0")
    assert merged([DOWN, flap]) == (DOWN, flap)


def test_the_lines_are_json(record: EventRecord, tmp_path: Path) -> None:
    record.append([DOWN])
    line = (tmp_path / "var/lib/xenbond/events/bond0.jsonl").read_text()
    assert json.loads(line) == {
        "time": 1000.0,
        "monotonic": 17.5,
        "boot": None,
        "code": "link-down",
        "slave": "eth0",
        "text": "eth0 link down (failure 1)",
        "by": str(os.getpid()),
    }


def test_what_two_screens_saw_is_told_once(record: EventRecord, tmp_path: Path) -> None:
    record.append([DOWN])
    path = tmp_path / "var/lib/xenbond/events/bond0.jsonl"
    other = json.loads(path.read_text()) | {"by": "another", "time": 1000.2, "monotonic": 17.7}
    path.write_text(path.read_text() + json.dumps(other) + "\n")
    assert record.read() == (DOWN,)


def test_the_boot_is_kept(record: EventRecord, tmp_path: Path) -> None:
    (tmp_path / "proc/sys/kernel/random").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/random/boot_id").write_text("a-boot\n")
    record.append([DOWN])
    assert record.read() == (replace(DOWN, boot="a-boot"),)


def test_failures_of_ten_minutes_are_counted() -> None:
    times = (0.0, 399.0, 401.0, 900.0, 999.0)
    events = [Event(at, "link-down", "", "eth1") for at in times]
    events.append(Event(950.0, "link-up", "", "eth1"))
    assert recent_failures(events, 1000.0) == {"eth1": 3}


@pytest.mark.parametrize("code", ["slave-added", "slave-re-enslaved"])
def test_a_slave_that_is_enslaved_anew_has_not_failed_yet(code: str) -> None:
    """As the bond's own count, which begins at 0 then."""
    events = [Event(at, "link-down", "", nic) for at in (1.0, 2.0, 3.0) for nic in ("eth0", "eth1")]
    events += [Event(4.0, code, "", "eth1"), Event(5.0, "link-down", "", "eth1")]
    assert recent_failures(events, 10.0) == {"eth0": 3, "eth1": 1}


LOG = """\
[   18.200000] bond0: (slave eth0): link status definitely down, disabling slave
[   90.000000] bond0: (slave eth0): link status definitely up, 1000 Mbps full duplex
"""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    """A host that runs bond0 and bond1, as `xenbond` finds it."""
    host = FakeHost(str(tmp_path))
    (tmp_path / "var/lib").mkdir(parents=True)
    for name in ("bond0", "bond1"):
        host.kernel.add_link(name, "bond")
    host.clock.monotonic_time, host.clock.wall_time = 100.0, 1082.5
    monkeypatch.setattr(compose, "chosen", lambda root: host.machine)
    run = host.runner.run

    def with_log(argv: Sequence[str], timeout: float = 60.0) -> Completed:
        return Completed(("dmesg",), 0, LOG, "") if argv[0] == "dmesg" else run(argv, timeout)

    monkeypatch.setattr(host.runner, "run", with_log)
    EventRecord(host.machine, "bond0").append([DOWN])
    return host


def test_events_are_those_kept_and_those_of_the_kernels_log_each_once(
    host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["events"]) == 0
    down, up = (time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) for at in (1000, 1072))
    assert capsys.readouterr().out.splitlines() == [
        "bond0",
        f"  {down}  eth0 link down (failure 1)",
        f"  {up}  eth0 link up",
        "bond1",
        "  Nothing on record.",
    ]
    assert run(["events", "--json", "bond0"]) == 0
    document = json.loads(capsys.readouterr().out)
    (told,) = document["bonds"]
    assert (document["version"], told["bond"]) == (1, "bond0")
    assert told["events"] == [
        {
            "time": time_,
            "monotonic": since_boot,
            "boot": None,
            "code": code,
            "slave": "eth0",
            "text": text,
        }
        for time_, since_boot, code, text in (
            (1000.0, 17.5, "link-down", "eth0 link down (failure 1)"),
            (1072.5, 90.0, "link-up", "eth0 link up"),
        )
    ]


@pytest.mark.parametrize(("downdelay", "told"), [(0, 2), (5000, 1)])
def test_what_the_bond_says_after_its_downdelay_is_the_same_event(
    downdelay: int, told: int, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = LOG.splitlines()[0].replace("18.2", "22.2")
    monkeypatch.setattr(
        host.runner, "run", lambda argv, timeout: Completed(("dmesg",), 0, late, "")
    )
    state = bond(updelay=0, downdelay=downdelay)
    monkeypatch.setattr(host.kernel, "bond", lambda name: state)
    assert [it.code for it in history(host.machine, "bond0")] == told * ["link-down"]


def test_events_of_a_bond_that_is_gone_are_told_and_of_one_that_never_was_are_none(
    host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    del host.kernel.links["bond0"]
    assert run(["events", "bond0"]) == 0
    assert "eth0 link down" in capsys.readouterr().out
    assert run(["events", "bond7"]) == 3
    assert run(["events", "../bond0"]) == 3


def test_who_may_not_read_the_record_is_told_so(
    host: FakeHost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("xenbond_tui.health.record.door.names", refused)
    assert run(["events"]) == 0
    told = capsys.readouterr().err
    assert told.endswith(
        "events: Permission denied; what is kept there is not told. Run it as root.\n"
    )
