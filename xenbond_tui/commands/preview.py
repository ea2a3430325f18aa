"""What will be done, printed before it is: diffs, files, steps; and the question."""

import sys

from xenbond_tui.commands.say import say
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.file_change import counted
from xenbond_tui.plan.plan import Plan
from xenbond_tui.plan.usual_actions import Run, WriteFiles
from xenbond_tui.text import one_line

_MARKS = {"new": "A", "changed": "M", "removed": "D"}


def show_plan(plan: Plan, *, files_only: bool) -> None:
    """Every diff, then every file in a line, then the steps."""
    diffs = [change.diff() for change in plan.changed]
    for diff in diffs:
        say(diff)
    say(f"{_count(len(plan.changed), 'file changes', 'files change')}:")
    for change, diff in zip(plan.changed, diffs, strict=True):
        added, removed = counted(diff)
        mark, path = _MARKS[change.status], change.path
        say(one_line(f" {mark} {path}  +{added} -{removed}  {change.why}").rstrip())
    steps = [step for step in plan.forward if not files_only or isinstance(step.action, WriteFiles)]
    say(f"{_count(len(steps), 'step', 'steps')}:")
    for number, step in enumerate(steps, start=1):
        argv = f"  ({' '.join(step.action.argv)})" if isinstance(step.action, Run) else ""
        say(one_line(f"{number:2} {step.label}{argv}"))
    if plan.outage is not None and not files_only:
        say(plan.outage.text)


def agreed(question: str, *, yes: bool) -> bool:
    """Ask on the terminal, unless --yes said it already.

    Raises:
        XenbondError: there is nobody to ask.
    """
    if yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise XenbondError(
            "There is no terminal to ask on; nothing was changed. Add --yes if you mean it."
        )
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
