"""What an operator asks of the worker: files that appear whole, in the order they were asked for.

Only who may write in the transaction's directory (root) can ask; reaching the host is not enough.
"""

import os
from contextlib import suppress
from enum import StrEnum

from xenbond_tui.apply import durable
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door, regular
from xenbond_tui.value import dataclass

SHORTEST_S, USUAL_S, LONGEST_S = 30, 120, 600
"""Seconds to confirm within; an extension has the same bounds."""
_LARGEST_BYTES = 4096
"""Bytes; a request has some twenty."""


class Ask(StrEnum):
    """What can be asked."""

    CONFIRM = "confirm"
    EXTEND = "extend"
    ROLLBACK = "roll-back"


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
    number = len(door.names(directory))
    with door.place(f"{directory}/.{os.getpid()}") as hidden:
        if hidden.exists():
            os.unlink(hidden.name, dir_fd=hidden.directory)
        durable.write_new(hidden, f"{request.ask} {request.seconds:g}\n".encode(), 0o600)
        while True:
            name = f"{number:06d}"
            try:
                # A link, unlike a rename, never lands on top of what someone else asked just now.
                os.link(hidden.name, name, src_dir_fd=hidden.directory, dst_dir_fd=hidden.directory)
            except FileExistsError:
                number += 1
                continue
            os.unlink(hidden.name, dir_fd=hidden.directory)
            return f"{directory}/{name}"


def take(directory: str) -> tuple[Request, ...]:
    """What was asked since the last time, oldest first; what can't be understood is dropped."""
    try:
        names = [name for name in door.names(directory) if not name.startswith(".")]
    except OSError:
        return ()
    found = []
    for name in names:
        with door.place(f"{directory}/{name}") as place:
            try:
                with regular.opened(place) as fd:
                    ask, text = regular.content(fd, _LARGEST_BYTES, place.path).text.split()
                seconds = float(text)
                # Neither inf nor nan: with those the time would never be over.
                if 0.0 <= seconds <= LONGEST_S:
                    found.append(Request(Ask(ask), seconds))
            except (OSError, ValueError):
                continue
            finally:
                with suppress(OSError):
                    os.unlink(place.name, dir_fd=place.directory)
    return tuple(found)


def refuse_time(seconds: float) -> None:
    """Raises XenbondError for a time that is out of bounds."""
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise XenbondError(
            f"{seconds:g} s is no time to confirm within: it takes {SHORTEST_S} to {LONGEST_S} s; "
            "nothing was changed."
        )
