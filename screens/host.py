"""This host: what runs here, whose session this is, and the ways on."""

from enum import StrEnum

from textual.app import ComposeResult
from typing_extensions import override

from screens.durations import of_date
from screens.frame import step_list
from screens.keys import MOVE, Key
from screens.nics import link_word, nics, speed_text
from screens.page import Page
from screens.plain import Plain
from screens.rows import Row, Rows
from screens.survey import Survey
from screens.wrapping import wrap
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import style
from xenbond_tui.value import dataclass

LABEL = 9
"""Width of the labels."""

TALL = 30
"""Rows from which on there is room for all the evidence."""


class Way(StrEnum):
    """Where to go from here."""

    DECIDE = "decide"
    SET_UP = "setup"
    WATCH = "watch"
    UNDO = "undo"
    REMOVE = "remove"
    RETRY = "retry"
    READ_AGAIN = "again"
    QUIT = "quit"


HINTS = {
    Way.DECIDE: "It rolls back by itself unless someone keeps it. Until then nothing else can be "
    "begun.",
    Way.RETRY: "Puts every file and the network back as they were before that change. What "
    "someone else has written since is kept beside the copies.",
    Way.SET_UP: "Slaves, bond, bridge, then a review of every file. Nothing is written before "
    "you have seen it, and all of it rolls back by itself unless you say keep.",
    Way.WATCH: "Is it redundant, what failed, and when. Nothing is changed.",
    Way.UNDO: "Choose an earlier change, see what its undo would write, and do it.",
    Way.REMOVE: "A review of every file first. It all comes back by itself unless you say keep. "
    "Guests must have left the bridge before.",
    Way.QUIT: "Nothing on this host has been changed.",
}
"""What each way in the list is for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The way chosen, and the bond it is about."""

    way: Way
    bond: str | None = None


