"""Health: is the bond redundant, what failed, when, and what now. Live, by kernel events."""

import asyncio
from contextlib import suppress
from enum import StrEnum
from threading import Event as Flag

from textual import work
from textual.app import ComposeResult
from textual.timer import Timer
from typing_extensions import override

from screens.cables import CABLE_KEYS, cable_keys, cables_of, toggle
from screens.durations import of_date, of_minute
from screens.frame import TitleLine
from screens.health_print import HealthPrint
from screens.help import HelpScreen
from screens.keys import Key
from screens.lacp_view import lacp_lines
from screens.lines import Lines
from screens.page import Page
from screens.past import event_lines
from screens.plain import Plain
from xenbond_tui.apply.progress import read_progress
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.report import latest
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.around import SHARE_S, Around
from xenbond_tui.health.event import Event, When
from xenbond_tui.health.merge import merged
from xenbond_tui.health.model import HealthState, Verdict
from xenbond_tui.health.record import EventRecord, history
from xenbond_tui.health.timeline import Timeline, fails_over
from xenbond_tui.health.verdict import judge
from xenbond_tui.health.watch import Snapshot, watch
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import style
from xenbond_tui.value import replace

ASK_EVERY_S = 1.0
"""Seconds between two rounds of asking around."""
FAILOVER_S = 0.15
"""Seconds that a bond may take for another active slave before it is printed that it has none: a
miimon of 100 ms and the look at it. To print both takes twice the time, on a serial line a second.
"""


class Leave(StrEnum):
    """Where to go from here."""

    HOST = "host"
    BONDS = "bonds"
    QUIT = "quit"


