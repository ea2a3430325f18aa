"""Graphs in characters: what each slave carried and how the gateway answered, over ten minutes.

A column is a share of the time. Shares begin at whole multiples of their length, and heights are
few: what stands still is the same text, for which a serial line is sent nothing.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from screens.traffic import Traffic, bars, steps
from xenbond_tui.health.around import SHARE_S
from xenbond_tui.health.model import HealthState
from xenbond_tui.text import align

COLUMNS = 60
MOST_SLAVES = 4
"""More of them would push the events away."""
LOST = "x"
"""A probe of that share was not answered."""
EDGES_MS = (1, 2, 5, 10, 20, 50, 100)
"""A round trip's height: how many of these it reaches."""


def graph_lines(state: HealthState, traffic: Traffic, now: float, ascii_only: bool) -> list[str]:
    """A heading, two graphs a slave, and the gateway's; `now` is monotonic."""
    rows = []
    for slave in state.bond.slaves[:MOST_SLAVES]:
        for way in ("rx", "tx"):
            values = newest(traffic.shares(slave.name, way), now)
            full = full_height(max(values))
            graph = bars(values, ascii_only, full)
            rows.append((slave.name, way, graph, f"up to {full:g} Mb/s"))
    if state.gateway is not None:
        worst = newest(state.gateway.worst, now)
        rows.append(("gateway", "rtt", round_trips(worst, ascii_only), _scale(ascii_only)))
    title = f"LAST 10 MINUTES   {SHARE_S:g} s a column, the newest at the right"
    if traffic.since is None or now // SHARE_S - traffic.since // SHARE_S < COLUMNS - 1:
        # What nobody saw is drawn as what stands still: blanks would move, and cost bytes.
        title += "; seen since this screen was opened"
    return [title, *align(rows)]


def newest(shares: Mapping[int, float], now: float) -> tuple[float, ...]:
    """The values of the last shares of time, oldest first; 0 where there is none."""
    last = int(now // SHARE_S)
    return tuple(shares.get(share, 0.0) for share in range(last - COLUMNS + 1, last + 1))


def full_height(top: float) -> float:
    """1, 2 or 5 times a power of ten that is not below it, and 1 at least: it seldom changes."""
    if top <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= top)


def round_trips(worst: Sequence[float], ascii_only: bool) -> str:
    """The worst round trip (ms) of each share, by steps of 1, 2, 5 …; infinite: one was lost."""
    heights = steps(ascii_only)
    return "".join(
        LOST
        if math.isinf(value)
        else heights[bisect_right(EDGES_MS, value) * len(heights) // (len(EDGES_MS) + 1)]
        for value in worst
    )


def _scale(ascii_only: bool) -> str:
    low = EDGES_MS[math.ceil((len(EDGES_MS) + 1) / len(steps(ascii_only))) - 1]
    return f"low under {low} ms, {LOST} lost"
