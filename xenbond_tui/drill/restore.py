"""What a drill has changed: noted on the disk before, and put back by whoever is left.

/var/lib/xenbond/drills/restore.json
"""

import json
import os
from contextlib import suppress

from xenbond_tui.apply import durable
from xenbond_tui.apply.notes import read_json
from xenbond_tui.drill.sight import is_set_up
from xenbond_tui.errors import XenbondError
from xenbond_tui.health.announcer import guests_of, make_active
from xenbond_tui.health.event import boot_id
from xenbond_tui.health.state import read_state
from xenbond_tui.host import keeping
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass

_LINK_UP_S = 30.0
"""Seconds a link may take to be up again before the active slave is put back."""
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Restore:
    """What must be so again."""

    bond: str
    active_slave: str | None
    links_up: tuple[str, ...]
    """Links that were set down."""
    boot: str
    """The boot it happened in: a later one has nothing of it."""


def note(machine: Machine, bond: str, active_slave: str | None, links_up: tuple[str, ...]) -> None:
    """Note what must be put back, on the disk, before anything is changed.

    Raises:
        XenbondError: it can't be noted; then nothing may be changed.
    """
    document = {
        "bond": bond,
        "active_slave": active_slave,
        "links_up": list(links_up),
        "boot": boot_id(machine),
    }
    try:
        durable.replace(_path(machine), json.dumps(document).encode())
    except OSError as error:
        raise XenbondError.at(_path(machine), f"{error.strerror}; nothing was changed.") from None


def put_back(machine: Machine) -> str:
    """Put back what a drill left, and forget it; in words what was done, "" when nothing was.

    Raises:
        XenbondError: the kernel refuses; it stays noted.
    """
    left = read(machine)
    if left is None:
        return ""
    done = []
    if left.boot == boot_id(machine):
        for link in left.links_up:
            if not is_set_up(machine, link):
                machine.writer().set_link(link, up=True)
                done.append(f"{link} up")
        if left.active_slave is not None and _make_active(machine, left.bond, left.active_slave):
            done.append(f"active slave {left.active_slave}")
    with suppress(FileNotFoundError):
        durable.unlink(_path(machine))
    return ", ".join(done)


def read(machine: Machine) -> Restore | None:
    """What a drill left; None when nothing is left.

    Raises:
        XenbondError: that can't be read, so that something may be left.
    """
    if not keeping.is_ours(machine):
        if os.geteuid() != 0:
            return None
        raise XenbondError(
            f"{machine.own_dir} is not root's alone: nobody knows whether a drill left something."
        )
    try:
        document = read_json(_path(machine))
        return Restore(
            str(document["bond"]),
            None if document["active_slave"] is None else str(document["active_slave"]),
            tuple(str(name) for name in document["links_up"]),
            str(document["boot"]),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        if os.geteuid() != 0:
            return None
        raise XenbondError.at(_path(machine), f"{error.strerror}.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise XenbondError(
            f"{_path(machine)} can't be read: a drill was killed, and what it set is not known. "
            "See that every slave is up and the right one is active, then remove that file."
        ) from None


def _make_active(machine: Machine, bond: str, slave: str) -> bool:
    """Once its link is up again: the kernel refuses a slave that is down (EINVAL).

    Returns:
        Whether it had to be done, and was.
    """
    until = machine.clock.monotonic() + _LINK_UP_S
    while True:
        state = machine.kernel.bond(bond)
        mine = None if state is None else state.slave(slave)
        if state is None or mine is None:
            return False
        if state.active_slave == slave:
            return False
        if mine.mii_status == "up":
            look = read_state(machine, bond)
            make_active(machine, bond, slave, {} if look is None else guests_of(machine, look))
            return True
        if machine.clock.monotonic() > until:
            return False
        machine.clock.sleep(_POLL_S)


def _path(machine: Machine) -> str:
    return os.path.join(machine.state_dir, "drills", "restore.json")
