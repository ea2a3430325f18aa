"""What a pilot waits for after a key: that every message was handled, whatever else runs here.

Textual's own wait looks at the processor's time, until this process seems idle: on a busy machine
and beside a thread that works it takes a second a key, and 40 ms on any.
"""

import asyncio
import time

from textual._context import active_app
from textual.app import App

CALM = 12
"""Turns of the loop without a message before the application counts as settled.

A key goes from the driver to the application, its screen and the widget, each in a task of its
own; what a handler begins comes after that.
"""


async def settled(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until no message is left and what changed is drawn, for `max_sleep` at most.

    Those are seconds of this thread's processor time, which it uses while it waits: on a busy
    machine they take longer. It has the signature of the wait it stands for; there is nothing to
    wait longer for.
    """
    app = active_app.get()
    until = time.thread_time() + max_sleep
    drawn = False
    while not drawn:
        if not await _calm(app, until):
            return
        screen = app.screen
        screen._on_timer_update()
        # Drawing may move and resize widgets, which are told by messages.
        drawn = await _calm(app, until, turns=2) and app.screen is screen


async def _calm(app: "App[object]", until: float, turns: int = CALM) -> bool:
    calm = 0
    while calm < turns:
        await asyncio.sleep(0)
        calm = 0 if _has_messages(app) else calm + 1
        if time.thread_time() > until:
            return False
    return True


def _has_messages(app: "App[object]") -> bool:
    return any(
        pump._next_callbacks or not pump._message_queue.empty()
        for pump in (app, *app._registry)
        if pump.is_running
    )
