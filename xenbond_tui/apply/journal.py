"""A transaction's journal: one line per state, on the disk before the next step is taken."""

import json
from dataclasses import dataclass

from xenbond_tui.apply import durable
from xenbond_tui.host import door


@dataclass(frozen=True, slots=True)
class Entry:
    """One state that was reached."""

    state: str
    """A `store.State`'s value."""
    at: float
    """Wall clock, seconds since the epoch."""
    text: str = ""
    """Why, in words."""
    deadline: float | None = None
    """Monotonic clock, seconds: when an active transaction goes back by itself."""


STATES = frozenset({"prepared", "written", "active", "confirmed", "rolled-back", "failed"})


def write_entry(path: str, entry: Entry) -> None:
    """Add a state; returns when it is on the disk.

    Raises:
        OSError: it could not be written; the state is not reached.
    """
    fields = {"state": entry.state, "at": entry.at, "text": entry.text, "deadline": entry.deadline}
    durable.append_line(path, json.dumps(fields))


def read_journal(path: str) -> tuple[Entry, ...]:
    """All states in order; a line that a crash cut short was never reached, and is left out.

    Raises:
        OSError: it is there but can't be read.
        ValueError: a whole line is not a journal's.
    """
    try:
        text = door.text(path)
    except FileNotFoundError:
        return ()
    entries = []
    *whole, _cut_short = text.split("\n")
    for number, line in enumerate(whole, start=1):
        try:
            entries.append(_entry(json.loads(line)))
        except ValueError:
            if number == len(whole):
                raise
    return tuple(entries)


def _entry(fields: object) -> Entry:
    if not isinstance(fields, dict) or fields.get("state") not in STATES:
        raise ValueError("not a journal entry")
    at, deadline = fields.get("at"), fields.get("deadline")
    if not isinstance(at, (int, float)) or not isinstance(deadline, (int, float, type(None))):
        raise ValueError("not a journal entry")
    return Entry(fields["state"], float(at), str(fields.get("text", "")), deadline)
