"""The work of a plan, and of each reader, grows with a host's files, not with their square."""

import gc
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import _lru_cache_wrapper
from types import FrameType

import pytest
from proposing import plan_for
from sized_hosts import KINDS, Kind

from tests.fuzz.readers import READERS
from tests.sized_texts import TEXTS, text_of
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import HostKind
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.kept import Kept

AT_MOST: Mapping[str, float] = {
    "ifcfg": 1080,
    "ifupdown": 960,
    "ifupdown2": 1020,
    "netplan": 1140,
    "networkd": 1080,
    "networkmanager": 800,
}
"""Calls that one VLAN more may cost, of some hundred: whatever is done once again for each file, or
each stanza, is more than what is left to these."""


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
@pytest.mark.parametrize("name", KINDS)
def test_a_plan_of_many_vlans_takes_as_many_steps_as_they_are_more(name: str, links: bool) -> None:
    kind: Kind = KINDS[name]

    def planned(size: int) -> int:
        facts = kind.host(size, links)
        forget()
        return calls(lambda: plan_for(kind.stack, facts, kind.answers))

    # What is found once for a process is not counted to either.
    planned(2)
    few, some, many = planned(2), planned(20), planned(200)
    assert many - few < AT_MOST[name] * 198
    # In proportion it is eleven times, and with the square a hundred.
    assert many - few < 12 * (some - few)


@pytest.mark.parametrize("name", TEXTS)
def test_a_reader_of_a_longer_file_takes_as_many_steps_as_it_is_longer(name: str) -> None:
    def read(characters: int) -> int:
        text = text_of(name, characters)
        forget()

        def work() -> None:
            with suppress(XenbondError):
                READERS[name.partition(" ")[0]](text)

        return calls(work)

    read(1_000)
    assert read(100_000) < 11 * read(10_000)


def test_what_was_read_goes_with_the_host_it_was_read_of() -> None:
    """A text is read once for a host; another look at the host starts from nothing."""
    read: list[str] = []

    def make(text: str) -> int:
        read.append(text)
        return len(text)

    first, second = Kept(), Kept()
    assert [first.once(make, "abc"), first.once(make, "abc"), second.once(make, "abc")] == [3] * 3
    assert read == ["abc", "abc"]


def test_a_plan_s_files_are_not_kept_with_the_host_they_are_made_of() -> None:
    """What is read of the host is found for both; a wizard makes a plan at each step."""
    made: list[str] = []
    host = Kept()
    host.once(made.append, "as it is")
    for _ in range(2):
        plan = Kept(host)
        for text in ("as it is", "as it would be"):
            plan.once(made.append, text)
            plan.of(host, text, lambda: made.append("of it"))
    assert made == ["as it is", *["of it", "as it would be", "of it"] * 2]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_host_that_would_be_outlives_its_plan(kind: Kind) -> None:
    def alive() -> int:
        gc.collect()
        hosts = (it for it in gc.get_objects() if isinstance(it, HostFacts))
        return sum(it.access.kind is HostKind.TREE for it in hosts)

    facts, before = kind.host(20), alive()
    plan_for(kind.stack, facts, kind.answers)
    assert alive() == before


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_reader_keeps_a_host_s_files_for_the_next_one(kind: Kind) -> None:
    plan_for(kind.stack, kind.host(20), kind.answers)
    found = [
        f"{kept.__module__}.{kept.__name__}"
        for kept in gc.get_objects()
        if isinstance(kept, _lru_cache_wrapper)
        and kept.__module__.startswith(("xenbond_tui.files", "xenbond_tui.stacks"))
        and kept.cache_info().currsize > 9
    ]
    assert found == []
