"""One change of a host at a time: who begins or recovers one holds the host's lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.apply import transaction
from xenbond_tui.apply.holder import drill_lock, holder, unsettled
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.store import State, Store, unusable
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


@contextmanager
def only_one(machine: Machine, *, boot: bool = False) -> Iterator[None]:
    """Hold the host's lock: beginnings and resolutions are one at a time.

    Args:
        machine: The host.
        boot: Nobody can hold it yet: what is no plain file is moved away.

    Raises:
        XenbondError: someone else has it, or it can't be made.
    """
    refuse_not_root(machine)
    lock = _host_lock(machine)
    path = Store(machine).directory
    try:
        transaction.make_state_directory(Store(machine))
        path = lock.path
        if boot:
            lock.put_right()
        taken = lock.take(machine.clock, wait=2.0)
    except OSError as error:
        raise XenbondError(f"{unusable(path, error)}; nothing was changed.") from None
    if not taken:
        raise XenbondError(
            f"Another xenbond (process {lock.holder() or 'unknown'}) is at work on a change; "
            "nothing was changed. Try again in a moment."
        )
    try:
        yield
    finally:
        lock.release()


def busy(machine: Machine) -> bool:
    """True while some xenbond begins or resolves a change (`only_one`)."""
    return _host_lock(machine).holder() is not None


def refuse_while_waiting(machine: Machine) -> None:
    """One change at a time: names the one that waits, since when, and who holds it.

    Raises:
        XenbondError: one is waiting.
    """
    # One whose worker is dead is not waiting, but to be resolved.
    held = holder(machine)
    if held is not None:
        raise XenbondError(
            f"{held.text}; nothing was changed. Watch it with `xenbond`, keep it with `xenbond "
            "confirm` or roll it back with `xenbond undo`."
        )
    record = Store(machine).open()
    if record is not None and record.state is State.UNREADABLE:
        raise XenbondError(f"{unsettled(machine)} Nothing was changed.")
    drill = drill_lock(machine)
    held_by = drill.holder()
    if held_by is not None:
        odd = "" if held_by else f" If there is none, see whether {drill.path} is a plain file."
        raise XenbondError(
            "A failover drill is running; nothing was changed. Wait for its end, or stop it." + odd
        )


def refuse_not_root(machine: Machine) -> None:
    """Raises XenbondError for whoever may not change this host."""
    if machine.access.this_host and os.geteuid() != 0:
        raise XenbondError(
            "Changing this host's network takes root; nothing was changed. Use sudo."
        )


def _host_lock(machine: Machine) -> Lock:
    return Lock(f"{os.path.dirname(Store(machine).directory)}/lock")
