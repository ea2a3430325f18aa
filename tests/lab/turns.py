"""Which tests a run has, and on which platform: a rule, and the day's turn.

A run has one of three levels, XENBOND_LAB_LEVEL:

    quick   `make test`: each stack's journey on the newest platform, where guests are twice as
            fast, without its further legs
    rest    `make lab`: what has its turn that day: journeys with all their legs, the lab's other
            files, and what is thorough without a lab
    whole   `make lab-whole`: everything, on the platform that was asked for

Without a level it is all but what is long. Each turn comes round once a week, the next week on the
other platform: a week shows everything, two weeks everything on both platforms. The turns of a week
are dealt out by what they take (`SECONDS`), so each day has about as much. `EACH_DAY` waits for
none, and only the whole has its long legs. With a platform that is named, and with `-k`, nothing
waits for its turn; of a named platform quick has the further legs, too. The day is counted since
1970 and told at the end of a run; with XENBOND_LAB_DAY a run is repeated on another day.
"""

import functools
import os
import time
import zlib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from tests.lab import platforms
from tests.lab.errors import NoLab
from tests.lab.platforms import PLATFORMS, Platform
from tests.lab.seconds import EACH_DAY, OLD, SECONDS, WITHOUT_A_GUEST

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


@dataclass(frozen=True, slots=True)
class Turn:
    """When a turn comes."""

    weekday: int
    """Days since 1970 modulo 7."""
    first: int
    """The platform it has in an even week, as an index of `PLATFORMS`; the next week the next."""

    def platform(self, week: int) -> Platform:
        """Where its guests run."""
        return PLATFORMS[(self.first + week) % len(PLATFORMS)]


def turn_of(item: pytest.Item) -> str:
    """The turn of a test: its group (`xdist_group`), whichever platform that has."""
    group = item.get_closest_marker("xdist_group")
    name = str(group.args[0]) if group else item.path.stem
    spec = getattr(item, "callspec", None)
    name = name.removesuffix(f"-{spec.params.get('platform') if spec else ''}")
    if Path(__file__).parent not in item.path.parents:
        return f"{item.path.parent.name}/{name}"
    return name.replace("test_stack_journey", "journey")


def platform_of(turn: str) -> Platform:
    """The platform of a turn, this week."""
    if turn in EACH_DAY:
        # Xen's packages have other names in the next release.
        return PLATFORMS[0]
    if turn == "qemu":
        # Its machine is emulated, and there Debian 13's Python is slower than a start of the worker
        # may be on a busy machine. Named, it has any platform.
        return platforms.chosen() or PLATFORMS[0]
    return platforms.chosen() or _turn(turn).platform(day() // WEEK)


def told(turn: str) -> str:
    """Its name, and what its guests run."""
    return turn if "/" in turn else f"{turn} ({platform_of(turn)})"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the rule has to know of one test."""

    turn: str
    """Tests with the same one have their turn together: those that share a host, on whichever
    platform; of a stack's journey all legs."""
    journey: bool = False
    """Whether it is a leg of a stack's journey, none of which runs without those before it."""
    long: bool = False
    further: bool = False
    """Whether it is a leg that quick leaves out."""
    platform: Platform | None = None
    """The one it asks for; with None it has that of its turn."""


def takes_part(test: Candidate, *, named: bool = False) -> bool:
    """Whether a run of this level has it; where somebody has named tests, none waits."""
    chosen = platforms.chosen()
    if test.turn in EACH_DAY:
        short = level() != "quick" and not test.long
        return chosen in (None, PLATFORMS[0]) and (short or named or level() == "whole")
    if level() == "whole":
        return True
    if level() == "":
        return not test.long
    if level() == "quick":
        here = test.platform == (chosen or PLATFORMS[-1])
        return test.journey and here and not test.long and (chosen is not None or not test.further)
    if test.journey and chosen is not None:
        # Quick has had them.
        return False
    waits = not named and chosen is None and _turn(test.turn).weekday != day() % WEEK
    return not waits and test.platform in (None, platform_of(test.turn))


def _turn(name: str) -> Turn:
    """When it comes. A new one that is not in the table yet has a place by its name."""
    place = zlib.crc32(name.encode())
    return dealt().get(name) or Turn(place % WEEK, place // WEEK % len(PLATFORMS))


def seconds(name: str, platform: Platform = PLATFORMS[-1]) -> float:
    """What a turn takes there, by the table; 0 for what is in none."""
    if name in (fixed := WITHOUT_A_GUEST | EACH_DAY):
        return fixed[name]
    return SECONDS.get(name, 0) * (1 if platform == PLATFORMS[-1] else OLD)


@functools.cache
def dealt() -> dict[str, Turn]:
    """The turns of the table: each, the longest first, where it makes the fullest day least full.

    A day is one of two weeks, for its turns have other platforms in the next.
    """
    weeks = range(len(PLATFORMS))
    load = {(weekday, week): 0.0 for weekday in range(WEEK) for week in weeks}
    found = {}

    def with_it(name: str, turn: Turn) -> list[float]:
        return [load[turn.weekday, week] + seconds(name, turn.platform(week)) for week in weeks]

    every = SECONDS | WITHOUT_A_GUEST
    for name in sorted(every, key=lambda name: (-seconds(name, PLATFORMS[0]), name)):
        choices = [Turn(*each) for each in product(range(WEEK), weeks)]
        best = min(choices, key=lambda turn: sorted(with_it(name, turn), reverse=True))
        for week, taken in zip(weeks, with_it(name, best), strict=True):
            load[best.weekday, week] = taken
        found[name] = best
    return found
