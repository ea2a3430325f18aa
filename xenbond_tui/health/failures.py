"""How often each slave's link failed of late, counted from events."""

from collections import Counter
from collections.abc import Iterable, Mapping

from xenbond_tui.health.event import Event
from xenbond_tui.health.reasons.slaves import RECENT_S

_FAILURES = ("link-down", "failure")
DRILL_STARTED = "drill-started"
OURS = "drill-"
"""How the codes begin of events that a drill puts on record of itself."""
_LONGEST_S = 900.0
"""Seconds after which a drill is over in any case: it may have been killed."""
_ANEW = ("slave-added", "slave-re-enslaved")
"""After these the bond itself counts from 0: another NIC, another cable, or a bond made again."""


def recent_failures(events: Iterable[Event], now: float) -> Mapping[str, int]:
    """Slave → failures since it was enslaved, of the last `RECENT_S` seconds before `now`.

    Not those while a drill was under way, which takes links down itself.

    Args:
        events: oldest first.
        now: wall clock, seconds since the epoch.
    """
    found: Counter[str] = Counter()
    until = float("-inf")
    for event in events:
        if event.code.startswith(OURS):
            begins = event.code == DRILL_STARTED
            until = event.wall + _LONGEST_S if begins else float("-inf")
        elif event.slave is not None and event.code in _ANEW:
            found.pop(event.slave, None)
        elif (
            event.slave is not None
            and event.code in _FAILURES
            and until < event.wall
            and event.wall > now - RECENT_S
        ):
            found[event.slave] += 1
    return found
