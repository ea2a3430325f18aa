"""An active-slave change is on the screen after the kernel's own message, and the screen is right.

How long it takes is printed here, and held against a peer in `tests/bench/paint.py`.
"""

import re
import statistics

from tests.lab.bonds import make_bond
from tests.lab.evidence import note
from tests.lab.guest import Guest
from tests.lab.painting import PEER, measure, p95

PULLS = 6


def test_each_change_of_the_active_slave_is_painted(guest: Guest) -> None:
    """The cable of whichever slave is active is pulled, and plugged in again."""
    make_bond(guest, "active-backup")
    seen = measure(guest, PULLS)
    assert [pull.active for pull in seen.pulls] == ["eth1", "eth0"] * (PULLS // 2)
    for number, pull in enumerate(seen.pulls):
        for row in (
            rf"^ bond0  DEGRADED   1 of 2 slaves up\. If {pull.active} fails too",
            rf"^ {pull.active}   ACTIVE  up ",
            rf"^ {pull.nic}   backup  DOWN ",
        ):
            assert re.search(row, pull.out, re.M), f"no {row} in\n{pull.out}"
        for row in (
            # The third failure of one link in ten minutes is told, though the link is back.
            rf"^ bond0  HEALTHY   2 of 2 slaves up, {pull.active} active"
            if number < 4
            else r"^ bond0  DEGRADED   2 of 2 slaves up\. The link of eth\d failed 3 times",
            rf"^ {pull.active}   ACTIVE  up ",
            rf"^ {pull.nic}   backup  up ",
        ):
            assert re.search(row, pull.back, re.M), f"no {row} in\n{pull.back}"
    assert len(seen.ours) == PULLS, "painted, each of them"
    for name, times in (("active slave on screen", seen.ours), (PEER, seen.peer)):
        note(
            f"{name}: {len(times)} pulls, p50 {statistics.median(times) * 1000:.0f} ms, "
            f"p95 {p95(times) * 1000:.0f} ms after the kernel's message"
        )
