"""What the files were before earlier changes: who had the address then."""

from collections.abc import Iterator, Mapping

from xenbond_tui.apply.store import State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine

_Texts = Mapping[str, tuple[bytes | None, bytes | None]]


def files_before(machine: Machine) -> tuple[_Texts, ...]:
    """Path to content, before and after, of the files each kept change changed, the newest first.

    A change that was undone, or that can't be read any more, has no say.
    """
    return tuple(_before(Store(machine)))


def _before(store: Store) -> Iterator[_Texts]:
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
            yield {it.path: (it.before, it.after) for it in store.plan(record.id).changed}
        except XenbondError:
            continue
