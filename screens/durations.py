"""Times as people read them."""

import time


def minutes(seconds: float) -> str:
    """`1:47`, as a countdown shows it; a started second counts as a whole one."""
    whole = max(0, int(-(-seconds // 1)))
    return f"{whole // 60}:{whole % 60:02}"


def of_date(moment: float) -> str:
    """`2026-11-22 14:02`, local time, of seconds since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def of_minute(moment: float) -> str:
    """`14:02`, local time: a clock that costs a serial line next to nothing."""
    return time.strftime("%H:%M", time.localtime(moment))


def of_past(moment: float, now: float, *, measured: bool = False) -> str:
    """The time of day, to the millisecond when measured; with the date when that is another day's.

    `14:02:31.204`, `14:02:31`, `11-21 14:02:31`.
    """
    at = time.localtime(moment)
    if time.strftime("%Y-%m-%d", at) != time.strftime("%Y-%m-%d", time.localtime(now)):
        return time.strftime("%m-%d %H:%M:%S", at)
    return time.strftime("%H:%M:%S", at) + (f".{int(moment % 1 * 1000):03}" if measured else "")
