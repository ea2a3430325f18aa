"""Who holds the one change a host can have at a time, and since when."""

import os

from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.store import Record, Store
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
