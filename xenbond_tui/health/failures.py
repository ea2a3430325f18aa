"""How often each slave's link failed of late, counted from events."""

from collections import Counter
from collections.abc import Iterable, Mapping

from xenbond_tui.health.event import Event
from xenbond_tui.health.reasons.failures import RECENT_S

_FAILURES = ("link-down", "failure")
DRILL_STARTED = "drill-started"
_ANEW = ("slave-added", "slave-re-enslaved")
"""After these the bond itself counts from 0: another NIC, another cable, or a bond made again."""


def recent_failures(events: Iterable[Event], now: float) -> Mapping[str, int]:
    """Slave → failures since it was enslaved, of the last `RECENT_S` seconds before `now`.

    Args:
        events: oldest first.
        now: wall clock, seconds since the epoch.
    """
    found: Counter[str] = Counter()
    drilling = False
    for event in events:
        if event.code.startswith("drill-"):
            drilling = event.code == DRILL_STARTED
        elif drilling and event.code in _FAILURES:
            # The drill took the link: no cable is to blame.
            continue
        elif event.slave is not None and event.code in _ANEW:
            found.pop(event.slave, None)
        elif event.slave is not None and event.code in _FAILURES and event.wall > now - RECENT_S:
            found[event.slave] += 1
    return found
