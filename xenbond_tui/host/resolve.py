"""How a path is resolved below one directory, which neither `..` nor any link ever leaves.

An absolute link starts at that directory again and `..` stops there, as after chroot(2). Two ways
with the same results: `openat2` is one system call, of Linux 5.6 and later; `walk` opens one
directory after the other, works on every kernel, and tells the path without links too.
"""

import errno
import functools
import os
import struct
from collections.abc import Callable

from xenbond_tui.host.owned import MAX_LINKS
from xenbond_tui.value import dataclass

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPENAT2 = 437
"""openat2(2): the same number on every architecture Linux has had since."""
_NO_MAGICLINKS, _IN_ROOT = 0x02, 0x10
_TRIES = 64
"""Somebody renames directories all the time: the kernel asks to try `..` again, EAGAIN."""


@dataclass(slots=True)
class Place:
    """One name in a directory that is held open, whatever is put in that directory's place.

    Give both to the calls that take a `dir_fd`, and follow no link there. `with` closes it.
    """

    directory: int
    name: str
    """"." for the directory itself."""
    path: str
    """As the host names it; without links on the way when `walk` made it."""

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.directory)

    def status(self) -> os.stat_result:
        """What is there; of a link, the link itself.

        Raises:
            OSError: nothing is there.
        """
        return os.stat(self.name, dir_fd=self.directory, follow_symlinks=False)

    def exists(self) -> bool:
        """Is anything there? A link that leads nowhere is."""
        try:
            self.status()
        except FileNotFoundError:
            return False
        return True

    def link(self) -> str | None:
        """Where the symbolic link there points; None when it is none, or nothing is there."""
        try:
            return os.readlink(self.name, dir_fd=self.directory)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT):
                return None
            raise


def walk(
    root: int,
    path: str,
    *,
    follow: bool,
    links: int = MAX_LINKS,
    visit: Callable[[str, int], None] | None = None,
    link: Callable[[str, str, int], None] | None = None,
) -> Place:
    """Where a path leads below the directory `root`; its last component may be missing.

    Args:
        root: Descriptor of the directory that is not left.
        path: The path below it.
        follow: Follow the last component too, should it be a link.
        links: How many links at most; 0 where none is expected.
        visit: Called with the path and descriptor of each directory on the way, links resolved.
        link: Called with path and name of each link, and the descriptor of the directory it is
            in, before it is followed; what it raises ends the walk.

    Raises:
        OSError: a directory on the way is missing, is none or may not be searched; ELOOP: too
            many links.
    """
    pending = _components(path)
    way: list[tuple[str, int]] = []
    try:
        while pending:
            part = pending.pop()
            here = way[-1][1] if way else root
            if part == ".":
                continue
            if part == "..":
                if way:
                    os.close(way.pop()[1])
                continue
            if not pending and not follow:
                return _place(root, way, part)
            target = _link(part, here, last=not pending)
            if target is None:
                if not pending:
                    return _place(root, way, part)
                way.append((part, os.open(part, _DIRECTORY, dir_fd=here)))
                if visit is not None:
                    visit(_joined(way), way[-1][1])
                continue
            if link is not None:
                link(f"{_joined(way)}/{part}", part, here)
            links -= 1
            if links < 0:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                while way:
                    os.close(way.pop()[1])
            pending += _components(target)
        return _place(root, way, ".")
    finally:
        for _, descriptor in way:
            os.close(descriptor)


def _components(path: str) -> list[str]:
    """In reverse. A path that ends in `/` names a directory, as if `.` came after it."""
    parts = [part for part in path.split("/") if part]
    return ([*parts, "."] if path.endswith("/") else parts)[::-1]


def _link(name: str, directory: int, *, last: bool) -> str | None:
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        # EINVAL: there, but no link. A missing last component is the caller's to judge.
        if error.errno == errno.EINVAL or (error.errno == errno.ENOENT and last):
            return None
        raise


def _place(root: int, way: list[tuple[str, int]], name: str) -> Place:
    path = _joined(way) if name == "." else f"{_joined(way)}/{name}"
    return Place(way.pop()[1] if way else os.dup(root), name, path or "/")


def _joined(way: list[tuple[str, int]]) -> str:
    return "".join(f"/{name}" for name, _ in way)


def openat2(root: int, path: str, flags: int) -> int:
    """Open a path below the directory `root`; links are followed, the last one by `flags`.

    Raises:
        OSError: as open(2) does; ENOSYS: this kernel, or this Python, has no such call.
    """
    call = _system_call()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), path)
    return call(root, path, flags)


@functools.cache
def _how(flags: int) -> bytes:
    """`struct open_how` of linux/openat2.h: flags, mode, resolve."""
    return struct.pack("=QQQ", flags | os.O_CLOEXEC, 0, _IN_ROOT | _NO_MAGICLINKS)


@functools.cache
def _system_call() -> Callable[[int, str, int], int] | None:
    try:
        # Some 2 ms: a look at the running host does without.
        import ctypes

        syscall = ctypes.CDLL(None, use_errno=True).syscall
    except (ImportError, OSError, AttributeError):
        return None
    syscall.restype = ctypes.c_long
    syscall.argtypes = (
        *(ctypes.c_long, ctypes.c_int, ctypes.c_char_p),
        *(ctypes.c_char_p, ctypes.c_size_t),
    )

    def call(root: int, path: str, flags: int) -> int:
        how, name = _how(flags), os.fsencode(path or ".")
        number = 0
        for _ in range(_TRIES):
            descriptor: int = syscall(_OPENAT2, root, name, how, len(how))
            if descriptor >= 0:
                return descriptor
            number = ctypes.get_errno()
            if number not in (errno.EAGAIN, errno.EINTR):
                break
        raise OSError(number, os.strerror(number), path)

    try:
        root = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.close(call(root, ".", os.O_PATH))
        finally:
            os.close(root)
    except OSError:
        # Not there (ENOSYS), or a container's filter says so (EPERM).
        return None
    return call
