"""A change that could not be taken back completely: found, and tried once more."""

from contextlib import suppress

from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.actions import only_one
from xenbond_tui.apply.launch import start_worker
from xenbond_tui.apply.recover import (
    put_back_files,
    stand_down,
    touched_network,
    wait_until_back,
)
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


def broken(machine: Machine) -> Record | None:
    """The newest change, when it could not be taken back completely.

    Raises:
        XenbondError: not permitted to look.
    """
    newest = next(iter(Store(machine).history()), None)
    return newest if newest is not None and newest.end is State.FAILED else None


def retry(machine: Machine) -> str:
    """Try once more to take back the newest change, which could not be taken back completely.

    Nobody but a person asks for this: someone may have put the host right by hand meanwhile, and
    what was written since then is kept beside the copies.

    Returns:
        The change's ID; `Store.progress` tells how far it is, and how it ended.

    Raises:
        XenbondError: there is none, or another one is at work.
    """
    with only_one(machine):
        record = broken(machine)
        if record is None:
            raise XenbondError("No change is left half taken back; nothing was changed.")
        if machine.activates:
            boot_guard.install(machine)
        transaction.reach(machine, record.id, State.WRITTEN, "taken up again")
        if machine.activates and touched_network(Store(machine), record.id):
            start_worker(machine, record.id, "--back")
            return record.id
        with suppress(XenbondError):
            put_back_files(machine, record.id, "Taken back at the second try.")
        stand_down(machine)
    return record.id


def retry_and_wait(machine: Machine) -> Record:
    """`retry`, to its end.

    Raises:
        XenbondError: there is none, or it could not be taken back completely this time either.
    """
    return wait_until_back(machine, retry(machine))
