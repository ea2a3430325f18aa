"""Undo: earlier changes, newest first, and what taking one back would write."""

import textwrap

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static
from typing_extensions import override

from screens.diff import DiffLines, diff_lines
from screens.durations import of_date
from screens.page import Page
from screens.rows import Row, Rows
from xenbond_tui.apply.actions import undo_plan
from xenbond_tui.apply.store import Record, State
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.plan import Plan

WORDS = {
    State.CONFIRMED: "kept",
    State.ROLLED_BACK: "went back",
    State.FAILED: "FAILED",
    State.UNREADABLE: "unreadable",
}
"""States that have ended, in words."""


class HistoryScreen(Page[str | None]):
    """Gives back the ID of the change to take back, or None."""

    CSS_PATH = "history.tcss"
    NAME = "Undo"
    HELP_TEXT = """
Every change xenbond made here. The lower part shows what taking back the one
under the cursor would write. Undoing is a change of its own: it is carried out
the same way, waits to be kept, and goes back by itself if nobody says so.

A change that went back by itself has nothing left to undo."""

    BINDINGS = [
        Binding("u,f10,ctrl+n,n", "undo", show=False),
        Binding("escape,f8,ctrl+p,p,q", "leave", show=False),
    ]

    def __init__(
        self, machine: Machine, facts: HostFacts, stack: str, records: tuple[Record, ...]
    ) -> None:
        super().__init__(machine, facts, stack)
        self.records = {record.id: record for record in records}
        self.plans: dict[str, Plan | str] = {}

    @override
    def purpose(self) -> str:
        return "Which change is to be taken back?"

    @override
    def body(self) -> ComposeResult:
        yield Rows(id="records")
        yield Static("", id="about", markup=False)
        yield DiffLines(id="preview")
        yield Static("", id="problem", markup=False)

    @override
    def keys(self) -> tuple[str, ...]:
        return ("Up Down move", "Tab the diff", "U undo this one", "F8/P Back")

    @override
    def opened(self) -> None:
        self.query_one(Rows).focus()

    @override
    def resized(self) -> None:
        width = max(40, self.size.width - 4)
        rows = [Row(item.id, _line(item, width)) for item in self.records.values()]
        self.query_one(Rows).show_rows(rows)

    @property
    def record(self) -> Record | None:
        """The change under the cursor."""
        row = self.query_one(Rows).row
        return self.records.get(row.id) if row is not None else None

    def on_rows_moved(self) -> None:
        """Show what undoing this one would do."""
        record = self.record
        if record is None:
            return
        self.set_text("#problem", "")
        told = f"{record.id}: {record.summary}. {record.result}".replace("..", ".")
        self.set_text("#about", textwrap.fill(told, max(50, self.size.width - 2)))
        if record.state is not State.CONFIRMED:
            self.query_one(DiffLines).show(["Nothing of it is left to undo."])
        elif record.id in self.plans:
            self._show(record.id)
        else:
            self.make_preview(record.id)

    def on_rows_chosen(self) -> None:
        """Enter only goes to the diff: what changes the network has a key of its own."""
        self.query_one(DiffLines).focus()

    @work(thread=True, exclusive=True)
    def make_preview(self, id: str) -> None:
        """Work out the way back."""
        try:
            self.plans[id] = undo_plan(self.machine, id)
        except XenbondError as error:
            self.plans[id] = str(error)
        self.app.call_from_thread(self._show, id)

    def _show(self, id: str) -> None:
        if self.record is None or self.record.id != id:
            return
        plan = self.plans[id]
        if isinstance(plan, str):
            self.query_one(DiffLines).show(textwrap.wrap(plan, max(50, self.size.width - 4)))
        else:
            lines = [line for change in plan.changed for line in diff_lines(change)]
            self.query_one(DiffLines).show(lines)

    def action_undo(self) -> None:
        """Take it back, if there is a way."""
        record = self.record
        plan = self.plans.get(record.id) if record is not None else None
        if record is None or not isinstance(plan, Plan):
            self.set_text("#problem", "! This one can't be undone; the text above says why.")
        else:
            self.finish(record.id)

    def action_leave(self) -> None:
        """Undo nothing."""
        self.finish(None)


def _line(record: Record, width: int) -> str:
    state = WORDS.get(record.state, "waiting")
    when = of_date(record.started) if record.started else "?"
    line = f"{when:<16}  {state:<10}  {record.summary}"
    return line if len(line) <= width else line[: width - 2] + ".."
