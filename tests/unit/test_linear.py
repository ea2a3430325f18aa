"""The work of a plan grows with a host's files, not with their square."""

import sys
from collections.abc import Callable
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


@pytest.mark.parametrize("links", [False, True], ids=["in files", "running"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_plan_of_many_vlans_takes_as_many_steps_as_they_are_more(kind: Kind, links: bool) -> None:
    def planned(size: int) -> int:
        facts = kind.host(size, links)
        return calls(lambda: plan_for(kind.stack, facts, kind.answers))

    assert planned(80) < 4.5 * planned(20)
