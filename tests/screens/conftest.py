"""One time zone, one Python for pictures, and hosts that stand still."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frozen
import pytest
from keys import PATIENCE
from settled import settled
from textual.pilot import Pilot

from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.state import DemoState
from xenbond_tui.health.reader import Reader, Reading
from xenbond_tui.machine import Machine

BASELINE = (3, 11)
"""The Python whose pictures are kept; others differ in details of text wrapping."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep pictures from being replaced by another Python's."""
    update = config.getoption("--snapshot-update", default=False)
    if update and sys.version_info[:2] != BASELINE:
        raise pytest.UsageError("--snapshot-update: only with Python 3.11, whose pictures are kept")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.app.wait_for_idle", settled)
    monkeypatch.setattr("textual.pilot.wait_for_idle", settled)
    # Textual gives a screen 30 s to handle what it was told.
    monkeypatch.setattr(Pilot._wait_for_screen, "__defaults__", (PATIENCE,))


@pytest.fixture(autouse=True)
def _whole_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cable is pulled before a look or after it.

    The demo's kernel changes several files; a look amid them tells one event as two, as it does of
    a real kernel, and which of them depends on the moment.
    """
    alone = threading.RLock()
    changing, read = DemoKernel.changing, Reader.read

    @contextmanager
    def changing_alone(kernel: DemoKernel) -> Iterator[DemoState]:
        with alone, changing(kernel) as state:
            yield state

    def read_alone(reader: Reader, *, whole: bool) -> Reading:
        with alone:
            return read(reader, whole=whole)

    monkeypatch.setattr(DemoKernel, "changing", changing_alone)
    monkeypatch.setattr(Reader, "read", read_alone)


@pytest.fixture
def dom0(tmp_path: Path) -> Machine:
    """The Debian 12 dom0 before anything is set up."""
    return frozen.dom0(tmp_path / "host")


@pytest.fixture
def bonded(tmp_path: Path) -> Machine:
    """The Debian 12 dom0 with bond0 under xenbr0."""
    return frozen.bonded(tmp_path / "host")
