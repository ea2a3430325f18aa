"""Whose a demo's directory is: files in it are replaced and directories removed, by plain paths."""

import os

from xenbond_tui.errors import UsageError
from xenbond_tui.host import door
from xenbond_tui.host.ways import others


def refuse_foreign(directory: str) -> None:
    """A demo host may only be where nobody but root and this user can put a link.

    Raises:
        UsageError: somebody else can.
    """
    tree, path = door.to(""), os.path.realpath(directory)
    while not tree.exists(path):
        path = os.path.dirname(path)
    try:
        way = tree.way(path) or ()
    except OSError as error:
        raise UsageError(f"--dir {directory}: {error.strerror}.") from None
    why = others(way, uids={0, os.geteuid()}, gids={0, os.getegid()})
    if why:
        raise UsageError(
            f"--dir {directory}: {why}, so a demo host there could be made to write elsewhere; "
            "nothing was touched. Name a directory of your own, or leave --dir out."
        )
