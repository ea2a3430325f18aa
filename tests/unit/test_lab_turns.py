"""Each test of the lab, and what is thorough, runs somewhere by rule; a run can be had again."""

from pathlib import Path

import pytest

from tests.lab import platforms, turns
from tests.lab.errors import NoLab
from tests.lab.platforms import PLATFORMS, Platform
from tests.lab.seconds import EACH_DAY, SECONDS, WITHOUT_A_GUEST
from tests.lab.stacks import LAB_STACKS
from tests.lab.turns import WEEK, Candidate, platform_of, takes_part

TODAY = 20785
LEGS = [
    Candidate(f"journey-{row}", True, long, further, platform)
    for row in LAB_STACKS
    for platform in PLATFORMS
    for long, further in ((False, False), (False, True), (True, False))
]
ON_EACH = [Candidate(f"test_standing-{row}", platform=it) for row in LAB_STACKS for it in PLATFORMS]
NEW = [Candidate(f"test_new{n}", long=n % 2 == 0) for n in range(30)]
OTHERS = [*(Candidate(name) for name in [*SECONDS, *WITHOUT_A_GUEST] if "-" not in name), *NEW]
ALL = [*LEGS, *ON_EACH, *OTHERS]


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
    return {test for test in ALL if takes_part(test)}


@pytest.mark.parametrize("day", range(TODAY, TODAY + WEEK))
def test_make_test_has_each_journey_each_day(day: int, asked_for: pytest.MonkeyPatch) -> None:
    quick = run("quick", day, asked_for)
    assert {test.turn for test in quick} == {f"journey-{row}" for row in LAB_STACKS}
    assert len(quick) == len(LAB_STACKS), "each stack's journey on one platform"
    assert {test.platform for test in quick} == {PLATFORMS[-1]}


@pytest.mark.parametrize("first", range(TODAY, TODAY + 2 * WEEK))
def test_a_week_has_everything_once_and_the_next_one_the_other_platform(
    first: int, asked_for: pytest.MonkeyPatch
) -> None:
    seen: dict[str, list[Platform]] = {}
    for day in range(first, first + 2 * WEEK):
        had = run("rest", day, asked_for)
        for turn in {test.turn for test in had}:
            seen.setdefault(turn, []).append(platform_of(turn))
            with_it = [test for test in ALL if test.turn == turn]
            assert had >= {test for test in with_it if test.platform in (None, seen[turn][-1])}
    assert set(seen) == {test.turn for test in ALL}
    for turn, on in seen.items():
        assert len(on) == len(PLATFORMS), turn
        assert turn == "qemu" or set(on) == set(PLATFORMS), turn


def test_no_day_of_two_weeks_takes_much_longer_than_another(
    asked_for: pytest.MonkeyPatch,
) -> None:
    taken = {(weekday, week): 0.0 for weekday in range(WEEK) for week in range(len(PLATFORMS))}
    for name, turn in turns.dealt().items():
        for week in range(len(PLATFORMS)):
            taken[turn.weekday, week] += turns.seconds(name, turn.platform(week))
    assert max(taken.values()) < 1.1 * min(taken.values()), taken
    # Four side by side, and then a quarter of an hour is left to the rest of the gate.
    assert max(taken.values()) < 4 * 900


@pytest.mark.parametrize("name", [*SECONDS, *WITHOUT_A_GUEST, *EACH_DAY])
def test_what_has_a_turn_is_there(name: str) -> None:
    file, _, row = name.partition("-")
    here = Path(__file__).parents[1]
    if file == "journey":
        assert row in LAB_STACKS
        file = "test_stack_journey"
    if file in ("qemu", "xen"):
        assert list((here / "lab" / file).glob("test_*.py"))
        return
    where = here / f"{file}.py" if name in WITHOUT_A_GUEST else here / "lab" / f"{file}.py"
    assert where.exists()


def test_who_names_a_test_or_a_platform_waits_for_no_turn(asked_for: pytest.MonkeyPatch) -> None:
    asked_for.setenv("XENBOND_LAB_LEVEL", "rest")
    named = {test for test in ALL if takes_part(test, named=True)}
    assert named >= set(OTHERS)
    assert {test.turn for test in named} == {test.turn for test in ALL}
    asked_for.setenv("XENBOND_LAB_RELEASE", "trixie")
    assert run("rest", TODAY, asked_for) >= set(OTHERS)


@pytest.mark.parametrize("level", ["quick", "rest"])
def test_a_named_platform_has_every_leg_in_quick(level: str, asked_for: pytest.MonkeyPatch) -> None:
    asked_for.setenv("XENBOND_LAB_RELEASE", "trixie")
    had = run(level, TODAY, asked_for)
    further = {test for test in had if test.further and test.platform == PLATFORMS[-1]}
    assert len(further) == (len(LAB_STACKS) if level == "quick" else 0)


@pytest.mark.parametrize("level", ["quick", "rest"])
@pytest.mark.parametrize("day", range(TODAY, TODAY + 14))
def test_no_leg_of_a_journey_runs_without_those_before_it(
    level: str, day: int, asked_for: pytest.MonkeyPatch
) -> None:
    had = run(level, day, asked_for)
    for leg in (test for test in had if test.journey and (test.long or test.further)):
        first = Candidate(leg.turn, True, False, False, leg.platform)
        assert first in had, leg


@pytest.mark.parametrize("day", range(TODAY, TODAY + 2 * WEEK))
def test_what_waits_for_no_turn_is_there_each_day_but_for_its_long_legs(
    day: int, asked_for: pytest.MonkeyPatch
) -> None:
    asked_for.setenv(turns.DAY, str(day))
    (name,) = EACH_DAY
    short, long = Candidate(name), Candidate(name, long=True)
    assert platform_of(name) == PLATFORMS[0]
    levels = {"quick": (False, False), "": (True, False), "rest": (True, False)}
    for level, has in {**levels, "whole": (True, True)}.items():
        asked_for.setenv("XENBOND_LAB_LEVEL", level)
        assert (takes_part(short), takes_part(long)) == has, level
    asked_for.setenv("XENBOND_LAB_RELEASE", "trixie")
    assert not takes_part(short), "that release has other packages"


def test_the_whole_has_everything_whatever_the_day(asked_for: pytest.MonkeyPatch) -> None:
    assert run("whole", TODAY, asked_for) == set(ALL)


@pytest.mark.parametrize("day", [TODAY, TODAY + WEEK])
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
    assert str(platform_of("test_drill")) == str(platform_of("journey-networkd")) == expected


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
