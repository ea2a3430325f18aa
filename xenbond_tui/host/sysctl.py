"""Values of /proc/sys, by their path below it: a link's name may hold a dot."""

from contextlib import suppress

from xenbond_tui.errors import XenbondError

_ROOT = "/proc/sys"


def read(name: str) -> str | None:
    """The value without its line end; None where this kernel has none."""
    try:
        with open(f"{_ROOT}/{name}", encoding="ascii") as stream:
            return stream.read().strip()
    except OSError:
        return None


def write(name: str, value: str) -> None:
    """Set it; one that is gone, as its link is, is no error.

    Raises:
        XenbondError: the kernel refused the value.
    """
    try:
        with suppress(FileNotFoundError), open(f"{_ROOT}/{name}", "w", encoding="ascii") as stream:
            stream.write(value)
    except OSError as error:
        raise XenbondError(f"{_ROOT}/{name}: setting it to {value}: {error.strerror}.") from None
