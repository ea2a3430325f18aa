"""How long a change may wait to be confirmed, in seconds."""

from xenbond_tui.errors import XenbondError

SHORTEST_S, USUAL_S, LONGEST_S = 30, 120, 600
"""Seconds to confirm within; an extension has the same bounds."""


def refuse_time(seconds: float) -> None:
    """Raises XenbondError for a time that is out of bounds."""
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise XenbondError(
            f"{seconds:g} s is no time to confirm within: it takes {SHORTEST_S} to {LONGEST_S} s; "
            "nothing was changed."
        )
