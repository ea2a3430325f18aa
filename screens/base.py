"""The base of the wizard's steps: answers in, answers out, Back keeps what was typed."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from textual.app import ComposeResult
from textual.widgets import Input
from typing_extensions import override

from screens.fields import TypedText, hidden
from screens.frame import step_list
from screens.keys import Key
from screens.page import Page
from screens.plain import Plain
from screens.terms import Terms
from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.value import dataclass, field


class Turn(StrEnum):
    """Where the operator goes from a screen."""

    NEXT = "next"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One screen's result."""

    turn: Turn
    answers: Answers
    """With everything that could be read from the fields; as before where it could not."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """The fields as they were typed, by id: what Back must not lose, right or wrong."""
    proposal: Proposal | None = None
    """Set by the review: what is to be applied."""
    terms: Terms = field(default_factory=Terms)
    """Set by the review: on what terms."""


Topic = Callable[[HostFacts, Answers], Iterable[Finding]]
"""One of the rules' checks."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step works on."""

    machine: Machine
    facts: HostFacts
    answers: Answers
    stack: str
    """Name of the stack that will be written, for the product line."""
    steps: tuple[str, ...]
    """Names of all steps that are relevant here, for the step list."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """This step's fields as they were left."""


class WizardScreen(Page[Outcome]):
    """One step. Subclasses give `read()`, which answers follow from what is on the screen."""

    BACK = Key("back", "F8/P", "Back", typing="F8/^P", also="Esc")
    NEXT = Key("next", "F10/N", "Next", typing="F10/^N")
    KEYS: tuple[Key, ...] = (BACK, NEXT)

    TOPICS: tuple[Topic, ...] = ()
    """The checks whose refusals keep the operator here."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.machine, step.facts, step.stack)
        self.step = step
        self.host = step.facts
        self.answers = step.answers

    @classmethod
    def relevant(cls, facts: HostFacts, answers: Answers) -> bool:
        """Is there anything to decide in this step on that host?"""
        return True

    @override
    def head(self) -> ComposeResult:
        yield Plain(step_list(self.step.steps, self.NAME), id="steps")

    def read(self) -> tuple[Answers, str]:
        """The answers as the screen has them now, and what is wrong with them ("" if nothing)."""
        return self.answers, ""

    def findings(self, answers: Answers) -> tuple[Finding, ...]:
        """What this step's checks say."""
        return tuple(item for topic in self.TOPICS for item in topic(self.host, answers))

    def refusal(self, answers: Answers) -> str:
        """The first thing this step's checks refuse, with its remedy; "" when there is none."""
        refused = [item for item in self.findings(answers) if item.severity is Severity.REFUSE]
        return f"{refused[0].text} {refused[0].remedy}".strip() if refused else ""

    def typed(self) -> dict[str, str]:
        """The fields as they are."""
        return {
            item.id: item.value
            for item in self.query(Input)
            if item.id is not None and not (isinstance(item, TypedText) and item.hides)
        }

    def initial(self, name: str, value: str) -> str:
        """What a field opens with: as it was left, else the answer."""
        return self.step.typed.get(name, value)

    @property
    def next_name(self) -> str:
        """The step after this one."""
        steps = self.step.steps
        at = steps.index(self.NAME)
        return steps[at + 1] if at + 1 < len(steps) else ""

    def turn_keys(self) -> tuple[Key, Key]:
        """The keys of Back and Next."""
        return self.BACK, self.NEXT.saying(f"Next: {self.next_name}")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return self.turn_keys()

    def complain(self, text: str) -> None:
        """Say what is in the way, in the line kept for it."""
        self.set_text("#problem", self.fill(f"! {text}", "  ") if text else "")

    def on_input_submitted(self) -> None:
        """Enter goes on to the next field."""
        self.focus_next()

    def action_back(self) -> None:
        """To the step before; nothing typed is lost."""
        answers, _ = self.read()
        self.finish(Outcome(Turn.BACK, answers, self.typed()))

    def action_next(self) -> None:
        """To the step after, unless something is wrong."""
        answers, problem = self.read()
        problem = hidden(self.query(TypedText)) or problem
        self.complain(problem)
        if not problem:
            self.finish(Outcome(Turn.NEXT, answers, self.typed()))
