"""Fixtures of the lab, and the word it gives when it can't run."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import kernels, platforms, rootfs, turns
from tests.lab.errors import NoLab
from tests.lab.evidence import note
from tests.lab.guest import Guest, make_disk
from tests.lab.platforms import Platform
from tests.lab.stacks import LAB_STACKS, LabStack
from tests.left_out import leave_out
from xenbond_tui.stacks import STACKS

FAILED = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Settle the day before other processes of this run begin."""
    turns.day()


def pytest_report_header() -> str:
    """How the same run is had again."""
    return (
        f"lab: level {turns.level() or 'of a day'}; the same again with {turns.DAY}={turns.day()}"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of what is in this folder, and of what is thorough, stays what this run has."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.timeout(900))
    if turns.level() == "rest":
        ours = items
    named = bool(config.getoption("keyword"))
    rules = {item: _rule(item) for item in ours}
    out = {item for item, rule in rules.items() if not turns.takes_part(rule, named=named)}
    if out:
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=list(out))
    if turns.level() == "rest" and _tells(config):
        had = sorted({rules[item].turn for item in items})
        note(f"whose turn it is: {', '.join(map(turns.told, had))}")


def _tells(config: pytest.Config) -> bool:
    """Of several processes that have collected the same tests one tells of them."""
    return getattr(config, "workerinput", {}).get("workerid", "gw0") == "gw0"


def _rule(item: pytest.Item) -> turns.Candidate:
    """What the rule has to know of a test."""
    platform = _params(item).get("platform")
    return turns.Candidate(
        turn=turns.turn_of(item),
        journey=item.path.stem == "test_stack_journey",
        long=item.get_closest_marker("long") is not None,
        further=item.get_closest_marker("further") is not None,
        platform=platform,
    )


def _params(item: pytest.Item) -> dict[str, Any]:
    spec = getattr(item, "callspec", None)
    return dict(spec.params) if spec is not None else {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on a file of tests, and the host they share, that one of them failed."""
    report = yield
    if report.failed and item.parent is not None:
        item.parent.stash.setdefault(FAILED, {})[_host(item)] = item.name
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Choose the platform; and after a failed leg of a journey the rest say nothing.

    Guests are made by fixtures, which are set up after this.
    """
    platforms.use(_params(item).get("platform") or turns.platform_of(turns.turn_of(item)))
    failed = item.parent.stash.get(FAILED, {}) if item.parent is not None else {}
    if _host(item) in failed and getattr(getattr(item, "module", None), "JOURNEY", False):
        pytest.skip(f"the journey ended at {failed[_host(item)]}")


def _host(item: pytest.Item) -> str:
    """The tests of a file with the same one share a guest."""
    return f"{_row(item)} {_params(item).get('platform', '')}"


def _row(item: pytest.Item) -> str:
    """The row of `LAB_STACKS`, or the stack, a test is about; empty where it is about none."""
    params = _params(item)
    return str(params.get("row", params.get("stack", "")))


@pytest.fixture(scope="session", autouse=True)
def lab() -> None:
    """Leaves the lab out, saying why, where it can't be; in CI that is a failure."""
    why = _why_not()
    if why is not None:
        leave_out(f"no lab here: {why}")


def _why_not() -> str | None:
    try:
        kernels.ready(platforms.in_use().kernel)
        rootfs.ready()
    except NoLab as why:
        return str(why)
    return None


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    """One guest for the tests of a file, as an installer left it; they share what they do to it."""
    with Guest() as booted:
        note(f"guest booted in {booted.boot_seconds:.1f} s")
        yield booted


@pytest.fixture(scope="module", params=platforms.each(), ids=str)
def platform(request: pytest.FixtureRequest) -> Platform:
    """Each platform in turn, for what is shown on all of them."""
    asked: Platform = request.param
    return asked


@pytest.fixture(scope="module", params=LAB_STACKS.values(), ids=str)
def row(request: pytest.FixtureRequest, lab: None) -> LabStack:
    """Each row of the table in turn; one whose stack xenbond doesn't speak yet is left out."""
    row: LabStack = request.param
    if row.stack not in {stack.name for stack in STACKS}:
        pytest.skip(f"{row}: xenbond does not speak {row.stack} yet")
    return row


@pytest.fixture(scope="module")
def host(
    row: LabStack, platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guest]:
    """One host of that stack for the tests of a file, on a disk of its own."""
    disk = tmp_path_factory.mktemp(row.name) / "disk"
    with Guest(stack=row.name, disk=make_disk(disk), platform=platform) as booted:
        note(f"{row} on {platform}: guest booted in {booted.boot_seconds:.1f} s")
        if row.not_genuine:
            note(f"{row}: {row.not_genuine}")
        yield booted
    disk.unlink()
