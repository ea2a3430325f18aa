"""Outages as the switch's own log tells them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab.qemu.frames import ECHO_REQUEST, echo
from tests.lab.qemu.switch import Passed

_NEIGHBOURS = 25
"""Requests of an unbroken run whose pace tells how long one of them waited on its way."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time from the sending of one request to that of another, as far as the switch can tell, ms.

    A machine that stands still for a moment holds frames up, and lets them go in a burst: then the
    one came later than it was sent, and the others tell by how much at least. Where the pace was
    steady all three are the same.
    """

    least: float
    came: float
    """As the two came in."""
    most: float

    def off(self, told: float) -> float:
        """By how much `told`, in ms, is outside of it; 0 inside."""
        return max(self.least - told, told - self.most, 0.0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Echo requests that the switch did not hear, or whose reply it could not pass on."""

    at: float
    """Seconds of the monotonic clock: the first one would have come then."""
    lost: int
    at_most: Span
    """From the last one that was answered before to the first one after."""
    for_host: Span
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
        return max(self.gaps, key=lambda gap: gap.at_most.came, default=None)


Answered = Sequence[tuple[int, float]]
"""Number and arrival (seconds of the monotonic clock) of each request that was answered."""


def seen(log: Sequence[Passed], source: str, interval: float, began: float, ended: float) -> Seen:
    """What came from `source`, which pings every `interval` seconds, between those times."""
    asked: dict[int, Passed] = {}
    answered: list[tuple[int, float]] = []
    ports: list[str] = []
    for passed in log:
        ping = echo(passed.frame)
        if ping is None:
            continue
        if ping.type == ECHO_REQUEST and ping.source == source:
            asked[ping.number] = passed
        elif passed.out and ping.destination == source and ping.number in asked:
            answered.append((ping.number, asked[ping.number].at))
            ports.append(asked[ping.number].port)
    gaps, unsteady = [], 0.0
    for place in range(len(answered) - 1):
        (last, before), (number, after) = answered[place : place + 2]
        if not began <= before < ended:
            continue
        if number > last + 1:
            spans = (span(answered, x, place + 1, interval) for x in (place, max(0, place - 1)))
            gaps.append(Gap(before + interval, number - last - 1, *spans, ports[place + 1]))
        else:
            unsteady = max(unsteady, abs(after - before - interval) * 1000)
    return Seen(tuple(gaps), unsteady)


def span(answered: Answered, one: int, other: int, interval: float) -> Span:
    """Between the sendings of two of them, by their places in the list."""
    began, ended = answered[one][1], answered[other][1]
    least = _sent(answered, other, 1, interval) - began
    most = ended - _sent(answered, one, -1, interval)
    return Span(least * 1000, (ended - began) * 1000, most * 1000)


def _sent(answered: Answered, place: int, step: int, interval: float) -> float:
    """When that one was sent at the earliest, by the arrival of those next to it without a gap.

    None is sent sooner after another than their pace, so what came sooner had waited.
    """
    number, sent = answered[place]
    for distance in range(1, _NEIGHBOURS + 1):
        there = place + step * distance
        if not 0 <= there < len(answered) or answered[there][0] != number + step * distance:
            break
        sent = min(sent, answered[there][1] - step * distance * interval)
    return sent
