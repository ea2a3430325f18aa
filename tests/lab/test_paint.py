"""How long after the kernel's own message an active-slave change is on the screen."""

import json
import statistics

import pyte

from tests.lab.bonds import make_bond
from tests.lab.evidence import note
from tests.lab.guest import Guest

PULLS = 20


def test_an_active_slave_change_is_painted_soon_after_the_kernels_message(guest: Guest) -> None:
    """From the netlink message to the bytes that complete the changed row on the terminal."""
    make_bond(guest, "active-backup")
    inside = ("/opt/xenbond/bin/python", "-I", "/lab/inside/painted.py")
    watch = ("xenbond", "watch")
    seen = json.loads(guest.run(*inside, "bond0", str(PULLS), *watch, timeout=200).ok())
    names = {index: name for name, index in seen["links"].items()}
    took = [
        painted - at
        for at, slave in changes(seen["events"], seen["began"])
        if (painted := shown(seen["painted"], at, names[slave])) is not None
    ]
    assert len(took) == PULLS, f"{len(took)} of {PULLS} changes were seen on the screen"
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    print("each, ms:", *sorted(round(one * 1000) for one in took))
    note(
        f"active slave on screen: {len(took)} pulls, p50 {p50 * 1000:.0f} ms, "
        f"p95 {p95 * 1000:.0f} ms, most {max(took) * 1000:.0f} ms after the kernel's message"
    )
    assert p95 < 1.0


def changes(events: list[tuple[float, int]], before: int) -> list[tuple[float, int]]:
    """The messages with another active slave than there was before them."""
    found = []
    for at, slave in events:
        if slave and slave != before:
            found.append((at, slave))
        before = slave or before
    return found


def shown(painted: list[tuple[float, str]], since: float, slave: str) -> float | None:
    """When the row of that slave said ACTIVE on the screen, from `since` on."""
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    for at, data in painted:
        stream.feed(bytes.fromhex(data))
        rows = [line.split()[:2] for line in screen.display]
        if at >= since and [slave, "ACTIVE"] in rows:
            return at
    return None
