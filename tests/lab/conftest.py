"""Fixtures of the lab, and the word it gives when it can't run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.guest import Guest
from tests.lab.rootfs import NoLab, ready


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder boots a real kernel."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("lab")
            item.add_marker(pytest.mark.timeout(300))


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
