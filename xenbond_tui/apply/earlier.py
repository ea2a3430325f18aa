"""What the files were before earlier changes: who had the address then."""

from collections.abc import Iterator, Mapping

from xenbond_tui.apply.store import State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


def files_before(machine: Machine) -> tuple[Mapping[str, bytes | None], ...]:
    """Path to content of the files that each kept change found and changed, the newest first.

    A change that was undone, or that can't be read any more, has no say.
    """
    return tuple(_before(Store(machine)))


def _before(store: Store) -> Iterator[Mapping[str, bytes | None]]:
    undone: set[str] = set()
    try:
        records = store.history()
    except XenbondError:
        return
    for record in records:
        if record.state is not State.CONFIRMED or record.id in undone:
            continue
        if record.undoes:
            undone.add(record.undoes)
            continue
        try:
            yield {change.path: change.before for change in store.plan(record.id).changed}
        except XenbondError:
            continue