class HostScreen(Page[Choice]):
    """The first screen of the wizard."""

    CSS = style("host")
    NAME = "Host"
    PURPOSE = "This is what runs here now. What would you like to do?"
    HELP_TEXT = """
What runs on this host, read a moment ago, and how xenbond knows it. Nothing was
changed by reading it.

Network names the program that configures the network here, with the evidence;
the files of that program are what xenbond will write. A window of 30 rows has room
for all of the evidence. Session names the address and
the NIC you come in by: what must not be cut.

Where two programs hold one NIC, both are named, with how to settle it; where the
network belongs to another system, as on XCP-ng, what to run there instead.

Set up and Change go through the same steps. Nothing is written before the last
one, where every file is shown with its differences first.

One change at a time: while one is made or waits to be kept, by whomever, it can
be watched, kept or rolled back, and no other one can be begun.

In this list: S set up, W watch, U undo, X remove, D decide, T try again, R read
the host again, Q quit."""

    GO_ON = Key("", "Enter", "go on")
    AGAIN = Key("way('again')", "R", "read again")
    QUIT = Key("way('quit')", "Q", "quit")
    KEYS: tuple[Key, ...] = (
        Key("way('setup')", "S"),
        Key("way('watch')", "W"),
        Key("way('undo')", "U"),
        Key("way('remove')", "X"),
        Key("way('decide')", "D"),
        Key("way('retry')", "T"),
        AGAIN,
        QUIT,
    )

    def __init__(self, machine: Machine, survey: Survey, steps: tuple[str, ...]) -> None:
        super().__init__(machine, survey.facts, survey.stack)
        self.survey = survey
        self.steps = steps

    @override
    def head(self) -> ComposeResult:
        yield Plain(step_list(self.steps, self.NAME), id="steps")

    @override
    def body(self) -> ComposeResult:
        yield Plain("", id="problem")
        yield Plain("", id="facts")
        yield Rows(self._ways(), id="ways")
        yield Plain("", id="hint")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return (MOVE, self.GO_ON, self.AGAIN, self.QUIT)

    @override
    def opened(self) -> None:
        self.query_one(Rows).focus()

    @override
    def resized(self) -> None:
        problems = problem_texts(self.survey)
        texts = (self.fill(f"! {text}", "  ") for text in problems)
        self.set_text("#problem", "\n".join(texts))
        most = 3 if self.size.height < TALL else TALL
        self.set_text("#facts", "\n".join(fact_lines(self.survey, self.size.width - 2, most)))

    def _ways(self) -> list[Row]:
        answers, waiting = self.survey.answers, self.survey.waiting
        bond, bridge = answers.bond.name, answers.bridge.name
        rows = []
        if waiting is not None:
            rows.append(Row(Way.DECIDE, "Decide    watch the change, keep it or undo it"))
        if self.survey.broken is not None:
            rows.append(Row(Way.RETRY, "Try again to roll the change back"))
        if self.survey.foreign is None and waiting is None:
            there = f"Change    {bond} under {bridge}, step by step"
            new = "Set up    a bond under a bridge, step by step"
            rows.append(Row(Way.SET_UP, there if self.survey.configured else new))
        for state in self.survey.facts.bonds:
            rows.append(Row(f"{Way.WATCH}:{state.name}", f"Watch     {state.name}, live"))
        count = len([record for record in self.survey.history if not record.is_open])
        if count and waiting is None:
            changes = "1 change" if count == 1 else f"{count} changes"
            rows.append(Row(Way.UNDO, f"Undo      {changes} in the history"))
        if self.survey.removable:
            what = f"{bond} and {bridge}, the address back on one NIC"
            rows.append(Row(Way.REMOVE, f"Remove    {what}"))
        rows.append(Row(Way.QUIT, "Quit"))
        return rows

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Explain the way under the cursor."""
        self.set_text("#hint", self.fill(self._hint(event.row.id)))

    def _hint(self, row: str) -> str:
        way, waiting = Way(row.partition(":")[0]), self.survey.waiting
        if way is Way.DECIDE and waiting is not None:
            return f"{waiting.summary}\n{HINTS[way]}"
        return HINTS[way]

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


def problem_texts(survey: Survey) -> tuple[str, ...]:
    """What is in the way, or has happened, each with what to do about it."""
    told = told_first(survey)
    texts = [told] if told else []
    texts += survey.remarks
    if survey.drilled:
        texts.append(f"A drill was killed. Now put back: {survey.drilled}.")
    if survey.foreign is not None:
        texts.append(f"{survey.foreign.text} {survey.foreign.remedy}")
    texts += [f"{rivalry.brief} {rivalry.remedy}" for rivalry in survey.rivalries]
    return tuple(texts)


def told_first(survey: Survey) -> str:
    """What must be seen before anything else; "" when there is nothing."""
    if survey.waiting is not None:
        return f"{survey.held.text}." if survey.held is not None else survey.notice
    record = survey.broken or survey.news
    if record is None:
        return survey.notice
    when = of_date(record.ended or record.started)
    # Why it was no good end, where there is more to say than its own notes tell.
    result = survey.notice if record.result in survey.notice else record.result
    if survey.broken is None:
        return f"A change was rolled back, {when}: {record.summary}. {result}"
    return (
        f"A change could NOT be rolled back completely, {when}: {record.summary}. {result} "
        "This host is neither as before nor as planned: try again, or look at it yourself."
    )


def fact_lines(survey: Survey, width: int, most: int = TALL) -> list[str]:
    """What is known of the host, each fact beside its label; the evidence in `most` lines."""
    facts = survey.facts
    room = max(30, width - LABEL)
    rows = [
        ("System", ", ".join(_system(facts))),
        ("Network", _brief(_network(survey), room, most)),
    ]
    rows += [("", f"also {item.stack}: {item.text}") for item in survey.evidence[1:]]
    rows.append(("Xen", _xen(facts)))
    rows.append(("NICs", _nic_text(facts)))
    rows.append(("Bonds", _bonds(facts)))
    rows.append(("Bridges", _bridges(facts)))
    rows.append(("Session", _session(facts)))
    lines = []
    for label, text in rows:
        first, *rest = wrap(text, room)
        lines.append(f"{label:<{LABEL}}{first}")
        lines += [" " * LABEL + line for line in rest]
    return lines


def _brief(text: str, width: int, most: int) -> str:
    """As many of the clauses as `most` lines take, at least one, and how many more there are."""
    clauses, left = text.split("; "), 0
    while len(wrap(text, width)) > most and len(clauses) > 1:
        clauses, left = clauses[:-1], left + 1
        text = "; ".join([*clauses, f"{left} more"])
    return text


def _network(survey: Survey) -> str:
    if survey.foreign is not None:
        return f"not xenbond's to write: {survey.foreign.where} is there"
    if not survey.evidence:
        return "no stack xenbond can write"
    owner = survey.evidence[0]
    return f"{owner.stack}: {owner.text}"


def _system(facts: HostFacts) -> list[str]:
    parts = [facts.system.distribution, f"Linux {facts.system.kernel}"]
    return [*parts, facts.system.init] if facts.system.init else parts


def _xen(facts: HostFacts) -> str:
    if facts.xen.role == "none":
        return "none"
    return facts.xen.text


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
        addresses = " ".join(item.cidr for item in bridge.addresses if item.scope != "link")
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
