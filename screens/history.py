"""Undo: earlier changes, newest first, and what an undo would write."""

from textual import work
from textual.app import ComposeResult
from textual.widget import Widget
from typing_extensions import override

from screens.diff import DiffLines, diff_lines
from screens.durations import of_date
from screens.keys import MOVE, Key
from screens.page import Page
from screens.plain import Plain
from screens.rows import Row, Rows
from screens.terms import IDS, Terms, TermsForm
from screens.wrapping import wrap
from xenbond_tui.apply.expect_disconnect import aim_of_undo, disconnected_by, no_way_left
from xenbond_tui.apply.store import Record, State
from xenbond_tui.apply.undo import ChangedSince, changed_since, undo_findings, undo_plan
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding
from xenbond_tui.shipped import style
from xenbond_tui.text import one_line, shortened
from xenbond_tui.value import dataclass, replace

WORDS = {
    State.CONFIRMED: "kept",
    State.ROLLED_BACK: "rolled back",
    State.FAILED: "FAILED",
    State.UNREADABLE: "unreadable",
}
"""States that have ended, in words."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What is to be undone, and how."""

    id: str
    terms: Terms
    force: bool = False
    """Files that were changed since are overwritten."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """What the undo of one change would do."""

    plan: Plan | None
    """None: it can't be, or not without overwriting what was changed since."""
    why_not: str = ""
    since: tuple[ChangedSince, ...] = ()
    """Files that are not as the change left them."""
    loses: tuple[str, ...] = ()
    """What it gives up of the ways to this host."""
    bare: bool = False
    """It goes back to no address at all."""
    told: tuple[Finding, ...] = ()
    """What must be known before it is done."""


