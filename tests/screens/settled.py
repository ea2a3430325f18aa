"""What a pilot waits for after a key: that every message was handled, whatever else runs here.

Textual's own wait looks at the processor's time, until this process seems idle: on a busy machine
and beside a thread that works it takes a second a key, and 40 ms on any.
"""

import asyncio
import time

from textual._context import active_app
from textual.app import App
from textual.screen import Screen

CALM = 12
"""Turns of the loop without a message before the application counts as settled.

A key goes from the driver to the application, its screen and the widget, each in a task of its
own; what a handler begins comes after that.
"""


PATIENCE_S = 10.0
"""Seconds of this thread's processor time; a screen that never comes to rest is taken as it is.

Drawing a long review takes more than half a second of it.
"""

HELD_S = 1.0
"""Seconds for which drawing may be held; it is for some hundredths, by a timer."""


async def settled(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until no message is left and what changed is drawn.

    Drawing may move and resize widgets, which are told by messages, and those may ask for another
    layout: it is over when the screen has nothing left to draw. It has the signature of the wait
    it replaces, whose times are for another way of waiting.
    """
    app = active_app.get()
    until, held_until = time.thread_time() + PATIENCE_S, time.monotonic() + HELD_S
    while await _calm(app, until):
        screen = app.screen
        if app._batch_count and screen.is_current and time.monotonic() < held_until:
            # A screen that closes holds drawing until the next one is there (`Page.finish`).
            await asyncio.sleep(0.005)
            continue
        if not _undrawn(screen) or not screen.is_current or app._batch_count:
            # What is left is not drawn now, such as a screen below when the application ends.
            return
        screen._on_timer_update()


def _undrawn(screen: "Screen[object]") -> bool:
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
    )


async def _calm(app: "App[object]", until: float) -> bool:
    calm = 0
    while calm < CALM:
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
