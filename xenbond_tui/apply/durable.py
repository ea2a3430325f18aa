"""Writes that are on the disk when they return.

Whatever must survive a power cut, the host's files and a transaction's own notes, goes through
these few functions: each either has happened, fsync included, or has raised OSError. Where is a
real path, or a `Place` that is held already; either way the directory is opened once, and then
everything happens in it, whatever is put in its place meanwhile.
"""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door, named, regular
from xenbond_tui.host.resolve import Place
from xenbond_tui.value import replace as replaced

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Where = str | Place
"""A real path, or a place that is held."""


@contextmanager
def held(where: Where) -> Iterator[Place]:
    """The place of a real path; one that is given is the caller's to close.

    Raises:
        OSError: there is no such directory; of what happens inside, with the whole path.
    """
    with nullcontext(where) if isinstance(where, Place) else door.place(where) as place:
        try:
            yield place
        except OSError as error:
            if isinstance(error.filename, str):
                # The call was given the name alone.
                error.filename = os.path.join(os.path.dirname(place.path), error.filename)
            raise


def beside(place: Place, name: str) -> Place:
    """Another name in the same directory; open as long as `place` is."""
    return replaced(place, name=name, path=os.path.join(os.path.dirname(place.path), name))


def write_new(
    where: Where, data: bytes, mode: int, finish: Callable[[int], None] | None = None
) -> None:
    """Create a file that must not exist yet; `finish` may set owner, times … on the open file.

    Raises:
        OSError: it could not be; no half file is left behind.
    """
    with held(where) as place:
        fd = os.open(place.name, _NEW, 0o600, dir_fd=place.directory)
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
            os.unlink(place.name, dir_fd=place.directory)
            raise


def replace(where: Where, data: bytes, mode: int = 0o600) -> None:
    """Write one of our notes whole: readers see the old one or the new one."""
    with held(where) as place:
        temporary = beside(place, f"{place.name}.new")
        if temporary.exists():
            os.unlink(temporary.name, dir_fd=temporary.directory)
        write_new(temporary, data, mode)
        rename(temporary, place)


def save(path: str, text: str, what: str = "the answers were") -> None:
    """Write what an operator names, whole or not at all, readable by its owner only (mode 0600).

    A symbolic link is followed, its target is replaced; but only one that nobody besides root and
    this user could have made.

    Args:
        path: of this machine.
        text: what is in it.
        what: the subject of "... not saved" in an error.

    Raises:
        XenbondError: it could not be written; what was there is untouched.
    """
    try:
        with named.place(path, follow=True) as place:
            if place.exists() and stat.S_ISDIR(place.status().st_mode):
                raise XenbondError(f"{path} is a directory; {what} not saved.")
            temporary = beside(place, f"{place.name}.{os.getpid()}.tmp")
            write_new(temporary, text.encode(), 0o600)
            try:
                rename(temporary, place)
            except OSError:
                with suppress(OSError):
                    unlink(temporary)
                raise
    except named.ForeignLinkError as error:
        raise XenbondError(
            f"{path} {error.strerror}, so that another file would be replaced; {what} "
            "not saved. Name a file in a directory of your own."
        ) from None
    except (OSError, ValueError) as error:
        raise XenbondError.at(
            path, f"{what} not saved: {getattr(error, 'strerror', None) or error}."
        ) from None


def rename(source: Where, target: Where) -> None:
    """Rename over `target`, and wait until the directory says so on the disk."""
    with held(source) as old, held(target) as new:
        os.rename(old.name, new.name, src_dir_fd=old.directory, dst_dir_fd=new.directory)
        _sync(new)


def unlink(where: Where) -> None:
    """Remove a file or a symbolic link, and wait until the directory says so on the disk."""
    with held(where) as place:
        os.unlink(place.name, dir_fd=place.directory)
        _sync(place)


def symlink(text: str, where: Where, temporary: str) -> None:
    """Make a symbolic link to `text`, over whatever file or link is there.

    Args:
        text: What it points to.
        where: The link.
        temporary: Path or name beside it under which it is made.
    """
    with held(where) as place:
        made = beside(place, os.path.basename(temporary))
        if made.exists():
            os.unlink(made.name, dir_fd=made.directory)
        os.symlink(text, made.name, dir_fd=made.directory)
        rename(made, place)


def make_directory(where: Where, mode: int) -> None:
    """Create one directory with exactly `mode`, whatever the umask."""
    with held(where) as place:
        os.mkdir(place.name, mode, dir_fd=place.directory)
        if place.status().st_mode & 0o7777 != mode:
            # An unusual umask. Else there is no moment at which it has another mode.
            fd = os.open(place.name, _DIRECTORY, dir_fd=place.directory)
            try:
                os.fchmod(fd, mode)
            finally:
                os.close(fd)
        _sync(place)


def make_directories(path: str, mode: int) -> None:
    """Create a directory and every one above it that is missing, all with `mode`.

    Another process of ours may make one of them at the same time.
    """
    if not door.is_directory(path):
        make_directories(os.path.dirname(path), mode)
        try:
            make_directory(path, mode)
        except FileExistsError:
            if not door.is_directory(path):
                raise


def remove_directory(where: Where) -> None:
    """Remove a directory that is empty.

    Raises:
        OSError: it is not empty, or is not there.
    """
    with held(where) as place:
        os.rmdir(place.name, dir_fd=place.directory)


def remove_tree(where: Where) -> None:
    """Remove a directory of ours with all that is in it, as far as that goes; never through a link.

    One that is not there is no error.
    """
    with suppress(OSError), held(where) as place:
        shutil.rmtree(place.name, ignore_errors=True, dir_fd=place.directory)


def append_line(where: Where, line: str, *, sync: bool = True) -> None:
    """Add one line to a file, created if need be; `sync=False` where losing it costs nothing.

    A last line that a crash cut short is closed first, so that only it is lost.
    """
    with held(where) as place:
        fd = os.open(place.name, _APPEND, 0o600, dir_fd=place.directory)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise regular.NoFile(errno.EINVAL, "is no regular file", place.path)
            size = status.st_size
            torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
            data = memoryview((f"\n{line}\n" if torn else f"{line}\n").encode())
            try:
                while data:
                    data = data[os.write(fd, data) :]
                if sync:
                    os.fsync(fd)
                    _sync(place)
            except OSError:
                # Nobody may read what the caller is told was not written.
                os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)


def sync_directory(path: str) -> None:
    """Wait until the names in a directory are on the disk."""
    with door.place(f"{path}/.") as place:
        _sync(place)


def _sync(place: Place) -> None:
    fd = os.open(".", _DIRECTORY, dir_fd=place.directory)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
