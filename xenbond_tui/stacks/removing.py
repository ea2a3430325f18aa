"""What the removal of a bond has in common, whichever stack wrote it."""

from collections.abc import Sequence

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.outcome import why


class CommonRemoval:
    """The removal in the making, as `Draft`."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        self.facts = facts
        self.removal = removal
        self.answers = removal.answers
        self.why = why(removal)

    def check(self) -> tuple[Finding, ...]:
        """As `Draft`: what can't go along is found by editing."""
        return ()


def refuse_what_cannot_go_along(lines: Sequence[str], gone: Sequence[str]) -> None:
    """Lines of what goes that are neither its own nor the address's; the operator has to decide.

    Args:
        lines: each with its place.
        gone: the bridge and the bond, or what they are configured in.

    Raises:
        XenbondError: there are such lines.
    """
    if lines:
        names, go = " and ".join(gone), "go" if len(gone) > 1 else "goes"
        raise XenbondError.at(
            "; ".join(lines),
            f"can't stay when {names} {go}, and I don't know where it belongs. Nothing was "
            "changed; remove or rewrite it, and try again.",
        )
