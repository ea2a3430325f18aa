"""What was enumerated is told at the end of the run, not only to those who ask for output."""

import pytest
from faults import TALLY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY:
        terminalreporter.section("faults tried, each at every point")
        for words, points in TALLY:
            terminalreporter.write_line(f"{points:>5} points  {words}")
        terminalreporter.write_line(f"{sum(points for _, points in TALLY):>5} points in all")
