"""Regular files and nothing else, and of them no more than a bound.

What is to be read is held by an O_PATH descriptor first, which opens nothing: a pipe is not waited
for, and no device is touched.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.host.resolve import Place
from xenbond_tui.value import dataclass

MAX_BYTES = 1 << 20
"""No configuration file is larger; reading one would only fill the memory."""
MAX_NOTE_BYTES = 1 << 26
"""Our own notes and copies: a plan holds every file twice."""

_PAGE = 4096
"""Bytes; no file of sysfs that says one thing has more (Documentation/filesystems/sysfs.rst)."""
_HANDLE = os.O_PATH | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_SPECIAL = (
    (stat.S_ISDIR, "is a directory"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a character device"),
    (stat.S_ISBLK, "is a block device"),
)


class NoFile(OSError):
    """Something that is there and can't be read as a file; `strerror` says what it is."""


@dataclass(frozen=True, slots=True)
class Content:
    """A regular file as it was read."""

    data: bytes
    status: os.stat_result

    @property
    def text(self) -> str:
        """What is not UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")


@contextmanager
def opened(place: Place) -> Iterator[int]:
    """A descriptor to read the regular file at a place by; a link there is not followed.

    Raises:
        NoFile: it is something else.
        OSError: it is not there, or may not be read.
    """
    handle = os.open(place.name, _HANDLE, dir_fd=place.directory)
    with held_open(handle, place.path) as descriptor:
        yield descriptor


def whole(place: Place, limit: int = MAX_BYTES) -> Content:
    """The regular file at a place; a link there is not followed.

    Raises:
        NoFile: it is something else, or larger than `limit` bytes.
        OSError: it is not there, or may not be read.
    """
    with opened(place) as descriptor:
        return content(descriptor, limit, place.path)


@contextmanager
def held_open(handle: int, path: str) -> Iterator[int]:
    """A descriptor to read what an O_PATH descriptor stands for, which is closed here.

    Raises:
        NoFile: it is no regular file.
        OSError: it may not be read.
    """
    descriptor = _exchanged(handle, path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Held:
    """A regular file that stays open, for who must not lose time: each call reads it anew.

    sysfs makes a file's text for each reading from the start, and has none once what it is of is
    gone, whatever has its name by then (kernfs_fop_read_iter in fs/kernfs/file.c).
    """

    def __init__(self, handle: int, path: str) -> None:
        """Open what an O_PATH descriptor stands for, which is closed here.

        Raises:
            NoFile: it is no regular file.
            OSError: it may not be read.
        """
        self._descriptor = -1
        self._descriptor = _exchanged(handle, path)

    def __call__(self) -> bytes:
        """Its first page now.

        Raises:
            OSError: it can't be read; ENODEV: what it is of is gone.
        """
        return os.pread(self._descriptor, _PAGE, 0)

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


def _exchanged(handle: int, path: str) -> int:
    try:
        return _opened(handle, path)
    finally:
        os.close(handle)


def _opened(handle: int, path: str) -> int:
    """Open what an O_PATH descriptor stands for, now that it is known for a regular file."""
    status = status_of(handle)
    if not stat.S_ISREG(status.st_mode):
        words = [words for kind, words in _SPECIAL if kind(status.st_mode)]
        number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise NoFile(number, words[0] if words else "is no regular file", path)
    try:
        # The very file that was looked at, whatever its name leads to now.
        return os.open(f"/proc/self/fd/{handle}", _READ)
    except FileNotFoundError:
        raise OSError(errno.EIO, "can't be read: /proc is not mounted", path) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def content(descriptor: int, limit: int, path: str) -> Content:
    """A regular file that is open, whole.

    Raises:
        NoFile: it is larger than `limit` bytes.
        OSError: it can't be read.
    """
    status = os.fstat(descriptor)
    data = read_bounded(descriptor, limit) if status.st_size <= limit else None
    if data is None:
        raise NoFile(errno.EFBIG, f"is larger than {limit >> 20} MiB", path)
    return Content(data, status)


def read_bounded(descriptor: int, limit: int) -> bytes | None:
    """Everything up to the end, None when that is more than `limit` bytes.

    Raises:
        OSError: it can't be read.
    """
    data = up_to(descriptor, limit + 1)
    return data if len(data) <= limit else None


def up_to(descriptor: int, limit: int) -> bytes:
    """Its first `limit` bytes, or all where there are no more.

    Raises:
        OSError: it can't be read.
    """
    # Files of /proc and /sys have no size, or a false one, and give a page at a time.
    parts, size = [], 0
    while size < limit and (data := os.read(descriptor, min(limit - size, 1 << 16))):
        parts.append(data)
        size += len(data)
    return b"".join(parts)


def status_of(handle: int) -> os.stat_result:
    """What an O_PATH descriptor stands for.

    Raises:
        OSError: it can't be looked at.
    """
    try:
        return os.fstat(handle)
    except OSError as error:
        # Linux 2.6.39 to 3.5 have no fstat of such a descriptor.
        if error.errno != errno.EBADF:
            raise
        return os.stat(f"/proc/self/fd/{handle}")
