"""The one door to a tree of files: its root is opened once, all else is reached from there.

    tree = door.to(root)                      "" is the running host; one Door for each root
    tree.read("/etc/hosts").data              regular files only, never more than the limit
    with tree.place("/etc/hosts") as place:   the directory is held, the name is in it:
        os.unlink(place.name, dir_fd=place.directory)
    with tree.locate("/etc/hosts") as place:  every link followed, place.path is the real path
    door.at("/mnt/etc/hosts")                 (door, "/etc/hosts") of a real path: of the tree at
                                              /mnt while that is open, else of the running host

Links lead where they lead on that system, and never out of its root (`resolve`). Nothing is opened
before it is known to be a regular file, so that no pipe is waited for and no device is touched.
Whatever is written goes by a `Place` too: `apply.durable` takes real paths and finds theirs.
"""

import errno
import os
import stat
import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress

from xenbond_tui.host import resolve
from xenbond_tui.host.owned import MAX_LINKS
from xenbond_tui.host.regular import (
    MAX_BYTES,
    MAX_NOTE_BYTES,
    Content,
    Held,
    content,
    held_open,
    status_of,
    up_to,
)
from xenbond_tui.host.resolve import Place

_NO_NAMES = ("", ".", "..")
"""What ends a path of a directory, which is not in another one by that name."""
_HANDLE = os.O_PATH | os.O_CLOEXEC


class Door:
    """Everything below one directory, which is opened here and never looked up again."""

    def __init__(self, root: str) -> None:
        """Open it; where there is no such directory, nothing is found below it.

        Raises:
            OSError: it is no directory, or can't be reached.
        """
        self.root = root.rstrip("/")
        self._root = -1
        with suppress(FileNotFoundError):
            self._root = os.open(self.root or "/", _HANDLE | os.O_DIRECTORY)
            # Not by `__del__`: while that runs, `to` would still find the door, and another thread
            # have a door whose descriptor is closed, or by then another file's.
            weakref.finalize(self, os.close, self._root).atexit = False

    @property
    def is_there(self) -> bool:
        """Is there such a directory?"""
        return self._root >= 0

    def locate(self, path: str, *, follow: bool = True, links: int = MAX_LINKS) -> Place:
        """Where a path leads, with no link left in `Place.path`; its last part may be missing.

        Args:
            path: As the host names it.
            follow: Follow the last component too.
            links: How many links at most; 0 where the path is known to have none.

        Raises:
            OSError: as open(2) does; ELOOP: more links.
        """
        return resolve.walk(self._top(path), _checked(path), follow=follow, links=links)

    def way(self, path: str) -> tuple[tuple[str, os.stat_result], ...] | None:
        """Every directory and link on the way to a path, and last the file, links resolved.

        None when the file is not there.

        Raises:
            OSError: a directory is missing, or the links run in a circle.
        """
        found: list[tuple[str, os.stat_result]] = []
        with self.walked(path, found) as place:
            return (*found, (place.path, place.status())) if place.exists() else None

    def walked(self, path: str, found: list[tuple[str, os.stat_result]]) -> Place:
        """As `locate`; to `found` every directory and link on the way is added when it is passed.

        Raises:
            OSError: as `locate`; what was passed until then has been added.
        """

        def visit(name: str, descriptor: int) -> None:
            found.append((name, os.stat(".", dir_fd=descriptor)))

        def link(path: str, name: str, directory: int) -> None:
            found.append((path, os.stat(name, dir_fd=directory, follow_symlinks=False)))

        top = self._top(path)
        return resolve.walk(top, _checked(path), follow=True, visit=visit, link=link)

    def judged(self, path: str, link: Callable[[str, str, int], None], *, follow: bool) -> Place:
        """As `locate`; `link` is asked about each link before it is followed (`resolve.walk`).

        Raises:
            OSError: as `locate`, and what `link` raises.
        """
        return resolve.walk(self._top(path), _checked(path), follow=follow, link=link)

    def place(self, path: str) -> Place:
        """The directory of a path, links on the way followed, and the name in it.

        Raises:
            OSError: there is no such directory.
        """
        parent, _, name = _checked(path).rpartition("/")
        if name in _NO_NAMES:
            parent, name = path, "."
        return Place(self._open(parent or "/", _HANDLE | os.O_DIRECTORY), name, path)

    def status(self, path: str) -> os.stat_result:
        """What a path leads to, links followed.

        Raises:
            OSError: nothing is there.
        """
        if path == "/":
            return status_of(self._top(path))
        handle = self._open(path, _HANDLE)
        try:
            return status_of(handle)
        finally:
            os.close(handle)

    def exists(self, path: str) -> bool:
        """True when anything is there, a dangling symbolic link included."""
        try:
            with self.place(path) as place:
                return place.exists()
        except OSError:
            return False

    def is_directory(self, path: str) -> bool:
        """True when there is a directory, or a link to one."""
        try:
            return stat.S_ISDIR(self.status(path).st_mode)
        except OSError:
            return False

    def link(self, path: str) -> str | None:
        """Where a symbolic link points; None when it is none.

        Raises:
            OSError: its directory can't be reached.
        """
        with self.place(path) as place:
            return place.link()

    def names(self, directory: str) -> list[str]:
        """Names in a directory, sorted.

        Raises:
            OSError: there is none, or it may not be listed.
        """
        descriptor = self._open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return sorted(os.listdir(descriptor))
        finally:
            os.close(descriptor)

    def read(self, path: str, limit: int = MAX_BYTES) -> Content:
        """A regular file, whole; links are followed.

        Raises:
            NoFile: it is something else, or larger than `limit` bytes.
            OSError: it is not there, or may not be read.
        """
        with self._reading(path) as descriptor:
            return content(descriptor, limit, path)

    def start_of(self, path: str, limit: int) -> bytes:
        """A regular file's first `limit` bytes, or all where there are no more.

        Raises:
            NoFile: it is something else.
            OSError: it is not there, or may not be read.
        """
        with self._reading(path) as descriptor:
            return up_to(descriptor, limit)

    def end_of(self, path: str, limit: int) -> bytes:
        """A regular file's last `limit` bytes, or all where there are no more.

        Raises:
            NoFile: it is something else.
            OSError: it is not there, or may not be read.
        """
        with self._reading(path) as descriptor:
            os.lseek(descriptor, max(0, os.fstat(descriptor).st_size - limit), os.SEEK_SET)
            return up_to(descriptor, limit)

    def held(self, path: str) -> Held:
        """A regular file that stays open, to be read again and again.

        Raises:
            NoFile: it is something else.
            OSError: it is not there, or may not be read.
        """
        return Held(self._open(path, _HANDLE), path)

    def _reading(self, path: str) -> AbstractContextManager[int]:
        return held_open(self._open(path, _HANDLE), path)

    def _open(self, path: str, flags: int) -> int:
        _checked(path)
        if not self.root:
            # The running host's root is the kernel's own: nothing to hold a path back from.
            return os.open(path, flags | os.O_NONBLOCK)
        try:
            return resolve.openat2(self._top(path), path, flags)
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EAGAIN):
                raise
        with resolve.walk(self._root, path, follow=True) as place:
            return os.open(place.name, flags | os.O_NOFOLLOW, dir_fd=place.directory)

    def _top(self, path: str) -> int:
        if self._root < 0:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self._root


