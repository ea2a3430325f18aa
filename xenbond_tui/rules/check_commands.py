"""Is every command of a plan one that is run at all? Asked before the operator is."""

import shlex
from collections.abc import Iterator

from xenbond_tui.host.known_commands import refusal
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding, refuse


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
