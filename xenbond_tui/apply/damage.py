"""What of a transaction's notes is not as it was written: looked for before it is rolled back."""

from xenbond_tui.apply import backup_index, notes
from xenbond_tui.apply.journal import read_journal
from xenbond_tui.apply.store import Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.host.document import parse

_BESIDE = ("network.json", "surroundings.json", "sysctls.json")
"""There where the running network is changed too."""


def damage(store: Store, id: str) -> tuple[str, ...]:
    """Each note that can't be believed, in words; none where all are as they were written."""
    found = []
    for read in (store.header, store.plan):
        try:
            read(id)
        except XenbondError as error:
            found.append(error.text)
    try:
        journal = read_journal(store.path(id, "journal.jsonl")).damage
    except OSError as error:
        journal = error.strerror or "can't be read"
    if journal:
        found.append(f"journal.jsonl: {journal}")
    for name in _BESIDE:
        if door.exists(path := store.path(id, name)):
            try:
                parse(notes.read_note(path))
            except (OSError, ValueError):
                found.append(f"{name}: is damaged")
    directory = store.path(id, "backup")
    try:
        found += backup_index.read(directory)[1]
    except ValueError as error:
        found.append(str(error))
    return tuple(found)
