"""One thing that happened to a bond, and when: seconds since boot mean nothing to another boot."""

from xenbond_tui.host import door
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


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
    """Which boot those are of (`boot_id`); "" where that is not known."""


def boot_id(machine: Machine) -> str:
    """The kernel's random name of this boot; "" where it does not tell."""
    try:
        return door.to(machine.access.root).read(_BOOT_ID).text.strip()
    except OSError:
        return ""
