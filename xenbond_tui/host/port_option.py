"""Options of a bridge's port, by sysfs: net/bridge/br_sysfs_if.c has those that there are."""

import os

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.sysfs import NET


def write(port: str, option: str, value: str) -> None:
    """Set one; what is no port any more, or has none of that name, is no error.

    Raises:
        XenbondError: the kernel refused.
    """
    try:
        # Only to be written, as `flush` is; never made.
        door = os.open(f"{NET}/{port}/brport/{option}", os.O_WRONLY)
        try:
            os.write(door, value.encode("ascii"))
        finally:
            os.close(door)
    except FileNotFoundError:
        return
    except OSError as error:
        doing = f"{port}: setting {option} of the port to {value}"
        raise XenbondError.at(doing, f"the kernel refused: {error.strerror}.") from None
