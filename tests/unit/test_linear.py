"""The work of a plan grows with a host's files, not with their square."""

import gc
import re
import sys
from collections.abc import Callable
from functools import _lru_cache_wrapper
from types import FrameType

import pytest
from proposing import plan_for
from sized_hosts import KINDS, Kind


def calls(work: Callable[[], object]) -> int:
    """How many functions it calls: a measure of work that is the same on every machine."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def forget() -> None:
    """Empty the program's caches: lines of the last host are no help to this one."""
    for kept in gc.get_objects():
        if isinstance(kept, _lru_cache_wrapper) and kept.__module__.startswith("xenbond_tui"):
            kept.cache_clear()
    re.purge()


@pytest.mark.parametrize("links", [False, True], ids=["in files", "running"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_plan_of_many_vlans_takes_as_many_steps_as_they_are_more(kind: Kind, links: bool) -> None:
    def planned(size: int) -> int:
        facts = kind.host(size, links)
        forget()
        return calls(lambda: plan_for(kind.stack, facts, kind.answers))

    # What is found once for a process is not counted to either.
    planned(2)
    assert planned(80) < 4.5 * planned(20)
