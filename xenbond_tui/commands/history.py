"""`xenbond history`: all changes, newest first, with what each changed."""

import sys
import time

from xenbond_tui.apply.holder import unsettled
from xenbond_tui.apply.store import Record, Store
from xenbond_tui.commands.remarks import tell_news, telling
from xenbond_tui.commands.say import say, say_json
from xenbond_tui.errors import EXIT_REFUSED
from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def configure(parser: "argparse.ArgumentParser") -> None:
    """Declare the command line."""
    parser.add_argument("--json", action="store_true", help="print JSON (version 1)")
    parser.add_argument("--root", metavar="DIR", help="another system's tree instead of this host")


def run(args: "argparse.Namespace") -> int:
    """Print them; 0 also when there is none, 2 when one was cut short or can't be read.

    Raises:
        XenbondError: not permitted.
    """
    from xenbond_tui.compose import chosen

    machine = chosen(args.root)
    with telling(machine):
        return _history(machine, as_json=args.json)


def _history(machine: Machine, *, as_json: bool) -> int:
    store = Store(machine)
    records = store.history()
    removed = store.removed()
    standing = unsettled(machine)
    if as_json:
        changes = [_as_json(item) for item in records]
        say_json({"version": 1, "changes": changes, "removed": removed})
        return _told(standing)
    tell_news(machine)
    if not records:
        say("Nothing was changed by xenbond so far.")
    for record in records:
        _show(record)
    if removed:
        say(one_line(_gone(removed)))
    return _told(standing)


def _told(standing: str) -> int:
    """What must not be overlooked comes last; returns the exit code."""
    if standing:
        sys.stderr.write(f"xenbond: {one_line(standing)}\n")
    return EXIT_REFUSED if standing else 0


def _gone(removed: tuple[str, ...]) -> str:
    """What became of those that are not in the list."""
    # Late: it knows plans, and few hosts have had so many changes.
    from xenbond_tui.apply.retention import MAX_AGE_S, NEWEST_KEPT

    what = f"{len(removed)} older changes are" if len(removed) > 1 else "1 older change is"
    return (
        f"{what} not kept any more and can't be undone; the last that went is {removed[-1]}. "
        f"Kept are the newest {NEWEST_KEPT}, and those of {MAX_AGE_S / 86400:.0f} days."
    )


def _show(record: Record) -> None:
    say(one_line(f"{record.id}  {record.state:<11}  {record.summary}".rstrip()))
    if record.is_open and record.by:
        say(one_line(f"    begun by {record.by}"))
    if record.result:
        say("    " + record.result.replace("\n", "\n    "))
    for path, status in record.changes:
        say(one_line(f"    {status:<8} {path}"))


def _as_json(record: Record) -> dict[str, object]:
    return {
        "id": record.id,
        "state": record.state.value,
        "kind": record.kind or None,
        "undoes": record.undoes or None,
        "stack": record.stack or None,
        "summary": record.summary,
        "started": _timestamp(record.started or None),
        "ended": _timestamp(record.ended),
        "files_only": record.files_only,
        "files": [{"path": path, "status": status} for path, status in record.changes],
        "by": record.by or None,
        "result": record.result,
    }


def _timestamp(seconds: float | None) -> str | None:
    """ISO 8601 in UTC; null where it is not known."""
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
