"""/etc/network/interfaces and every file it sources, as one configuration."""

import posixpath
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator

from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.interfaces import InterfacesFile, Line, Stanza, lines_of
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import fits, regex
from xenbond_tui.stacks.dialect import Dialect
from xenbond_tui.stacks.ifupdown.places import MAIN
from xenbond_tui.value import dataclass

DIALECT = Dialect("ifupdown", own="bond-{}", dashes=True, separator=" ", slave_stanzas=True)
"""Options /etc/network/if-pre-up.d/ifenslave writes; it ignores all others silently. Switches are
numbers: kernels before 3.x know no on and off here."""

_DIRECTORY_NAME = regex(r"[a-zA-Z0-9_-]+\Z")
"""File names `source-directory` takes; others (editors' copies, .dpkg-old) are left out."""
_SOURCE_LINE = regex(r"^[ \t]*+source", re.MULTILINE)
_NOT_FOLLOWED = frozenset("$`~")
"""What wordexp(3) would expand in a `source` line and this program does not."""

MOST_WORDS = 1 << 15
"""Of one file: a host of some thousand VLANs has fewer, and each look goes through all of them."""
MOST_SOURCES = 256
"""`source` lines of one file; a pattern may stand for any number of files."""

Glob = Callable[[str], tuple[str, ...]]


def sourced(path: str, line: Line, glob: Glob) -> tuple[str, ...] | None:
    """The files a `source` or `source-directory` line of `path` reads, existing or not.

    None when the line can't be followed without a shell: variables, `~`, commands, open quotes.
    """
    try:
        words = shlex.split(line.text)
    except ValueError:
        return None
    if not all(map(_NOT_FOLLOWED.isdisjoint, words)):
        return None
    found: list[str] = []
    for word in words[1:]:
        pattern = posixpath.normpath(posixpath.join(posixpath.dirname(path), word))
        if words[0] == "source-directory":
            names = glob(f"{pattern}/*")
            found += (item for item in names if _DIRECTORY_NAME.match(posixpath.basename(item)))
        elif any(sign in pattern for sign in "*?["):
            found += glob(pattern)
        else:
            found.append(pattern)
    return tuple(found)


def paths(tree: Tree) -> tuple[str, ...]:
    """The main file and all it reads on that host, recursively, sorted."""
    found: set[str] = set()
    pending = [MAIN]
    while pending:
        path = pending.pop()
        if path in found:
            continue
        found.add(path)
        state = tree.read(path)
        if not isinstance(state, FileState):
            continue
        text = state.text
        # One that is beyond bounds is refused when it is opened (`Configuration`).
        for line in () if _beyond(text) else _sources(lines_of(text, "source")):
            pending += sourced(path, line, tree.glob) or ()
    return tuple(sorted(found))


def _beyond(text: str) -> str:
    """Why a file is no configuration that anybody wrote; "" when it may be one."""
    if len(text.split()) > MOST_WORDS:
        return f"has more than {MOST_WORDS} words"
    # The word alone first: nearly every file has it a few times.
    if text.count("source") > MOST_SOURCES < len(_SOURCE_LINE.findall(text)):
        return f"has more than {MOST_SOURCES} `source` lines"
    return ""


def _sources(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.starts_stanza and line.name.startswith("source")]


_ASKING = frozenset({"dhcp", "ppp"})
_ADDRESSLESS = _ASKING | {"manual", "loopback", "auto", "bootp", "wvdial", "ipv4ll", "6to4"}
"""Methods that make nothing of an address which is written."""


