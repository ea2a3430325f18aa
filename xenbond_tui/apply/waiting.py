"""The change that waits to be kept: confirm, extend, rollback. Screens and commands share it.

The worker does it, a separate process; these functions ask it and read its notes.
"""

from xenbond_tui.apply.one_at_a_time import refuse_not_root
from xenbond_tui.apply.recover import ROLLBACK_S, resolve_stale, wait_for_end
from xenbond_tui.apply.requests import Ask, Request, post, refuse_time
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.machine import Machine

_ANSWER_S = 10.0
"""Seconds the worker may take to answer a confirmation or an extension."""


def confirm(machine: Machine) -> Record:
    """Keep the change that is waiting.

    Raises:
        XenbondError: none is waiting, it is not up yet, or it has been rolled back already.
    """
    record = _waiting(machine)
    _refuse_rolling_back(record)
    if record.state is not State.ACTIVE:
        raise XenbondError(f"Change {record.id} is still being made; wait until it is up.")
    ended = _ask(machine, record.id, Request(Ask.CONFIRM), _ANSWER_S)
    if ended.state is not State.CONFIRMED:
        raise XenbondError(f"Too late: change {record.id} was not kept. {ended.result}")
    return ended


def extend(machine: Machine, seconds: float) -> float:
    """Give the waiting change more time.

    Args:
        machine: The host.
        seconds: How much more, 30 to 600.

    Returns:
        Seconds that remain now.

    Raises:
        XenbondError: none is waiting, or it has been rolled back already.
    """
    refuse_time(seconds)
    record = _waiting(machine)
    _refuse_rolling_back(record)
    if record.state is not State.ACTIVE:
        raise XenbondError(f"Change {record.id} is not waiting yet; there is nothing to extend.")
    _ask(machine, record.id, Request(Ask.EXTEND, seconds), _ANSWER_S, taken=True)
    after = Store(machine).progress(record.id)
    if after.remaining is None:
        raise XenbondError(f"Too late: change {record.id} was not kept. {after.message}")
    return after.remaining


def rollback(machine: Machine) -> Record:
    """Roll the waiting change back now, and wait until it is.

    Raises:
        XenbondError: none is waiting, or it could not be rolled back completely.
    """
    record = _waiting(machine)
    ended = _ask(machine, record.id, Request(Ask.ROLLBACK), ROLLBACK_S)
    if ended.state is State.FAILED:
        raise XenbondError(ended.result)
    return ended


def ask_rollback(machine: Machine) -> None:
    """Have the waiting change rolled back, without waiting until it is: `Store.progress` tells.

    Raises:
        XenbondError: none is waiting.
    """
    record = _waiting(machine)
    _ask(machine, record.id, Request(Ask.ROLLBACK), _ANSWER_S, taken=True)


def _ask(
    machine: Machine, id: str, request: Request, patience: float, *, taken: bool = False
) -> Record:
    """Ask the worker and wait until it has answered; `taken`: until it knows of it."""
    store = Store(machine)
    try:
        path = post(store.path(id, "requests"), request)
    except OSError as error:
        raise XenbondError.at(store.path(id), f"{error.strerror}. Run it as root.") from None
    late = (
        f"The background process of change {id} does not answer; `xenbond history` tells how it "
        "ended."
    )
    return wait_for_end(machine, id, patience, late, lambda: taken and not door.exists(path))


def _refuse_rolling_back(record: Record) -> None:
    if record.state is State.ROLLING_BACK:
        raise XenbondError(f"Too late: change {record.id} is being rolled back.")


def _waiting(machine: Machine) -> Record:
    resolved = resolve_stale(machine)
    if resolved is not None:
        raise XenbondError(f"Change {resolved.id} is not waiting any more. {resolved.result}")
    record = Store(machine).open()
    if record is None:
        refuse_not_root(machine)
        listed = f"`{machine.command('history')}` lists what was done"
        raise XenbondError(f"No change is waiting; {listed}.")
    return record
