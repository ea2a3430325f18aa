"""Fixtures of the lab, and the word it gives when it can't run."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.lab.guest import Guest
from tests.lab.rootfs import NoLab, ready

FAILED = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder boots a real kernel."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("lab")
            item.add_marker(pytest.mark.timeout(300))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on a file of tests that one of them failed."""
    report = yield
    if report.failed and item.parent is not None:
        item.parent.stash[FAILED] = item.name
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The legs of a journey stand on each other: after a failed one the rest say nothing."""
    failed = item.parent.stash.get(FAILED, None) if item.parent is not None else None
    if failed is not None and getattr(getattr(item, "module", None), "JOURNEY", False):
        pytest.skip(f"the journey ended at {failed}")


@pytest.fixture(scope="session", autouse=True)
def lab() -> None:
    """Leaves the lab out, saying why, where it can't be; in CI that is a failure."""
    try:
        ready()
    except NoLab as why:
        said = f"lab left out: {why}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"{said} (CI=true: it may not be left out)", pytrace=False)
        pytest.skip(said)


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    """One guest for the tests of a file, as an installer left it; they share what they do to it."""
    with Guest() as booted:
        print(f"\nguest booted in {booted.boot_seconds:.1f} s")
        yield booted
