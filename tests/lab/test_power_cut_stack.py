"""The power is cut at three moments of a change, on each stack; then the old network runs again.

The files alone don't tell: netplan makes the daemons' files of its own before the boot guard runs.
"""

from pathlib import Path

import pytest

from tests.lab.cutting import BOTH, GUARD, OLD, Tree, states, until_cut, who_answers
from tests.lab.evidence import network, note, without_times
from tests.lab.guest import Guest, make_disk
from tests.lab.platforms import Platform
from tests.lab.stacks import LabStack

MOMENTS = (("written", 0.0), ("waiting", 2.0), ("going-back", 0.5))
pytestmark = pytest.mark.long


def test_the_old_network_runs_after_each_cut(
    row: LabStack, platform: Platform, tmp_path: Path
) -> None:
    disk = make_disk(tmp_path / "disk")
    guest = Guest(stack=row.name, disk=disk, platform=platform)
    try:
        guest.write("/root/answers.yaml", BOTH)
        guest.sh("sync /root /root/answers.yaml")
        before, files = network(guest), Tree.of(guest).etc
        for name, seconds in MOMENTS:
            at, _ = until_cut(guest, name, seconds)
            guest.stop()
            guest = Guest(stack=row.name, disk=disk, platform=platform)
            note(f"{row} on {platform}: power cut {at}; {' '.join(states(guest))}")
            assert states(guest)[-1] == "rolled-back", at
            assert network(guest) == before, at
            assert who_answers(guest) == (OLD,), at
            was, now = files, Tree.of(guest).etc
            for path in guest.row.rewrites:
                was, now = without_times(was, path), without_times(now, path)
            assert now == was, at
            assert guest.sh(GUARD) == "", at
    finally:
        guest.stop()
