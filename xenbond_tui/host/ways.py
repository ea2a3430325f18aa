"""Where a path leads, and whether somebody besides root could make it lead elsewhere."""

import os
import stat

from xenbond_tui.facts.files import Way
from xenbond_tui.host.door import Door


def way_to(tree: Door, path: str) -> Way | None:
    """Where a path leads now; of one that is not there, where it would be. None: nowhere.

    Root's is what belongs to root, or to whoever the tree's own root belongs to: a demo's and a
    test's files are their user's.
    """
    try:
        found = tree.way(path)
        if found is not None:
            return Way(found[-1][0], _others(tree, found))
        above = tree.way(os.path.dirname(path))
    except OSError:
        return None
    if above is None:
        return None
    return Way(os.path.join(above[-1][0], os.path.basename(path)), _others(tree, above))


def _others(tree: Door, way: tuple[tuple[str, os.stat_result], ...]) -> str:
    top = tree.status("/")
    for name, status in way:
        if status.st_uid not in (0, top.st_uid):
            return f"{name} belongs to user {status.st_uid}, not to root"
        # Where the sticky bit is set, nobody removes or renames what is another's.
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
            continue
        if status.st_mode & stat.S_IWOTH:
            return f"{name} can be written by everybody"
        if status.st_mode & stat.S_IWGRP and status.st_gid not in (0, top.st_gid):
            return f"{name} can be written by group {status.st_gid}"
    return ""
