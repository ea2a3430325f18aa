"""Recover: a change whose worker died, or whose rollback failed, is found and rolled back."""

from collections.abc import Callable
from contextlib import suppress

from xenbond_tui.apply import backup_index, boot_guard, notes, transaction
from xenbond_tui.apply.holder import at_work
from xenbond_tui.apply.launch import start_worker
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.news import announce
from xenbond_tui.apply.one_at_a_time import only_one
from xenbond_tui.apply.steps import failure
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.machine import Machine

ACTIVATING = "activating"
"""A note of this name is made before the first step that changes the running network."""
_POLL_S = 0.1
ROLLBACK_S = 300.0
"""Seconds a rollback may take: commands that wait for DHCP or spanning tree included."""


def resolve_stale(machine: Machine, *, boot: bool = False) -> Record | None:
    """Roll back a change whose worker died; None when there is none.

    Args:
        machine: The host.
        boot: The network is not up yet: only files are put back.

    Raises:
        XenbondError: it could not be rolled back completely.
    """
    if Store(machine).open() is None and not boot_guard.is_there(machine):
        return None
    with only_one(machine, boot=boot):
        try:
            return resolve(machine, boot=boot)
        finally:
            stand_down(machine)


def resolve(machine: Machine, *, boot: bool = False) -> Record | None:
    """Roll back the transaction that has not ended and has no worker; None if there is none.

    Files are put back here; a running network by a worker, because the rollback may cut
    the very connection this is called over. The caller holds the host's lock.

    Args:
        machine: The host.
        boot: The network is not up yet: files are all there is to put back.

    Raises:
        XenbondError: something could not be put back.
    """
    store = Store(machine)
    record = store.open()
    if record is None:
        return None
    if not record.ours:
        raise XenbondError(record.result)
    damaged = damage(store, record.id)
    lock = Lock(store.path(record.id, "worker.lock"))
    try:
        if boot:
            lock.put_right()
        taken = lock.take(machine.clock)
    except OSError as error:
        raise XenbondError.at(
            lock.path, f"{error.strerror}; nothing was changed. Move it away and try again."
        ) from None
    if not taken:
        return None
    try:
        if boot or not machine.access.can_activate or not touched_network(store, record.id):
            text = f"Change {record.id} was interrupted; its files were put back as they were."
            put_back_files(machine, record.id, text, boot=boot)
            announce(machine, text)
            return _back(store, record.id, damaged)
    except OSError as error:
        raise XenbondError.at(
            store.path(record.id), f"{error.strerror}; nothing was changed."
        ) from None
    finally:
        lock.release()
    start_worker(machine, record.id, "--rollback")
    wait_until_back(machine, record.id)
    return _back(store, record.id, damaged)


def _back(store: Store, id: str, damaged: tuple[str, ...]) -> Record:
    """What was rolled back. Where its notes were damaged that is no good end: a person must look.

    Raises:
        XenbondError: they were.
    """
    record = store.record(id)
    if damaged:
        raise XenbondError(
            f"{record.result} But not all of its notes are whole: {'; '.join(damaged)}. Nothing "
            "else was begun. Compare the files with the copies in "
            f"{store.path(id, 'backup', 'files')}, and find out what is wrong with the disk."
        )
    return record


def touched_network(store: Store, id: str) -> bool:
    """True when steps that change the running network may have been begun."""
    return door.exists(store.path(id, ACTIVATING))


def put_back_files(
    machine: Machine, id: str, text: str, *, complete: bool = True, boot: bool = False
) -> None:
    """End a transaction by putting its files back; `text` says why in its history.

    Args:
        machine: The host.
        id: The transaction.
        text: Why.
        complete: The running network needs no putting back, or will be what the files say.
        boot: Daemons will read the files later; what was made of them by now is made again.

    Raises:
        XenbondError: a file could not be put back.
    """
    try:
        notes = transaction.restore(machine, id)
        if boot:
            _make_again(machine, id)
    except XenbondError as error:
        transaction.reach(machine, id, State.FAILED, str(error))
        raise
    state = State.ROLLED_BACK if complete else State.FAILED
    transaction.reach(machine, id, state, " ".join((text, *notes)))


