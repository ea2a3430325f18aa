"""Directories of ours below /var/lib/xenbond that a look at a bond may be the first to need."""

import os
from contextlib import suppress

from xenbond_tui.host import door


def make(path: str) -> None:
    """Create a directory, for root alone, and those above it that are missing.

    Raises:
        OSError: not permitted, or no room.
    """
    if path == os.path.dirname(path) or door.exists(path):
        return
    make(os.path.dirname(path))
    with suppress(FileExistsError), door.place(path) as place:
        os.mkdir(place.name, 0o700, dir_fd=place.directory)
