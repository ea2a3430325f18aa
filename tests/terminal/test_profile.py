"""What a terminal is judged to show, and what Textual is told of it."""

import sys
from pathlib import Path

import pytest

from tests.terminal.pty_app import PtyApp
from xenbond_tui.terminal.profile import Profile, profile

ROOT = str(Path(__file__).parents[2])

JUDGED = [
    ("a modern terminal", {"TERM": "xterm-256color"}, Profile()),
    ("truecolor", {"TERM": "xterm", "COLORTERM": "truecolor"}, Profile()),
    ("16 colours", {"TERM": "xterm"}, Profile(theme="ansi-dark")),
    ("screen", {"TERM": "screen"}, Profile(theme="ansi-dark")),
    ("tmux", {"TERM": "tmux-256color"}, Profile()),
    ("console", {"TERM": "linux"}, Profile(ascii=True, theme="ansi-dark", old=True)),
    ("ansi", {"TERM": "ansi"}, Profile(ascii=True, theme="ansi-dark", old=True)),
    (
        "serial",
        {"TERM": "vt220"},
        Profile(ascii=True, theme="ansi-dark", monochrome=True, old=True),
    ),
    (
        "no colour wished",
        {"TERM": "xterm-256color", "NO_COLOR": "1"},
        Profile(theme="ansi-dark", monochrome=True),
    ),
    ("empty NO_COLOR is no wish", {"TERM": "xterm-256color", "NO_COLOR": ""}, Profile()),
    ("ASCII wished", {"TERM": "xterm-256color", "XENBOND_ASCII": "1"}, Profile(ascii=True)),
]


@pytest.mark.parametrize(("name", "env", "expected"), JUDGED, ids=[row[0] for row in JUDGED])
def test_judged(name: str, env: dict[str, str], expected: Profile) -> None:
    assert profile(env, "utf-8", True) == expected


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", None, "no-such-encoding"])
def test_without_utf8_it_is_ascii(encoding: str | None) -> None:
    assert profile({"TERM": "xterm-256color"}, encoding, True).ascii


@pytest.mark.parametrize("term", ["dumb", "unknown", "", None])
def test_a_terminal_that_cannot_move_its_cursor_is_refused(term: str | None) -> None:
    refusal = profile({} if term is None else {"TERM": term}, "utf-8", True).refusal
    assert refusal is not None
    assert "TERM" in refusal
    assert "xenbond plan" in refusal


def test_a_pipe_is_refused() -> None:
    refusal = profile({"TERM": "xterm"}, "utf-8", False).refusal
    assert refusal is not None
    assert "needs a terminal" in refusal or "need a terminal" in refusal


PREPARED = """
import os
from xenbond_tui.terminal.profile import prepare_terminal
prepare_terminal()
size = os.get_terminal_size(2)
names = ("NO_COLOR", "ESCDELAY", "TEXTUAL_ANIMATIONS", "TEXTUAL_DISABLE_KITTY_KEY")
values = [f"{n}={os.environ.get(n)}" for n in names]
print(f"{size.columns}x{size.lines}", *values, "end", sep="\\n")
"""


def prepared(
    env: dict[str, str], size: tuple[int, int] = (80, 24), reported: tuple[int, int] | None = None
) -> list[str]:
    environment = {"PYTHONPATH": ROOT, "PATH": "/usr/bin:/bin", **env}
    argv = [sys.executable, "-c", PREPARED]
    with PtyApp(argv, environment, size, reported=reported) as app:
        app.wait_for("end")
        return app.text.split()


def test_a_serial_line_is_asked_its_size() -> None:
    assert prepared({"TERM": "vt220"}, (132, 43), (0, 0))[0] == "132x43"


def test_the_operators_size_is_taken_where_the_kernel_has_none() -> None:
    env = {"TERM": "vt220", "COLUMNS": "90", "LINES": "30"}
    assert prepared(env, (132, 43), (0, 0))[0] == "90x30"
    assert prepared(env, (132, 43), (132, 43))[0] == "132x43"


SILENT = """
import os
from xenbond_tui.terminal.size import ensure_size
print(ensure_size(2, {}, timeout=0.05), tuple(os.get_terminal_size(2)), "end")
"""


def test_a_silent_line_gets_the_usual_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.terminal.pty_app._Screen.write_process_input", lambda *_: None)
    environment = {"PYTHONPATH": ROOT, "TERM": "vt100"}
    with PtyApp([sys.executable, "-c", SILENT], environment, reported=(0, 0)) as app:
        app.wait_for("end")
        assert "(80, 24) (80, 24)" in app.text


def test_textual_is_told() -> None:
    over_ssh = prepared({"TERM": "vt220", "SSH_CONNECTION": "10.0.0.1 4022 10.0.0.2 22"})
    assert {"NO_COLOR=1", "ESCDELAY=500", "TEXTUAL_ANIMATIONS=none"} <= set(over_ssh)
    assert "TEXTUAL_DISABLE_KITTY_KEY=1" in over_ssh
    here = prepared({"TERM": "xterm-256color", "NO_COLOR": "", "ESCDELAY": "50"})
    assert {"NO_COLOR=None", "ESCDELAY=50", "TEXTUAL_DISABLE_KITTY_KEY=None"} <= set(here)
