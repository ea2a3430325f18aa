"""One thing that happened to a bond, and when."""

from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class When:
    """One moment on both clocks."""

    wall: float
    """Seconds since the epoch."""
    monotonic: float
    """Seconds that never go back: what durations are measured with."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    wall: float
    """Seconds since the epoch, when it was seen."""
    code: str
    """Stable, for machines: "link-down"."""
    text: str
    """In words: "active slave eth0 -> eth1, 84 ms after the link"."""
    slave: str | None = None
    monotonic: float | None = None
    """Seconds since boot; None where only the wall clock was read."""
    boot: str = ""
    """Which boot those are of (`boot.boot_id`); "" where that is not known."""
