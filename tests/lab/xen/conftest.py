"""The dom0, shared by all tests of this folder: one boot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.errors import NoLab
from tests.lab.evidence import note
from tests.lab.xen.dom0 import Dom0
from tests.lab.xen.table import Table
from tests.left_out import leave_out


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Four times what others of the lab may take: whatever is waited for has a bound of its own.

    That one is of the dom0's time, this one of this machine's, whose processors others have, too.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture(scope="session")
def dom0(lab: None) -> Iterator[Dom0]:
    """One dom0; left out, saying why, where QEMU is not to be had."""
    try:
        booted = Dom0()
    except NoLab as why:
        leave_out(f"no dom0 here: {why}")
    with booted:
        note(f"xen: dom0 booted in {booted.boot_seconds:.0f} s")
        yield booted


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    """What host and guests lost, printed at the end of the run."""
    made = Table()
    yield made
    if made.rows:
        note(str(made))
