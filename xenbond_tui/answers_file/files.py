"""Answers files on disk."""

import contextlib
import os
import stat

from xenbond_tui.answers import Answers
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.errors import XenbondError

LARGEST = 1 << 16
"""Bytes; an answers file has a few hundred."""


def load(path: str) -> Answers:
    """Read an answers file of this machine.

    Raises:
        XenbondError: it cannot be read, is not UTF-8, or says something wrong; with line and key.
    """
    return loads(read_text(path), path)


def read_text(path: str) -> str:
    """The text of an answers file; never hangs on a FIFO or a device.

    Raises:
        XenbondError: it is not there, not a readable file, too large or not UTF-8.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _unusable(path, "does not exist") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, f"cannot be read: {_reason(error)}") from None
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise _unusable(path, "is a directory")
        if not stat.S_ISREG(kind):
            raise _unusable(path, "is not a file")
        data = _read(descriptor)
    except OSError as error:
        raise _unusable(path, f"cannot be read: {_reason(error)}") from None
    finally:
        os.close(descriptor)
    if len(data) > LARGEST:
        raise _unusable(path, "is larger than 64 KiB, so it is no answers file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise XenbondError(
            f"{path}:{line}: the answers file is not UTF-8; nothing was changed. "
            "Save it as UTF-8 and try again."
        ) from None


def save(path: str, text: str) -> None:
    """Write an answers file whole or not at all, readable by its owner only (mode 0600).

    A symbolic link is followed: its target is replaced.

    Raises:
        XenbondError: it could not be written; what was there is untouched.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise XenbondError(f"{path} is a directory; the answers were not saved.")
    temporary = f"{target}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_directory(os.path.dirname(target))
    except (OSError, ValueError) as error:
        raise XenbondError(f"{path}: the answers were not saved: {_reason(error)}.") from None


def _read(descriptor: int) -> bytes:
    """All bytes, or one more than an answers file may have."""
    data = b""
    while len(data) <= LARGEST and (block := os.read(descriptor, LARGEST + 1 - len(data))):
        data += block
    return data


def _sync_directory(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: str, problem: str) -> XenbondError:
    return XenbondError(f"answers file {path} {problem}; nothing was changed.")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
