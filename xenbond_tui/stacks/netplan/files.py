"""All of /{lib,etc,run}/netplan/*.yaml as one configuration, merged in netplan's order.

A file in /run shadows one of the same name in /etc, and that one in /lib; by name, later files
override and append to earlier ones (netplan_parser_load_yaml_hierarchy in netplan's src/util.c).
"""

import posixpath
from collections.abc import Iterator

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.files.yaml_paths import Path
from xenbond_tui.files.yaml_reader import Pieces
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.netplan.places import DIRECTORIES
from xenbond_tui.value import dataclass

MODE = 0o600
"""netplan 0.106.1 and later warn of files that others can read: they may hold secrets."""
RENDERERS = {"networkd": "systemd-networkd", "NetworkManager": "NetworkManager"}
"""What netplan writes files for → its name in words."""

TRUE = ("true", "on", "yes", "y")
"""As netplan reads them (handle_generic_bool in src/parse.c)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What one file says of one link."""

    file: YamlText
    type: str
    """ethernets, bonds, bridges, vlans …"""
    id: str

    @property
    def path(self) -> Path:
        """Where it is in the file."""
        return ("network", self.type, self.id)

    def get(self, *keys: str | int) -> Data | None:
        """A value below it; None when it says nothing of it."""
        return self.file.data((*self.path, *keys))

    def where(self, *keys: str | int) -> str:
        """`/etc/netplan/50-cloud-init.yaml:7`."""
        return self.file.where((*self.path, *keys))

    def put(self, value: Data, *keys: str | int) -> None:
        """Give a key below it a value."""
        self.file.put((*self.path, *keys), value)

    def drop(self, *keys: str | int) -> None:
        """Take a key below it out; nothing where it says nothing of it."""
        if self.get(*keys) is not None:
            self.file.drop((*self.path, *keys))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys it sets, in order."""
        present = self.get()
        return tuple(present) if isinstance(present, dict) else ()


class Configuration:
    """All files of one host, open for editing."""

    def __init__(self, facts: HostFacts) -> None:
        """Open every file that netplan reads.

        Raises:
            XenbondError: one can't be read or edited; names file and line.
        """
        self._facts = facts
        by_name: dict[str, str] = {}
        known = {*facts.files, *facts.unreadable}
        for directory in DIRECTORIES:
            for path in sorted(known):
                if posixpath.dirname(path) == directory and path.endswith(".yaml"):
                    by_name[posixpath.basename(path)] = path
        self.files = [self._open(path) for _, path in sorted(by_name.items())]

    def _open(self, path: str) -> YamlText:
        unreadable = self._facts.unreadable.get(path)
        if unreadable is not None:
            raise XenbondError.at(path, f"{unreadable.reason}; nothing was changed.")
        return YamlText(path, self._facts.text(path) or "", self._facts.kept.once(Pieces))

    def file(self, path: str) -> YamlText:
        """The file of that path; a new, empty one where there is none."""
        for item in self.files:
            if item.path == path:
                return item
        self.files.append(YamlText(path, ""))
        return self.files[-1]

    def definitions(self, *types: str) -> Iterator[Definition]:
        """Every definition, or those of some types, in the order netplan reads them."""
        for file in self.files:
            network = file.data(("network",))
            for kind, links in network.items() if isinstance(network, dict) else ():
                if isinstance(links, dict) and (not types or kind in types):
                    for name in links:
                        if name != "renderer":
                            yield Definition(file, kind, name)

    def of(self, name: str) -> "Merged":
        """All that the files say under that ID, which is no link's name: see `links`."""
        return Merged(name, tuple(item for item in self.definitions() if item.id == name))

    def merged(self, *types: str) -> tuple["Merged", ...]:
        """Each ID that has a definition of these types, with all that the files say under it."""
        by_id: dict[str, list[Definition]] = {}
        wanted: set[str] = set()
        for item in self.definitions():
            by_id.setdefault(item.id, []).append(item)
            if not types or item.type in types:
                wanted.add(item.id)
        return tuple(Merged(id, tuple(found)) for id, found in by_id.items() if id in wanted)

    def ids(self, *types: str) -> tuple[str, ...]:
        """IDs of the definitions of some types, each once, in order."""
        return tuple(dict.fromkeys(item.id for item in self.definitions(*types)))

    def renderer(self, link: "Merged", kind: str, home: YamlText) -> str:
        """Who brings a link up; for one that is not defined yet, in the file it will be in.

        What the definition says counts, then the file's own word for links of its type, then the
        last file's for all.
        """
        own = link.text("renderer")
        if own is not None:
            return own
        first = link.definitions[0].file if link.definitions else home
        typed = first.data(("network", kind, "renderer"))
        if isinstance(typed, str):
            return typed
        everywhere = "networkd"
        for file in self.files:
            value = file.data(("network", "renderer"))
            everywhere = value if isinstance(value, str) else everywhere
        return everywhere

    def changes(self, why: str) -> tuple[FileChange, ...]:
        """Every file before and after; one that changes can be read by root alone afterwards."""
        found = []
        for file in self.files:
            state, after = self._facts.files.get(file.path), file.text.encode()
            changed = after != (None if state is None else state.data)
            last = after if state is not None or after else None
            most = MODE if changed else None
            found.append(FileChange.of(file.path, state, last, why if changed else "", most))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Merged:
    """One link as all files together define it."""

    id: str
    definitions: tuple[Definition, ...]
    """In the order netplan reads them; empty for a link no file defines."""

    @property
    def last(self) -> Definition:
        """The definition that overrides the others."""
        return self.definitions[-1]

    def having(self, *keys: str) -> Definition | None:
        """The last definition that sets a key."""
        found = [item for item in self.definitions if item.get(*keys) is not None]
        return found[-1] if found else None

    def put(self, value: Data, *keys: str) -> None:
        """Give a key a value where it has one, else where all others are overridden."""
        (self.having(*keys) or self.last).put(value, *keys)

    def drop(self, *keys: str) -> None:
        """Take a key out of every file."""
        for definition in self.definitions:
            definition.drop(*keys)

    def text(self, *keys: str) -> str | None:
        """A value: the last file's."""
        holder = self.having(*keys)
        value = None if holder is None else holder.get(*keys)
        return value if isinstance(value, str) else None

    def true(self, *keys: str) -> bool:
        """A truth value."""
        return (self.text(*keys) or "").lower() in TRUE

    def items(self, *keys: str) -> list[tuple[Definition, int, Data]]:
        """A list's items with their places: those of all files, one after the other."""
        found: list[tuple[Definition, int, Data]] = []
        for definition in self.definitions:
            value = definition.get(*keys)
            if isinstance(value, list):
                found += [(definition, index, item) for index, item in enumerate(value)]
        return found

    def words(self, *keys: str) -> tuple[str, ...]:
        """A list's items that are plain words, each once; of a map its first key."""
        words = [text_of(item) for _, _, item in self.items(*keys)]
        return tuple(dict.fromkeys(word for word in words if word))

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key some file sets."""
        return tuple(dict.fromkeys(key for item in self.definitions for key in item.keys))


def text_of(item: Data) -> str:
    """A list's item in words: `192.168.0.222/24`, also of `192.168.0.222/24: {label: main}`."""
    if isinstance(item, dict):
        return next(iter(item), "")
    return item if isinstance(item, str) else ""
