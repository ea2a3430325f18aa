"""Everything that can be wrong with a request on one host. Pure: (facts, request) -> findings.

One module for each thing that is judged; each yields findings with stable codes. What only one
stack, Xen or the module's file can get wrong is checked where it is known.
"""

import shlex
from collections.abc import Iterator

from xenbond_tui.answers import Removal, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.host.known_commands import refusal
from xenbond_tui.plan.plan import Plan
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.rules.check_bond import check_bond
from xenbond_tui.rules.check_boot import unguarded
from xenbond_tui.rules.check_bridge import check_bridge
from xenbond_tui.rules.check_hardware import check_hardware
from xenbond_tui.rules.check_moves import check_moves
from xenbond_tui.rules.check_names import check_names
from xenbond_tui.rules.check_slaves import check_slaves
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.other_clients import check_other_clients

TOPICS = (
    check_names,
    check_slaves,
    check_hardware,
    check_bond,
    check_bridge,
    check_moves,
    lambda facts, _: unguarded(facts.at_boot),
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


def check_commands(plan: Plan) -> Iterator[Finding]:
    """Refuses a plan with a command that would be refused when its turn comes.

    A name that the kernel or a file has for a link or a profile may be an option to a command.
    """
    actions = (step.action for step in (*plan.forward, *plan.rollback))
    commands = dict.fromkeys(
        action.argv for action in (*actions, *plan.at_boot) if isinstance(action, Run)
    )
    for argv in commands:
        why = refusal(argv)
        if why:
            yield refuse(
                "unfit-command",
                argv[0] if argv else plan.stack,
                f"`{shlex.join(argv)}` would have to be run, and is not: {why}.",
                "Give what is called so another name: letters, digits, dots, dashes and "
                "underscores, a letter or digit first, 15 at most for a link.",
            )
