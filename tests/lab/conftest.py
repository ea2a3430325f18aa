"""Fixtures of the lab, and the word it gives when it can't run."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.lab.evidence import note
from tests.lab.guest import Guest, make_disk
from tests.lab.errors import NoLab
from tests.lab.rootfs import ready
from tests.lab.stacks import LAB_STACKS, LabStack
from xenbond_tui.stacks import STACKS

FAILED = pytest.StashKey[dict[str, str]]()


WHOLE = "XENBOND_LAB_WHOLE" in os.environ
"""Everything is shown, not only what each run of all tests has the time for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder boots a real kernel."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("lab")
            if item.get_closest_marker("long") and not WHOLE:
                item.add_marker(pytest.mark.skip("takes long; `make lab-whole` runs it"))
            item.add_marker(pytest.mark.timeout(900))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on a file of tests, and the host they share, that one of them failed."""
    report = yield
    if report.failed and item.parent is not None:
        item.parent.stash.setdefault(FAILED, {})[_row(item)] = item.name
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The legs of a journey stand on each other: after a failed one the rest say nothing."""
    failed = item.parent.stash.get(FAILED, {}) if item.parent is not None else {}
    if _row(item) in failed and getattr(getattr(item, "module", None), "JOURNEY", False):
        pytest.skip(f"the journey ended at {failed[_row(item)]}")


def _row(item: pytest.Item) -> str:
    """The row of `LAB_STACKS`, or the stack, a test is about; empty where it is about none."""
    spec = getattr(item, "callspec", None)
    params = spec.params if spec is not None else {}
    return str(params.get("row", params.get("stack", "")))


@pytest.fixture(scope="session", autouse=True)
def lab() -> None:
    """Leaves the lab out, saying why, where it can't be; in CI that is a failure."""
    why = _why_not()
    if why is None:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"lab left out, which it may not be in CI: {why}", pytrace=False)
    pytest.skip(f"lab left out: {why}")


def _why_not() -> str | None:
    try:
        ready()
    except NoLab as why:
        return str(why)
    return None


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    """One guest for the tests of a file, as an installer left it; they share what they do to it."""
    with Guest() as booted:
        note(f"guest booted in {booted.boot_seconds:.1f} s")
        yield booted


@pytest.fixture(scope="module", params=LAB_STACKS.values(), ids=str)
def row(request: pytest.FixtureRequest, lab: None) -> LabStack:
    """Each row of the table in turn; one whose stack xenbond doesn't speak yet is left out."""
    row: LabStack = request.param
    if row.stack not in {stack.name for stack in STACKS}:
        pytest.skip(f"{row}: xenbond does not speak {row.stack} yet")
    return row


@pytest.fixture(scope="module")
def host(row: LabStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """One host of that stack for the tests of a file, on a disk of its own."""
    disk = tmp_path_factory.mktemp(row.name) / "disk"
    with Guest(stack=row.name, disk=make_disk(disk)) as booted:
        note(f"{row}: guest booted in {booted.boot_seconds:.1f} s")
        if row.not_genuine:
            note(f"{row}: {row.not_genuine}")
        yield booted
    disk.unlink()
