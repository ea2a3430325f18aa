"""Each of the lab's tests runs somewhere by rule, and a run can be had again."""

import pytest

from tests.lab import platforms, turns
from tests.lab.errors import NoLab
from tests.lab.platforms import PLATFORMS, Platform
from tests.lab.stacks import LAB_STACKS
from tests.lab.turns import Candidate, Today, platform_of, takes_part

TODAY = 20785
LEGS = [
    Candidate(f"journey-{row}-{platform}", True, row, long, further, platform)
    for row in LAB_STACKS
    for platform in PLATFORMS
    for long, further in ((False, False), (False, True), (True, False))
]
OTHERS = [Candidate(f"file{n}", False, "", n % 2 == 0) for n in range(30)]
ALL = [*LEGS, *OTHERS]


@pytest.fixture(autouse=True)
def asked_for(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("LEVEL", "RELEASE", "KERNEL"):
        monkeypatch.delenv(f"XENBOND_LAB_{name}", raising=False)
    monkeypatch.setenv(turns.DAY, str(TODAY))
    return monkeypatch


def run(level: str, day: int, patch: pytest.MonkeyPatch) -> set[Candidate]:
    """What a run of that level has that day."""
    patch.setenv("XENBOND_LAB_LEVEL", level)
    patch.setenv(turns.DAY, str(day))
    today = Today.of(ALL)
    return {test for test in ALL if takes_part(test, today)}


@pytest.mark.parametrize("day", range(TODAY, TODAY + 7))
def test_the_gate_has_each_journey_each_day_and_half_of_the_rest(
    day: int, asked_for: pytest.MonkeyPatch
) -> None:
    quick, rest = run("quick", day, asked_for), run("rest", day, asked_for)
    assert {test.row for test in quick} == set(LAB_STACKS)
    assert len(quick) == len(LAB_STACKS), "each stack's journey on one platform"
    assert {test.platform for test in quick} == {PLATFORMS[-1]}
    usual = [test for test in OTHERS if not test.long]
    assert abs(len(rest & set(usual)) - len(usual) / 2) <= 1
    journeys = {(test.row, test.platform) for test in rest if test.further}
    assert len(journeys) in range(len(LAB_STACKS) // 2, len(LAB_STACKS) // 2 + 3)
    assert {platform for _, platform in journeys} == set(PLATFORMS)


@pytest.mark.parametrize("first", range(TODAY, TODAY + 4))
def test_four_days_have_all_that_is_not_long_and_files_on_both_platforms(
    first: int, asked_for: pytest.MonkeyPatch
) -> None:
    seen: dict[Candidate, set[Platform]] = {}
    for day in range(first, first + 4):
        for test in run("rest", day, asked_for):
            seen.setdefault(test, set()).add(test.platform or platform_of(test.group))
    for test in (test for test in ALL if not test.long):
        assert len(seen[test]) == (1 if test.journey else 2), test


def test_who_names_a_test_or_a_platform_waits_for_no_turn(asked_for: pytest.MonkeyPatch) -> None:
    asked_for.setenv("XENBOND_LAB_LEVEL", "rest")
    usual = {test for test in OTHERS if not test.long}
    assert usual <= {test for test in ALL if takes_part(test, Today.of(ALL, named=True))}
    asked_for.setenv("XENBOND_LAB_RELEASE", "trixie")
    assert usual <= run("rest", TODAY, asked_for)


@pytest.mark.parametrize("level", ["quick", "rest"])
def test_a_named_platform_has_every_leg_in_quick(level: str, asked_for: pytest.MonkeyPatch) -> None:
    asked_for.setenv("XENBOND_LAB_RELEASE", "trixie")
    had = run(level, TODAY, asked_for)
    further = {test for test in had if test.further and test.platform == PLATFORMS[-1]}
    assert len(further) == (len(LAB_STACKS) if level == "quick" else 0)


def test_four_days_show_every_leg_on_both_platforms(asked_for: pytest.MonkeyPatch) -> None:
    days = [run("rest", day, asked_for) for day in range(TODAY, TODAY + 4)]
    assert set().union(*days) >= {test for test in LEGS if test.further}


def test_what_is_long_comes_round_in_a_week(asked_for: pytest.MonkeyPatch) -> None:
    days = [run("rest", day, asked_for) for day in range(TODAY, TODAY + 7)]
    assert {test.turn for test in set().union(*days)} >= {test.turn for test in ALL if test.long}
    counts = [sum(test.long for test in day) for day in days]
    assert max(counts) - min(counts) <= 1, "no day has them all"


def test_in_two_weeks_the_long_legs_were_on_each_platform(asked_for: pytest.MonkeyPatch) -> None:
    days = [run("rest", day, asked_for) for day in range(TODAY, TODAY + 14)]
    assert set().union(*days) >= {test for test in ALL if test.long}


@pytest.mark.parametrize("level", ["quick", "rest"])
@pytest.mark.parametrize("day", range(TODAY, TODAY + 14))
def test_no_leg_of_a_journey_runs_without_those_before_it(
    level: str, day: int, asked_for: pytest.MonkeyPatch
) -> None:
    had = run(level, day, asked_for)
    for leg in (test for test in had if test.journey and (test.long or test.further)):
        first = Candidate(leg.group, True, leg.row, False, False, leg.platform)
        assert first in had, leg


def test_the_whole_has_everything_whatever_the_day(asked_for: pytest.MonkeyPatch) -> None:
    assert run("whole", TODAY, asked_for) == set(ALL)


@pytest.mark.parametrize("name", [*LAB_STACKS, "test_drill", "test_power_cut"])
def test_two_days_show_both_platforms(name: str, asked_for: pytest.MonkeyPatch) -> None:
    seen = set()
    for day in (TODAY, TODAY + 1):
        asked_for.setenv(turns.DAY, str(day))
        seen.add(platform_of(name))
    assert seen == set(PLATFORMS)


@pytest.mark.parametrize("day", [TODAY, TODAY + 1])
def test_the_emulated_machine_has_the_first_platform_unless_another_is_named(
    day: int, asked_for: pytest.MonkeyPatch
) -> None:
    asked_for.setenv(turns.DAY, str(day))
    assert platform_of("qemu") == PLATFORMS[0]
    asked_for.setenv("XENBOND_LAB_RELEASE", "trixie")
    assert platform_of("qemu") == PLATFORMS[-1]


@pytest.mark.parametrize(
    ("release", "kernel", "expected"),
    [
        ("trixie", "", "trixie-7"),
        ("", "6.1", "bookworm-6.1"),
        ("trixie", "6.12", "trixie-6.12"),
        ("bookworm", "7", "bookworm-7"),
    ],
)
def test_one_that_is_named_is_had_for_everything(
    asked_for: pytest.MonkeyPatch, release: str, kernel: str, expected: str
) -> None:
    asked_for.setenv("XENBOND_LAB_RELEASE", release)
    asked_for.setenv("XENBOND_LAB_KERNEL", kernel)
    assert [str(platform) for platform in platforms.each()] == [expected]
    assert str(platform_of("test_drill")) == str(platform_of("networkd")) == expected


@pytest.mark.parametrize(
    ("variable", "value"), [("RELEASE", "sarge"), ("KERNEL", "2.6"), ("LEVEL", "most")]
)
def test_a_name_that_is_no_row_is_refused(
    asked_for: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    asked_for.setenv(f"XENBOND_LAB_{variable}", value)
    with pytest.raises(NoLab, match=rf"{variable}={value} is none of"):
        _ = (platforms.chosen(), turns.level())


def test_without_a_word_a_shell_runs_the_newest_platform() -> None:
    platforms._in_use.clear()
    assert platforms.in_use() == PLATFORMS[-1]
    other: Platform = PLATFORMS[0]
    platforms.use(other)
    assert platforms.in_use() == other
    platforms._in_use.clear()
