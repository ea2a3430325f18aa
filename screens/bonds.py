"""Bonds: where there are several, how each is, and which one to watch."""

from textual import work
from textual.app import ComposeResult
from typing_extensions import override

from screens.host import Choice, Way
from screens.keys import MOVE, Key
from screens.page import Page
from screens.plain import Plain
from screens.rows import Row, Rows
from screens.wrapping import fill
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.look import Look
from xenbond_tui.health.watch import watch_all
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import style
from xenbond_tui.text import align


class BondsScreen(Page[Choice]):
    """Every bond of this host, live."""

    CSS = style("bonds")
    NAME = "Bonds"
    PURPOSE = "Which bond do you want to watch?"
    HELP_TEXT = """
Every bond of this host with its verdict, live. Enter opens the one under the
cursor; B or Esc there comes back here. S goes to the host screen, Q leaves."""

    WATCH = Key("", "Enter", "watch it")
    HOME = Key("home", "S", "set up", also="Esc F8 ^P P")
    QUIT = Key("quit", "Q", "quit")
    KEYS: tuple[Key, ...] = (HOME, QUIT)

    def __init__(self, machine: Machine, facts: HostFacts, stack: str, bond: str | None) -> None:
        """`bond`: the one under the cursor at first."""
        super().__init__(machine, facts, stack)
        self.bond = bond
        self._look: Look | None = None

    @override
    def body(self) -> ComposeResult:
        names = [bond.name for bond in self.facts.bonds] if self.facts is not None else []
        at = names.index(self.bond) if self.bond in names else 0
        yield Plain("", id="heading", classes="heading")
        yield Rows([Row(name, name) for name in names], cursor=at, id="bonds")
        yield Plain("", id="hint")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return (MOVE, self.WATCH, self.HOME, self.QUIT)

    @override
    def opened(self) -> None:
        self.query_one(Rows).focus()
        self.follow()

    @work(exclusive=True)
    async def follow(self) -> None:
        """Show every bond as it is."""
        try:
            async for seen in watch_all(self.machine):
                self.show_look(seen)
        except XenbondError as error:
            self.set_text("#problem", f"! {error}")

    def show_look(self, look: Look) -> None:
        """Print one look."""
        self._look = look
        table = [("BOND", "VERDICT", "UNDER", "MODE", "SLAVES UP")]
        for state, verdict in look.judged:
            bond = state.bond
            under = state.bridge.name if state.bridge is not None else "-"
            up = f"{len(state.up)} of {len(bond.slaves)}"
            table.append((bond.name, verdict.level.upper(), under, bond.mode, up))
        heading, *lines = align(table)
        self.set_text("#heading", "  " + heading)
        names = [state.bond.name for state, _ in look.judged]
        self.query_one(Rows).show_rows(map(Row, names, lines))
        self._explain()
        if not names:
            self.set_text("#problem", "There is no bond any more.")

    def on_rows_moved(self) -> None:
        """Say more of the bond under the cursor."""
        self._explain()

    def _explain(self) -> None:
        row = self.query_one(Rows).row
        judged = self._look.judged if self._look is not None else ()
        for state, verdict in judged:
            if row is not None and state.bond.name == row.id:
                width = max(40, self.size.width - 2)
                advice = " ".join(reason.advice for reason in verdict.reasons[:1])
                self.set_text("#hint", fill(f"{verdict.headline} {advice}", width))

    @override
    def resized(self) -> None:
        self._explain()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Watch that one."""
        self.finish(Choice(Way.WATCH, event.row.id))

    def action_home(self) -> None:
        """To the host screen."""
        self.finish(Choice(Way.READ_AGAIN))

    def action_quit(self) -> None:
        """Leave the program."""
        self.finish(Choice(Way.QUIT))
