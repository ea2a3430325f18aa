"""Which of the lab's tests a run has, and on which platform: a rule, and the day's turn.

A run has one of three levels, XENBOND_LAB_LEVEL:

    quick   `make test`: each stack's journey on one platform, without its further legs
    rest    `make lab`: the journeys on the other platform with all their legs, and all else that is
            not long; of what is long those groups whose turn it is
    whole   `make lab-whole`: everything, on the platform that was asked for

Without a level it is what quick and rest have together, and with a platform that is named quick has
the further legs too. What has no platform of its own runs on one
by turns, so two days show it on both; what is long comes round in a week. The day is counted since
1970 and told at the beginning of a run; with XENBOND_LAB_DAY a run is repeated on another day.
"""

import os
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from tests.lab import platforms
from tests.lab.errors import NoLab
from tests.lab.platforms import PLATFORMS, Platform
from tests.lab.stacks import LAB_STACKS

LEVELS = ("quick", "rest", "whole")
DAY = "XENBOND_LAB_DAY"
WEEK = 7


def day() -> int:
    """The day that decides, since 1970; the same in every process of one run."""
    return int(os.environ.setdefault(DAY, str(int(time.time() // 86400))))


def level() -> str:
    """One of `LEVELS`, or the empty string.

    Raises:
        NoLab: XENBOND_LAB_LEVEL is none of them.
    """
    named = os.environ.get("XENBOND_LAB_LEVEL", "")
    if named not in ("", *LEVELS):
        raise NoLab(f"XENBOND_LAB_LEVEL={named} is none of {', '.join(LEVELS)}")
    return named


def platform_of(name: str) -> Platform:
    """The platform of a file of tests, or of a stack's row, today."""
    if name == "qemu":
        # Its machine is emulated, and there Debian 13's Python is slower than a start of the worker
        # may be on a busy machine. Named, it has any platform.
        return platforms.chosen() or PLATFORMS[0]
    rows = list(LAB_STACKS)
    # Rows alternate, so that a run has about as much on the one as on the other.
    turn = rows.index(name) if name in rows else zlib.crc32(name.encode())
    return platforms.chosen() or PLATFORMS[(day() + turn) % len(PLATFORMS)]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the rule has to know of one test."""

    group: str
    """The tests that share a host, and so run together or not at all."""
    journey: bool
    """Whether it is a leg of a stack's journey, which is shown on each platform."""
    row: str
    """The row of `LAB_STACKS` it is about; empty where it is about none."""
    long: bool
    further: bool = False
    """Whether it is a leg that quick leaves out."""
    platform: Platform | None = None
    """The one it asks for; with None it has that of its file."""

    @property
    def turn(self) -> str:
        """Those that have their turn together; of a journey the legs on each platform."""
        return f"journey of {self.row}" if self.journey else self.group


def takes_part(test: Candidate, long_today: frozenset[str]) -> bool:
    """Whether a run of this level has it."""
    if level() == "whole":
        return True
    if test.long and test.turn not in long_today:
        return False
    if not level():
        return True
    if level() == "rest" and test.journey and test.platform == platform_of(test.row):
        return False  # no leg without those before it
    quick = test.journey and not test.long and test.platform == platform_of(test.row)
    if quick and test.further and platforms.chosen() is None:
        return False
    return quick is (level() == "quick")


def long_today(turns: Iterable[str]) -> frozenset[str]:
    """Of those that have long tests the ones whose turn it is: each once a week.

    A week has an odd number of days, so the next time a journey's is on the other platform.
    """
    if level() == "quick":
        return frozenset()
    return frozenset(turn for n, turn in enumerate(sorted(set(turns))) if (n + day()) % WEEK == 0)
