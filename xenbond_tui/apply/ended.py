"""How a transaction ended, noted beside its journal: a second witness of the journal's last line.

Without it a byte that goes bad in that line would make a change that was kept look like one that
was cut short, and have it rolled back. It counts for the very line that can't be read, and for no
other: a journal that was cut short tells what was reached.
"""

import json
from contextlib import suppress

from xenbond_tui.apply import notes
from xenbond_tui.apply.journal import STATES, Entry
from xenbond_tui.host.document import parse

FILE = "ended.json"


def note(path: str, entry: Entry) -> None:
    """Keep it; without it, which a full disk may prevent, the journal alone counts."""
    fields = {"n": entry.number, "state": entry.state, "at": entry.at, "text": entry.text}
    with suppress(OSError):
        notes.write_note(path, json.dumps(fields).encode())


def read(path: str, line: int) -> Entry | None:
    """The journal's last line, where it is the one of that number; None when nothing tells."""
    try:
        fields = parse(notes.read_note(path))
    except (OSError, ValueError):
        return None
    match fields:
        case {"n": int(number), "state": str(state), "at": float(at), "text": str(text)}:
            if number == line and state in STATES:
                return Entry(state, at, text, None, number)
    return None