def _checked(path: str) -> str:
    """The path, if a file can have it at all: it may come from a file somebody else wrote."""
    if not _is_path(path):
        raise OSError(errno.EINVAL, "is no path", path)
    return path


def _is_path(text: str) -> bool:
    try:
        # What is ASCII can be said in every encoding.
        return "\0" not in text and (text.isascii() or bool(os.fsencode(text)))
    except UnicodeEncodeError:
        return False


def together(paths: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Paths by the directory they are in: the name of each there, and what else it is called."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path, called in paths:
        directory, _, name = path.rpartition("/")
        if name in _NO_NAMES or not _is_path(path):
            directory, name = path, "."
        found.setdefault(directory, []).append((name, called))
    return found


_doors: "weakref.WeakValueDictionary[str, Door]" = weakref.WeakValueDictionary()


def to(root: str) -> Door:
    """The door to a tree: "" is the running host. The same one while anybody holds it.

    Raises:
        OSError: it is no directory, or may not be searched.
    """
    root = root.rstrip("/")
    found = _doors.get(root)
    if found is None:
        found = Door(root)
        if found.is_there:
            _doors[root] = found
    return found


def at(path: str) -> tuple[Door, str]:
    """The door a real path is reached through, and what it is called behind that.

    Raises:
        OSError: the root can't be opened.
    """
    path = os.path.abspath(path)
    held = (reference() for reference in _doors.valuerefs())
    around = [door for door in held if door is not None and path.startswith(f"{door.root}/")]
    found = max(around, key=lambda door: len(door.root), default=None) or to("")
    return found, path[len(found.root) :]


def place(path: str) -> Place:
    """The directory of a real path, held, and the name in it.

    Raises:
        OSError: there is no such directory.
    """
    found, inside = at(path)
    return found.place(inside)


def read(path: str, limit: int = MAX_NOTE_BYTES) -> Content:
    """A regular file by its real path, whole.

    Raises:
        OSError: as `Door.read`.
    """
    found, inside = at(path)
    return found.read(inside, limit)


def end_of(path: str, limit: int) -> bytes:
    """A regular file's last bytes by its real path.

    Raises:
        OSError: as `Door.end_of`.
    """
    found, inside = at(path)
    return found.end_of(inside, limit)


def names(path: str) -> list[str]:
    """Names in a directory by its real path, sorted.

    Raises:
        OSError: there is none, or it may not be listed.
    """
    found, inside = at(path)
    return found.names(inside or "/")


def exists(path: str) -> bool:
    """True when anything is at a real path, a dangling symbolic link included."""
    found, inside = at(path)
    return found.exists(inside or "/")


def is_directory(path: str) -> bool:
    """True when a real path is a directory, or a link to one."""
    found, inside = at(path)
    return found.is_directory(inside or "/")
