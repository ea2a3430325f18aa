"""The dom0, shared by all tests of this folder: one boot."""

from collections.abc import Iterator

import pytest

from tests.lab.errors import NoLab
from tests.lab.evidence import note
from tests.lab.xen.dom0 import Dom0
from tests.lab.xen.table import Table
from tests.left_out import leave_out


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
