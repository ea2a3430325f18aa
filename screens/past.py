"""What happened before, as the health screen tells it: lines of events, and since when it is so."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from screens.durations import of_past
from screens.wrapping import wrap
from xenbond_tui.health.event import Event
from xenbond_tui.health.model import Verdict
from xenbond_tui.health.timeline import EVENTS_KEPT
from xenbond_tui.health.watch import Snapshot

_CAUSES = {
    "slave-down": ("link-down", "slave-down", "failure"),
    "gateway-silent": ("gateway-silent",),
}
"""Reason → the events that it may have begun with."""

Key = tuple[str, str | None]
"""Code and slave of a reason."""


def event_lines(events: Iterable[Event], now: float, width: int) -> list[str]:
    """The events, newest first; the times take one column, the words as many lines as needed."""
    newest = sorted(events, key=lambda event: event.wall)[::-1]
    times = [of_past(e.wall, now, measured=e.monotonic is not None) for e in newest]
    column = max(map(len, times), default=0) + 2
    lines: list[str] = []
    for at, event in zip(times, newest, strict=True):
        lines += _wrapped(f"{at:<{column}}{event.text}", width, column)
    return lines


@lru_cache(2 * EVENTS_KEPT)
def _wrapped(text: str, width: int, column: int) -> tuple[str, ...]:
    """Of an event and its time. Of all that are shown one is new when anything happens."""
    return tuple(wrap(text, width, rest=" " * column))


class Since:
    """Since when it is so: as it was seen here, else as the events of earlier tell."""

    def __init__(self) -> None:
        self.reasons: dict[Key, str] = {}
        """Reason of the verdict → the time, where it is known."""
        self.active: str | None = None
        """When the active slave became so; "none" too has a time since when it is so."""
        self._verdict: Verdict | None = None
        self._slave: str | None = None
        self._looked = False

    def look(self, events: Sequence[Event], look: Snapshot, verdict: Verdict | None) -> None:
        """Take one more look in, and its verdict; None: there is no bond."""
        now = look.when.wall
        slave = look.state.bond.active_slave if look.state is not None else None
        if not self._looked or slave != self._slave:
            since = now if self._looked else _active_since(events, slave)
            self.active = None if since is None else of_past(since, now)
        if verdict is not None:
            self._reasons(events, verdict, now)
            self._verdict = verdict
        self._slave, self._looked = slave, True

    def _reasons(self, events: Sequence[Event], verdict: Verdict, now: float) -> None:
        new = {(reason.code, reason.slave) for reason in verdict.reasons}
        self.reasons = {key: value for key, value in self.reasons.items() if key in new}
        for key, moment in _began(events, verdict).items():
            self.reasons.setdefault(key, of_past(moment, now))
        if self._verdict is not None:
            before = {(reason.code, reason.slave) for reason in self._verdict.reasons}
            for key in new - before:
                self.reasons.setdefault(key, of_past(now, now))


def _active_since(events: Sequence[Event], active: str | None) -> float | None:
    """When that slave became the active one (wall clock), if the events tell."""
    codes = ("active-slave", "no-active-slave")
    last = next((event for event in reversed(events) if event.code in codes), None)
    return last.wall if last is not None and last.slave == active else None


def _began(events: Sequence[Event], verdict: Verdict) -> Mapping[Key, float]:
    """Reason → when the event was that it began with (wall clock), where the events tell."""
    found: dict[Key, float] = {}
    for reason in verdict.reasons:
        codes = _CAUSES.get(reason.code, ())
        for event in reversed(events):
            if event.code in codes and event.slave == reason.slave:
                found[reason.code, reason.slave] = event.wall
                break
    return found