@dataclass(frozen=True, slots=True)
class Located:
    """One stanza in one file; it stays valid while the file is edited below its first line."""

    file: InterfacesFile
    head: Line
    classful: bool = True
    """ifupdown reads it: an address without a mask has that of its class, ifupdown2's a host's."""

    @property
    def stanza(self) -> Stanza:
        """The stanza as it stands now."""
        return self.file.stanza(self.head)

    @property
    def family(self) -> str:
        """inet, inet6 …; "" when the line does not say."""
        return self._argument(1)

    @property
    def method(self) -> str:
        """static, dhcp, manual …; "" when the line does not say."""
        return self._argument(2)

    @property
    def gives_address(self) -> bool:
        """Does an `address` below it count?

        ifup leaves it aside where the method has no use for it (inet.defn, inet6.defn); ifupdown2
        takes that of every method but those that ask (_pre_up in addons/address.py).
        """
        return self.method not in (_ADDRESSLESS if self.classful else _ASKING)

    @property
    def gives_gateway(self) -> bool:
        """Does a `gateway`? ifupdown2 takes that of every method (_up in addons/address.py)."""
        return self.gives_address or not self.classful

    def _argument(self, index: int) -> str:
        words = self.head.words[1:]
        return words[index] if len(words) > index else ""

    def where(self, line: Line | None = None) -> str:
        """`/etc/network/interfaces:12`; the path alone for a line that the file has not yet."""
        number = (line or self.head).number
        return f"{self.file.path}:{number}" if number else self.file.path

    def set_option(self, name: str, value: str | None) -> None:
        """Give an option a value where it stands, add it at the end, or (None) take it out."""
        found = self.stanza.named(name.replace("_", "-"))
        if value is None:
            self.file.remove(*found)
            return
        if not found:
            self.file.add_option(self.stanza, name, value)
            return
        if found[0].value.split() != value.split():
            self.file.set_value(found[0], value)
        self.file.remove(*found[1:])


AT_BOOT = ("auto", "allow-hotplug")
"""Classes that a boot brings up; another one is for whoever asks for it (interfaces(5))."""


@dataclass(frozen=True, slots=True)
class Class:
    """One name on an `auto` or `allow-…` line."""

    name: str
    file: InterfacesFile
    line: Line
    index: int
    """Among the line's words."""

    @property
    def kind(self) -> str:
        """`auto` or `allow-hotplug`; `allow-auto` is `auto`."""
        return self.line.words[0].replace("allow-auto", "auto")

    def brings_up(self, name: str) -> bool:
        """True when this word, a name or a pattern (`/eth*`), means that link."""
        pattern = self.name.partition("=")[0]
        if not pattern.startswith("/"):
            return pattern == name
        return fits(name, pattern[1:].partition("/")[0])


