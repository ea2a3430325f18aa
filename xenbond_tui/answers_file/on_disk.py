"""Answers files on disk."""

import codecs
import contextlib
import os
import stat

from xenbond_tui.answers import Answers
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import named, regular
from xenbond_tui.host.resolve import Place

LARGEST = 1 << 20
"""Bytes; an answers file has a few hundred."""


def load(path: str) -> Answers:
    """Read an answers file of this machine.

    Raises:
        XenbondError: it cannot be read, is not UTF-8, or says something wrong; with line and key.
    """
    return loads(read_text(path), path)


def read_text(path: str) -> str:
    """The text of an answers file; never hangs on a FIFO or a device.

    Links are followed as by `save`: what root may read another user's link must not show.

    Raises:
        XenbondError: it is not there, not a readable file, too large or not UTF-8.
    """
    try:
        with named.place(path, follow=True) as place, regular.opened(place) as descriptor:
            data = regular.up_to(descriptor, LARGEST + 1)
    except FileNotFoundError:
        raise _unusable(path, "does not exist") from None
    except regular.NoFile as error:
        raise _unusable(path, f"is not a file: it {error.strerror}") from None
    except named.ForeignLinkError as error:
        raise _unusable(path, f"{error.strerror}, so it is not read") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, f"cannot be read: {_reason(error)}") from None
    if len(data) > LARGEST:
        raise _unusable(path, "is larger than 1 MiB, so it is no answers file")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise XenbondError.at(
            f"{path}:{line}",
            "the answers file is not UTF-8; nothing was changed. Save it as UTF-8 and try again.",
        ) from None


def save(path: str, text: str, what: str = "the answers were") -> None:
    """Write a text whole or not at all, readable by its owner only (mode 0600).

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
            _replace(place, text.encode())
    except named.ForeignLinkError as error:
        raise XenbondError(
            f"{path} {error.strerror}, so that another file would be replaced; {what} "
            "not saved. Name a file in a directory of your own."
        ) from None
    except (OSError, ValueError) as error:
        raise XenbondError.at(path, f"{what} not saved: {_reason(error)}.") from None


def _replace(place: Place, data: bytes) -> None:
    """Write the file beside, then put it there: everything in the directory that is held."""
    temporary, here = f"{place.name}.{os.getpid()}.tmp", place.directory
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600, dir_fd=here)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, place.name, src_dir_fd=here, dst_dir_fd=here)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=here)
        raise
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=here)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: str, problem: str) -> XenbondError:
    return XenbondError(f"answers file {path} {problem}; nothing was changed.")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
