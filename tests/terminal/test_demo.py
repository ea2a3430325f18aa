"""The demo's screens as a person reads them on the poorest terminals, and how it ends."""

import os
import re
import signal
import sys
import time
from collections.abc import Mapping

import pytest

from tests.bench.programs import demo_with_bond
from tests.terminal.pty_app import PtyApp

pytestmark = pytest.mark.thorough

STEPS = ["Slaves", "Bond", "Bridge", "Xen", "Review"]
GARBAGE = re.compile(r"\$p|\[\?|\[[<>]|22;(default|pointer)|\\u[0-9a-f]{4}|�")
COLOURS = re.compile(rb"\x1b\[(?:\d*;)*(?:[3489]\d|10[0-7])(?:;\d*)*m")
"""Of a terminal that is told of none, greys on black are black on black where it has them."""


def demo(env: Mapping[str, str], *more: str) -> PtyApp:
    argv = [sys.executable, "-I", "-m", "xenbond_tui", "demo", *more]
    return PtyApp(argv, {**os.environ, "LANG": "C.UTF-8", **env})


def walk(env: Mapping[str, str], wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """The text of every screen on the way to the review, by the step's name.

    Args:
        env: of the terminal.
        wanted: each screen is read until it is this one; without it until it comes to rest.
    """
    seen = {}

    def look(app: PtyApp, step: str) -> None:
        if wanted is None:
            app.settle(1.0)
        else:
            app.wait_until(lambda: app.text == wanted[step], 60, f"{step} as elsewhere")
        seen[step] = app.text

    with demo(env) as app:
        app.wait_for("Set up")
        look(app, "Host")
        for step in STEPS:
            app.press("enter" if step == "Slaves" else "f10")
            app.wait_for(f"[{step}]")
            app.wait_gone("Making the plan.")
            look(app, step)
        app.press("ctrl+q")
        assert app.wait_exit() == 0
        if "NO_COLOR" in env or env["TERM"].startswith("vt"):
            assert not COLOURS.search(app.received)
        left = b"\x1b[?1049l" if env["TERM"].startswith("xterm") else b"\x1b[2J"
        assert left in app.received
    return seen


@pytest.fixture(scope="module")
def plain() -> dict[str, str]:
    return walk({"TERM": "xterm-256color", "XENBOND_ASCII": "1"})


POOR = [
    {"TERM": "linux"},
    {"TERM": "linux", "NO_COLOR": "1"},
    {"TERM": "vt220"},
    {"TERM": "xterm-256color", "XENBOND_ASCII": "1", "NO_COLOR": "1"},
    {"TERM": "xterm-256color", "XENBOND_ASCII": "1", "XENBOND_FULL_REDRAW": "1"},
]


@pytest.mark.parametrize("env", POOR, ids=lambda env: " ".join(map("=".join, env.items())))
def test_the_same_text_is_read_everywhere(env: dict[str, str], plain: dict[str, str]) -> None:
    for step, text in walk(env, plain).items():
        assert text.isascii(), step
        assert not GARBAGE.search(text), step


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, None], ids=str)
def test_it_ends_cleanly(end: signal.Signals | None) -> None:
    # Who starts the tests by nohup has them ignore SIGHUP, and what they start.
    previous = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        app = demo({"TERM": "linux"})
    finally:
        signal.signal(signal.SIGHUP, previous)
    with app:
        app.wait_for("Set up")
        app.settle()
        if end is None:
            app.hang_up()
            assert app.process.wait(timeout=60) >= 0
            return
        app.signal(end)
        assert app.wait_exit() == 128 + end
        assert app.text.strip() == ""
        assert app.received.endswith(b"\x1b[?25h")


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_without_a_cursor_is_refused_in_words(term: str) -> None:
    with demo({"TERM": term}) as app:
        assert app.wait_exit() == 2
        assert app.text.startswith("xenbond: TERM is")
        assert "Traceback" not in app.text


@pytest.mark.timeout(300)
def test_a_bond_that_is_watched_and_does_nothing_sends_nothing() -> None:
    """Gateway asked, switches listened to, counters read: for five seconds not one byte."""
    with demo_with_bond() as host, demo({"TERM": "linux"}, "--dir", str(host)) as app:
        app.wait_for("gateway  192.168.0.1  0.4 ms, none lost so far", timeout=120)
        app.settle(1.5)
        # The clock in the first line says the minute, and the count of the first minute is one
        # more word: both cost a few bytes once.
        if time.time() % 60 > 50:
            app.listen(12)
        assert app.listen(5) == 0
