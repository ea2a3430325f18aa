"""From probes to an outage. Pure."""

from collections.abc import Sequence
from itertools import groupby

from xenbond_tui.drill.model import Outage
from xenbond_tui.effects import Probe

PROBE_TIMEOUT_S = 0.5
"""Seconds a probe may wait for its answer before it counts as lost."""


def outage(probes: Sequence[Probe], now: float, since: float = 0.0) -> Outage:
    """The longest span without answers among these probes, oldest first.

    Probes younger than `PROBE_TIMEOUT_S` that are not answered yet count neither way; those sent
    before `since` only tell when there was an answer last.
    """
    decided = [
        probe
        for probe in probes
        if probe.answered is not None or now - probe.sent > PROBE_TIMEOUT_S
    ]
    before = [probe.sent for probe in decided if probe.sent < since and probe.answered is not None]
    decided = [probe for probe in decided if probe.sent >= since]
    longest, at_most, ended, at = 0.0, 0.0, True, 0
    last = before[-1] if before else None
    for answered, group in groupby(decided, key=lambda probe: probe.answered is not None):
        span = list(group)
        at += len(span)
        if answered:
            last = span[-1].sent
            continue
        began = span[0].sent
        open_end = at == len(decided)
        until = now if open_end else decided[at].sent
        if until - began >= longest:
            longest, ended = until - began, not open_end
            at_most = until - (began if last is None else last)
    lost = sum(probe.answered is None for probe in decided)
    return Outage(len(decided), lost, longest * 1000, ended, at_most * 1000)


def first_answer(probes: Sequence[Probe], after: float) -> float | None:
    """When the first answer came to a probe sent after the last one that was lost, and `after`.

    The newest probes without an answer are under way still, or the silence has not ended.
    """
    answered = [probe.sent for probe in probes if probe.answered is not None]
    lost = [p.sent for p in probes if p.answered is None and answered and p.sent < answered[-1]]
    since = max([after, *lost])
    return next((p.answered for p in probes if p.answered is not None and p.sent >= since), None)
