"""A real application on a real pseudo-terminal, with Textual's own driver and with ours."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.terminal.pty_app import PtyApp

pytestmark = pytest.mark.thorough

SAMPLE = str(Path(__file__).with_name("sample_app.py"))
KEYS = ["down", "space", "down", "tab", "a", "xyz", "backspace", "f2", "down", "pagedown", "f3"]
XTERM = {"TERM": "xterm-256color"}


def sample(*argv: str, env: Mapping[str, str] = XTERM, **terminal: tuple[int, int]) -> PtyApp:
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "TEXTUAL_ANIMATIONS": "none", **env}
    return PtyApp([sys.executable, SAMPLE, *argv], environment, **terminal)


def cells(app: PtyApp) -> list[tuple[object, ...]]:
    shown = []
    for row in range(app.screen.lines):
        for column in range(app.screen.columns):
            cell = app.screen.buffer[row][column]
            plain = cell.data == " " and not (cell.reverse or cell.underscore)
            shown.append((" ", cell.bg) if plain else tuple(cell))
    return shown


def started(app: PtyApp) -> None:
    app.wait_for("Which NICs")
    app.wait_for("Quit")
    app.settle()


def alike(ours: PtyApp, stock: PtyApp, when: str) -> None:
    """Both show the same once both have drawn it, however busy the machine is."""
    end = time.monotonic() + 60
    while True:
        stock.settle()
        ours.settle()
        if cells(ours) == cells(stock):
            return
        assert time.monotonic() < end, f"{when}:\n{ours.text}\n--- and not\n{stock.text}"


@pytest.mark.parametrize("colours", ["", "truecolor"])
def test_the_same_screens_for_a_tenth_of_the_bytes(colours: str) -> None:
    env = XTERM | ({"COLORTERM": colours} if colours else {})
    with sample("stock", env=env) as stock, sample(env=env) as ours:
        started(stock)
        started(ours)
        alike(ours, stock, "started")
        before = len(stock.received), len(ours.received)
        for key in KEYS:
            stock.press(key)
            ours.press(key)
            alike(ours, stock, f"after {key}")
        stock_bytes, our_bytes = len(stock.received) - before[0], len(ours.received) - before[1]
        assert our_bytes * 5 < stock_bytes


def test_nothing_is_sent_when_nothing_happens() -> None:
    with sample() as app:
        started(app)
        assert app.listen(1.5) == 0


def test_no_thread_wakes_while_nothing_happens() -> None:
    def waits(app: PtyApp) -> list[int]:
        tasks = sorted(Path(f"/proc/{app.process.pid}/task").glob("*/status"))
        said = (task.read_text().split("\nvoluntary_ctxt_switches:")[1] for task in tasks)
        return [int(text.split()[0]) for text in said]

    with sample() as app:
        started(app)
        app.listen(1)
        before = waits(app)
        app.listen(3)
        woken = [after - then for then, after in zip(before, waits(app), strict=True)]
        # The reader of keys of Textual's own driver wakes thirty times.
        assert max(woken) < 10
        received = len(app.received)
        app.press("f2")
        app.wait_until(lambda: len(app.received) > received, 60, "answer to a key")


def test_full_redraw_sends_what_textual_does() -> None:
    with sample(env=XTERM | {"XENBOND_FULL_REDRAW": "1"}) as full, sample("stock") as stock:
        for app in (full, stock):
            started(app)
            app.press("down")
        alike(full, stock, "after down")
        assert len(full.received) > 0.9 * len(stock.received)


def test_redraw_repairs_a_screen_something_wrote_over() -> None:
    with sample() as app:
        started(app)
        before = cells(app)
        app.screen.reset()
        app.screen.draw("kernel: e1000 NIC Link is Down")
        app.press("ctrl+l")
        app.wait_until(lambda: cells(app) == before, 60, "repaired screen")


def test_a_resize_is_drawn_in_full() -> None:
    with sample() as app, sample("stock") as stock:
        for each in (app, stock):
            started(each)
            each.resize(100, 30)
            each.wait_until(lambda each=each: "Quit" in each.display[29], 60, "footer below")
        alike(app, stock, "resized")


def test_redraw_asks_a_serial_terminal_its_size() -> None:
    with sample(size=(100, 30), reported=(80, 24)) as app:
        started(app)
        assert "Quit" in app.display[23]
        app.press("ctrl+l")
        app.wait_until(lambda: "Quit" in app.display[29], 60, "footer in the last row")


@pytest.mark.parametrize("term", ["linux", "vt100", "vt220", "ansi"])
def test_an_old_terminal_shows_no_garbage(term: str) -> None:
    with sample(env={"TERM": term}) as app:
        started(app)
        app.press("ctrl+q")
        app.wait_exit()
        assert app.text.strip() == ""
        for garbage in (b"$p", b"\x1b]", b"\x1b[<", b"\x1b[>", b"?1049", b"?2004"):
            assert garbage not in app.received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_clean(number: signal.Signals) -> None:
    # Who starts the tests by nohup has them ignore SIGHUP, and what they start.
    previous = signal.signal(number, signal.SIG_DFL)
    try:
        app = sample()
    finally:
        signal.signal(number, previous)
    with app:
        started(app)
        app.signal(number)
        assert app.wait_exit() == 128 + number
        assert b"\x1b[?1049l" in app.received
        assert b"\x1b[?25h" in app.received
        assert app.received.rstrip().endswith(b"\x1b[?1004l")


def threads(app: PtyApp) -> int:
    return len(os.listdir(f"/proc/{app.process.pid}/task"))


def test_what_was_stopped_goes_on_once() -> None:
    """Not beside itself: who reads keys twice loses some, and the second reader never ends."""
    with sample() as app:
        started(app)
        there, before = threads(app), app.text
        for _ in range(3):
            app.signal(signal.SIGSTOP)
            app.screen.reset()
            app.signal(signal.SIGCONT)
            app.wait_for("Quit")
            app.settle()
            assert (app.text, threads(app)) == (before, there)
        app.press("ctrl+q")
        assert app.wait_exit() == 0


@pytest.mark.parametrize("nohup", [False, True])
def test_a_terminal_that_goes_away_ends_the_program(nohup: bool) -> None:
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
    try:
        app = sample()
    finally:
        signal.signal(signal.SIGHUP, previous)
    with app:
        started(app)
        app.hang_up()
        assert app.process.wait(timeout=60) >= 0
