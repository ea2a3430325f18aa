"""How long copies are kept: the newest 20 changes, and whatever is younger than 90 days.

Never removed: an open change, what an open one undoes, the last one that was kept, the one
`xenbond undo` would undo, and one whose notes can't be read.
"""

import os
from contextlib import suppress

from xenbond_tui.apply import durable
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.undo import newest_undoable
from xenbond_tui.errors import XenbondError

NEWEST_KEPT = 20
"""Transactions that are kept whatever their age."""
MAX_AGE_S = 90 * 86400.0
"""Seconds (90 days) that a transaction is kept however many came after it."""


def prune(store: Store) -> tuple[str, ...]:
    """Remove what need not be kept any longer; what can't be removed is tried again next time.

    Returns:
        The transactions that are gone now.
    """
    with suppress(XenbondError):
        return tuple(id for id in superfluous(store) if _remove(store, id))
    return ()


def superfluous(store: Store) -> tuple[str, ...]:
    """Names of the transactions that need not be kept any longer, newest first.

    Raises:
        XenbondError: not permitted.
    """
    records = store.history()
    if any(record.is_open and record.state is State.UNREADABLE for record in records):
        # What it undoes can't be known, and its copies may be the last ones.
        return ()
    needed = {record.id for record in records[:NEWEST_KEPT]}
    since = store.machine.clock.now() - MAX_AGE_S
    needed |= {record.id for record in records if (record.ended or record.started) > since}
    for record in records:
        if record.is_open or record.state is State.UNREADABLE:
            needed |= {record.id, record.undoes}
    needed.update([item.id for item in records if item.state is State.CONFIRMED][:1])
    with suppress(XenbondError):
        needed.add(newest_undoable(store).id)
    return tuple(record.id for record in records if record.id not in needed)


def _remove(store: Store, id: str) -> bool:
    """Under a hidden name first: one that is half removed is no transaction any more."""
    gone = os.path.join(store.directory, f".gone-{id}")
    try:
        durable.rename(store.path(id), gone)
    except OSError:
        return False
    durable.remove_tree(gone)
    # Without the note, which a full disk may prevent, history does not tell of it.
    with suppress(OSError):
        durable.append_line(store.removed_path, id, sync=False)
    return True
