"""What every test relies on: the same environment and the same patience on every machine.

Also how the tests are shared out among processes, and what is told at the end of a run.
"""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.lab.turns import level, seconds, turn_of
from tests.told import NOTES, TALLY

settings.register_profile(
    "repeatable",
    deadline=None,  # a busy machine is no failure
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")

LEAKS = ("NO_COLOR", "COLORTERM", "COLUMNS", "LINES", "ESCDELAY", "SSH_CONNECTION", "SSH_TTY")
"""Variables of the person's terminal that would change what the tests see."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*LEAKS, *(n for n in os.environ if n.startswith(("TEXTUAL", "XENBOND_")))]:
        if not name.startswith(("XENBOND_LAB", "TEXTUAL_SNAPSHOT")):
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test loses its power: waiting for a disk, thousands of times, shows none of them more.

    The lab cuts the power (`tests/lab/test_power_cut.py`).
    """
    monkeypatch.setattr(os, "fsync", lambda fd: None)


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is done to trees is noted in a scratch directory, not in this machine's own."""
    state = tmp_path_factory.getbasetemp() / "state"
    monkeypatch.setattr("xenbond_tui.host.tree_state.ROOTS_OWN", f"{state}/xenbond")
    monkeypatch.setenv("XDG_STATE_HOME", str(state))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay in one process, in order; of a parametrised host, those of each.

    Those in QEMU share one machine, those in a dom0 another. First of all: xdist reads the groups
    in this hook, too. It hands them out in this order when it is told `--no-loadscope-reorder`.
    """
    for item in items:
        if "lab" in item.path.parts:
            # Here, for `-m lab` chooses before the lab's own hook has its turn.
            item.add_marker("lab")
        params = item.callspec.params if hasattr(item, "callspec") else {}
        host = params.get("row") or ("lab" in item.path.parts and params.get("stack"))
        if item.path.stem == "test_apply_faults":
            # Each way of failing is minutes by itself, and shares nothing with the others.
            host = params.get("kind")
        where = params.get("platform")
        group = "-".join(str(word) for word in (item.path.stem, host, where) if word)
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(folder if folder in ("qemu", "xen") else group))
    # What takes minutes is begun first: no process idles at the end.
    items.sort(key=lambda item: -seconds(turn_of(item)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this process has to tell, where it is one of several."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["told"] = [NOTES, TALLY]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take it."""
    notes, tally = getattr(node, "workeroutput", {}).get("told", ([], []))
    NOTES.extend(notes)
    TALLY.extend((words, points) for words, points in tally)


TOOK: Counter[str] = Counter()
"""A group of tests and the seconds that it took; not kept where one process has them all."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what a group takes."""
    if "@" in report.nodeid:
        TOOK[report.nodeid.rpartition("@")[2]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell it, not only to those who ask for output."""
    if NOTES:
        terminalreporter.section("lab")
        for text in NOTES:
            terminalreporter.write_line(text)
    if TOOK and level() in ("rest", "whole"):
        terminalreporter.section("what each turn took, for tests/lab/seconds.py")
        for group, taken in TOOK.most_common():
            terminalreporter.write_line(f"{taken:>5.0f} s  {group}")
    if TALLY:
        terminalreporter.section("faults tried, each at every point")
        for words, points in TALLY:
            terminalreporter.write_line(f"{points:>5} points  {words}")
        terminalreporter.write_line(f"{sum(points for _, points in TALLY):>5} points in all")
