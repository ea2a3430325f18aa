"""Follows a change from a terminal or a pipe: its steps as they happen, then the question.

This process only watches and asks; the change and its clock are the worker's. What `apply` and
`undo` share.
"""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from xenbond_tui.apply.holder import at_work, killed
from xenbond_tui.apply.news import mark_seen
from xenbond_tui.apply.one_at_a_time import busy
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import Line, Progress, State, Store
from xenbond_tui.apply.waiting import confirm, extend, rollback
from xenbond_tui.commands.say import say
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line, pad

_POLL_S = 0.2
_EXTRA_S = 120
"""Seconds that a typed `extend` adds."""
EXIT_LEFT = 130
"""Exit code when the operator left while the clock ran."""


class _LeftError(Exception):
    """The operator went away (Ctrl-C, the terminal closed); the change goes on without."""


def follow(machine: Machine, id: str) -> int:
    """Show a change until it has ended; returns 0 when it was kept.

    Raises:
        XenbondError: it was rolled back or failed; says why.
    """
    try:
        with _leaving():
            return _follow(machine, id)
    except _LeftError:
        with suppress(OSError):
            sys.stderr.write(
                f"\nxenbond: change {id} goes on without this terminal, and rolls back by itself "
                "unless it is kept.\nKeep it with `xenbond confirm`, roll it back with `xenbond "
                "undo`.\n"
            )
        return EXIT_LEFT


def _follow(machine: Machine, id: str) -> int:
    store = Store(machine)
    shown = 0
    asked_until: float | None = None
    told = False
    keyboard = _Keyboard()
    while True:
        if killed(machine, id):
            if not told:
                say("The background process was killed: the change is rolled back.")
            told = True
            _take_back(machine, id)
        progress = store.progress(id)
        shown = _show(progress.lines, shown)
        # When the time is over it is being rolled back, and can't be kept any more.
        if progress.state is State.ACTIVE and progress.remaining:
            if asked_until is None or abs((progress.deadline or 0.0) - asked_until) > 5.0:
                asked_until = progress.deadline
                _ask(progress, keyboard)
            for word in keyboard.words(_POLL_S):
                asked_until = None if _obey(machine, word) else asked_until
            if not keyboard.open:
                machine.clock.sleep(_POLL_S)
            continue
        if not store.record(id).is_open and not at_work(machine, id):
            mark_seen(machine, id)
            return _ended(progress)
        machine.clock.sleep(_POLL_S)


def _take_back(machine: Machine, id: str) -> None:
    """Roll back what nobody works on; how it ends is told by the change's notes.

    Raises:
        XenbondError: it can't be, and no other xenbond is at it either.
    """
    try:
        resolve_stale(machine)
    except XenbondError:
        if killed(machine, id) and not busy(machine):
            raise


def _show(lines: tuple[Line, ...], shown: int) -> int:
    """Print the lines that are new and finished; returns how many are shown now."""
    for line in lines[shown:]:
        if line.status == "running":
            break
        label = pad(one_line(line.label), 50)
        told = f"{line.status:>6}  {label} {line.seconds:6.2f} s  {one_line(line.detail)}"
        say(told.rstrip())
        shown += 1
    return shown


def _ask(progress: Progress, keyboard: "_Keyboard") -> None:
    remaining = f"{progress.remaining:.0f} s" if progress.remaining is not None else "a moment"
    say(f"\nEverything runs. Rolls back by itself in {remaining}.")
    if keyboard.open:
        say("Log in once more from somewhere else before you keep it.")
        say("Type keep, extend (2 minutes more) or undo, then Enter:")
    else:
        say("Keep it with `xenbond confirm`; `xenbond extend` gives more time.")


def _obey(machine: Machine, word: str) -> bool:
    """Do what was typed; returns True when the question shall be asked again."""
    try:
        match word:
            case "keep":
                confirm(machine)
            case "undo":
                say("Rolling back.")
                rollback(machine)
            case "extend":
                extend(machine, _EXTRA_S)
                return True
            case _:
                say(f"{word!r} is none of keep, extend, undo.")
    except XenbondError as error:
        # How it ended is told by the change itself.
        say(f"xenbond: {error}")
    return False


def _ended(progress: Progress) -> int:
    if progress.state is not State.CONFIRMED:
        raise XenbondError(progress.message or f"the change ended {progress.state}")
    say(progress.message)
    return 0


class _Keyboard:
    """Words typed on the terminal, without waiting for them longer than asked."""

    def __init__(self) -> None:
        self.open = sys.stdin is not None and sys.stdin.isatty()
        self._rest = ""

    def words(self, seconds: float) -> Iterator[str]:
        """What was typed within so many seconds, a word per line."""
        if not self.open:
            return
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if not ready:
            return
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            self.open = False
            return
        *lines, self._rest = (self._rest + data.decode("utf-8", "replace")).split("\n")
        yield from (line.strip().lower() for line in lines if line.strip())


@contextmanager
def _leaving() -> Iterator[None]:
    """Ctrl-C and a terminal that is closed end the watching, in words, not the change."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise _LeftError

    numbers = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
    old = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
