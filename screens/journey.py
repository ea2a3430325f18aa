"""The way through the screens: one coroutine over a table of steps.

Answers are immutable and replaced; every step is given what it was left with, so Back loses
nothing that was typed.
"""

import asyncio
from collections.abc import Callable, Mapping

from textual.app import App
from textual.widgets import Static

from screens.apply import ApplyScreen, End
from screens.base import Outcome, Step, Turn, WizardScreen
from screens.bond import BondScreen
from screens.bonds import BondsScreen
from screens.bridge import BridgeScreen
from screens.health import HealthScreen, Leave
from screens.history import HistoryScreen, Undo
from screens.host import Choice, HostScreen, Way
from screens.removal import RemovalScreen
from screens.review import ReviewScreen
from screens.slaves import SlavesScreen
from screens.survey import Survey, survey
from screens.xen import XenScreen
from xenbond_tui.answers import Answers
from xenbond_tui.apply.begin import begin, begin_undo, undo_files, write_only
from xenbond_tui.apply.news import mark_seen
from xenbond_tui.apply.recover import retry
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.value import dataclass, field

STEPS: tuple[type[WizardScreen], ...] = (
    SlavesScreen,
    BondScreen,
    BridgeScreen,
    XenScreen,
    ReviewScreen,
)
"""The wizard between the host screen and Apply, in order."""


