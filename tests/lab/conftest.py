"""Fixtures of the lab, and the word it gives when it can't run."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.lab.evidence import NOTES, note
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was measured; times are this machine's, and nothing was asserted of most of them."""
    if NOTES:
        terminalreporter.section("lab")
        for text in NOTES:
            terminalreporter.write_line(text)


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
