"""This host: what runs here, whose session this is, and the ways on."""

import textwrap
from dataclasses import dataclass
from enum import StrEnum

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static
from typing_extensions import override

from screens.frame import step_list
from screens.nics import link_word, nics, speed_text
from screens.page import Page
from screens.rows import Row, Rows
from screens.survey import Survey
from xenbond_tui.facts import HostFacts
from xenbond_tui.machine import Machine

LABEL = 9
"""Width of the labels."""


class Way(StrEnum):
    """Where to go from here."""

    DECIDE = "decide"
    SET_UP = "setup"
    WATCH = "watch"
    UNDO = "undo"
    READ_AGAIN = "again"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Choice:
    """The way chosen, and the bond it is about."""

    way: Way
    bond: str | None = None


class HostScreen(Page[Choice]):
    """The first screen of the wizard."""

    CSS_PATH = "host.tcss"
    NAME = "Host"
    HELP_TEXT = """
What runs on this host, read a moment ago, and how xenbond knows it. Nothing was
changed by reading it.

Network names the program that configures the network here, with the evidence;
the files of that program are what xenbond will write. Session names the address and
the NIC you come in by: what must not be cut.

Set up and Change go through the same steps. Nothing is written before the last
one, where every file is shown with its differences first.

In this list: S set up, W watch, U undo, R read the host again, Q quit."""

    BINDINGS = [
        Binding("s", "way('setup')", show=False),
        Binding("w", "way('watch')", show=False),
        Binding("u", "way('undo')", show=False),
        Binding("d", "way('decide')", show=False),
        Binding("r", "way('again')", show=False),
        Binding("q", "way('quit')", show=False),
    ]

    def __init__(self, machine: Machine, survey: Survey, steps: tuple[str, ...]) -> None:
        super().__init__(machine, survey.facts, survey.stack)
        self.survey = survey
        self.steps = steps

    @override
    def head(self) -> ComposeResult:
        yield Static(step_list(self.steps, self.NAME), id="steps", markup=False)

    @override
    def purpose(self) -> str:
        return "This is what runs here now. What would you like to do?"

    @override
    def body(self) -> ComposeResult:
        yield Static("", id="facts", markup=False)
        yield Static("", id="problem", markup=False)
        yield Rows(self._ways(), id="ways")
        yield Static("", id="hint", markup=False)

    @override
    def keys(self) -> tuple[str, ...]:
        return ("Up Down move", "Enter go on", "R read again", "Q quit")

    @override
    def opened(self) -> None:
        self.query_one(Rows).focus()
        if self.survey.notice:
            self.set_text("#problem", self.fill(f"! {self.survey.notice}", "  "))

    @override
    def resized(self) -> None:
        self.set_text("#facts", "\n".join(fact_lines(self.survey, self.size.width - 2)))

    def _ways(self) -> list[Row]:
        answers, waiting = self.survey.answers, self.survey.waiting
        bond, bridge = answers.bond.name, answers.bridge.name
        rows = []
        if waiting is not None:
            rows.append(Row(Way.DECIDE, "Decide    a change waits for you: keep it or undo it"))
        if self.survey.configured:
            rows.append(Row(Way.SET_UP, f"Change    {bond} under {bridge}, step by step"))
        else:
            rows.append(Row(Way.SET_UP, "Set up    a bond under a bridge, step by step"))
        for state in self.survey.facts.bonds:
            rows.append(Row(f"{Way.WATCH}:{state.name}", f"Watch     {state.name}, live"))
        count = len([record for record in self.survey.history if not record.is_open])
        if count:
            changes = "1 change" if count == 1 else f"{count} changes"
            rows.append(Row(Way.UNDO, f"Undo      {changes} in the history"))
        rows.append(Row(Way.QUIT, "Quit"))
        return rows

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Explain the way under the cursor."""
        self.set_text("#hint", self._hint(event.row.id))

    def _hint(self, row: str) -> str:
        waiting = self.survey.waiting
        if row == Way.DECIDE and waiting is not None:
            return f"{waiting.summary}\nStarted but not confirmed; it goes back by itself."
        if row == Way.SET_UP:
            return (
                "Slaves, bond, bridge, then a review of every file. Nothing is written before\n"
                "you have seen it, and all of it goes back by itself unless you say keep."
            )
        if row.startswith(Way.WATCH):
            return "Is it redundant, what failed, and when. Nothing is changed."
        if row == Way.UNDO:
            return "Choose an earlier change, see what taking it back would write, and do it."
        return "Nothing on this host has been changed."

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Go there."""
        way, _, bond = event.row.id.partition(":")
        self.finish(Choice(Way(way), bond or None))

    def action_way(self, name: str) -> None:
        """Go there by its letter, where it is offered."""
        way = Way(name)
        offered = [row.id for row in self._ways() if row.id.partition(":")[0] == way]
        if way is Way.READ_AGAIN:
            self.finish(Choice(way))
        elif offered:
            self.finish(Choice(way, offered[0].partition(":")[2] or None))


def fact_lines(survey: Survey, width: int) -> list[str]:
    """What is known of the host, each fact beside its label."""
    facts = survey.facts
    rows = [
        ("System", ", ".join(_system(facts))),
        ("Network", survey.evidence[0].text if survey.evidence else "no stack xenbond can write"),
    ]
    rows += [("", f"also: {item.text}") for item in survey.evidence[1:]]
    rows.append(("Xen", _xen(facts)))
    rows.append(("NICs", _nic_text(facts)))
    rows.append(("Bonds", _bonds(facts)))
    rows.append(("Bridges", _bridges(facts)))
    rows.append(("Session", _session(facts)))
    lines = []
    for label, text in rows:
        first, *rest = textwrap.wrap(text, max(30, width - LABEL)) or [""]
        lines.append(f"{label:<{LABEL}}{first}")
        lines += [" " * LABEL + line for line in rest]
    return lines


def _system(facts: HostFacts) -> list[str]:
    parts = [facts.system.distribution, f"Linux {facts.system.kernel}"]
    return [*parts, facts.system.init] if facts.system.init else parts


def _xen(facts: HostFacts) -> str:
    if facts.xen.role == "none":
        return "none"
    toolstack = f" with {facts.xen.toolstack}" if facts.xen.toolstack != "none" else ""
    return f"{facts.xen.role}{toolstack}: {facts.xen.evidence}"


def _nic_text(facts: HostFacts) -> str:
    parts = []
    for link in nics(facts):
        speed = speed_text(link.speed)
        parts.append(f"{link.name} {link_word(link)}" + (f" {speed}" if speed != "-" else ""))
    return ", ".join(parts) if parts else "none"


def _bonds(facts: HostFacts) -> str:
    parts = []
    for bond in facts.bonds:
        slaves = ", ".join(slave.name for slave in bond.slaves) or "no slaves"
        parts.append(f"{bond.name} ({bond.mode}: {slaves})")
    return ", ".join(parts) if parts else "none"


def _bridges(facts: HostFacts) -> str:
    parts = []
    for bridge in facts.bridges:
        addresses = " ".join(address.cidr for address in bridge.addresses)
        ports = ", ".join(port.name for port in bridge.ports) or "no ports"
        parts.append(f"{bridge.name} {addresses} ({ports})".replace("  ", " "))
    return "; ".join(parts) if parts else "none"


def _session(facts: HostFacts) -> str:
    session = facts.session
    if session is None:
        return "not over the network: at the console, or by a way that does not say"
    over = session.nic or session.link or "an unknown NIC"
    above = f" ({session.link})" if session.link and session.link != over else ""
    return f"you come in over {over}{above}, {session.local}, from {session.peer}"
