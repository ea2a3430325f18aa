"""Apply: the steps as they happen, then keep, more time or undo before the clock runs out.

The work is done by a separate process; this screen only reads its notes, so it may be left and
reopened at any time.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum

from textual import work
from textual.app import ComposeResult
from typing_extensions import override

from screens.durations import minutes
from screens.frame import step_list
from screens.keys import Key
from screens.lines import Lines, Log
from screens.page import Page
from screens.plain import Plain
from screens.wrapping import wrap
from xenbond_tui.apply.holder import killed
from xenbond_tui.apply.one_at_a_time import busy
from xenbond_tui.apply.progress import Line
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import OPEN_STATES, Progress, State, Store
from xenbond_tui.apply.waiting import ask_rollback, confirm, extend
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import style
from xenbond_tui.text import pad

POLL_S = 0.5
MORE_S = 120

STATUS, TOOK = 8, 9
"""Widths of a line's first and last column."""

UNDOING = "Undoing it now."

WORDS = {"running": "now", "ok": "ok", "failed": "FAILED", "undone": "undone"}
"""A line's status as it is printed."""


class End(StrEnum):
    """How this screen was left."""

    KEPT = "kept"
    UNDONE = "undone"
    REFUSED = "refused"
    """Nothing was begun: back to where it was asked for."""
    LEFT = "left"
    """The change still waits; its clock runs on."""


