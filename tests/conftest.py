"""What every test relies on: the same environment and the same patience on every machine."""

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
        if not name.startswith(("XENBOND_LAB", "TEXTUAL_SNAPSHOT")):
            monkeypatch.delenv(name, raising=False)
