"""A program that a plan needs and the host does not have."""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, note, refuse


def lacking(facts: HostFacts, code: str, where: str, text: str, remedy: str) -> Finding:
    """A refusal; of a copy without /usr a note, for there nobody could look.

    Args:
        facts: the host.
        code: the finding's.
        where: the program that was not found.
        text: what comes of it.
        remedy: what to do about it.
    """
    if facts.programs_known:
        return refuse(code, where, text, remedy)
    text = f"This copy of a host has no /usr, so whether {where} is there could not be looked for."
    return note(code, where, text, f"Should it be missing on the host: {remedy}")
