"""Where drills lie, and who holds the one that runs.

/var/lib/xenbond/drills/lock             held (flock) by the drill as long as any part of it lives
/var/lib/xenbond/drills/restore.json     what it has changed, see `restore`
/var/lib/xenbond/drills/ID/order.json    what was asked for
/var/lib/xenbond/drills/ID/progress.jsonl
/var/lib/xenbond/drills/ID/stop          there when somebody asked it to stop
/var/lib/xenbond/drills/ID/report.txt, report.json
"""

import json
import os
import time
from contextlib import suppress

from xenbond_tui.apply import durable
from xenbond_tui.apply.holder import drill_lock
from xenbond_tui.apply.notes import read_json
from xenbond_tui.drill.model import How
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door, keeping
from xenbond_tui.host.document import is_wall_time
from xenbond_tui.machine import Machine

KEPT_REPORTS = 20
"""Reports kept."""


class Drills:
    """The drills of one host."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.directory = os.path.join(machine.state_dir, "drills")
        self.lock = drill_lock(machine)

    def path(self, id: str, name: str = "") -> str:
        """A file of a drill."""
        return os.path.join(self.directory, id, name)

    def new(self, started: float, bond: str, how: How, target: str) -> str:
        """Make a drill's directory with what is asked; returns its ID.

        Raises:
            XenbondError: not permitted, or no room.
        """
        if not keeping.is_ours(self._machine):
            raise XenbondError(f"{self.directory} is not root's alone; the drill was not begun.")
        try:
            durable.make_directories(self.directory, 0o700)
            id = time.strftime("%Y%m%d-%H%M%S", time.localtime(started))
            self._prune()
            durable.make_directory(self.path(id).rstrip("/"), 0o700)
            order = {"bond": bond, "how": str(how), "target": target, "started": started}
            durable.replace(self.path(id, "order.json"), json.dumps(order).encode())
        except OSError as error:
            raise XenbondError.at(
                self.directory, f"{error.strerror}; the drill was not begun."
            ) from None
        return id

    def running(self) -> str | None:
        """The ID of the drill that runs now, whoever began it; None when none does."""
        if self.lock.holder() is None:
            return None
        with suppress(OSError):
            return max(self._ids())
        return None

    def order(self, id: str) -> tuple[str, How, str, float]:
        """Bond, how, target and start (wall clock) of a drill.

        Raises:
            XenbondError: there is no such drill.
        """
        if not keeping.is_ours(self._machine):
            raise XenbondError(
                f"{self.directory} is not root's alone; what it holds is not believed."
            )
        try:
            order = read_json(self.path(id, "order.json"))
            bond, target = str(order["bond"]), str(order["target"])
            how, started = How(order["how"]), float(order["started"])
            if not is_wall_time(started):
                raise ValueError("started")
            return bond, how, target, started
        except (OSError, ValueError, OverflowError, KeyError, TypeError):
            raise XenbondError(f"There is no drill {id}.") from None

    def ask_to_stop(self, id: str) -> None:
        """Ask it to put everything back and end."""
        with suppress(OSError):
            durable.replace(self.path(id, "stop"), b"")

    def asked_to_stop(self, id: str) -> bool:
        """Did anybody?"""
        return door.exists(self.path(id, "stop"))

    def _prune(self) -> None:
        """Keep the newest reports."""
        with suppress(OSError):
            for name in self._ids()[: -KEPT_REPORTS + 1]:
                durable.remove_tree(os.path.join(self.directory, name))

    def _ids(self) -> list[str]:
        return [name for name in door.names(self.directory) if name[:1].isdecimal()]