class Configuration:
    """All files of one host, open for editing."""

    def __init__(self, facts: HostFacts, dialect: Dialect = DIALECT) -> None:
        """Open every file the main one reaches; `dialect` is its reader's.

        Raises:
            XenbondError: one is not UTF-8 or can't be read; it is named.
        """
        self.facts = facts
        self.dialect = dialect
        self.files: dict[str, InterfacesFile] = {}
        self.not_followed: list[tuple[str, Line]] = []
        """`source` lines that can't be followed, by file."""
        self._found: tuple[tuple[InterfacesFile, Stanza], ...] | None = None
        self._ifaces: dict[str | None, tuple[Located, ...]] = {}
        """By the link's name, None for all of them."""
        self._classes: tuple[Class, ...] | None = None
        """All three as they were found last; None and empty after an edit."""
        self._open(MAIN)

    def _forget(self) -> None:
        self._found, self._ifaces, self._classes = None, {}, None

    def _open(self, path: str) -> None:
        if path in self.files:
            return
        unreadable = self.facts.unreadable.get(path)
        if unreadable is not None:
            # ifup skips a directory that a `source` line matches; it says so and goes on.
            if path != MAIN and unreadable.directory:
                return
            raise XenbondError.at(path, f"{unreadable.reason}; nothing was changed.")
        text = self.facts.text(path)
        if text is None and path != MAIN:
            return
        if beyond := _beyond(text or ""):
            raise XenbondError.at(path, f"{beyond}, so I can't read it; nothing was changed.")
        self.files[path] = InterfacesFile.parse(path, text or "", self.facts.kept)
        self.files[path].on_change = self._forget
        for line in _sources(self.files[path].lines):
            for child in self._children(path, line):
                self._open(child)

    def _children(self, path: str, line: Line) -> tuple[str, ...]:
        found = self.facts.kept.of(
            self.facts, ("sourced", path, line.text), lambda: sourced(path, line, self._glob)
        )
        if found is None:
            if all(
                line.number != known.number for where, known in self.not_followed if where == path
            ):
                self.not_followed.append((path, line))
            return ()
        return found

    def _glob(self, pattern: str) -> tuple[str, ...]:
        known = {*self.facts.files, *self.facts.unreadable}
        return tuple(sorted(path for path in known if _matches(path, pattern)))

    @property
    def main(self) -> InterfacesFile:
        """The main file; empty when there is none."""
        return self.files[MAIN]

    def stanzas(self) -> tuple[tuple[InterfacesFile, Stanza], ...]:
        """Every stanza in the order ifupdown reads them, sourced files in their place.

        A file that is sourced twice is one file all the same, and stands where it comes first.
        """
        if self._found is None:
            self._found = tuple(self._walk(MAIN, set()))
        return self._found

    def _walk(self, path: str, seen: set[str]) -> Iterator[tuple[InterfacesFile, Stanza]]:
        file = self.files.get(path)
        if file is None or path in seen:
            return
        seen.add(path)
        for stanza in file.stanzas():
            if stanza.keyword.startswith("source"):
                for child in self._children(path, stanza.head):
                    yield from self._walk(child, seen)
            else:
                yield file, stanza

    def of_keyword(self, *keywords: str) -> tuple[Located, ...]:
        """Every stanza of these keywords, in order."""
        return tuple(
            Located(file, stanza.head, self.dialect.stack != "ifupdown2")
            for file, stanza in self.stanzas()
            if stanza.keyword in keywords
        )

    def ifaces(self, name: str | None = None) -> tuple[Located, ...]:
        """The `iface` stanzas, all or those of one link, in order."""
        if not self._ifaces:
            by_name: dict[str, list[Located]] = {}
            every = self.of_keyword("iface")
            for item in every:
                by_name.setdefault("".join(item.head.words[1:2]), []).append(item)
            self._ifaces = {None: every, **{link: tuple(own) for link, own in by_name.items()}}
        return self._ifaces.get(name, ())

    def names(self) -> tuple[str, ...]:
        """Names that have an `iface` stanza, each once, in order."""
        return tuple(dict.fromkeys(word for item in self.ifaces() for word in item.head.words[1:2]))

    def classes(self, kind: str = "") -> tuple[Class, ...]:
        """Every name on an `auto` or `allow-…` line, or on those of one kind, in order."""
        if self._classes is None:
            self._classes = tuple(
                Class(word, file, stanza.head, index)
                for file, stanza in self.stanzas()
                if stanza.keyword == "auto" or stanza.keyword.startswith("allow-")
                for index, word in enumerate(stanza.head.words)
                if index
            )
        if not kind:
            return self._classes
        return tuple(item for item in self._classes if item.kind == kind)

    def brought_up(self, kinds: Collection[str] = ()) -> Callable[[str], bool]:
        """Does an `auto` or `allow-…` line mean that link; of any kind, or of these?"""
        found = [item for item in self.classes() if not kinds or item.kind in kinds]
        # Most are names: a host of some thousand VLANs has a line for each.
        named = {item.name.partition("=")[0] for item in found}
        patterns = [item for item in found if item.name.startswith("/")]
        return lambda name: name in named or any(item.brings_up(name) for item in patterns)

    def changes(self) -> tuple[FileChange, ...]:
        """Every file before and after, unchanged ones included."""
        return tuple(
            FileChange.of(path, self.facts.files.get(path), file.render().encode("utf-8"))
            for path, file in sorted(self.files.items())
        )


def today(facts: HostFacts, dialect: Dialect = DIALECT) -> Configuration:
    """The files as they are, opened once of the same facts: to look at, never to edit.

    Raises:
        XenbondError: as `Configuration`.
    """
    return facts.kept.of(facts, ("files", dialect.stack), lambda: Configuration(facts, dialect))


def _matches(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(
        fits(part, sign) and (sign.startswith(".") or not part.startswith("."))
        for part, sign in zip(parts, wanted, strict=True)
    )
