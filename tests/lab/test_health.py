"""What `xenbond watch` shows of a real bond when cables are pulled."""

import time
from collections.abc import Iterator

import pytest

from tests.lab.bonds import make_bond
from tests.lab.evidence import note
from tests.lab.guest import Guest


@pytest.fixture(scope="module")
def watching(guest: Guest) -> Iterator[Guest]:
    make_bond(guest, "active-backup")
    running = guest.on_console("xenbond", "watch")
    guest.console.wait_for(r"^ bond0  HEALTHY")
    yield guest
    guest.console.keys("q")
    assert running.wait(10).rc == 0


@pytest.mark.parametrize("nic", [0, 1])
def test_watch_changes_within_a_second(watching: Guest, nic: int) -> None:
    """From before the pull is ordered to the changed screen, the console's transport included."""
    console = watching.console
    watching.write("/sys/class/net/bond0/bonding/active_slave", f"eth{nic}")
    console.wait_for(rf"^ eth{nic}   ACTIVE  up")
    pulled = watching.pull(nic)
    console.wait_for(r"^ bond0  DEGRADED ", rf"^ eth{1 - nic}   ACTIVE  up")
    shown = time.monotonic() - pulled
    plugged = watching.plug(nic)
    console.wait_for(r"^ bond0  HEALTHY   2 of 2 slaves up")
    again = time.monotonic() - plugged
    note(f"watch: eth{nic} pulled, shown after {shown:.2f} s; plugged, after {again:.2f} s")
    assert shown < 1.0