class ApplyScreen(Page[End]):
    """Follows one change. `begin` starts it, or names the one that waits already."""

    CSS = style("apply")
    NAME = "Apply"
    PURPOSE = "Starting."
    HELP_TEXT = """
The change is carried out by a separate process. It goes on when this window
dies, and when nobody says keep, it puts everything back by itself: the files
byte for byte, and the running network.

  K  keep it; before you do, log in once more from somewhere else
  E  two minutes more
  U  undo it now

Another shell can do the same: xenbond confirm, xenbond extend, xenbond undo."""

    KEEP = Key("keep", "K", "keep")
    EXTEND = Key("extend", "E", "2 minutes more")
    UNDO = Key("undo", "U", "undo now")
    DONE = Key("done", "Enter", "go on", also="F10 ^N N")
    LEAVE = Key("leave", "Q", "leave, it goes on without you")
    BACK = Key("leave", "F8/P", "Back", also="Esc ^P")
    KEYS: tuple[Key, ...] = (KEEP, EXTEND, UNDO, DONE, LEAVE, BACK)

    def __init__(
        self,
        machine: Machine,
        facts: HostFacts,
        stack: str,
        begin: Callable[[], str],
        steps: tuple[str, ...] = (),
        about: str = "",
    ) -> None:
        """Follow one change.

        Args:
            machine: The host.
            facts: What is known of it, for the product line.
            stack: For the product line.
            begin: Begins it, or names the one that is under way already.
            steps: For the step list; none outside the wizard.
            about: Who began it and when, where that is not told by the way here.
        """
        super().__init__(machine, facts, stack)
        self.change = ""
        self.about = about
        self.steps = steps
        self.progress: Progress | None = None
        self.refused = ""
        self.busy = ""
        self.resolving = False
        self._begin = begin

    @override
    def head(self) -> ComposeResult:
        if self.steps:
            yield Plain(step_list(self.steps, self.NAME), id="steps")

    @override
    def body(self) -> ComposeResult:
        yield Plain(self.fill(self.about) if self.about else "", id="about")
        yield Log(id="log")
        yield Plain("", id="hint")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        state = self.state
        if self.refused:
            return (self.BACK,)
        if self.waits:
            leave = self.LEAVE.saying("leave, the clock runs on")
            return (self.KEEP, self.EXTEND, self.UNDO, leave)
        if state is State.CONFIRMED:
            return (self.DONE,)
        if state in (State.ROLLED_BACK, State.FAILED):
            return (self.DONE.saying("go back"),)
        return (self.LEAVE,)

    @override
    def opened(self) -> None:
        self.query_one(Lines).focus()
        self.follow()

    @work(exclusive=True)
    async def follow(self) -> None:
        """Begin, then show what the notes say until it has ended."""
        try:
            self.change = id = await asyncio.to_thread(self._begin)
            store = Store(self.machine)
            while True:
                progress = await asyncio.to_thread(store.progress, id)
                self.show_progress(progress)
                if progress.state not in OPEN_STATES:
                    return
                if not self.resolving and await asyncio.to_thread(killed, self.machine, id):
                    self.resolving = True
                    self.resolve(id)
                await asyncio.sleep(POLL_S)
        except XenbondError as error:
            self.refused = str(error)
            self.set_text("#purpose", "This was not begun.")
            self.set_text("#problem", f"! {error}")
            self.refresh_keys()

    @override
    def resized(self) -> None:
        progress = self.progress
        if progress is None:
            return
        if self.about and progress.state in OPEN_STATES:
            self.set_text("#about", self.fill(self.about))
        # As if it were new: the end of the log is what counts, in a smaller window too.
        self.progress = None
        self.show_progress(progress)

    def show_progress(self, progress: Progress) -> None:
        """Print what changed."""
        before, self.progress = self.progress, progress
        self.set_text("#purpose", self._headline(progress))
        log = self.query_one(Lines)
        log.show(progress_lines(progress.lines, max(50, self.size.width - 4)))
        if progress.state not in OPEN_STATES:
            # It said that the change has not ended.
            self.set_text("#about", "")
        self.set_text("#hint", self._advice(progress))
        self.refresh_keys()
        if (
            before is None
            or before.state is not progress.state
            or len(before.lines) != len(progress.lines)
        ):
            # The advice has taken some of its room by then.
            self.call_after_refresh(log.scroll_end, animate=False)

    def _headline(self, progress: Progress) -> str:
        if progress.state is State.ROLLING_BACK:
            return "Rolling back: the files and the network are put back as they were."
        if self.busy and progress.state is State.ACTIVE:
            return self.busy
        if progress.state is State.ACTIVE:
            left = minutes(progress.remaining or 0.0)
            return f"Done. Keep it?   Rolls back by itself in {left:>5}"
        return {
            State.CONFIRMED: "Kept: so it is now, and after the next start of the host."
            if self.machine.access.can_activate
            else "Written.",
            State.ROLLED_BACK: "Rolled back: the files and the network are as they were.",
            State.FAILED: "This needs you: it could not be done, nor rolled back completely.",
        }.get(progress.state, "Working. If it fails, it rolls back by itself.")

    def _advice(self, progress: Progress) -> str:
        if progress.state is State.ROLLING_BACK:
            return "It goes on without this window."
        if progress.state is State.ACTIVE:
            return self.fill(
                "Log in once more from somewhere else before you keep it. If this window dies, "
                "nothing is lost: the rollback runs without it; `xenbond confirm` keeps it."
            )
        if progress.state is State.CONFIRMED and self.machine.access.can_activate:
            return ""
        return self.fill(progress.message)

    @property
    def state(self) -> State | None:
        """How far the change is; None before that is known."""
        return self.progress.state if self.progress is not None else None

    @property
    def waits(self) -> bool:
        """True while the change waits to be kept."""
        return self.state is State.ACTIVE and not self.busy

    def action_keep(self) -> None:
        """Keep the change."""
        if self.waits:
            self.ask(lambda: confirm(self.machine), "Keeping it.")

    def action_extend(self) -> None:
        """Two minutes more."""
        if self.waits:
            self.ask(lambda: extend(self.machine, MORE_S), "")

    def action_undo(self) -> None:
        """Roll it back now."""
        if self.waits:
            self.ask(lambda: ask_rollback(self.machine), UNDOING)

    @work(thread=True, group="ask")
    def ask(self, question: Callable[[], object], busy: str) -> None:
        """Ask the worker, away from the screen's thread; what it answers shows in the notes."""
        self.busy = busy
        self.from_thread(self._show_busy)
        try:
            question()
        except XenbondError as error:
            self.from_thread(self.set_text, "#problem", f"! {error}")
        else:
            self.from_thread(self.set_text, "#problem", "")
            if busy == UNDOING:
                # Until its notes say so: nothing can be kept any more.
                return
        self.busy = ""

    @work(thread=True, group="resolve")
    def resolve(self, id: str) -> None:
        """Its process was killed: roll the change back here and now; its notes tell of it."""
        text = "Its background process was killed: the change is rolled back."
        self.from_thread(self.set_text, "#problem", f"! {text}")
        try:
            resolve_stale(self.machine)
        except XenbondError as error:
            # Another xenbond may have begun the same; then its notes tell how it goes.
            if killed(self.machine, id) and not busy(self.machine):
                self.from_thread(self.set_text, "#problem", f"! {error}")
        self.resolving = False

    def _show_busy(self) -> None:
        if self.busy:
            self.set_text("#purpose", self.busy)

    def action_done(self) -> None:
        """Go on, once it has ended."""
        if self.refused:
            self.finish(End.REFUSED)
        elif self.state is State.CONFIRMED:
            self.finish(End.KEPT)
        elif self.state in (State.ROLLED_BACK, State.FAILED):
            self.finish(End.UNDONE)

    def action_leave(self) -> None:
        """Leave it to its clock, or go on where it has ended."""
        if self.state in OPEN_STATES and not self.refused:
            self.finish(End.LEFT)
        else:
            self.action_done()


def progress_lines(lines: tuple[Line, ...], width: int) -> list[str]:
    """One line per step: status, label, seconds; what a step has to say goes under it."""
    shown = []
    for line in lines:
        took = f"{line.seconds:.2f} s" if line.status != "running" and line.seconds >= 0.01 else ""
        room = width - STATUS - TOOK
        text = f"{line.label}: {line.detail}" if line.detail else line.label
        first, *rest = wrap(text, room, rest="  ")
        status = WORDS.get(line.status, line.status)
        shown.append(f"{status:<{STATUS}}{pad(first, room)}{took:>{TOOK}}".rstrip())
        shown += [" " * STATUS + more for more in rest]
    return shown
