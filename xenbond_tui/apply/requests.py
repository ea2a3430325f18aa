"""What an operator asks of the worker: files that appear whole, in the order they were asked for.

Only who may write in the transaction's directory (root) can ask; reaching the host is not enough.
"""

import os
from dataclasses import dataclass
from enum import StrEnum

from xenbond_tui.apply import durable


class Ask(StrEnum):
    """What can be asked."""

    CONFIRM = "confirm"
    EXTEND = "extend"
    ROLL_BACK = "roll-back"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that was asked."""

    ask: Ask
    seconds: float = 0.0
    """How much more time, for EXTEND."""


def post(directory: str, request: Request) -> str:
    """Ask; returns the file's path, which is gone once the worker has taken it.

    Raises:
        OSError: not permitted, or no room.
    """
    hidden = f"{directory}/.{os.getpid()}"
    if os.path.lexists(hidden):
        os.unlink(hidden)
    durable.write_new(hidden, f"{request.ask} {request.seconds:g}\n".encode(), 0o600)
    number = len(os.listdir(directory))
    while True:
        path = f"{directory}/{number:06d}"
        try:
            # A link, unlike a rename, never lands on top of what someone else asked just now.
            os.link(hidden, path)
        except FileExistsError:
            number += 1
            continue
        os.unlink(hidden)
        return path


def take(directory: str) -> tuple[Request, ...]:
    """What was asked since the last time, oldest first; what can't be understood is dropped."""
    try:
        names = sorted(name for name in os.listdir(directory) if not name.startswith("."))
    except OSError:
        return ()
    found = []
    for name in names:
        path = f"{directory}/{name}"
        try:
            with open(path, encoding="ascii") as stream:
                ask, seconds = stream.read().split()
            found.append(Request(Ask(ask), float(seconds)))
        except (OSError, ValueError):
            continue
        finally:
            os.unlink(path)
    return tuple(found)
