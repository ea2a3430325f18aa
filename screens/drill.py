"""Drill: fail one slave after the other, guided, and see what is heard of it.

A separate process does it; this screen begins it or finds the one that runs, and reads its
notes. It may be left and opened again at any time.
"""

import asyncio
from collections.abc import Callable

from textual import work
from textual.app import ComposeResult
from typing_extensions import override

from screens.apply import progress_lines
from screens.cables import CABLE_KEYS, cable_keys, cables_of, toggle
from screens.drill_words import DOES, WAYS, probed, refused, session_words
from screens.keys import MOVE, SCROLL, Key
from screens.lines import Lines
from screens.page import Page
from screens.plain import Plain
from screens.rows import Row, Rows
from xenbond_tui.apply.progress import Line, read_progress
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How
from xenbond_tui.drill.report import kept
from xenbond_tui.drill.start import begin
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.model import HealthState
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import style
from xenbond_tui.text import clean

POLL_S = 0.25
"""Seconds between two looks at the notes, or at whether the bond may be drilled."""


class DrillScreen(Page[None]):
    """Choose how, then follow it to its report."""

    CSS = style("drill")
    NAME = "Drill"
    HELP_TEXT = """
A drill fails one slave after the other and measures how long nothing is heard.
It is refused unless the bond is healthy, so that it is never the drill that cuts
this host off. It runs in a separate process: this screen, or your session, may
go. When it ends, or is stopped or killed, everything is put back as it was.

  Enter  begin, in the way under the cursor
  S      stop it; everything is put back
  Esc    leave this screen; a drill that runs goes on, D finds it again

The report is kept under /var/lib/xenbond/drills; R on the health screen shows the
last one. `xenbond drill` does the same without screens."""

    BEGIN = Key("", "Enter", "begin")
    STOP = Key("stop", "S", "stop it, all back")
    LEAVE = Key("leave", "Esc", "back", also="F8 ^P P Q")
    KEYS: tuple[Key, ...] = (STOP, LEAVE, *CABLE_KEYS)

    def __init__(
        self,
        machine: Machine,
        facts: HostFacts | None,
        stack: str,
        bond: str,
        look: Callable[[], HealthState | None],
    ) -> None:
        """Drill one bond; `look` gives the bond as it was last seen."""
        super().__init__(machine, facts, stack)
        self.bond = bond
        self.drills = Drills(machine)
        self.look = look
        self.drill: str | None = None
        """The drill that is followed."""
        self.ended = False
        self.beginning = False
        self.cables = cables_of(machine.kernel)

    @override
    def purpose(self) -> str:
        return f"Does {self.bond} really fail over? How shall each slave fail?"

    @override
    def body(self) -> ComposeResult:
        yield Rows((Row(how, text) for how, text in WAYS.items()), id="ways")
        yield Plain("", id="hint")
        yield Plain("", id="prompt")
        yield Lines(id="log")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        if self.ended:
            return (SCROLL, self.LEAVE)
        if self.drill is not None:
            cables = cable_keys(self.cables, self.look())
            return (*cables, self.STOP, self.LEAVE.saying("leave, it goes on"))
        return (MOVE, self.BEGIN, self.LEAVE)

    @override
    def opened(self) -> None:
        self.query_one("#prompt").display = False
        self.query_one("#log").display = False
        self.query_one(Rows).focus()
        self.find()

    @work(group="find")
    async def find(self) -> None:
        """Follow the drill that runs, if one does; else keep the explanation up to date."""
        while self.drill is None:
            id = await asyncio.to_thread(self.drills.running)
            if id is not None and not self.beginning:
                self.follow(id)
                return
            self._explain()
            await asyncio.sleep(POLL_S)

    @property
    def how(self) -> How:
        """The way under the cursor."""
        row = self.query_one(Rows).row
        return How(row.id) if row is not None else How.PULL

    def on_rows_moved(self) -> None:
        """Explain the way under the cursor."""
        self._explain()

    def _explain(self) -> None:
        state = self.look()
        parts = [DOES[self.how], ""]
        if why := refused(state, self.how):
            parts = [*parts, f"Not now: {why}"]
        elif state is not None:
            parts += [session_words(self.facts, state, self.how), "", probed(state)]
        self.set_text("#hint", self.fill("\n".join(parts)))

    @override
    def resized(self) -> None:
        if self.drill is None:
            self._explain()

    def on_rows_chosen(self) -> None:
        """Begin."""
        if self.drill is None and not self.beginning:
            self.beginning = True
            self.set_text("#problem", "")
            self.begin(self.how)

    @work(group="begin")
    async def begin(self, how: How) -> None:
        """Begin it, unless it is refused."""
        try:
            id = await asyncio.to_thread(begin, self.machine, self.bond, how, None)
        except XenbondError as error:
            self.set_text("#problem", self.fill(f"! {error}", "  "))
            self.beginning = False
            return
        self.follow(id)

    @work(exclusive=True, group="follow")
    async def follow(self, id: str) -> None:
        """Show what its notes say until it has ended, then its report."""
        self.drill = id
        bond, _, target, _ = await asyncio.to_thread(self.drills.order, id)
        self.query_one("#ways").display = False
        self.query_one("#hint").display = False
        self.query_one("#log").display = True
        self.query_one("#log", Lines).focus()
        self.set_text("#purpose", f"Drill of {bond}. {target} is asked every 20 ms.")
        while True:
            over = await asyncio.to_thread(self.drills.lock.holder) is None
            lines, said = await asyncio.to_thread(
                read_progress, self.drills.path(id, "progress.jsonl")
            )
            if over:
                break
            self.show_progress(lines, said)
            await asyncio.sleep(POLL_S)
        await self._end(id, lines, said)

    def show_progress(self, lines: tuple[Line, ...], said: str) -> None:
        """Print what changed; what the operator is told stands out."""
        self.set_text("#prompt", said)
        self.query_one("#prompt").display = bool(said)
        log = self.query_one("#log", Lines)
        before = log.lines
        log.show(progress_lines(lines, max(50, self.size.width - 4)))
        if log.lines != before:
            log.scroll_end(animate=False)
        self.refresh_keys()

    async def _end(self, id: str, lines: tuple[Line, ...], said: str) -> None:
        report = await asyncio.to_thread(kept, self.machine, id)
        self.ended = True
        self.set_text("#purpose", f"The drill has ended. {'' if report else said}".strip())
        self.query_one("#prompt").display = False
        log = self.query_one("#log", Lines)
        if report is not None:
            directory = self.drills.path(id).removeprefix(self.machine.access.root).rstrip("/")
            where = f"Kept in {directory}: report.txt, report.json"
            text = "\n".join(self.fill(line, "  ") for line in clean(report[0]).splitlines())
            log.show([*text.splitlines(), "", where])
        else:
            log.show([*progress_lines(lines, max(50, self.size.width - 4)), "", "No report."])
        log.scroll_home(animate=False)
        self.refresh_keys()

    @work(thread=True, group="stop")
    def action_stop(self) -> None:
        """Ask the drill to put everything back and end."""
        if self.drill is not None and not self.ended:
            self.drills.ask_to_stop(self.drill)

    @work(thread=True, group="cable")
    def action_cable(self, number: int) -> None:
        """Pull or plug the cable of the slave of that number, where cables are at hand."""
        toggle(self.cables, self.look(), number)

    def action_leave(self) -> None:
        """Leave this screen; a drill that runs goes on."""
        self.finish(None)
