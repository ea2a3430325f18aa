"""Files of a plan that somebody besides root could exchange on the way to them."""

from collections.abc import Callable, Iterable

from xenbond_tui.facts.file_state import Way
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding, warn
from xenbond_tui.value import replace

_REMEDY = (
    "Give it to root (chown root, chmod go-w), or have the file where only root can write. It is "
    "put back only where it is now; should it have been exchanged, the copy is kept."
)


def led(
    changes: Iterable[FileChange], way: Callable[[str], Way | None]
) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
    """The changes, each with where it leads now, and a warning of each that others can exchange.

    Args:
        changes: A plan's.
        way: Where a path leads, if that is known.
    """
    found, findings = [], []
    for change in changes:
        leads = way(change.path)
        if leads is not None and change.is_link:
            above, _, name = change.path.rpartition("/")
            parent = way(above)
            leads = parent and replace(parent, real=f"{parent.real}/{name}")
        found.append(change if leads is None else replace(change, real=leads.real))
        if leads is not None and leads.others and change.status != "unchanged":
            text = f"{leads.others}: whoever that is could have root write somewhere else."
            findings.append(warn("not-roots-file", change.path, text, _REMEDY))
    return tuple(found), tuple(findings)
