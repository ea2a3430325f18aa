"""Everything that can be wrong with answers on one host. Pure: (facts, answers) -> findings."""

from xenbond_tui.answers import Answers
from xenbond_tui.facts import HostFacts
from xenbond_tui.rules.findings import Finding


def check(facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
    """All findings of the rules; those of one stack, of Xen and of the module come from theirs."""
    return ()
