"""What blocks everything else on this host: a change nobody works on any more."""

from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.store import State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


def unsettled(machine: Machine) -> str:
    """A change that was cut short, or of which nobody can tell, in words, and what to do.

    Looks only; "" where there is none, and for one that is at work or waits to be kept. That the
    changes can't be listed is told here too, not raised.
    """
    store = Store(machine)
    try:
        record = store.open()
    except XenbondError as error:
        return f"Whether a change is open can't be known: {error}"
    if record is None:
        return ""
    lock = Lock(store.path(record.id, "worker.lock"))
    if record.ours and (odd := lock.strange()):
        return (
            f"Whether anything works on change {record.id} ({record.summary}) can't be known: "
            f"{odd}. If no process of xenbond does, move that away, then run "
            f"`{machine.command('recover')}`; the next boot does both."
        )
    if record.ours and lock.holder() is not None:
        return ""
    recover = f"`{machine.command('recover')}`"
    if not record.ours:
        return f"Change {record.id} counts as open: {record.result}"
    if record.state is State.UNREADABLE:
        where = store.path(record.id)
        return (
            f"Whether change {record.id} has ended can't be read, so it counts as open: "
            f"{record.result}. {recover} puts its files back from the copies in {where}; if they "
            f"are as they should be already, move {where} away instead."
        )
    return (
        f"Change {record.id} ({record.summary}) was interrupted and is not rolled back yet: "
        f"{recover} does that."
    )
