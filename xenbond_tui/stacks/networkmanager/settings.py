"""NetworkManager's own settings: NetworkManager.conf and what lies in conf.d.

Which file is read when: NetworkManager.conf(5).
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE
from xenbond_tui.stacks.networkmanager.places import CONF, CONF_DIRECTORIES

NO = ("0", "no", "false", "off")
"""A switch that is off."""


def settings(facts: HostFacts, without: Iterable[str] = ()) -> tuple[IniFile, ...]:
    """The files as they are read, a later one over an earlier; one of the same name is shadowed.

    Args:
        facts: the host.
        without: names of files that do not count.
    """
    by_name: dict[str, str] = {}
    # What lies under /run of another system's tree is of its last boot.
    folders = [x for x in CONF_DIRECTORIES if facts.access.knows_running or x[:5] != "/run/"]
    for path in sorted((*_known(facts), *facts.unreadable)):
        folder, _, name = path.rpartition("/")
        old = by_name.get(name)
        if folder in folders and (
            old is None or folders.index(folder) > folders.index(old.rpartition("/")[0])
        ):
            by_name[name] = path
    etc = [it for it in by_name.values() if it.startswith("/etc/")]
    first = [it for it in by_name.values() if it not in etc]
    first.sort(key=lambda it: (folders.index(it.rpartition("/")[0]), it))
    states = [facts.files.get(path) for path in (*first, CONF, *sorted(etc))]
    found = [
        IniFile.parse(state.path, state.data, KEYFILE, facts.kept)
        for state in states
        if state is not None and state.path.rpartition("/")[2] not in {*without}
    ]
    off = [it for it in found if (it.get(".config", "enable") or "").strip().lower() in NO]
    return tuple(it for it in found if it not in off or it.path == CONF)


def _known(facts: HostFacts) -> Iterator[str]:
    for path in facts.files:
        folder, _, name = path.rpartition("/")
        if path == CONF or (folder in CONF_DIRECTORIES and name.endswith(".conf")):
            yield path
