"""A plan in the lines of the review."""

from collections.abc import Sequence

from screens.wrapping import wrap
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.text import align, one_line

LETTERS = {"new": "A", "changed": "M", "removed": "D"}
"""As version control marks them."""


def file_lines(changes: Sequence[FileChange], width: int) -> list[str]:
    """One line per file, its path in at most `width` columns: `M /etc/xen/xl.conf +1 -0`."""
    cells = []
    for change in changes:
        added, removed = change.counts()
        path = short_path(change.path, width)
        counts = (
            f"{mark}{count}" if count else "" for mark, count in (("+", added), ("-", removed))
        )
        cells.append((LETTERS[change.status], path, *counts))
    return align(cells, {2, 3}, " ")


def step_lines(plan: Plan, wait: int | None, width: int) -> list[str]:
    """The steps, numbered and wrapped; `wait` seconds for the operator at the end, if any."""
    labels = [step.label for step in plan.forward]
    if wait is not None:
        labels.append(f"wait for you: {wait} s, else all of it is rolled back")
    lines = []
    for number, label in enumerate(labels, 1):
        first, *rest = wrap(label, width - 3)
        lines.append(f"{number:>2} {first}")
        lines += [f"   {line}" for line in rest]
    return lines


def short_path(path: str, width: int) -> str:
    """A path in so many columns: directories at its front give way to `...`, then its middle."""
    path = one_line(path)
    while len(path) > width and "/" in path.removeprefix(".../"):
        path = ".../" + path.removeprefix(".../").lstrip("/").partition("/")[2]
    if len(path) > width:
        path = path.removeprefix(".../")
    if len(path) > width:
        kept = width - 2
        path = path[: kept // 2] + ".." + path[-(kept - kept // 2) :]
    return path


def count(number: int, thing: str) -> str:
    """`1 file`, `4 files`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def summary(plan: Plan, activates: bool) -> str:
    """How much will be done, for the line under the steps."""
    files = count(len(plan.changed), "file")
    verb = "changes" if len(plan.changed) == 1 else "change"
    steps = f", {count(len(plan.forward), 'step')} follow" if activates else ""
    return f"{files} {verb}{steps}. Nothing is written yet."
