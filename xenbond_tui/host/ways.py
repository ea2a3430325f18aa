"""Where a path leads, and whether somebody besides root could make it lead elsewhere."""

import os
from collections.abc import Container, Sequence

from xenbond_tui.facts.file_state import Way
from xenbond_tui.host.door import Door
from xenbond_tui.host.owned import foreign, is_sticky


def way_to(tree: Door, path: str) -> Way | None:
    """Where a path leads now; of one that is not there, where it would be. None: nowhere.

    Root's is what belongs to root, or to whoever the tree's own root belongs to: a demo's and a
    test's files are their user's.
    """
    try:
        found = tree.way(path)
        if found is not None:
            return Way(found[-1][0], _others_than_roots(tree, found))
        above = tree.way(os.path.dirname(path))
    except OSError:
        return None
    if above is None:
        return None
    return Way(os.path.join(above[-1][0], os.path.basename(path)), _others_than_roots(tree, above))


def _others_than_roots(tree: Door, way: Sequence[tuple[str, os.stat_result]]) -> str:
    top = tree.status("/")
    return others(way, uids={0, top.st_uid}, gids={0, top.st_gid})


def others(
    way: Sequence[tuple[str, os.stat_result]],
    *,
    uids: Container[int],
    gids: Container[int],
    inside: bool = False,
) -> str:
    """Who besides these could exchange what is on the way, in words; "" when nobody.

    Args:
        way: Directories and links on the way, and last the file itself (`Door.way`).
        uids: Whose it may be.
        gids: Groups that may write it.
        inside: Could exchange, or put something into, the last one: a directory.
    """
    for name, status in way:
        # A sticky directory keeps what is there; the name itself is looked at next.
        kept = is_sticky(status) and not (inside and name == way[-1][0])
        problem = foreign(name, status, uids=uids, gids=gids)
        if problem and not (kept and status.st_uid in uids):
            return problem
    return ""
