"""Which of the lab's tests a run has, and on which platform: a rule, and the day's turn.

A run has one of three levels, XENBOND_LAB_LEVEL:

    quick   `make test`: each stack's journey on the newest platform, where guests are twice as
            fast, without its further legs
    rest    `make lab`: half of the rest, by turns: journeys with all their legs, and other files;
            of what is long those groups whose turn it is
    whole   `make lab-whole`: everything, on the platform that was asked for

Without a level it is all but what is long. With a platform that is named quick has the further legs
too, and rest has both halves. Platforms take turns from day to day and halves every two days: so
four days show everything on both platforms. What is long comes round in a week. The day is counted
since 1970 and told at the beginning of a run; with XENBOND_LAB_DAY a run is repeated on another
day.
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
    rows = sorted(LAB_STACKS)
    if name in rows and level() == "quick":
        return platforms.chosen() or PLATFORMS[-1]
    # Rows alternate in pairs, of which a run has one row (`Today.half`): so it has about as many on
    # the one as on the other.
    turn = rows.index(name) // 2 if name in rows else zlib.crc32(name.encode())
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


@dataclass(frozen=True, slots=True)
class Today:
    """Whose turn it is today (`Candidate.turn`)."""

    half: frozenset[str]
    """Two days of four."""
    long: frozenset[str]
    """Of those that have long tests: once a week. A week has an odd number of days, so the next
    time a journey's is on the other platform."""

    @classmethod
    def of(cls, tests: Iterable[Candidate], *, named: bool = False) -> "Today":
        """Of all these tests; where somebody has named them, each has its turn."""
        tests = list(tests)
        usual = sorted({test.turn for test in tests if not test.long})
        long = sorted({test.turn for test in tests if test.long})
        return cls(
            frozenset(turn for n, turn in enumerate(usual) if named or (n + day() // 2) % 2 == 0),
            frozenset(turn for n, turn in enumerate(long) if (n + day()) % WEEK == 0),
        )


def takes_part(test: Candidate, today: Today) -> bool:
    """Whether a run of this level has it."""
    if level() == "whole":
        return True
    if test.long and (test.turn not in today.long or level() == "quick"):
        return False
    if not level():
        return True
    named = platforms.chosen() is not None
    if level() == "quick":
        here = test.journey and test.platform == platform_of(test.row)
        return here and (named or not test.further)
    if not test.journey:
        return test.long or named or test.turn in today.half
    # No leg without those before it; of a named platform quick has them all.
    here = test.platform == platform_of(test.row) and not named
    return here and test.turn in today.half | today.long
