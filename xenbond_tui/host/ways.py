"""Where a path leads, and whether somebody besides root could make it lead elsewhere."""

import os
import stat
from collections.abc import Container, Iterable, Sequence

from xenbond_tui.facts.file_state import Way
from xenbond_tui.host.door import Door, together
from xenbond_tui.host.owned import foreign, is_sticky
from xenbond_tui.host.resolve import Place


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


def ways_to(tree: Door, paths: Iterable[str]) -> dict[str, Way]:
    """`way_to` each of those that lead anywhere; a directory is walked once for all in it."""
    found: dict[str, Way] = {}
    for directory, inside in together((path, path) for path in paths).items():
        passed: list[tuple[str, os.stat_result]] = []
        try:
            with tree.walked(f"{directory}/.", passed) as held:
                above = _others_than_roots(tree, passed)
                for name, path in inside:
                    way = _way_in(tree, held, name, above) or way_to(tree, path)
                    if way is not None:
                        found[path] = way
        except OSError:
            continue
    return found


def _way_in(tree: Door, directory: Place, name: str, above: str) -> Way | None:
    """Of a name in a directory that is held; None where it leads on, or is no name in it.

    `above`: who besides root could exchange what is on the way there.
    """
    place = Place(directory.directory, name, os.path.join(directory.path, name))
    try:
        status = place.status()
    except FileNotFoundError:
        return Way(place.path, above)
    except OSError:
        return None
    if name == "." or stat.S_ISLNK(status.st_mode):
        return None
    return Way(place.path, above or _others_than_roots(tree, [(place.path, status)]))


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
