"""What two have seen is told once, and nothing else is lost, whatever the wall clock does."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from facts_builder import bond
from hypothesis import given, strategies as st

from xenbond_tui.health.event import Event
from xenbond_tui.health.failures import recent_failures
from xenbond_tui.health.merge import SAME_WITHIN_S, merged, same_for

BOOT, OTHER = "this-boot", "another-boot"
KINDS = (
    ("link-down", "eth0"),
    ("link-up", "eth0"),
    ("link-down", "eth1"),
    ("no-active-slave", None),
)

kinds = st.sampled_from(KINDS)
seconds = st.floats(0.0, 100_000.0)
late = st.floats(0.0, SAME_WITHIN_S / 2)
"""A screen sees it so many seconds after the kernel has logged it."""
wall = st.floats(1.6e9, 1.9e9)
"""What the wall clock makes of it: anything, for it may be set at any time."""


def event(kind: tuple[str, str | None], at: float, wall: float, boot: str = BOOT) -> Event:
    return Event(wall, kind[0], "", kind[1], at, boot)


def count(events: Sequence[Event]) -> Counter[tuple[str, str | None]]:
    return Counter((item.code, item.slave) for item in events)


happened = st.lists(st.tuples(kinds, seconds, late, wall, wall, st.booleans()), max_size=16)
"""Kind, since boot, seen so much later, the wall clock at both, and whether a screen saw it."""


@given(happened)
def test_a_clock_that_is_set_doubles_nothing_and_loses_nothing(
    happened: list[tuple[tuple[str, str | None], float, float, float, float, bool]],
) -> None:
    log = [event(kind, at, wall) for kind, at, _, wall, _, _ in happened]
    seen = [event(kind, at + late, wall) for kind, at, late, _, wall, saw in happened if saw]
    told = merged(seen, log)
    # Each thing seen is one of the log's: all of the log's things, each once.
    assert count(told) == count(log)
    # The first source's own words stay.
    assert {id(item) for item in seen} <= {id(item) for item in told}
    times = [item.monotonic for item in told if item.monotonic is not None]
    assert times == sorted(times)


@given(st.lists(st.tuples(kinds, seconds, st.sampled_from((BOOT, OTHER))), max_size=16))
def test_another_boot_is_another_time(
    events: list[tuple[tuple[str, str | None], float, str]],
) -> None:
    """Even where a clock that was set back gives both the same time."""
    one = [event(kind, at, 1.7e9, BOOT) for kind, at, boot in events if boot == BOOT]
    two = [event(kind, at, 1.7e9, OTHER) for kind, at, boot in events if boot == OTHER]
    assert count(merged(one, two)) == count([*one, *two])


@given(st.lists(st.tuples(kinds, st.floats(0.0, 60.0), st.booleans(), st.booleans()), max_size=16))
def test_no_source_tells_more_than_is_kept(
    events: list[tuple[tuple[str, str | None], float, bool, bool]],
) -> None:
    """Flaps within a moment, one source without boot: as written before boots were noted."""
    one, two = (
        [
            Event(1000.0 + at, *(kind[0], "", kind[1]), at, BOOT if booted else "")
            for kind, at, first, booted in events
            if first is wanted
        ]
        for wanted in (True, False)
    )
    told = count(merged(one, two))
    assert all(told[key] >= most for key, most in (count(one) | count(two)).items())
    assert all(told[key] <= sum_ for key, sum_ in (count(one) + count(two)).items())


def test_without_a_boot_the_wall_clock_tells() -> None:
    old = Event(1000.0, "link-down", "eth0 link down", "eth0", 17.5)
    log = Event(1000.9, "link-down", "eth0 link down", "eth0", 99.0, BOOT)
    later = Event(1003.0, "link-down", "eth0 link down", "eth0", 101.0, BOOT)
    assert merged([old], [log, later]) == (old, later)


def test_flaps_that_one_look_has_missed_are_told_from_the_log() -> None:
    kind = ("link-down", "eth0")
    log = [event(kind, at, 1000.0) for at in (10.0, 10.4, 10.8)]
    seen = [event(kind, 10.9, 500.0)]
    told = merged(seen, log)
    assert len(told) == 3
    assert seen[0] in told


def test_what_is_in_order_stays_in_order_through_a_clock_set_back() -> None:
    first, second = event(KINDS[0], 10.0, 2000.0), event(KINDS[1], 20.0, 1000.0)
    before = event(KINDS[0], 500.0, 900.0, OTHER)
    assert merged([second, first, before]) == (before, first, second)


def test_seconds_since_a_boot_that_is_not_known_order_nothing() -> None:
    """Nor do they tell that two are the same: they may be of two boots."""
    first, second = event(KINDS[0], 50.0, 100.0, ""), event(KINDS[1], 3.0, 200.0, "")
    assert merged([second, first]) == (first, second)
    later = event(KINDS[0], 50.0, 900.0, "")
    assert merged([first], [later]) == (first, later)


def test_of_one_boot_the_newest_says_what_the_wall_clock_was() -> None:
    """It was set right since, as by NTP; another boot's event has its place by that."""
    wrong, right = event(KINDS[0], 10.0, 5.0), event(KINDS[1], 20.0, 1_000.0)
    between = event(KINDS[2], 7.0, 995.0, OTHER)
    assert merged([wrong, right], [between]) == (wrong, between, right)
    assert merged([right], [between], [wrong]) == (wrong, between, right)


def test_the_window_follows_the_bonds_clock() -> None:
    """With miimon 5 s the kernel's log has a link's change up to 5 s after the NIC's carrier."""
    seen = Event(100.0, "link-up", "eth0 link up", "eth0", 50.0, "boot")
    logged = replace(seen, wall=104.5, monotonic=54.5)
    slow = replace(bond(), miimon=5000, updelay=0, downdelay=0)
    assert len(merged([seen], [logged], same=same_for(slow))) == 1
    assert len(merged([seen], [logged], same=same_for(replace(slow, miimon=100)))) == 2
    delayed = replace(slow, miimon=100, updelay=5000)
    assert len(merged([seen], [logged], same=same_for(delayed))) == 1
    assert same_for(None) == SAME_WITHIN_S


def test_what_a_drill_took_down_is_no_failure() -> None:
    def at(wall: float, code: str, slave: str | None = None) -> Event:
        return Event(wall, code, code, slave)

    drill = [at(1, "drill-started"), *(at(2 + i, "link-down", "eth0") for i in range(3))]
    done = [*drill, at(6, "drill-passed")]
    assert not recent_failures(done, 10.0)
    assert recent_failures([*done, at(7, "link-down", "eth0")], 10.0) == {"eth0": 1}
    assert recent_failures([at(0.5, "failure", "eth0"), *done], 10.0) == {"eth0": 1}
    # One that was killed has put no end on record, and hides nothing for ever.
    late = at(2000, "link-down", "eth0")
    assert recent_failures([*drill, late], 2001.0) == {"eth0": 1}
