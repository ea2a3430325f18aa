"""Health: is the bond redundant, what failed, when, and what now. Live, by kernel events."""

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static
from typing_extensions import override

from screens.bond_view import bridge_line, settings_line, slave_lines, verdict_lines
from screens.cables import cables_of
from screens.durations import of_day, of_minute
from screens.frame import TitleLine
from screens.help import HelpScreen
from screens.lines import Lines
from screens.page import Page
from screens.traffic import Traffic
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts import HostFacts
from xenbond_tui.health.timeline import Timeline
from xenbond_tui.health.verdict import HealthState, Level, Verdict, judge
from xenbond_tui.health.watch import Snapshot, watch
from xenbond_tui.machine import Machine

MOST_CABLES = 9
"""Cables that have a digit."""


class HealthScreen(Page[bool]):
    """One bond, live. Gives back True to stay in the program, False to leave it."""

    CSS_PATH = "health.tcss"
    NAME = "Health"
    HELP_TEXT = """
The first lines say whether the bond is redundant, and if not, why and what to do.

  HEALTHY        every slave has a link; any one of them may fail
  DEGRADED       it works, but one more failure may cut the host off
  MISCONFIGURED  it may look well and still not fail over
  DOWN           nothing passes

FAILURES counts how often a slave lost its link since it was enslaved. ACTIVE is
the slave that carries now, in the modes where one does. The screen changes when
the kernel reports something, and looks at the rest every few seconds.

E shows all events since this screen was opened. B goes to the next bond. S goes
to the host screen, to set up or undo. Q leaves."""

    BINDINGS = [
        Binding("e", "events", show=False),
        Binding("b", "next_bond", show=False),
        Binding("s,escape,f8,ctrl+p,p", "home", show=False),
        Binding("q", "quit", show=False),
        *(Binding(str(digit), f"cable({digit})", show=False) for digit in range(1, 10)),
    ]

    def __init__(self, machine: Machine, facts: HostFacts, stack: str, bond: str) -> None:
        super().__init__(machine, facts, stack)
        self.bond = bond
        self.bonds: tuple[str, ...] = (bond,)
        self.look: Snapshot | None = None
        self.verdict: Verdict | None = None
        self.timeline = Timeline()
        self.traffic = Traffic()
        self.opened_at = machine.clock.now()
        self.cables = cables_of(machine.kernel)
        self.ascii_only = bool(getattr(self.app, "ascii_only", True))
        self._since: dict[tuple[str, str | None], str] = {}
        self._active_since: str | None = None

    @override
    def body(self) -> ComposeResult:
        yield Static(f"{self.bond}  Looking.", id="verdict", markup=False)
        yield Static("", id="settings", markup=False)
        yield Static("", id="slaves-header", classes="heading", markup=False)
        yield Static("", id="slaves", markup=False)
        yield Static("", id="bridge", markup=False)
        yield Static("", id="problem", markup=False)
        yield Lines(id="timeline")

    @override
    def keys(self) -> tuple[str, ...]:
        more = "B next bond" if len(self.bonds) > 1 else ""
        return (*self._cable_keys(), "E events", more, "S set up", "Q quit")

    def _cable_keys(self) -> list[str]:
        if self.cables is None or self.state is None:
            return []
        return [
            f"{number} {'pull' if self.cables.plugged(slave.name) else 'plug'} {slave.name}"
            for number, slave in enumerate(self.state.bond.slaves[:MOST_CABLES], 1)
        ]

    @property
    def state(self) -> HealthState | None:
        """The bond as it was last seen; None before that and while there is none."""
        return self.look.state if self.look is not None else None

    @override
    def opened(self) -> None:
        self.query_one("#purpose").display = False
        self.query_one("#timeline", Lines).focus()
        self._show_time()
        self.set_interval(10.0, self._show_time)
        self.follow()

    def _show_time(self) -> None:
        now = of_minute(self.machine.clock.now())
        self.query_one(TitleLine).show_right(f"{now}  F1 help")

    @work(exclusive=True, group="follow")
    async def follow(self) -> None:
        """Show each state as it comes."""
        try:
            self.bonds = await asyncio.to_thread(self.machine.kernel.bond_names)
            async for look in watch(self.machine, self.bond):
                self.show_look(look)
        except XenbondError as error:
            self.set_text("#problem", f"! {error}")

    def show_look(self, look: Snapshot) -> None:
        """Print one look at the bond."""
        new = self.timeline.add(look.state, look.when)
        self.traffic.add(look.when.monotonic, look.rates)
        verdict = judge(look.state) if look.state is not None else None
        if any(event.code == "active-slave" for event in new):
            self._active_since = of_day(look.when.wall)
        self._remember(self.verdict, verdict, look.when.wall)
        self.look, self.verdict = look, verdict
        self._print()

    def _remember(self, before: Verdict | None, verdict: Verdict | None, now: float) -> None:
        """Since when each reason holds; those of the first look are older than we know."""
        if before is None or verdict is None:
            return
        old = {(reason.code, reason.slave) for reason in before.reasons}
        new = {(reason.code, reason.slave) for reason in verdict.reasons}
        self._since = {key: value for key, value in self._since.items() if key in new}
        self._since |= dict.fromkeys(new - old, of_day(now))

    def _print(self) -> None:
        self.query_one("#timeline", Lines).show(reversed(self._event_lines()))
        if self.state is None or self.verdict is None:
            if self.look is not None:
                self.set_text("#verdict", f"{self.bond}  GONE   There is no such bond now.")
            return
        width = max(40, self.size.width - 2)
        lines = verdict_lines(self.state, self.verdict, self._since, width)
        self.set_text("#verdict", "\n".join(lines))
        for level in Level:
            self.query_one("#verdict").set_class(level is self.verdict.level, f"-{level}")
        self.set_text("#settings", settings_line(self.state.bond, self._active_since))
        self._show_slaves()
        self.set_text("#bridge", bridge_line(self.state))
        self.refresh_keys()

    def _show_slaves(self) -> None:
        if self.look is None or self.look.state is None:
            return
        columns = 30 if self.size.width >= 100 else 15
        header, *lines = slave_lines(
            self.look.state.bond, self.look, self.traffic, columns, self.ascii_only
        )
        self.set_text("#slaves-header", header)
        self.set_text("#slaves", "\n".join(lines))

    @override
    def resized(self) -> None:
        self._print()

    def _event_lines(self) -> list[str]:
        began = [f"{of_day(self.opened_at)}  this screen was opened"]
        return began + [f"{of_day(event.wall)}  {event.text}" for event in self.timeline.events]

    def action_events(self) -> None:
        """All events over the whole screen, oldest first."""
        text = "\n".join(self._event_lines())
        self.cover_with(HelpScreen(f"Events of {self.bond}", text, False))

    def action_next_bond(self) -> None:
        """Watch the next bond instead."""
        if len(self.bonds) < 2:
            return
        at = self.bonds.index(self.bond) if self.bond in self.bonds else -1
        self.bond = self.bonds[(at + 1) % len(self.bonds)]
        self.look, self.verdict = None, None
        self.timeline = Timeline()
        self._since.clear()
        self._active_since = None
        self.follow()

    @work(thread=True, group="cable")
    def action_cable(self, number: int) -> None:
        """Pull or plug the cable of the slave of that number, where cables are at hand."""
        slaves = self.state.bond.slaves if self.state is not None else ()
        if self.cables is None or number > len(slaves):
            return
        name = slaves[number - 1].name
        if self.cables.plugged(name):
            self.cables.pull(name)
        else:
            self.cables.plug(name)

    def action_home(self) -> None:
        """To the host screen."""
        self.finish(True)

    def action_quit(self) -> None:
        """Leave the program."""
        self.finish(False)