def _make_again(machine: Machine, id: str) -> None:
    """Run what has read the files of the change already, earlier in this boot.

    Which commands that are is not known where the plan's own notes are damaged: `_back` says so.

    Raises:
        XenbondError: a command failed.
    """
    try:
        plan = Store(machine).plan(id)
    except XenbondError:
        return
    for maker in plan.at_boot:
        done = machine.runner.run(maker.argv, maker.timeout)
        if done.returncode not in maker.ok:
            raise XenbondError(
                f"The files of change {id} were put back as they were, but {failure(done)}. The "
                "network may come up as the change would have it. Put that right, then run: "
                "xenbond recover"
            )


def stand_down(machine: Machine) -> None:
    """Remove the boot guard when no change is open any more, left by a crash or not.

    While that can't be known it stays.

    One that can't be removed does no harm: it finds nothing to roll back, and is tried again.
    """
    with suppress(OSError, XenbondError):
        if boot_guard.is_there(machine) and not any(
            item.is_open for item in Store(machine).history()
        ):
            boot_guard.remove(machine)


def wait_until_back(machine: Machine, id: str) -> Record:
    """Wait until a worker has rolled that change back, and has tidied up: the boot guard goes last.

    Raises:
        XenbondError: it takes too long, or could not be rolled back completely.
    """
    late = f"Change {id} was interrupted and is still being rolled back."
    record = wait_for_end(machine, id, ROLLBACK_S, late)
    if record.end is State.FAILED:
        raise XenbondError(record.result)
    return record


def wait_for_end(
    machine: Machine,
    id: str,
    patience: float,
    late: str,
    enough: Callable[[], bool] = lambda: False,
) -> Record:
    """Wait until that change has ended and its worker with it, or until it is `enough`.

    Raises:
        XenbondError: `late`: it has not ended after `patience` seconds.
    """
    store = Store(machine)
    until = machine.clock.monotonic() + patience
    while (record := store.record(id)).is_open or at_work(machine, id):
        over = machine.clock.monotonic() > until
        if enough() or (over and not record.is_open):
            break
        if over:
            raise XenbondError(late)
        machine.clock.sleep(_POLL_S)
    return record


def broken(machine: Machine) -> Record | None:
    """The newest change, when it could not be rolled back completely.

    Raises:
        XenbondError: not permitted to look.
    """
    newest = next(iter(Store(machine).history()), None)
    return newest if newest is not None and newest.end is State.FAILED else None


def retry(machine: Machine) -> str:
    """Try once more to roll back the newest change, which could not be rolled back completely.

    Nobody but a person asks for this: someone may have repaired the host meanwhile, and
    what was written since then is kept beside the copies.

    Returns:
        The change's ID; `Store.progress` tells how far it is, and how it ended.

    Raises:
        XenbondError: there is none, or another one is at work.
    """
    with only_one(machine):
        record = broken(machine)
        if record is None:
            raise XenbondError("No change is left half rolled back; nothing was changed.")
        if machine.access.can_activate:
            boot_guard.install(machine)
        transaction.reach(machine, record.id, State.ROLLING_BACK, "taken up again")
        if machine.access.can_activate and touched_network(Store(machine), record.id):
            start_worker(machine, record.id, "--rollback")
            return record.id
        with suppress(XenbondError):
            put_back_files(machine, record.id, "Rolled back at the second try.")
        stand_down(machine)
    return record.id


_BESIDE = ("network.json", "surroundings.json", "sysctls.json")
"""There where the running network is changed too."""


def damage(store: Store, id: str) -> tuple[str, ...]:
    """Each note of a transaction that can't be believed, in words; none where all are as written.

    Looked for before it is rolled back.
    """
    found = []
    for read in (store.header, store.plan):
        try:
            read(id)
        except XenbondError as error:
            found.append(error.text)
    if journal := store.journal(id).damage:
        found.append(f"journal.jsonl: {journal}")
    for name in _BESIDE:
        if door.exists(path := store.path(id, name)):
            try:
                notes.read_json(path)
            except (OSError, ValueError):
                found.append(f"{name}: is damaged")
    directory = store.path(id, "backup")
    try:
        found += backup_index.read(directory)[1]
    except ValueError as error:
        found.append(str(error))
    return tuple(found)
