"""An active-slave change on the screen of `xenbond watch`: measured from the kernel's own message.

`inside/painted.py` writes down what came when; here it is made sense of.
"""

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyte

from tests.lab.guest import Guest

PEER = "ip -d monitor link"
"""What is held beside it: prints the same message as it comes, and does nothing else."""
_INSIDE = ("/opt/xenbond/bin/python", "-I", "/lab/inside/painted.py")
_EARLY = 0.5
"""Seconds: who reads the message before we do has printed it before `at`."""

Written = Sequence[tuple[float, str]]
"""(seconds, hexadecimal bytes), in order."""


@dataclass(frozen=True, slots=True)
class Pull:
    """One pulled cable."""

    nic: str
    """Whose it was: the active slave's."""
    active: str
    """The active slave after it, by the kernel's message."""
    out: str
    """The screen a while after."""
    back: str
    """The screen a while after the cable was plugged in again."""


@dataclass(frozen=True, slots=True)
class Painting:
    """What was seen; times are seconds from the kernel's message to the painted bytes."""

    pulls: tuple[Pull, ...]
    ours: tuple[float, ...]
    """Until the row of the new active slave says so; of those that were painted at all."""
    peer: tuple[float, ...]


def measure(guest: Guest, pulls: int) -> Painting:
    """Pull the active slave's cable so many times while `xenbond watch bond0` is on a terminal."""
    argv = (*_INSIDE, "bond0", str(pulls), "xenbond", "watch", "bond0")
    seen = json.loads(guest.run(*argv, timeout=180 + 30 * pulls).ok())
    names = {index: name for name, index in seen["links"].items()}
    changed = [(at, names[slave]) for at, slave in _changes(seen["events"], seen["began"])]
    slaves = [names[seen["began"]], *(slave for _, slave in changed)]
    screens = [
        (_screen(seen["painted"], plugged), _screen(seen["painted"], end))
        for _, plugged, end in seen["rounds"]
    ]
    return Painting(
        pulls=tuple(
            Pull(was, now, out, back)
            for was, now, (out, back) in zip(slaves, slaves[1:], screens, strict=False)
        ),
        ours=tuple(
            took
            for at, slave in changed
            if (took := _until_row(seen["painted"], at, slave)) is not None
        ),
        peer=tuple(
            took
            for at, slave in changed
            if (took := _until_told(seen["peer"], at, slave)) is not None
        ),
    )


def p95(times: Sequence[float]) -> float:
    """The 95th percentile; of fewer than twenty it is nearly the slowest."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def _changes(events: Sequence[tuple[float, int]], before: int) -> Iterator[tuple[float, int]]:
    """The messages with another active slave than there was before them."""
    for at, slave in events:
        if slave and slave != before:
            yield at, slave
        before = slave or before


def _screens(written: Written) -> Iterator[tuple[float, pyte.Screen]]:
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    for at, data in written:
        stream.feed(bytes.fromhex(data))
        yield at, screen


def _screen(written: Written, until: float) -> str:
    text = ""
    for at, screen in _screens(written):
        if at > until:
            break
        text = "\n".join(line.rstrip() for line in screen.display)
    return text


def _until_row(written: Written, since: float, slave: str) -> float | None:
    for at, screen in _screens(written):
        if at >= since and [slave, "ACTIVE"] in (line.split()[:2] for line in screen.display):
            return at - since
    return None


def _until_told(written: Written, since: float, slave: str) -> float | None:
    text = b""
    for at, data in written:
        if at >= since - _EARLY:
            text += bytes.fromhex(data)
            if f"active_slave {slave} ".encode() in text:
                return max(at - since, 0.0)
    return None
