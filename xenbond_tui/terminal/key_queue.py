"""One key after the other: none is lost that is typed ahead, none goes to the wrong field.

Textual hands a key to the widget that has the focus when the key comes in. A Tab or an F10 before
it may not have been carried out by then: the address meant for one field would be typed into
another, and what is typed between two screens would be lost.
"""

import asyncio
from collections import deque

from textual.app import App, ReturnType
from textual.events import Event, Key
from textual.message import Message
from typing_extensions import override

AT_ONCE = frozenset({"ctrl+q", "ctrl+c", "ctrl+l"})
"""Leaving and drawing anew wait for nothing."""
_PATIENCE = 1.0
"""Seconds until the next key is handed on though nobody said that the last one is done: its widget
went away with it."""
_POLL = 0.01


class Done(Message):
    """Comes to the app behind a key, by the same way."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class KeyQueue(App[ReturnType]):
    """Hands a key on when the one before it has been dealt with and a screen is there for it.

    A screen says by its `ready` whether it takes keys now, and by `typed_from` that it takes none
    typed before that time (seconds, as `Message.time`): nobody decides what is not shown yet.
    """

    _waiting: deque[Key]
    _handing_on: asyncio.Task[None] | None = None
    _number = 0
    _done: asyncio.Event

    @override
    async def on_event(self, event: Event) -> None:
        if not isinstance(event, Key) or event.is_forwarded or event.key in AT_ONCE:
            await super().on_event(event)
            return
        if self._handing_on is None:
            self._waiting, self._done = deque(), asyncio.Event()
            self._handing_on = asyncio.create_task(self._hand_on())
        self._waiting.append(event)
        if self._handing_on.done():
            self._handing_on = asyncio.create_task(self._hand_on())

    async def _hand_on(self) -> None:
        while self._waiting:
            while not self._takes_keys:
                await asyncio.sleep(_POLL)
                if not self.is_running:
                    return
            key = self._waiting.popleft()
            if key.time < getattr(self.screen, "typed_from", 0.0):
                continue
            self._number += 1
            self._done.clear()
            target = self.focused or self.screen
            await super().on_event(key)
            if target.post_message(Done(self._number)):
                try:
                    await asyncio.wait_for(self._done.wait(), _PATIENCE)
                except TimeoutError:
                    continue

    @property
    def _takes_keys(self) -> bool:
        return len(self.screen_stack) > 1 and getattr(self.screen, "ready", True)

    def on_done(self, message: Done) -> None:
        """The last key has been dealt with by everything between its widget and here."""
        if message.number == self._number:
            self._done.set()

    @override
    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        try:
            return await super()._check_bindings(key, priority)
        finally:
            if not priority and self._handing_on is not None:
                # It may have taken its screen away, and with it the message behind it.
                self._done.set()
