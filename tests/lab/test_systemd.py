"""One journey with systemd as PID 1: the worker is a unit of its own and outlives the login."""

import time
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before, keep, network, note, until_status
from tests.lab.guest import Guest


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
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24", 60)
    units = guest.sh("systemctl list-units --no-legend --plain 'xenbond*'")
    print(units)
    assert ".service" in units
    guest.sh("systemctl kill --signal=KILL login.scope")
    assert login.wait().rc != 0
    guest.wait_until("xenbond confirm >/dev/null 2>&1", timeout=60)
    note(f"systemd: up and confirmed after {time.monotonic() - began:.1f} s")
    until_status(guest, "healthy")
    assert network(guest).macs["xenbr0"] == before.network.macs["eth0"], "udev gave it another"

    keep(guest, guest.start("xenbond", "undo", "--yes"))
    before.is_back(guest)
    assert guest.sh("systemctl list-units --no-legend --failed") == ""
