"""Review: every file before it is written, the steps, and what must be known first."""

from time import monotonic

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from typing_extensions import override

from screens.base import Outcome, Step, Turn, WizardScreen
from screens.diff import DiffLines, diff_lines, hunks
from screens.help import HelpScreen
from screens.keys import Key
from screens.lines import Lines
from screens.plain import Plain
from screens.plan_words import count, file_lines, step_lines, summary
from screens.rows import Row, Rows
from screens.save import SaveScreen
from screens.terms import IDS, TermsForm
from screens.wrapping import wrap
from xenbond_tui.answers import Request, SetUp
from xenbond_tui.apply.expect_disconnect import disconnected_by, no_way_left
from xenbond_tui.apply.requests import USUAL_S
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.planner import propose, read_host
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.shipped import style

HINTS = {
    "plan-steps": "What will be done, in this order. If a step fails, all of it is rolled back.",
    "diff": "The arrows scroll.",
}

NOT_YET = "The plan is still being made: nothing can be ticked or applied before you see it."

READABLE = 100
"""Columns from which on a finding is told in its own sentence; below it takes the cursor."""

SAID = {Severity.REFUSE: "Refused", Severity.WARN: "Warning", Severity.NOTE: "Note"}


class ReviewScreen(WizardScreen):
    """Nothing is written before this screen has been left by Next."""

    CSS = style("review")
    NAME = "Review"
    PURPOSE = "Making the plan."
    HELP_TEXT = """
Left the files: A is new, M changes, D goes; with the lines added and removed. The
diff of the file under the cursor is beside it; Enter opens it over the whole
screen, and so it does with the steps. Tab goes to the next part; the arrows scroll it.

Findings are what the rules have against the plan, or want you to know. Each
warning must be read and ticked, with Space, or A for all, before it can be
applied. What is refused must be put right: go back to it.

Keep within is how long the change waits for you to keep it, in seconds; then it
rolls back by itself. Where the change gives up an address or a gateway of this
host, you can tick that it is meant to cut you off.

S saves the answers in a file for `xenbond apply --answers`."""

    REFUSED = "What is refused must be put right first: F8 goes back to it."
    """Said when Next is asked for all the same."""

    PART = Key("app.focus_next", "Tab", "part")
    SAVE = Key("save", "S", "save")
    TICK_ALL = Key("tick_all", "A", "tick all")
    WHOLE = Key("whole", "Enter", "whole diff")
    KEYS: tuple[Key, ...] = (PART, SAVE, TICK_ALL, WHOLE)
    OF_PART = {
        "files": WHOLE,
        "diff": WHOLE,
        "plan-steps": WHOLE.saying("all steps"),
        "findings": Key("", "Space", "tick"),
    }
    """What Enter or Space does in each part."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.proposal: Proposal | None = None
        self.making = True
        self.ticked: frozenset[int] = frozenset()

    @override
    def body(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Rows(id="files")
                yield Plain("", id="same")
                yield Plain("", id="findings-title", classes="heading")
                yield Rows(id="findings")
                yield Plain("Steps", id="steps-title", classes="heading")
                yield Lines(id="plan-steps")
            yield DiffLines(id="diff")
        yield TermsForm(self.initial("within", str(USUAL_S)))
        yield Plain("", id="hint")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        if self.plan is None:
            return (self.BACK,)
        if self.typing:
            return (self.PART, *self.turn_keys())
        tick = self.TICK_ALL if self._unticked() else None
        part = self.focused.id if self.focused is not None else None
        return (self.PART, self.OF_PART.get(part or ""), tick, *self.more_keys(), *self.turn_keys())

    @override
    def opened(self) -> None:
        self.query_one("#findings").display = False
        self.query_one(TermsForm).display = False
        self.make_plan()

    @property
    def plan(self) -> Plan | None:
        """What would be done; None while it is made, and where it is refused."""
        return self.proposal.plan if self.proposal is not None else None

    def request(self) -> Request:
        """What is reviewed here."""
        return SetUp(self.answers)

    def more_keys(self) -> tuple[Key, ...]:
        """What else can be done with the plan, beside applying it."""
        return (self.SAVE,)

    @work(thread=True, exclusive=True)
    def make_plan(self) -> None:
        """Read the host again and make the plan from that."""
        try:
            facts = read_host(self.machine)
            proposal = propose(facts, self.request())
            loses, bare = tuple[str, ...](), False
            if proposal.plan is not None and self.machine.access.can_activate:
                now = self.machine.kernel.snapshot()
                loses = disconnected_by(now, proposal.plan.expected, facts.session)
                bare = no_way_left(now, proposal.plan.expected)
        except XenbondError as error:
            self.from_thread(self._show_no_plan, str(error))
            return
        self.host = facts
        self.from_thread(self.show_proposal, proposal, loses, bare)

    def _show_no_plan(self, why: str) -> None:
        self.making = False
        self.set_text("#purpose", "There is no plan.")
        self.complain(why)

    def show_proposal(self, proposal: Proposal, loses: tuple[str, ...], bare: bool) -> None:
        """Fill the screen.

        Args:
            proposal: what it is of.
            loses: what the plan gives up of the ways to this host.
            bare: it leaves no address to be reached by.
        """
        self.proposal = proposal
        self.making = False
        self.complain("")
        self.typed_from = monotonic()
        plan = proposal.plan
        if proposal.findings:
            self.query_one("#findings").display = True
            self.set_text("#findings-title", "Findings")
            self._show_findings()
        for selector in ("#files", "#same", "#steps-title", "#plan-steps", "#diff"):
            self.query_one(selector).display = plan is not None
        if plan is None:
            refused = count(len(proposal.refusals), "thing")
            self.set_text("#purpose", f"Not like this: {refused} to put right first.")
            self.query_one("#findings", Rows).focus()
        else:
            self._show_summary(plan)
            self._show_files(plan)
            self._show_steps()
            self.query_one(TermsForm).display = self.machine.access.can_activate
            self.query_one(TermsForm).offer(loses, needed=bare)
            self.query_one("#files" if plan.changed else "#plan-steps").focus()
            # The same file of another plan: what is shown of it is not the same.
            self.query_one("#files", Rows).move_to_cursor()
        self.refresh_keys()

    def _show_summary(self, plan: Plan) -> None:
        lines = [summary(plan, self.machine.access.can_activate)]
        if plan.outage is not None and plan.changed:
            lines.append(plan.outage.text)
        self.set_text("#purpose", self.fill("\n".join(lines)))

    @override
    def resized(self) -> None:
        self._show_findings()
        if self.plan is not None:
            self._show_summary(self.plan)
            self._show_steps()
            self._show_files(self.plan)

    def _show_steps(self) -> None:
        if self.plan is not None:
            lines = step_lines(self.plan, self._wait(), max(20, self.size.width // 2 - 5))
            self.query_one("#plan-steps", Lines).show(lines)

    def _wait(self) -> int | None:
        """Seconds it waits to be kept, where it does and they are said."""
        terms, problem = self.query_one(TermsForm).read()
        return int(terms.seconds) if self.machine.access.can_activate and not problem else None

    def on_input_changed(self) -> None:
        """The last step says how long it waits."""
        if self.proposal is not None:
            self.complain("")
            self._show_steps()

    def _show_files(self, plan: Plan) -> None:
        lines = file_lines(plan.changed, max(24, self.size.width // 2 - 14))
        rows = [Row(change.path, line) for change, line in zip(plan.changed, lines, strict=True)]
        self.query_one("#files", Rows).show_rows(rows)
        same = len(plan.changes) - len(plan.changed)
        self.set_text("#same", f"    {count(same, 'file')} looked at, unchanged" if same else "")

    def _show_findings(self) -> None:
        if self.proposal is None:
            return
        rows = []
        for number, finding in enumerate(self.proposal.findings):
            if finding.code == "gap" and self.proposal.plan is not None:
                # It stands above, where an outage that there is not stands too.
                continue
            where, mark = finding.where.rpartition("/")[2], self._mark(number, finding)
            about = f"{where}: {finding.code.replace('-', ' ')}"
            if self.size.width >= READABLE:
                about = finding.text if where in finding.text else f"{where}: {finding.text}"
            room = self.size.width // 2 - 5 if self.proposal.plan else self.size.width - 6
            first, *more = wrap(about, room, f"{mark} ", "    ")
            rows.append(Row(str(number), first, tuple(more)))
        self.query_one("#findings", Rows).show_rows(rows)

    def _mark(self, number: int, finding: Finding) -> str:
        if finding.severity is Severity.WARN:
            return "[x]" if number in self.ticked else "[ ]"
        return " ! " if finding.severity is Severity.REFUSE else " - "

    def _unticked(self) -> list[int]:
        findings = self.proposal.findings if self.proposal is not None else ()
        return [
            number
            for number, item in enumerate(findings)
            if item.severity is Severity.WARN and number not in self.ticked
        ]

    @override
    def focus_moved(self, widget: Widget) -> None:
        if widget.id in HINTS:
            self.set_text("#hint", HINTS[widget.id])
        elif widget.id in IDS:
            self.set_text("#hint", self.fill(self.query_one(TermsForm).about(widget.id)))

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Show the diff of the file, or the words of the finding, under the cursor."""
        if self.proposal is None:
            return
        if event.rows.id == "findings":
            finding = self.proposal.findings[int(event.row.id)]
            text = f"{SAID[finding.severity]}: {finding.text} {finding.remedy}".strip()
            self.set_text("#hint", self.fill(text))
        elif change := self._change(event.row.id):
            why = f": {change.why}" if change.why else ""
            self.set_text("#hint", self.fill(f"{change.path}{why}"))
            self.query_one(DiffLines).show(hunks(change))
            self.query_one(DiffLines).scroll_home(animate=False)

    def _change(self, path: str) -> FileChange | None:
        changes = self.plan.changes if self.plan is not None else ()
        return next((item for item in changes if item.path == path), None)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Tick a warning, or open a diff over the whole screen."""
        if event.rows.id == "findings":
            number = int(event.row.id)
            if self.proposal is not None and (
                self.proposal.findings[number].severity is Severity.WARN
            ):
                self.ticked = self.ticked ^ {number}
                self._after_ticking()
        elif change := self._change(event.row.id):
            self._show_whole(change)

    def action_whole(self) -> None:
        """Show the part with the focus over the whole screen."""
        row = self.query_one("#files", Rows).row
        part = self.focused.id if self.focused is not None else None
        if part == "plan-steps" and self.plan is not None:
            lines = step_lines(self.plan, self._wait(), max(40, self.size.width - 4))
            self.cover_with(HelpScreen("Steps", "\n".join(lines), False))
        elif part == "diff" and row is not None and (change := self._change(row.id)):
            self._show_whole(change)

    def _show_whole(self, change: FileChange) -> None:
        self.cover_with(HelpScreen(change.path, "\n".join(diff_lines(change)), False))

    def action_tick_all(self) -> None:
        """Tick every warning."""
        if self.making:
            self.complain(NOT_YET)
        else:
            self.ticked = self.ticked | set(self._unticked())
            self._after_ticking()

    def _after_ticking(self) -> None:
        self.complain("")
        self._show_findings()
        self.refresh_keys()

    @work
    async def action_save(self) -> None:
        """Save the answers in a file."""
        screen = SaveScreen(self.machine, self.host, self.stack, self.answers)
        path = await self.app.push_screen_wait(screen)
        if path is not None:
            self.set_text("#problem", f"Saved: xenbond plan --answers {path}")

    @override
    def action_next(self) -> None:
        proposal = self.proposal
        if self.making:
            self.complain(NOT_YET)
        if proposal is None:
            return
        waiting = len(self._unticked())
        terms, problem = self.query_one(TermsForm).read()
        if proposal.plan is None:
            self.complain(self.REFUSED)
        elif not proposal.plan.changed:
            self.complain("There is nothing to change: the host is as the answers say.")
        elif waiting:
            self.complain(
                f"{count(waiting, 'warning')} to read and tick first: Space ticks one, A all."
            )
            self.query_one("#findings", Rows).focus()
        elif problem and self.machine.access.can_activate:
            self.complain(problem)
            self.query_one("#within").focus()
        else:
            self.finish(Outcome(Turn.NEXT, self.answers, self.typed(), proposal, terms))
