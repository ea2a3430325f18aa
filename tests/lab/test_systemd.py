"""One journey with systemd as PID 1: the worker is a unit of its own and outlives the login."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.lab.bonds import make_bond, until_up
from tests.lab.evidence import ANSWERS, Before, keep, network, note, until_status
from tests.lab.guest import Guest
from tests.lab.test_drill import DRILLS, GUARD, MOMENTS, PLAYER, assert_as_it_was, kill


@pytest.fixture(scope="module")
def guest() -> Iterator[Guest]:
    with Guest("systemd") as booted:
        note(f"guest with systemd booted in {booted.boot_seconds:.1f} s")
        yield booted


def test_the_change_runs_as_a_unit(guest: Guest) -> None:
    """The login that starts it is a scope of systemd's; killed whole, as logind may do."""
    guest.write("/root/answers.yaml", ANSWERS)
    before = Before.of(guest)
    began = time.monotonic()
    login = guest.start(
        *("systemd-run", "--scope", "--unit=login", "--quiet"),
        *("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"),
    )
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24", 180)
    units = guest.sh("systemctl list-units --no-legend --plain 'xenbond*'")
    print(units)
    assert ".service" in units
    guest.sh("systemctl kill --signal=KILL login.scope")
    assert login.wait().rc != 0
    guest.wait_until("xenbond confirm >/dev/null 2>&1", timeout=180)
    note(f"systemd: up and confirmed after {time.monotonic() - began:.1f} s")
    until_status(guest, "healthy")
    assert network(guest).macs["xenbr0"] == before.network.macs["eth0"], "udev gave it another"

    keep(guest, guest.start("xenbond", "undo", "--yes"))
    before.is_back(guest)
    assert guest.sh("systemctl list-units --no-legend --failed") == ""


def test_a_drill_that_is_killed_with_all_that_guards_it(guest: Guest) -> None:
    """Who follows it is killed too: systemd itself puts back what it left."""
    make_bond(guest, "active-backup")
    running = guest.start("xenbond", "drill", "bond0", "--how", "link-down", "--yes")
    guest.wait_until(MOMENTS["eth0 is down"], timeout=180, every=0.05)
    running.signal(signal.SIGKILL)
    kill(guest, GUARD, PLAYER)
    waited = guest.wait_until(f"! [ -e {DRILLS}/restore.json ]")
    note(f"systemd: put back what a killed drill left after {waited:.1f} s")
    until_up(guest, 2)
    assert_as_it_was(guest)
    guest.sh(f"grep -q STOPPED {DRILLS}/2*/report.txt")
    assert running.wait().rc != 0
    guest.sh("systemctl reset-failed")
