"""What a wizard's screen gives back."""

from collections.abc import Mapping
from enum import StrEnum

from screens.terms import Terms
from xenbond_tui.answers import Answers
from xenbond_tui.proposal import Proposal
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
