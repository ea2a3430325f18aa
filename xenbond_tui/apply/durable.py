"""Writes that are on the disk when they return.

Whatever must survive a power cut, the host's files and a transaction's own notes, goes through
these few functions: each either has happened, fsync included, or has raised OSError.
"""

import os
from collections.abc import Callable

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_new(
    path: str, data: bytes, mode: int, finish: Callable[[int], None] | None = None
) -> None:
    """Create a file that must not exist yet; `finish` may set owner, times … on the open file.

    Raises:
        OSError: it could not be; no half file is left behind.
    """
    fd = os.open(path, _NEW, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            os.fchmod(fd, mode)
            if finish is not None:
                finish(fd)
            os.fsync(fd)
        finally:
            os.close(fd)
    except BaseException:
        os.unlink(path)
        raise


def replace(path: str, data: bytes, mode: int = 0o600) -> None:
    """Write one of our own notes whole: readers see the old one or the new one."""
    temporary = f"{path}.new"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    write_new(temporary, data, mode)
    rename(temporary, path)


def rename(source: str, target: str) -> None:
    """Rename over `target`, and wait until the directory says so on the disk."""
    os.rename(source, target)
    sync_directory(os.path.dirname(target))


def unlink(path: str) -> None:
    """Remove a file or a symbolic link, and wait until the directory says so on the disk."""
    os.unlink(path)
    sync_directory(os.path.dirname(path))


def symlink(text: str, path: str, temporary: str) -> None:
    """Make `path` a symbolic link to `text`, over whatever file or link is there."""
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(text, temporary)
    rename(temporary, path)


def make_directory(path: str, mode: int) -> None:
    """Create one directory with exactly `mode`, whatever the umask."""
    os.mkdir(path, mode)
    if os.stat(path).st_mode & 0o7777 != mode:
        # An unusual umask. Else there is no moment at which it has another mode.
        os.chmod(path, mode)
    sync_directory(os.path.dirname(path))


def make_directories(path: str, mode: int) -> None:
    """Create a directory and every one above it that is missing, all with `mode`."""
    if not os.path.isdir(path):
        make_directories(os.path.dirname(path), mode)
        make_directory(path, mode)


def append_line(path: str, line: str, *, sync: bool = True) -> None:
    """Add one line to a file, created if need be; `sync=False` where losing it costs nothing.

    A last line that a crash cut short is closed first, so that only it is lost.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        data = memoryview((f"\n{line}\n" if torn else f"{line}\n").encode())
        try:
            while data:
                data = data[os.write(fd, data) :]
            if sync:
                os.fsync(fd)
                sync_directory(os.path.dirname(path))
        except OSError:
            # Nobody may read what the caller is told was not written.
            os.ftruncate(fd, size)
            raise
    finally:
        os.close(fd)


def sync_directory(path: str) -> None:
    """Wait until the names in a directory are on the disk."""
    fd = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
