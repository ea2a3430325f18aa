"""The script of `xenbond export` on each stack: by its own restart there, kept, and back."""

import pytest

from tests.lab.evidence import network, note
from tests.lab.exported import GUARD, SCRIPT, applying, as_planned, export
from tests.lab.guest import Guest
from tests.lab.platforms import Platform
from tests.lab.stacks import LabStack

pytestmark = pytest.mark.long


def test_kept_and_undone_then_not_kept(row: LabStack, platform: Platform) -> None:
    with Guest(stack=row.name, platform=platform) as guest:
        before = network(guest)
        export(guest)
        running = applying(guest)
        guest.run(*SCRIPT, "confirm").ok()
        assert running.wait(timeout=60).rc == 0
        as_planned(guest)
        guest.run(*SCRIPT, "undo", timeout=180).ok()
        back(guest, before)
        done = applying(guest).wait(timeout=180)
        assert done.rc == 2, done
        assert "Nobody has kept the change within 30 seconds" in done.out
        back(guest, before)
        note(f"{row} on {platform}: exported, kept, undone, and not kept")


def back(guest: Guest, before: object) -> None:
    """A daemon may need a moment for the gateway's route."""
    guest.wait_until("ping -qc1 -W1 192.168.0.1 >/dev/null", 60)
    assert network(guest) == before
    assert guest.sh(GUARD) == ""
