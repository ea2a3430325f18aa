"""Whose a demo's directory is: files in it are replaced and directories removed, by plain paths."""

import os
import stat

from xenbond_tui.errors import UsageError
from xenbond_tui.host import door
from xenbond_tui.host.owned import foreign
from xenbond_tui.host.ways import others


def make_ours(directory: str) -> None:
    """Make a demo host's directory and those above it that are missing; each is new and ours.

    Were one made by whoever is first, as in /tmp, links could wait in it.

    Raises:
        UsageError: it can't be made, or somebody else was first.
    """
    path = os.path.realpath(directory)
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path)
    if missing:
        _refuse(directory, path, inside=False)
    try:
        for path in reversed(missing):
            os.mkdir(path, 0o700)
    except OSError as error:
        raise UsageError(f"--dir {directory}: {error.strerror}; nothing was touched.") from None
    refuse_foreign(directory)


def refuse_foreign(directory: str) -> None:
    """A demo host may only be where nobody but root and this user can put a link.

    Raises:
        UsageError: somebody else can, or there is no such directory.
    """
    path = os.path.realpath(directory)
    _refuse(directory, path, inside=True)


def _refuse(directory: str, path: str, *, inside: bool) -> None:
    """Judge one that is there; `inside`: as the demo's own, else as what it shall be made in.

    Raises:
        UsageError: somebody else can put a link there.
    """
    tree = door.to("")
    try:
        way = tree.way(path)
    except OSError as error:
        raise UsageError(f"--dir {directory}: {error.strerror}.") from None
    if way is None or not stat.S_ISDIR(way[-1][1].st_mode):
        raise UsageError(f"--dir {directory}: no such directory.")
    uids, gids = {0, os.geteuid()}, {0, os.getegid()}
    # The sticky bit of /tmp keeps what is ours there; it does not keep others from adding theirs.
    why = others(way, uids=uids, gids=gids, inside=inside)
    if inside and not why:
        why = _foreign_below(path, uids)
    if why:
        raise UsageError(
            f"--dir {directory}: {why}, so a demo host there could be made to write elsewhere; "
            "nothing was touched. Name a directory of your own, or leave --dir out."
        )


def _foreign_below(path: str, uids: set[int]) -> str:
    """What in a directory of ours belongs to somebody else, as after unpacking an archive."""
    for here, directories, files in os.walk(path):
        for name in (*directories, *files):
            try:
                status = os.lstat(f"{here}/{name}")
            except OSError:
                # A demo's kernel replaces its files all the time.
                continue
            # What a group may write is let pass here.
            if why := foreign(f"{here}/{name}", status, uids=uids, gids={status.st_gid}):
                return why
    return ""
