"""When the demo host's state is another one: inotify tells of it, as netlink does of a kernel."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator

from xenbond_tui.demo.state import StateFile

_POLL_S = 0.5
"""Seconds between two looks at the file, where this user has no inotify instance left."""
_IN_MOVED_TO = 0x80
"""linux/inotify.h: a file got its name by rename(2), which is how the state is replaced."""
_EVENTS = 1 << 16
"""Bytes of events that are taken at once; what they say is not looked at."""


async def changes(file: StateFile) -> AsyncIterator[None]:
    """Once at first, when every later change is sure to be told, and at each change."""
    with _told(file) as told:
        stamp = file.stamp()
        yield
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S if told is None else None):
                    await (told or asyncio.Event()).wait()
            if told is not None:
                told.clear()
            now = file.stamp()
            if now != stamp:
                stamp = now
                yield


@contextlib.contextmanager
def _told(file: StateFile) -> Iterator[asyncio.Event | None]:
    """An event that is set when the state may be another one; None where nothing can tell."""
    watched = _inotify(os.path.dirname(file.path))
    if watched is None:
        yield None
        return
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def readable() -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(watched, _EVENTS)
        told.set()

    loop.add_reader(watched, readable)
    try:
        yield told
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def _inotify(directory: str) -> int | None:
    """A descriptor that can be read once a file of that directory was replaced; inotify(7)."""
    # Loaded by who needs it: no command of a demo host waits for a change.
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    watched = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watched < 0:
        return None
    if libc.inotify_add_watch(watched, os.fsencode(directory), _IN_MOVED_TO) < 0:
        os.close(watched)
        return None
    return int(watched)
