"""The last minute of each slave's traffic, as a line of bars."""

from collections import deque
from collections.abc import Mapping, Sequence

from xenbond_tui.health.watch import Rate

MINUTE_S = 60.0
"""Seconds kept."""

ASCII_BARS = ".:|"
BLOCK_BARS = "▁▂▃▄▅▆▇█"


class Traffic:
    """What each link received, Mbit/s, with the time it was seen."""

    def __init__(self) -> None:
        self._received: dict[str, deque[tuple[float, float]]] = {}

    def add(self, when: float, rates: Mapping[str, Rate]) -> None:
        """Take the rates seen at `when` (seconds that never go back)."""
        for name, rate in rates.items():
            seen = self._received.setdefault(name, deque())
            seen.append((when, rate.rx))
            while seen[0][0] < when - MINUTE_S:
                seen.popleft()

    def last_minute(self, name: str, now: float, columns: int) -> tuple[float, ...]:
        """Received, Mbit/s, oldest first: the most seen in each column's share of the minute.

        Shares begin at whole multiples of their length, so that bars move on only when one is
        over: what stands still costs a serial line nothing.
        """
        share = MINUTE_S / columns
        newest = int(now // share)
        most = [0.0] * columns
        for when, rate in self._received.get(name, ()):
            at = columns - 1 - (newest - int(when // share))
            if 0 <= at < columns:
                most[at] = max(most[at], rate)
        return tuple(most)


def bars(values: Sequence[float], ascii_only: bool) -> str:
    """Values as one line of bars, the highest of them full height."""
    steps = ASCII_BARS if ascii_only else BLOCK_BARS
    top = max(values, default=0.0)
    if top <= 0:
        return steps[0] * len(values)
    return "".join(steps[min(len(steps) - 1, int(value / top * len(steps)))] for value in values)
