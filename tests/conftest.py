"""What every test relies on: an environment of its own, and a lab never left out silently."""

import os

import pytest
from hypothesis import HealthCheck, settings

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
        if not name.startswith("XENBOND_LAB"):
            monkeypatch.delenv(name, raising=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the lab was left out, where a person sees it."""
    left_out = {
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", [])
        if "lab" in report.keywords and isinstance(report.longrepr, tuple)
    }
    for reason in sorted(left_out):
        terminalreporter.write_line(f"The lab was left out: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a lab test that was skipped is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    if any("lab" in report.keywords for report in reporter.stats.get("skipped", [])):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
