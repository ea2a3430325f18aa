"""Leaves the terminal as it was when the program is told to end or its terminal goes away.

A change that is open goes on: its worker (`apply/worker.py`) ignores a hang-up.
"""

import asyncio
import select
import signal
from typing import Any

from textual.app import App


def leave_cleanly(app: App[Any], fd: int = 0) -> None:
    """End `app` in order on SIGTERM, SIGHUP and when the terminal on `fd` hangs up.

    To be called in `on_mount`. Without it a signal leaves the terminal in the alternate screen,
    and a hang-up that is ignored (nohup) leaves a process that reads end-of-file for ever.
    The app's return code is 128 + the signal's number, as a shell would say.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, _leave, app, number)
    hang_up = select.epoll()
    try:
        # No event is asked for: EPOLLHUP and EPOLLERR are always told.
        hang_up.register(fd, 0)
    except OSError:
        hang_up.close()  # not a terminal: a file can't hang up
        return

    def gone() -> None:
        loop.remove_reader(hang_up)
        hang_up.close()
        _leave(app, signal.SIGHUP)

    loop.add_reader(hang_up, gone)


def _leave(app: App[Any], number: signal.Signals) -> None:
    app.exit(return_code=128 + number)
