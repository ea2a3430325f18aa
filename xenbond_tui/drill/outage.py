"""From probes to an outage. Pure."""

from collections.abc import Sequence
from itertools import groupby

from xenbond_tui.drill.model import Outage
from xenbond_tui.effects import Probe

PATIENCE = 0.5
"""Seconds a probe may wait for its answer before it counts as lost."""


def outage(probes: Sequence[Probe], now: float) -> Outage:
    """The longest span without answers among these probes, oldest first.

    Probes younger than `PATIENCE` that are not answered yet count neither way.
    """
    decided = [
        probe for probe in probes if probe.answered is not None or now - probe.sent > PATIENCE
    ]
    longest, ended, at = 0.0, True, 0
    for answered, group in groupby(decided, key=lambda probe: probe.answered is not None):
        span = list(group)
        at += len(span)
        if answered:
            continue
        open_end = at == len(decided)
        until = now if open_end else decided[at].sent
        if until - span[0].sent >= longest:
            longest, ended = until - span[0].sent, not open_end
    lost = sum(probe.answered is None for probe in decided)
    return Outage(len(decided), lost, longest * 1000, ended)


def first_answer(probes: Sequence[Probe], after: float) -> float | None:
    """When the first answer came to a probe sent after the last one that was lost, and `after`.

    The newest probes without an answer are under way still, or the silence has not ended.
    """
    answered = [probe.sent for probe in probes if probe.answered is not None]
    lost = [p.sent for p in probes if p.answered is None and answered and p.sent < answered[-1]]
    since = max([after, *lost])
    return next((p.answered for p in probes if p.answered is not None and p.sent >= since), None)
