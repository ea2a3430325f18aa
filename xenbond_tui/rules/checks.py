"""Everything that can be wrong with a request on one host. Pure: (facts, request) -> findings.

One module for each thing that is judged; each yields findings with stable codes. What only one
stack, Xen or the module's file can get wrong is checked where it is known.
"""

from xenbond_tui.answers import Removal, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.check_bond import check_bond
from xenbond_tui.rules.check_boot import check_boot
from xenbond_tui.rules.check_bridge import check_bridge
from xenbond_tui.rules.check_hardware import check_hardware
from xenbond_tui.rules.check_moves import check_moves
from xenbond_tui.rules.check_names import check_names
from xenbond_tui.rules.check_slaves import check_slaves
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.other_clients import check_other_clients

TOPICS = (
    check_names,
    check_slaves,
    check_hardware,
    check_bond,
    check_bridge,
    check_moves,
    check_boot,
    check_other_clients,
)


def check(facts: HostFacts, request: Request) -> tuple[Finding, ...]:
    """All findings about a resolved request, topic by topic.

    Of another system's tree (`knows_running` is False) only what is written can be judged: what
    would need its running kernel is left out, or a note says that nobody looked.
    """
    if isinstance(request, Removal):
        from xenbond_tui.rules.check_removal import check_removal

        return check_removal(facts, request)
    return tuple(finding for topic in TOPICS for finding in topic(facts, request.answers))