class HealthScreen(Page[Leave]):
    """One bond, live."""

    CSS = style("health")
    NAME = "Health"
    HELP_TEXT = """
The first lines say whether the bond is redundant, and if not, why and what to do.

  HEALTHY        every slave has a link; any one of them may fail
  DEGRADED       it works, but one more failure may cut the host off
  MISCONFIGURED  it may look well and still not fail over
  DOWN           nothing passes

FAILURES counts how often a slave lost its link since it was enslaved. ACTIVE is
the slave that carries now, in the modes where one does. The screen changes when
the kernel reports something, and looks at the rest every second, or every two
seconds while nothing happens.

The gateway is asked once a second, through the bridge: miimon sees the link to
the switch, and nothing beyond it. Switch ports are known where switches tell
them by LLDP; that may take half a minute. Windows of 100 columns have a column
for them; with 30 rows they show ten minutes of traffic and of the gateway's round
trips as graphs, and the VLANs too.

  D  failover drill: does it really fail over, and for how long is it silent?
     One that runs is told of under the verdict, begun from a shell too
  R  the report of the last drill
  E  all events, those of earlier runs and of the kernel's log too
  L  what was agreed with the switch by LACP, in mode 802.3ad
  B  the list of bonds, where there are several
  S  the host screen, to set up or undo
  Q  leave"""

    DRILL = Key("drill", "D", "drill")
    LACP = Key("lacp", "L", "LACP")
    EVENTS = Key("events", "E", "events")
    REPORT = Key("report", "R", "report")
    BONDS = Key("bonds", "B", "bonds")
    HOME = Key("home", "S", "set up")
    QUIT = Key("quit", "Q", "quit")
    BACK = Key("back", "Esc", also="F8 ^P P")
    KEYS: tuple[Key, ...] = (DRILL, LACP, EVENTS, REPORT, BONDS, HOME, QUIT, BACK, *CABLE_KEYS)

    def __init__(
        self, machine: Machine, facts: HostFacts, stack: str, bond: str, *, several: bool = False
    ) -> None:
        """Watch one bond; `several`: there is a list of bonds to go back to."""
        super().__init__(machine, facts, stack)
        self.bond = bond
        self.several = several
        self.look: Snapshot | None = None
        self.verdict: Verdict | None = None
        self.timeline = Timeline()
        self.around = Around(machine)
        self.cables = cables_of(machine.kernel)
        ascii_only = bool(getattr(self.app, "ascii_only", True))
        self.drill = ""
        """What is told of a drill that runs; "" while none does."""
        self._drill_shown = ""
        self.print = HealthPrint(self, bond, ascii_only=ascii_only)
        self._opened = Event(machine.clock.now(), "opened", "this screen was opened")
        self._lacp_sheet: HelpScreen | None = None
        self._keys_of: BondState | None = None
        """The bond whose keys are shown."""
        self._last: Snapshot | None = None
        """The last look as it came, and what was known around it and when it was printed."""
        self._known: tuple[object, ...] = ()
        self._shown_at = 0.0
        self._waits: Timer | None = None
        """Prints what was last seen unless something else is seen before."""
        self._printed: tuple[object, ...] = ()
        """What the events on the screen were made of."""
        self._left = Flag()

    @override
    def body(self) -> ComposeResult:
        yield Plain(f"{self.bond}  Looking.", id="verdict")
        yield Plain("", id="drill")
        yield Plain("", id="settings")
        yield Plain("", id="slaves-header", classes="heading")
        yield Plain("", id="slaves")
        yield Plain("", id="graphs")
        yield Plain("", id="bridge")
        yield Plain("", id="problem")
        yield Lines(id="timeline")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        lacp = self.LACP if self.has_lacp else None
        bonds = self.BONDS if self.several else None
        ways = (self.DRILL, lacp, self.EVENTS, self.REPORT, bonds, self.HOME, self.QUIT)
        return (*cable_keys(self.cables, self.state), *ways)

    @property
    def has_lacp(self) -> bool:
        """Is there anything to agree on with a switch?"""
        return self.state is not None and self.state.bond.mode == "802.3ad"

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
        self.ask_around()

    def on_unmount(self) -> None:
        """Nobody is asked for a screen that is gone."""
        self._left.set()

    def _show_time(self) -> None:
        now = of_minute(self.machine.clock.now())
        self.query_one(TitleLine).show_right(f"{now}  F1 help")

    @work(exclusive=True, group="follow")
    async def follow(self) -> None:
        """Show each state as it comes."""
        try:
            self.timeline.events.extend(await asyncio.to_thread(history, self.machine, self.bond))
            async for look in watch(self.machine, self.bond, still=SHARE_S):
                self.show_look(look)
        except XenbondError as error:
            self.set_text("#problem", f"! {error}")

    @work(thread=True, group="around")
    def ask_around(self) -> None:
        """Ask gateway, switches and toolstack, which may take their time; the next look tells."""
        try:
            while not self._left.wait(ASK_EVERY_S):
                self.drill = drill_line(self.machine)
                if (state := self.state) is not None:
                    self.around.follow(state)
                    if self._known != (self.around.news, self.drill):
                        self.from_thread(self.look_around)
        finally:
            self.around.stop()

    def look_around(self) -> None:
        """Print the last look with what is known around it now."""
        if self._last is not None:
            clock = self.machine.clock
            self.show_look(replace(self._last, when=When(clock.now(), clock.monotonic())))

    def show_look(self, look: Snapshot) -> None:
        """Print one look at the bond, unless it shows the same as the last one."""
        before, known = self._last, (self.around.news, self.drill)
        self._last, at = look, look.when.monotonic
        self.print.count(look)
        same = before is not None and look.same_as(before) and known == self._known
        if same and at // SHARE_S == self._shown_at // SHARE_S:
            # Its graphs have no other column yet.
            return
        self._known, self._shown_at = known, at
        if look.state is not None:
            look = replace(look, state=self.around.known(look.state))
        new = self.timeline.add(look.state, look.when)
        look = replace(look, state=self.timeline.last)
        if new:
            self._keep(new)
        verdict = judge(look.state) if look.state is not None else None
        self.print.take(look, verdict, tuple(self.timeline.events))
        self.look, self.verdict = look, verdict
        if bool(self._drill_shown) is not bool(self.drill):
            # Its beginning or its result is on record now.
            self.catch_up()
        self._drill_shown = self.drill
        if look.state is None or not fails_over(look.state):
            self._print()
        elif self._waits is None:
            self._waits = self.set_timer(FAILOVER_S, self._print)

    @work(thread=True, group="keep")
    def _keep(self, events: tuple[Event, ...]) -> None:
        EventRecord(self.machine, self.bond).append(events)

    def _print(self) -> None:
        if self._waits is not None:
            self._waits.stop()
            self._waits = None
        self._print_events()
        self.set_text("#drill", self.fill(self._drill_shown))
        if self.look is not None:
            self.print.show(self.look, self.verdict)
        if self._lacp_sheet is not None and self._lacp_sheet.is_attached:
            self._lacp_sheet.show_text(self._lacp_text())
        bond = self.state.bond if self.state is not None else None
        if bond is None or bond is not self._keys_of:
            # A bond that was not read again has no other keys.
            self._keys_of = bond
            self.refresh_keys()

    @override
    def resized(self) -> None:
        self._print()
        self.refresh_keys()

    def _print_events(self) -> None:
        """Hundreds of lines: not wrapped again each second while they are the same ones."""
        now, events = self.machine.clock.now(), self.timeline.events
        newest = events[-1] if events else None
        same = (len(events), newest, events[0] if events else None, of_date(now), self.size.width)
        if same != self._printed:
            self._printed = same
            self.query_one("#timeline", Lines).show(self._event_lines())

    def _event_lines(self) -> list[str]:
        # Two columns less than there are: the last one is for the marks of scrolling.
        width = max(40, self.size.width - 4)
        return event_lines([self._opened, *self.timeline.events], self.machine.clock.now(), width)

    def action_events(self) -> None:
        """All events over the whole screen."""
        lines = "\n".join(self._event_lines())
        self.cover_with(HelpScreen(f"Events of {self.bond}, newest first", lines, False))

    def action_lacp(self) -> None:
        """What was agreed on with the switch, live."""
        if self.has_lacp:
            self._lacp_sheet = HelpScreen(f"LACP of {self.bond}", self._lacp_text(), False)
            self.cover_with(self._lacp_sheet)

    def _lacp_text(self) -> str:
        bond = self.state.bond if self.state is not None else None
        return "\n".join(lacp_lines(bond, self.size.width - 4)) if bond is not None else "Gone."

    @work(group="report")
    async def action_report(self) -> None:
        """The report of the last drill."""
        text = await asyncio.to_thread(latest, self.machine, self.bond)
        none = f"No drill of {self.bond} is on record. D begins one."
        self.cover_with(HelpScreen(f"Last drill of {self.bond}", text or none, False))

    def action_drill(self) -> None:
        """The drill, over this screen, which goes on watching."""
        from screens.drill import DrillScreen

        drill = DrillScreen(self.machine, self.facts, self.stack, self.bond, lambda: self.state)
        _ = self.app.push_screen(drill, self._drilled)

    def _drilled(self, nothing: None) -> None:
        self.catch_up()

    @work(group="catch-up")
    async def catch_up(self) -> None:
        """Tell of what another process put on record meanwhile: the drill's result."""
        record = await asyncio.to_thread(EventRecord(self.machine, self.bond).read)
        events = merged(tuple(self.timeline.events), record)
        self.timeline.events.clear()
        self.timeline.events.extend(events)
        self._print()

    @work(thread=True, group="cable")
    def action_cable(self, number: int) -> None:
        """Pull or plug the cable of the slave of that number, where cables are at hand."""
        toggle(self.cables, self.state, number)

    def action_bonds(self) -> None:
        """To the list of bonds."""
        if self.several:
            self.finish(Leave.BONDS)

    def action_back(self) -> None:
        """To where one came from."""
        self.finish(Leave.BONDS if self.several else Leave.HOST)

    def action_home(self) -> None:
        """To the host screen."""
        self.finish(Leave.HOST)

    def action_quit(self) -> None:
        """Leave the program."""
        self.finish(Leave.QUIT)


def drill_line(machine: Machine) -> str:
    """Which bond is drilled, by whomever, and where it stands; "" when none is. Reads files."""
    drills = Drills(machine)
    id = drills.running()
    if id is None:
        return ""
    with suppress(XenbondError):
        bond, *_ = drills.order(id)
        lines, said = read_progress(drills.path(id, "progress.jsonl"))
        doing = [line.label for line in lines[-1:] if line.status == "running"]
        stands = ": ".join(part.rstrip(".") for part in (said, *doing) if part)
        return f"A drill of {bond} {f'runs. {stands}' if stands else 'begins'}. D shows it."
    return ""
