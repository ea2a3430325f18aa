"""Values of /proc/sys, by their path below it: a link's name may hold a dot."""

import os
from contextlib import suppress

from xenbond_tui.errors import XenbondError

_ROOT = "/proc/sys"


def read(name: str) -> str | None:
    """The value without its line end; None where this kernel has none."""
    try:
        with open(_path(name), encoding="ascii") as stream:
            return stream.read().strip()
    except (OSError, ValueError):
        return None


def write(name: str, value: str) -> None:
    """Set it; one that is gone, as its link is, is no error.

    Raises:
        XenbondError: the kernel refused the value, or it is no value of a link.
    """
    try:
        with suppress(FileNotFoundError), open(_path(name), "w", encoding="ascii") as stream:
            stream.write(value)
    except OSError as error:
        raise XenbondError(f"{_ROOT}/{name}: setting it to {value}: {error.strerror}.") from None
    except ValueError as error:
        raise XenbondError.at(f"{name!r}", f"{error}; nothing was set.") from None


def _path(name: str) -> str:
    """Below /proc/sys/net: a name is made of a link's, and is kept on disk until it is set."""
    if not name.startswith("net/") or os.path.normpath(name) != name or "\0" in name:
        raise ValueError("no value below /proc/sys/net")
    return f"{_ROOT}/{name}"
