"""A host's files, read only, under an optional root prefix that is never left."""

import errno
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress

from xenbond_tui.facts.file_state import FileState, UnreadableFile, Way
from xenbond_tui.host import door, regular
from xenbond_tui.host.door import together
from xenbond_tui.host.flat_links import FlatLinks
from xenbond_tui.host.regular import MAX_BYTES as MAX_BYTES
from xenbond_tui.host.resolve import Place
from xenbond_tui.host.ways import way_to, ways_to
from xenbond_tui.regex import fitting

_SIGNS = frozenset("*?[")


class RootedTree:
    """Files under `root` ("" for the running host); implements effects.Tree.

    Under a root, symbolic links mean what they mean on that system: an absolute target starts at
    the root again and `..` cannot climb out of it. It holds the root's door open (`door`).
    """

    def __init__(self, root: str) -> None:
        self._door = door.to(root)
        self.flat = FlatLinks(self._door)

    def read(self, path: str) -> FileState | UnreadableFile | None:
        """The file, why it can't be used, or None when there is nothing at that path."""
        return self.read_all((path,)).get(path)

    def read_all(self, paths: Iterable[str]) -> dict[str, FileState | UnreadableFile]:
        """As `read`, what there is of these; a directory is found once for all that is in it."""
        found: dict[str, FileState | UnreadableFile] = {}
        where = ((self.flat.followed(path), path) for path in paths)
        for directory, inside in together(where).items():
            try:
                with self._door.place(f"{directory}/.") as held:
                    for name, path in inside:
                        place = Place(held.directory, name, f"{directory}/{name}")
                        if (entry := self._read(path, place)) is not None:
                            found[path] = entry
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                found |= {path: UnreadableFile(path, _reason(error)) for _, path in inside}
        return found

    def _read(self, path: str, place: Place) -> FileState | UnreadableFile | None:
        symlink = None
        try:
            if stat.S_ISLNK(place.status().st_mode):
                symlink = place.link()
            found = regular.whole(place) if symlink is None else self._door.read(place.path)
        except regular.NoFile as error:
            prefix = "" if symlink is None else f"is a symbolic link to {symlink}, which "
            directory = symlink is None and error.errno == errno.EISDIR
            return UnreadableFile(path, f"{prefix}{error.strerror}", directory, symlink)
        except (FileNotFoundError, NotADirectoryError):
            # Between the two looks the file may have gone; a link's target may never have been.
            if symlink is None:
                return None
            reason = f"is a symbolic link to {symlink}, which does not exist"
            return UnreadableFile(path, reason, symlink=symlink)
        except OSError as error:
            if error.errno == errno.ELOOP:
                return UnreadableFile(path, "is a symbolic link that leads back to itself")
            reason = _reason(error)
            if symlink is not None:
                reason = f"is a symbolic link to {symlink}, which cannot be read: {reason}"
            return UnreadableFile(path, reason, symlink=symlink)
        status = found.status
        return FileState(
            path, found.data, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, symlink
        )

    def kernels_own(self, path: str) -> bytes | None:
        """A file of /proc or /sys; None when it is missing or refused.

        On the running host it is what it is: a third of the system calls of `read`, and a look at a
        bond reads some sixty.
        """
        try:
            if self._door.root:
                return self._door.read(self.flat.followed(path)).data
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return regular.read_bounded(descriptor, MAX_BYTES) or b""
            finally:
                os.close(descriptor)
        except OSError:
            return None

    def held(self, path: str) -> Callable[[], bytes]:
        """What reads the start of a file that stays open; nothing where there is none.

        For who has no time to lose: `read` looks each time where a path leads. When it is called it
        raises OSError: what the file was of is gone.
        """
        try:
            return self._door.held(self.flat.followed(path))
        except OSError:
            return bytes

    def exists(self, path: str) -> bool:
        """True when anything is there, a dangling symbolic link included."""
        return self._door.exists(self.flat.followed(path))

    def present(self, paths: Iterable[str]) -> frozenset[str]:
        """Those that `exists`; a directory is found once for all that is in it."""
        found: set[str] = set()
        where = ((self.flat.followed(path), path) for path in paths)
        for directory, inside in together(where).items():
            with suppress(OSError), self._door.place(f"{directory}/.") as held:
                for name, path in inside:
                    with suppress(OSError):
                        if Place(held.directory, name, path).exists():
                            found.add(path)
        return frozenset(found)

    def way(self, path: str) -> Way | None:
        """Where a path leads, or would where it is not there; None where that can't be told."""
        return way_to(self._door, path)

    def ways(self, paths: Iterable[str]) -> dict[str, Way]:
        """The `way` of each that leads anywhere."""
        return ways_to(self._door, paths)

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Paths that match a shell pattern, sorted; as the host names them.

        As in a shell, `*` does not match a leading dot and nothing matches `/`.
        """
        return matching(pattern, self.names, self.exists)

    def names(self, directory: str) -> tuple[str, ...]:
        """Names in a directory, sorted; none when it is missing or may not be listed."""
        try:
            return tuple(self._door.names(self.flat.directory(directory)))
        except OSError:
            return ()


def matching(
    pattern: str,
    names: Callable[[str], Iterable[str]],
    exists: Callable[[str], bool],
    known: dict[str, list[str]] | None = None,
) -> tuple[str, ...]:
    """As `RootedTree.glob`, of what these two tell of a tree.

    `known`: what the directories of patterns were found to be in the same look; it is added to.
    """
    found = _expanded(pattern, names, {} if known is None else known)
    listed = not _SIGNS.isdisjoint(pattern.rpartition("/")[2])
    return tuple(sorted(found if listed else filter(exists, found)))


def _expanded(
    pattern: str, names: Callable[[str], Iterable[str]], known: dict[str, list[str]]
) -> list[str]:
    if pattern in known:
        return known[pattern]
    head, _, part = pattern.rpartition("/")
    above = _expanded(head, names, known) if head else [""]
    if _SIGNS.isdisjoint(part):
        found = [f"{parent}/{part}" for parent in above]
    else:
        fit, hidden = fitting(part), part.startswith(".")
        found = [
            f"{parent}/{name}"
            for parent in above
            for name in names(parent or "/")
            if fit(name) and (hidden or not name.startswith("."))
        ]
    known[pattern] = found
    return found


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
