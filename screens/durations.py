"""Times as people read them."""

import time


def minutes(seconds: float) -> str:
    """`1:47`, as a countdown shows it; a started second counts as a whole one."""
    whole = max(0, int(-(-seconds // 1)))
    return f"{whole // 60}:{whole % 60:02}"


def of_day(moment: float) -> str:
    """`14:02:31`, local time, of seconds since the epoch."""
    return time.strftime("%H:%M:%S", time.localtime(moment))


def of_date(moment: float) -> str:
    """`2026-11-22 14:02`, local time, of seconds since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def of_minute(moment: float) -> str:
    """`14:02`, local time: a clock that costs a serial line next to nothing."""
    return time.strftime("%H:%M", time.localtime(moment))
