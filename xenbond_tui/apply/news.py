"""How a change that was rolled back is told: to all at once, and when the operator comes next."""

import os
from contextlib import suppress

from xenbond_tui.apply import durable, notes
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line

_GONE_BACK = (State.ROLLED_BACK, State.FAILED)


def unseen(machine: Machine) -> Record | None:
    """The newest change, if it was rolled back and nobody was told yet; None if not permitted."""
    store = Store(machine)
    try:
        newest = next(iter(store.history()), None)
    except XenbondError:
        return None
    if newest is None or newest.end not in _GONE_BACK or newest.id == _last_seen(store):
        return None
    return newest


def mark_seen(machine: Machine, id: str) -> None:
    """The operator has seen how this change ended. Losing that costs nothing but a repetition."""
    with suppress(OSError):
        durable.replace(_seen(Store(machine)), f"{id}\n".encode())


def _last_seen(store: Store) -> str:
    try:
        return notes.read_bounded(_seen(store), 4096).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return ""


def _seen(store: Store) -> str:
    return os.path.join(os.path.dirname(store.directory), "seen")


def announce(machine: Machine, text: str) -> None:
    """By wall(1) and logger(1), where they are; failing to tell stops nothing."""
    runner, text = machine.runner, one_line(text)
    if runner.which("wall") is not None:
        runner.run(("wall", f"xenbond: {text}"), 10.0)
    if runner.which("logger") is not None:
        runner.run(("logger", "-t", "xenbond", "-p", "daemon.warning", "--", text), 10.0)