class HistoryScreen(Page[Undo | None]):
    """Gives back the change to undo, or None."""

    CSS = style("history")
    NAME = "Undo"
    PURPOSE = "Which change is to be undone?"
    HELP_TEXT = """
Every change xenbond made here. The lower part shows what undoing the one
under the cursor would write. Undoing is a new change: it is carried out
the same way, waits to be kept, and rolls back by itself if nobody says so.

A change that was rolled back by itself has nothing left to undo.

Where a file was changed since, by a later change or by someone else, nothing is
undone before you have seen it: first what the change did to the file, then
what was done to it since. O shows what overwriting would lose and what would be
written instead; U does it then. O once more goes back to the difference."""

    UNDO = Key("undo", "U", "undo this one", typing="F10/^N", also="N")
    OVERWRITE = Key("overwrite", "O", "overwrite?", typing="F5")
    DIFF = Key("app.focus_next", "Tab", "the diff")
    BACK = Key("leave", "F8/P", "Back", typing="F8/^P", also="Esc Q")
    KEYS: tuple[Key, ...] = (UNDO, OVERWRITE, DIFF, BACK)

    def __init__(
        self, machine: Machine, facts: HostFacts, stack: str, records: tuple[Record, ...]
    ) -> None:
        super().__init__(machine, facts, stack)
        self.records = {record.id: record for record in records}
        self.ways: dict[tuple[str, bool], WayBack] = {}
        self.force = False
        self._shown = ""

    @override
    def body(self) -> ComposeResult:
        yield Rows(id="records")
        yield Plain("", id="about")
        yield DiffLines(id="preview")
        yield TermsForm()
        yield Plain("", id="hint")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        way = self.way
        if way is None or (way.plan is None and not way.since):
            return (MOVE, self.BACK)
        if way.plan is None:
            return (MOVE, self.DIFF, self.OVERWRITE, self.BACK)
        leave = self.OVERWRITE.saying("don't overwrite") if self.force else None
        return (self.DIFF, self.UNDO, leave, self.BACK)

    @override
    def opened(self) -> None:
        self.query_one(TermsForm).display = False
        self.query_one("#records").focus()

    @override
    def resized(self) -> None:
        width = max(40, self.size.width - 4)
        rows = [Row(item.id, _line(item, width)) for item in self.records.values()]
        self.query_one("#records", Rows).show_rows(rows)

    @property
    def record(self) -> Record | None:
        """The change under the cursor."""
        row = self.query_one("#records", Rows).row
        return self.records.get(row.id) if row is not None else None

    @property
    def way(self) -> WayBack | None:
        """What its undo would do, once that is known."""
        return self.ways.get((self.record.id, self.force)) if self.record is not None else None

    def on_rows_moved(self) -> None:
        """Show what undoing this one would do."""
        record = self.record
        if record is None:
            return
        if record.id != self._shown:
            self.force = False
        self._shown = record.id
        self.set_text("#problem", "")
        self.set_text("#about", self.fill(about(record)))
        if record.state is not State.CONFIRMED:
            self.query_one(DiffLines).show(["Nothing of it is left to undo."])
            self.query_one(TermsForm).display = False
            self.refresh_keys()
        elif self.way is not None:
            self._show(record.id, self.force)
        else:
            self.make_preview(record.id, self.force)

    def on_rows_chosen(self) -> None:
        """Enter only goes to the diff: what changes the network has its own key."""
        self.query_one(DiffLines).focus()

    @work(thread=True, exclusive=True)
    def make_preview(self, id: str, force: bool) -> None:
        """Work out the undo."""
        session = self.facts.session if self.facts is not None else None
        since: tuple[ChangedSince, ...] = ()
        try:
            since = changed_since(self.machine, id)
            plan = undo_plan(self.machine, id, force=force)
            way = WayBack(plan, "", since)
            if self.machine.access.can_activate:
                now, aim = self.machine.kernel.snapshot(), aim_of_undo(self.machine, id)
                loses, bare = disconnected_by(now, aim, session), no_way_left(now, aim)
                told = undo_findings(self.machine, plan, id)
                way = replace(way, loses=loses, bare=bare, told=told)
            self.ways[id, force] = way
        except XenbondError as error:
            self.ways[id, force] = WayBack(None, str(error), since)
        self.from_thread(self._show, id, force)

    def _show(self, id: str, force: bool) -> None:
        way = self.way
        if way is None or self.record is None or (self.record.id, self.force) != (id, force):
            return
        form = self.query_one(TermsForm)
        form.display = way.plan is not None and self.machine.access.can_activate
        form.offer(way.loses, needed=way.bare)
        self.query_one(DiffLines).show(way_lines(way, max(50, self.size.width - 4)))
        self.query_one(DiffLines).scroll_home(animate=False)
        self.refresh_keys()

    @override
    def focus_moved(self, widget: Widget) -> None:
        hint = widget.id in IDS and self.query_one(TermsForm).about(widget.id)
        self.set_text("#hint", self.fill(hint) if hint else "")

    def action_overwrite(self) -> None:
        """Show what overwriting what was changed since would do; or the difference again."""
        way = self.way
        if self.record is None or way is None or not way.since:
            return
        self.force = not self.force
        self.on_rows_moved()

    def action_undo(self) -> None:
        """Undo it, if there is a way."""
        record, way = self.record, self.way
        if record is None or way is None or way.plan is None:
            text = "! This one can't be undone; the text above says why."
            if record is not None and record.state is State.CONFIRMED and way is None:
                text = "What an undo would do is still being worked out. Press U again then."
            elif way is not None and way.since:
                text = "! Changed since, see above. O shows what overwriting would lose."
            self.set_text("#problem", text)
            return
        terms, problem = self.query_one(TermsForm).read()
        if problem and self.machine.access.can_activate:
            self.set_text("#problem", f"! {problem}")
            self.query_one("#within").focus()
            return
        self.finish(Undo(record.id, terms, self.force))

    def action_leave(self) -> None:
        """Undo nothing."""
        self.finish(None)


def way_lines(way: WayBack, width: int) -> list[str]:
    """What its undo would write; what it would overwrite, or why it is refused."""
    if way.plan is not None:
        lines = [line for change in way.plan.changed for line in diff_lines(change)]
        lost = [line for note in way.told for line in wrap(f"! {note.text}", width, rest="  ")]
        if not way.since:
            return [*lost, *lines]
        for item in way.since:
            told = f"{item.path} was changed since by {item.who}. This is overwritten and lost:"
            lost += [*wrap(told, width), *diff_lines(item.since)]
        return [*lost, "", "What is written instead:", *lines]
    lines = wrap(way.why_not, width)
    if not way.since:
        return lines
    names = ", ".join(f"{item.path} (by {item.who})" for item in way.since)
    told = f"Changed since: {names}. Nothing is overwritten unless you say so."
    lines = wrap(told, width)
    for item in way.since:
        for line in item.text().removesuffix("\n").split("\n"):
            heading = line.startswith(f"{item.path}, ")
            lines += ["", *wrap(line, width)] if heading else [line]
    return lines


def about(record: Record) -> str:
    """One change in words: what it was, how it ended, and the files it changed."""
    files = ", ".join(path for path, _ in record.changes)
    what = f"{record.id}: {record.summary.rstrip('.')}."
    parts = (what, record.result, f"Files: {files}." if files else "")
    return " ".join(part for part in parts if part)


def _line(record: Record, width: int) -> str:
    state = WORDS.get(record.state, "waiting")
    when = of_date(record.started) if record.started else "?"
    return shortened(one_line(f"{when:<16}  {state:<10}  {record.summary}"), width)
