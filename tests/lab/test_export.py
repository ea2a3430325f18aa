"""The script of `xenbond export` on a host that network-scripts configure, as its own program.

xenbond runs here only to make it, of a copy of /etc. Not confirmed, confirmed and undone, left by
its session, killed, and the power cut: the old network is back, or the new one was kept.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.evidence import Before, note
from tests.lab.exported import GUARD, NOTES, SCRIPT, applying, as_planned, export
from tests.lab.guest import Guest, make_disk

JOURNEY = True
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Guest]:
    disk = make_disk(tmp_path_factory.mktemp("export") / "disk")
    with Guest(stack="ifcfg", disk=disk) as booted:
        note(f"export: {booted.row.not_genuine}")
        yield booted
    Path(disk).unlink()


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    export(host)
    return Before.of(host)


def all_gone(host: Guest, before: Before) -> None:
    assert host.sh(GUARD) == ""
    before.is_back(host)


def test_every_diff_is_shown(host: Guest, before: Before) -> None:
    shown = host.run(*SCRIPT, "diff")
    assert shown.rc == 1
    assert "+BRIDGE=xenbr0" in shown.out
    all_gone(host, before)


def test_time_runs_out(host: Guest, before: Before) -> None:
    running = applying(host)
    as_planned(host)
    told = host.run(*SCRIPT, "status").ok()
    assert "eth0 is up, and carries the traffic" in told
    assert "A change waits" in told
    done = running.wait(timeout=180)
    assert done.rc == 2, done
    assert "5 to 30 seconds without network" in done.out
    assert "Nobody has kept the change within 30 seconds" in done.out
    all_gone(host, before)


def test_confirmed_and_undone(host: Guest, before: Before) -> None:
    running = applying(host)
    host.run(*SCRIPT, "confirm").ok()
    assert running.wait(timeout=60).rc == 0
    assert host.sh(GUARD) == ""
    as_planned(host)
    host.run(*SCRIPT, "undo", timeout=180).ok()
    all_gone(host, before)


def test_the_session_dies_and_time_runs_out(host: Guest, before: Before) -> None:
    running = host.start(*SCRIPT, "apply", "--confirm-within", "30")
    host.wait_until(f"test -f {NOTES}/state.writing", 60)
    running.signal(9)
    running.wait()
    host.wait_until(f"test -f {NOTES}/state.waiting", 180)
    host.wait_until(f"! test -f {NOTES}/id && ! test -d {NOTES}/lock", 180)
    all_gone(host, before)


def test_what_was_killed_is_undone_by_the_next_run(host: Guest, before: Before) -> None:
    running = applying(host)
    host.sh(f"read pid _ <{NOTES}/child; kill -9 $pid")
    running.wait(timeout=60)
    as_planned(host)
    assert "nobody watches" in host.run(*SCRIPT, "status").ok()
    host.run(*SCRIPT, "undo", timeout=180).ok()
    all_gone(host, before)


def test_the_power_is_cut_before_it_is_confirmed(host: Guest, before: Before) -> None:
    applying(host)
    host.reboot()
    all_gone(host, before)
    told = host.run(*SCRIPT, "status").ok()
    assert "Nobody has kept the change, and it was undone" in told


def test_confirmed_and_booted(host: Guest, before: Before) -> None:
    running = applying(host)
    host.run(*SCRIPT, "confirm").ok()
    assert running.wait(timeout=60).rc == 0
    host.reboot()
    as_planned(host)
    host.run(*SCRIPT, "undo", timeout=180).ok()
    all_gone(host, before)
