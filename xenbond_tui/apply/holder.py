"""Who holds the one change a host can have at a time, and what blocks everything else there."""

import os

from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """A change that is being made or waits to be kept."""

    record: Record
    pid: int
    """Of the background process; 0 when it is not known."""
    seconds: float
    """How long ago it was begun."""

    @property
    def text(self) -> str:
        """In words: which change, begun when and by whom, held by which process."""
        by = f" by {self.record.by}" if self.record.by else ""
        return (
            f"Change {self.record.id} ({self.record.summary}) was begun {_ago(self.seconds)} "
            f"ago{by} and has not ended yet, held by process {self.pid or 'unknown'}"
        )


def holder(machine: Machine) -> Holder | None:
    """Who holds it now; None when nobody does, a worker that died included.

    Others can watch then (`Store.progress`), keep or roll back, but begin nothing.
    """
    store = Store(machine)
    record = store.open()
    if record is None:
        return None
    pid = Lock(store.path(record.id, "worker.lock")).holder()
    if pid is None:
        return None
    return Holder(record, pid, max(0.0, machine.clock.now() - record.started))


def drill_lock(machine: Machine) -> Lock:
    """Held by a failover drill as long as it runs: no change is begun meanwhile."""
    return Lock(os.path.join(machine.state_dir, "drills", "lock"))


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def at_work(machine: Machine, id: str) -> bool:
    """True while that change's background process lives, its tidying up at the end included."""
    return Lock(Store(machine).path(id, "worker.lock")).holder() is not None


def killed(machine: Machine, id: str) -> bool:
    """True when that change has not ended, and nobody works on it: it has to be resolved."""
    return not at_work(machine, id) and Store(machine).record(id).is_open


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
