"""The values of a drill."""

from enum import StrEnum

from xenbond_tui.value import dataclass


class How(StrEnum):
    """How a slave is made to fail."""

    PULL = "pull"
    """A person pulls its cable: the only way that tests cable, port and carrier too."""
    SWITCH = "switch"
    """Another slave is made the active one; no link goes down."""
    LINK_DOWN = "link-down"
    """The slave is set down, and up again."""


class Result(StrEnum):
    """How a drill ended."""

    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"
    """It did not come to its end; says nothing about the bond."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was seen, ms after the first sign of the failure."""

    what: str
    """In words: "carrier of eth0 lost"."""
    ms: float


@dataclass(frozen=True, slots=True)
class Outage:
    """What the probes tell of one change-over."""

    sent: int
    lost: int
    ms: float
    """From the first probe that was lost to the first one answered again; 0 when none was."""
    ended: bool = True
    """False while nothing is answered yet."""
    at_most: float = 0.0
    """From the last probe answered before to the first one answered again, ms: it was not longer.

    One interval more than `ms`, or as much more as the probes were late on a busy machine."""


@dataclass(frozen=True, slots=True)
class Round:
    """One slave's turn."""

    slave: str
    away: Outage
    """While it failed."""
    back: Outage
    """While it came back."""
    order: tuple[Moment, ...]
    took_over: str | None
    """The active slave afterwards, in modes that have one."""
    problem: str = ""
    """Why the round failed, one sentence; "" when it did not."""


@dataclass(frozen=True, slots=True)
class Report:
    """A drill, to keep."""

    id: str
    bond: str
    mode: str
    how: How
    target: str
    """The address that was probed."""
    interval: float
    """Seconds between two probes."""
    started: float
    """Wall clock, seconds since the epoch."""
    hostname: str
    result: Result
    text: str
    """The verdict in one or two sentences."""
    rounds: tuple[Round, ...] = ()
    restored: str = ""
    """What was put back at the end, in words."""
