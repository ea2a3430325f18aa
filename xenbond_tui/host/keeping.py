"""The directories in which changes are kept: one user's alone, or nothing in them is believed."""

import os
import pwd
import stat
from contextlib import suppress

from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.host.ways import others
from xenbond_tui.machine import Machine
from xenbond_tui.regex import regex

MODE = 0o700
CHANGE = regex(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{1,9}")
"""The name of a change: when it was begun, and a number."""
HALF_MADE = regex(rf"\.{CHANGE.pattern}|\.gone-.+")
"""One that was being put together, or being removed, when its process died."""


def keeper(machine: Machine) -> int:
    """The user who alone may write there: root on the live host, else whoever runs this."""
    return 0 if machine.access.this_host else os.geteuid()


def is_ours(machine: Machine) -> bool:
    """Whether what this host keeps of itself is its keeper's alone; else that is told.

    True also where nothing is kept yet, and of another system's tree: that is shown and no more.
    """
    if machine.access.other_tree:
        return True
    try:
        root = machine.access.root
        with door.to(root).locate(machine.own_dir.removeprefix(root)) as place:
            real = place.path
        look_after(machine, f"{root}{real}")
    except FileNotFoundError:
        return True
    except (OSError, XenbondError) as error:
        machine.tell(f"{error}.")
        return False
    return True


def make(path: str) -> None:
    """Create a directory, for root alone, and those above it that are missing.

    Raises:
        OSError: not permitted, or no room.
    """
    if path == os.path.dirname(path) or door.exists(path):
        return
    make(os.path.dirname(path))
    with suppress(FileExistsError), door.place(path) as place:
        os.mkdir(place.name, MODE, dir_fd=place.directory)


def look_at_way(machine: Machine) -> None:
    """See that nobody but its keeper, or root, could put another directory in that one's place.

    Looked at are every directory and link on the way, from the root down: what has been judged is
    nobody else's to exchange, so that the path leads there the next time, too.

    Raises:
        XenbondError: on the way is another user's directory or link, or one that others write.
        OSError: it can't be looked at; where a directory is missing, all above it was.
    """
    path, root = machine.state_dir, "" if machine.state else machine.access.root
    way: list[tuple[str, os.stat_result]] = []
    with suppress(FileNotFoundError), door.to(root).walked(path.removeprefix(root), way):
        pass
    why = others(way, uids={0, keeper(machine)}, gids={0, os.getegid()})
    if why:
        raise XenbondError(
            f"{path} could be exchanged by others: {root}{why}. What is kept there is not "
            "believed, and nothing was changed. Look who made it so; then see that all "
            "directories on the way are root's alone, or move the directory itself to such a place"
        )


def look_after(machine: Machine, path: str) -> None:
    """See that a directory is its keeper's alone; a mode that is too wide is mended, and told.

    Raises:
        XenbondError: it is another user's, or no directory; or the way to it is.
        OSError: it is not there, or can't be looked at.
    """
    look_at_way(machine)
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        raise XenbondError(
            f"{path} is a symbolic link where changes are kept in a directory. Nothing behind it "
            "is believed, and nothing was changed. Move the directory itself to that place"
        )
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(20, "Not a directory", path)
    owner = keeper(machine)
    if status.st_uid != owner:
        raise XenbondError(
            f"{path} belongs to {_name(status.st_uid)}, not to {_name(owner)}: what is kept there "
            "is not believed, and nothing was changed. Look who made it so; then move it away, or "
            f"give it back with `chown -R {_name(owner)}` if every file in it is as it should be"
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        mended = _mend(path)
        machine.tell(
            f"{path} could be entered by others (mode {mode:04o}); "
            f"{f'it has mode {MODE:04o} now' if mended else 'that can not be mended'}."
        )


def _mend(path: str) -> bool:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchmod(descriptor, MODE)
            return True
        finally:
            os.close(descriptor)
    return False


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
