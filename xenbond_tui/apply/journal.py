"""A transaction's journal: one line per state, on the disk before the next step is taken.

Each line is a JSON object with its own number and checksum. Lines of the release before have
neither, and are those with exactly its four keys.

How the transaction ended is noted beside it, a second witness of its last line. Without it a byte
that goes bad there would make a change that was kept look like one that was cut short, and have it
rolled back. It counts for the very line that can't be read, and for no other: a journal that was
cut short tells what was reached.
"""

import json
from contextlib import suppress

from xenbond_tui.apply import durable, notes
from xenbond_tui.apply.codec import is_text
from xenbond_tui.host.document import is_wall_time, parse
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, replace

ENDED = "ended.json"
MAX_BYTES = 1 << 20
"""A journal has some ten lines; each extension adds one."""
STATES = frozenset(
    {"prepared", "written", "active", "rolling-back", "confirmed", "rolled-back", "failed"}
)
_OLD_KEYS = {"state", "at", "text", "deadline"}
_KEYS = {"v", "n", *_OLD_KEYS}
_SEALED = regex(rb'(\{"v": 2, "n": [^\n]*?), "crc": "([0-9a-f]{8})"\}')
"""A line in full. Quotes inside of its values are escaped, so none of those looks like this."""


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
    """Monotonic clock, seconds: when an active transaction rolls back by itself."""
    number: int = 0
    """Which line of the journal it is, from 1; 0 in one of the release before."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal says."""

    entries: tuple[Entry, ...] = ()
    """Every state that can be read, in order."""
    damage: str = ""
    """What is wrong with it, in words; "" when every line can be read.

    One that a crash cut short, at the end, is no damage: it was never reached.
    """
    lines: int = 0
    """How many there are, those that can't be read included."""
    end_lost: bool = False
    """Its last line can't be read: a state may have been reached there that nobody knows of."""


def write_entry(path: str, entry: Entry) -> Entry:
    """Add a state; returns it with its number when it is on the disk.

    Raises:
        OSError: it could not be written; the state is not reached.
    """
    try:
        data = notes.read_bounded(path, MAX_BYTES)
    except FileNotFoundError:
        data = b""
    except ValueError as error:
        raise OSError(0, f"the journal {error}", path) from None
    number = len(data.splitlines()) + 1
    fields = {
        "v": 2,
        "n": number,
        "state": entry.state,
        "at": entry.at,
        "text": entry.text if is_text(entry.text) else ascii(entry.text),
        "deadline": entry.deadline,
    }
    body = json.dumps(fields)[:-1]
    durable.append_line(path, f'{body}, "crc": "{notes.checksum(body.encode())}"}}')
    return replace(entry, number=number)


def read_journal(path: str) -> Journal:
    """All states in order, and whether one may be missing.

    Raises:
        OSError: it is there but can't be read.
    """
    try:
        data = notes.read_bounded(path, MAX_BYTES)
    except FileNotFoundError:
        return Journal(damage="is missing", end_lost=True)
    except ValueError as error:
        return Journal(damage=str(error), end_lost=True)
    if not data:
        return Journal(damage="is empty", end_lost=True)
    *whole, unended = data.split(b"\n")
    items = [item for line in whole for item in _items(line)]
    # Without its newline a line is there to the last byte, or it was cut short: never reached.
    items += [item for item in _items(unended, whole=False) if item is not None]
    if not items:
        return Journal(damage="has no whole line", end_lost=True)
    damaged = [str(place) for place, item in enumerate(items, start=1) if item is None]
    damage = f"line {', '.join(damaged)} is damaged" if damaged else ""
    entries = tuple(item for item in items if item is not None)
    return Journal(entries, damage, len(items), items[-1] is None)


def note_end(path: str, entry: Entry) -> None:
    """Keep the last line once more; without it, which a full disk may prevent, nothing is lost."""
    fields = {"n": entry.number, "state": entry.state, "at": entry.at, "text": entry.text}
    with suppress(OSError):
        notes.write_json(path, fields)


def read_end(path: str, line: int) -> Entry | None:
    """The journal's last line, where it is the one of that number; None when nothing tells."""
    with suppress(OSError, ValueError):
        match notes.read_json(path):
            case {"n": int(number), "state": str(state), "at": float(at), "text": str(text)}:
                if number == line and state in STATES:
                    return Entry(state, at, text, None, number)
    return None


def _items(line: bytes, *, whole: bool = True) -> list[Entry | None]:
    """The entries of one line, None for what is damaged. It is one, unless a newline was lost."""
    found: list[Entry | None] = []
    end = 0
    for match in _SEALED.finditer(line):
        if match.start() - end > 1:
            found.append(None)
        body, crc = match.groups()
        intact = notes.checksum(body).encode() == crc
        found.append(_entry(body + b"}", _KEYS) if intact else None)
        end = match.end()
    if len(line) - end > 1 and not (found and not whole):
        # A line of the release before had no number and no checksum.
        found.append(_entry(line, _OLD_KEYS) if whole and not found else None)
    return found


def _entry(data: bytes, keys: set[str]) -> Entry | None:
    """What a line says; None where it is no journal's entry with exactly these keys."""
    try:
        fields = parse(data)
    except ValueError:
        return None
    if not isinstance(fields, dict) or set(fields) != keys:
        return None
    state, at, text, deadline = (fields[key] for key in ("state", "at", "text", "deadline"))
    number = fields.get("n", 0)
    is_one = (
        (type(state) is str and state in STATES and is_text(text))
        and (_is_number(at) and is_wall_time(at))
        and (deadline is None or _is_number(deadline))
        and type(number) is int
    )
    return Entry(state, float(at), text, deadline, number) if is_one else None


def _is_number(value: object) -> bool:
    return type(value) in (int, float)
