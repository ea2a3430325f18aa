"""systemd-networkd's files: where they lie, which of them count, and edits to them in memory.

Files of one name replace each other, /etc before /run before /usr; of all that match a link the
first by name is taken, and the files of its `.d` directory are read after it (systemd.network(5)).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import SYSTEMD, Line
from xenbond_tui.stacks.base import EditedFiles
from xenbond_tui.stacks.networkd.places import DIRECTORIES, ETC, RUN
from xenbond_tui.value import dataclass

DROP_IN = "50-xenbond-"
"""Begins the name of every drop-in of ours under /run: they say how to change over, not what is to
be."""
PREFIXES = ("05-xenbond-", "00-xenbond-", "00-00-xenbond-")
"""Of the names of new files: the first that makes ours the first file that matches."""
OURS = tuple(f"{ETC}/{prefix}" for prefix in PREFIXES)


@dataclass(frozen=True, slots=True)
class Located:
    """A line and the file it is in."""

    file: IniFile
    line: Line

    @property
    def where(self) -> str:
        """`/etc/systemd/network/10-eth0.network:5`."""
        return f"{self.file.path}:{self.line.number}"

    @property
    def value(self) -> str:
        """What the key is given there."""
        return self.line.value


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One .network, .netdev or .link file with its drop-ins, as they are: edits are to copies."""

    path: str
    files: tuple[IniFile, ...]
    """The file itself, then its drop-ins in the order they are read."""
    linked: bool = False
    """The path is a symbolic link to the file."""

    @property
    def name(self) -> str:
        """The file's name, which decides which comes first."""
        return self.path.rpartition("/")[2]

    @property
    def main(self) -> IniFile:
        """The file itself."""
        return self.files[0]

    def entries(self, section: str, *keys: str) -> tuple[Located, ...]:
        """Assignments of these keys, those before the last empty one left out: it clears them."""
        found: list[Located] = []
        for file in self.files:
            for line in file.entries(section, *keys):
                if not line.value:
                    found = [item for item in found if item.line.key != line.key]
                else:
                    found.append(Located(file, line))
        return tuple(found)

    def get(self, section: str, key: str) -> str | None:
        """The value that counts."""
        for file in reversed(self.files):
            value = file.get(section, key)
            if value is not None:
                # An empty one takes back what was said before it.
                return value or None
        return None

    def words(self, section: str, key: str) -> tuple[str, ...]:
        """All words of a list."""
        return tuple(word for item in self.entries(section, key) for word in item.value.split())

    def yes(self, section: str, key: str) -> bool | None:
        """A boolean; None where nothing (sensible) is said."""
        return boolean(self.get(section, key) or "")


def _literal_names(unit: Unit) -> tuple[str, ...]:
    """The only names of links it can be about; none where it goes by a pattern or another key."""
    words = unit.words("Match", "Name")
    return () if any(sign in word for word in words for sign in "*?[!") else words


def _places(units: Iterable[Unit]) -> tuple[Mapping[str, Sequence[int]], Sequence[int]]:
    """Where those are that name a link, by that name; and those that go by something else."""
    by_name: dict[str, list[int]] = {}
    patterns: list[int] = []
    for at, unit in enumerate(units):
        names = _literal_names(unit)
        for name in names:
            by_name.setdefault(name, []).append(at)
        if not names:
            patterns.append(at)
    return by_name, patterns


def boolean(text: str) -> bool | None:
    """As parse_boolean() of systemd's src/basic/parse-util.c."""
    if text.lower() in ("1", "yes", "y", "true", "t", "on"):
        return True
    return False if text.lower() in ("0", "no", "n", "false", "f", "off") else None


def units(facts: HostFacts, *kinds: str) -> Iterator[tuple[Unit, ...]]:
    """Of each kind (network, netdev, link) the files that count, in the order they are asked.

    Raises:
        XenbondError: one can't be read.
    """
    folders: dict[str, list[str]] = {}
    for path in (*facts.files, *facts.unreadable):
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    for kind in kinds:
        yield tuple(_units(facts, kind, folders))


def _units(facts: HostFacts, kind: str, folders: Mapping[str, list[str]]) -> Iterator[Unit]:
    with_drop_ins = {folder.rpartition("/")[2] for folder in folders}
    for name, path in sorted(_winning(folders, f".{kind}", DIRECTORIES).items()):
        state = _state(facts, path)
        # An empty file, or a link to /dev/null, keeps one of that name from being used.
        if state is None or not state.data:
            continue
        there = f"{name}.d" in with_drop_ins
        dropped = [f"{directory}/{name}.d" for directory in DIRECTORIES] if there else []
        drop_ins = sorted(_winning(folders, ".conf", dropped).items())
        said = [at for _, at in drop_ins if not at.startswith(f"{RUN}/{name}.d/{DROP_IN}")]
        drop_in_states = (found for at in said if (found := _state(facts, at)))
        yield facts.kept.once(_unit, path, state, *drop_in_states)


def _unit(path: str, state: FileState, *drop_ins: FileState) -> Unit:
    files = tuple(IniFile.parse(it.path, it.data, SYSTEMD) for it in (state, *drop_ins))
    return Unit(path, files, state.symlink is not None)


def _winning(folders: Mapping[str, list[str]], suffix: str, asked: Iterable[str]) -> dict[str, str]:
    """File name → path, of the folder that is asked first."""
    found: dict[str, str] = {}
    for folder in asked:
        for path in folders.get(folder, ()):
            name = path.rpartition("/")[2]
            if name.endswith(suffix):
                found.setdefault(name, path)
    return found


def _state(facts: HostFacts, path: str) -> FileState | None:
    bad = facts.unreadable.get(path)
    if bad is not None:
        if bad.masked:
            return None
        raise XenbondError.at(path, f"{bad.reason}. It was left untouched.")
    return facts.files[path]


class Configuration(EditedFiles):
    """All the files of a host, and what becomes of them."""

    def __init__(self, facts: HostFacts) -> None:
        """Reads what counts.

        Raises:
            XenbondError: a file that counts can't be read.
        """
        super().__init__(facts)
        self.facts = facts
        self.networks, self.netdevs = facts.kept.of(
            facts, "units of networkd", lambda: tuple(units(facts, "network", "netdev"))
        )
        self._by_name, self._patterns = facts.kept.of(
            facts, "names of networkd", lambda: _places(self.networks)
        )

    def candidates(self, name: str) -> tuple[Unit, ...]:
        """The .network files that may be about a link of that name, in the order they are asked.

        Without those that name other links alone: of a thousand VLANs each has its own file.
        """
        places = sorted({*self._by_name.get(name, ()), *self._patterns})
        return tuple(self.networks[at] for at in places)

    def there(self, path: str) -> bool:
        """Is anything at that path, masked files included?"""
        return path in self.facts.files or path in self.facts.unreadable

    def netdev(self, name: str) -> Unit | None:
        """The file that makes a link of that name: the first one."""
        return next((unit for unit in self.netdevs if unit.get("NetDev", "Name") == name), None)

    def of_kind(self, kind: str) -> tuple[tuple[str, Unit], ...]:
        """Name and file of every bond or bridge that is made."""
        found = ((unit.get("NetDev", "Name"), unit) for unit in self.netdevs)
        return tuple(
            (name, unit) for name, unit in found if name and unit.get("NetDev", "Kind") == kind
        )
