"""What each slave carried in the last minutes, and values as a line of bars."""

from collections import deque
from collections.abc import Mapping, Sequence

from xenbond_tui.health.around import PROBES_KEPT_S, SHARE_S
from xenbond_tui.health.watch import Rate

MINUTE_S = 60.0
"""Seconds kept."""

ASCII_BARS = ".:|"
BLOCK_BARS = "▁▂▃▄▅▆▇█"


class Traffic:
    """What each link received, Mbit/s, with the time it was seen."""

    def __init__(self) -> None:
        self._received: dict[str, deque[tuple[float, float, float]]] = {}
        """By link: from when, until when, Mbit/s."""
        self._shares: dict[tuple[str, str], dict[int, float]] = {}
        self.since: float | None = None
        """When the first rates were seen; None: none were."""

    def add(self, when: float, rates: Mapping[str, Rate]) -> None:
        """Take the rates seen at `when` (seconds that never go back)."""
        if self.since is None:
            self.since = when
        for name, rate in rates.items():
            seen = self._received.setdefault(name, deque())
            seen.append((seen[-1][1] if seen else when, when, rate.rx))
            while seen[0][1] < when - MINUTE_S:
                seen.popleft()
            for way, value in (("rx", rate.rx), ("tx", rate.tx)):
                shares, share = self._shares.setdefault((name, way), {}), int(when // SHARE_S)
                if share not in shares:
                    # All that is too old: where nobody looked for a while, nothing was taken out.
                    oldest = share - int(PROBES_KEPT_S // SHARE_S)
                    for old in [it for it in shares if it <= oldest]:
                        del shares[old]
                shares[share] = max(shares.get(share, 0.0), value)

    def shares(self, name: str, way: str) -> Mapping[int, float]:
        """Share of time (`SHARE_S`) → the most seen in it, Mbit/s, of ten minutes; rx or tx."""
        return self._shares.get((name, way), {})

    def last_minute(self, name: str, now: float, columns: int) -> tuple[float, ...]:
        """Received, Mbit/s, oldest first: the most seen in each column's share of the minute.

        Shares begin at whole multiples of their length, so that bars move on only when one is
        over: what stands still costs a serial line nothing.
        """
        share = MINUTE_S / columns
        newest = int(now // share)
        most = [0.0] * columns
        for since, when, rate in self._received.get(name, ()):
            last = int(when // share)
            # A rate is of all the time since the one before it.
            for number in range(min(int(since // share) + 1, last), last + 1):
                at = columns - 1 - (newest - number)
                if 0 <= at < columns:
                    most[at] = max(most[at], rate)
        return tuple(most)


def steps(ascii_only: bool) -> str:
    """The heights of a bar, the lowest first."""
    return ASCII_BARS if ascii_only else BLOCK_BARS


def bars(values: Sequence[float], ascii_only: bool, full: float = 0.0) -> str:
    """Values as one line of bars; `full` has the full height, 0: the highest of them."""
    heights = steps(ascii_only)
    top = full or max(values, default=0.0)
    if top <= 0:
        return heights[0] * len(values)
    return "".join(
        heights[min(len(heights) - 1, int(value / top * len(heights)))] for value in values
    )