@dataclass(slots=True)
class Journey:
    """Where the operator is. One per run of the program."""

    app: App[int]
    machine: Machine
    start: str
    bond: str | None
    _survey: Survey | None = field(default=None, init=False)
    _answers: Answers | None = field(default=None, init=False)
    """What was chosen so far; kept when the wizard is left by Back, given up when applied."""
    _typed: dict[type[WizardScreen], Mapping[str, str]] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """From the first screen to the last; ends the app."""
        if not await self.read_host():
            return
        watchable = self.seen.watchable
        wanted = self.start == "health" or (
            self.start == "auto" and not self.seen.to_tell and watchable is not None
        )
        if wanted and self.seen.facts.bonds:
            first, *others = self.seen.facts.bonds
            await self.watch(self.bond or (None if others else watchable or first.name))
        while True:
            choice = await self.app.push_screen_wait(
                HostScreen(self.machine, self.seen, step_names(self.seen.facts, self.seen.answers))
            )
            if self.seen.news is not None:
                await asyncio.to_thread(mark_seen, self.machine, self.seen.news.id)
            if choice.way is Way.QUIT:
                self.app.exit(0)
                return
            await self.follow(choice)
            if not await self.read_host():
                return

    async def follow(self, choice: Choice) -> None:
        """Go the way chosen on the host screen."""
        if choice.way is Way.SET_UP:
            await self.set_up()
        elif choice.way is Way.WATCH and choice.bond is not None:
            await self.watch(choice.bond)
        elif choice.way is Way.UNDO:
            await self.undo()
        elif choice.way is Way.REMOVE:
            await self.remove()
        elif choice.way is Way.DECIDE and self.seen.waiting is not None:
            id = self.seen.waiting.id
            about = f"{self.seen.held.text}." if self.seen.held is not None else ""
            await self.apply(lambda: id, (), about=about)
        elif choice.way is Way.RETRY and self.seen.broken is not None:
            await self.apply(lambda: retry(self.machine), ())

    @property
    def seen(self) -> Survey:
        """The last reading of the host."""
        assert self._survey is not None, "the host is read before any screen"  # noqa: S101
        return self._survey

    async def read_host(self) -> bool:
        """Read the host; where that fails, say so, and False."""
        try:
            self._survey = await asyncio.to_thread(survey, self.machine)
        except XenbondError as error:
            self.app.screen.query_one("#problem", Static).update(
                f"{error}\n\nCtrl+Q leaves. Nothing was changed."
            )
            return False
        return True

    async def set_up(self) -> None:
        """The wizard."""
        facts = self.seen.facts
        answers = self._answers or self.seen.answers
        at = 0
        while 0 <= at < len(STEPS):
            step = STEPS[at]
            steps, typed = step_names(facts, answers), self._typed.get(step, {})
            outcome = await self.app.push_screen_wait(
                step(Step(self.machine, facts, answers, self.seen.stack, steps, typed))
            )
            self._answers = answers = outcome.answers
            self._typed[step] = outcome.typed
            if outcome.proposal is None:
                at = _neighbour(at, -1 if outcome.turn is Turn.BACK else 1, facts, answers)
            elif await self.apply_proposal(outcome, step_names(facts, answers)):
                self._answers = None
                self._typed.clear()
                return

    async def remove(self) -> None:
        """Review what takes bond and bridge away, and do it."""
        facts, answers = self.seen.facts, self.seen.answers
        steps = (HostScreen.NAME, RemovalScreen.NAME, ApplyScreen.NAME)
        typed: Mapping[str, str] = {}
        while True:
            outcome = await self.app.push_screen_wait(
                RemovalScreen(Step(self.machine, facts, answers, self.seen.stack, steps, typed))
            )
            typed = outcome.typed
            if outcome.proposal is None or await self.apply_proposal(outcome, steps):
                return

    async def apply_proposal(self, outcome: Outcome, steps: tuple[str, ...]) -> bool:
        """Carry out what was reviewed; False: that was refused or undone."""
        proposal = outcome.proposal
        if proposal is None or proposal.plan is None:
            return False
        plan: Plan = proposal.plan

        def start() -> str:
            if self.machine.access.can_activate:
                terms = outcome.terms
                return begin(
                    self.machine, plan, terms.seconds, expect_disconnect=terms.expect_disconnect
                )
            return write_only(self.machine, plan)

        bond = proposal.request.answers.bond.name if self.machine.access.can_activate else None
        return await self.apply(start, steps, bond) not in (End.REFUSED, End.UNDONE)

    async def apply(
        self,
        start: Callable[[], str],
        steps: tuple[str, ...],
        bond: str | None = None,
        about: str = "",
    ) -> End:
        """Follow one change; when it is kept, watch the bond it made."""
        screen = ApplyScreen(self.machine, self.seen.facts, self.seen.stack, start, steps, about)
        end = await self.app.push_screen_wait(screen)
        if end is End.UNDONE:
            await asyncio.to_thread(mark_seen, self.machine, screen.change)
        if end is End.KEPT and await self.read_host():
            bond = bond or self.seen.watchable
            if bond is not None and self.seen.facts.bond(bond) is not None:
                await self.watch(bond)
        return end

    async def undo(self) -> None:
        """Choose an earlier change and undo it."""
        seen = self.seen
        undo: Undo | None = await self.app.push_screen_wait(
            HistoryScreen(self.machine, seen.facts, seen.stack, seen.history)
        )
        if undo is None:
            return

        def start() -> str:
            if not self.machine.access.can_activate:
                return undo_files(self.machine, undo.id, force=undo.force)
            return begin_undo(
                self.machine,
                undo.id,
                undo.terms.seconds,
                force=undo.force,
                expect_disconnect=undo.terms.expect_disconnect,
            )

        await self.apply(start, ())

    async def watch(self, bond: str | None) -> None:
        """The health screen; None: the list of bonds first. Q there ends the program."""
        facts, stack = self.seen.facts, self.seen.stack
        several = len(facts.bonds) > 1
        leave = Leave.BONDS if bond is None else Leave.HOST
        while True:
            if bond is not None:
                leave = await self.app.push_screen_wait(
                    HealthScreen(self.machine, facts, stack, bond, several=several)
                )
            if leave is Leave.BONDS:
                choice = await self.app.push_screen_wait(
                    BondsScreen(self.machine, facts, stack, bond or self.seen.watchable)
                )
                bond = choice.bond
                leave = Leave.QUIT if choice.way is Way.QUIT else Leave.HOST
                if bond is not None:
                    continue
            if leave is Leave.QUIT:
                self.app.exit(0)
                await asyncio.Event().wait()
            return


def step_names(facts: HostFacts, answers: Answers) -> tuple[str, ...]:
    """The step list of that host."""
    names = [step.NAME for step in STEPS if step.relevant(facts, answers)]
    return (HostScreen.NAME, *names, ApplyScreen.NAME)


def _neighbour(at: int, direction: int, facts: HostFacts, answers: Answers) -> int:
    at += direction
    while 0 <= at < len(STEPS) and not STEPS[at].relevant(facts, answers):
        at += direction
    return at
