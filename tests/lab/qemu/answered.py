"""Outages as the switch's own log tells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.lab.qemu.frames import ECHO_REQUEST, echo
from tests.lab.qemu.switch import Passed


@dataclass(frozen=True, slots=True)
class Gap:
    """Echo requests that the switch did not hear, or whose reply it could not pass on."""

    at: float
    """Seconds of the monotonic clock: the first one would have come then."""
    lost: int
    ms: float
    """Until the first one that was answered again."""
    at_most: float
    """From the last one that was answered before to the first one after, as they came in, ms."""
    for_host: float
    """The same when the last answer before was passed on, but never reached who had asked."""
    port: str
    """Which came in by this port."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the switch saw of somebody who pings at a steady pace."""

    gaps: tuple[Gap, ...]
    unsteady: float
    """The most that two answered requests, one after the other, were off their pace, ms."""

    @property
    def lost(self) -> int:
        """How many were not answered."""
        return sum(gap.lost for gap in self.gaps)

    @property
    def longest(self) -> Gap | None:
        """The longest silence; None when there is none."""
        return max(self.gaps, key=lambda gap: gap.at_most, default=None)


def seen(log: Sequence[Passed], source: str, interval: float, began: float, ended: float) -> Seen:
    """What came from `source`, which pings every `interval` seconds, between those times."""
    asked: dict[int, Passed] = {}
    answered: list[tuple[int, Passed]] = []
    for passed in log:
        ping = echo(passed.frame)
        if ping is None:
            continue
        if ping.type == ECHO_REQUEST and ping.source == source:
            asked[ping.number] = passed
        elif passed.out and ping.destination == source and ping.number in asked:
            answered.append((ping.number, asked[ping.number]))
    gaps, unsteady = [], 0.0
    earlier: Passed | None = None
    for (last, before), (number, after) in pairwise(answered):
        off = (after.at - before.at - interval) * 1000
        one_before, earlier = earlier or before, before
        if not began <= before.at < ended:
            continue
        if number > last + 1:
            at_most, for_host = ((after.at - x.at) * 1000 for x in (before, one_before))
            lost = number - last - 1
            gaps.append(Gap(before.at + interval, lost, off, at_most, for_host, after.port))
        else:
            unsteady = max(unsteady, abs(off))
    return Seen(tuple(gaps), unsteady)
