"""One key after the other: none is lost that is typed ahead, none goes to the wrong field.

Textual hands a key to the widget that has the focus when the key comes in. A Tab or an F10 before
it may not have been carried out by then: the address meant for one field would be typed into
another, and what is typed between two screens would be lost.
"""

import asyncio
from collections import deque
from contextlib import suppress

from textual.app import App, ReturnType
from textual.events import Event, Key
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from typing_extensions import override

AT_ONCE = frozenset({"ctrl+q", "ctrl+c", "ctrl+l"})
"""Leaving and drawing again wait for nothing."""
_LOOK_S = 1.0
"""Seconds until it is looked whether the last key, which nobody said is done, took its widget or
its screen away: then nobody will."""
_MOST_S = 60.0
"""Seconds until the next key is handed on all the same. On a slow machine a key that a screen has
much to do for takes several, and the one behind it must not overtake it."""
_POLL_S = 0.01


_ROUNDS = 2
"""The first comes behind the key; the second behind what the key's widget told its screen, such as
"this row is chosen", and behind the move of the focus that the screen asked for then."""


class Done(Message):
    """Comes to the app behind a key, by the same way."""

    def __init__(self, number: int, target: MessagePump, rounds: int = _ROUNDS) -> None:
        super().__init__()
        self.number = number
        self.target = target
        self.rounds = rounds


class KeyQueue(App[ReturnType]):
    """Hands a key on when the one before it has been dealt with and a screen is there for it.

    A screen says by its `ready` whether it takes keys now, and by `typed_from` that it takes none
    typed before that time (seconds, as `Message.time`): nobody decides what is not shown yet.
    """

    _waiting: deque[Key]
    _handing_on: asyncio.Task[None] | None = None
    _number = 0
    _done: asyncio.Event
    _target: Widget | Screen[object]
    """What the last key was for, and the screen at that time."""
    _screen_then: Screen[object]

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
                await asyncio.sleep(_POLL_S)
                if not self.is_running:
                    return
            key = self._waiting.popleft()
            if key.time < getattr(self.screen, "typed_from", 0.0):
                continue
            self._number += 1
            self._done.clear()
            self._target = target = self.focused or self.screen
            self._screen_then = self.screen
            await super().on_event(key)
            if target.post_message(Done(self._number, target)):
                await self._dealt_with()

    async def _dealt_with(self) -> None:
        for _ in range(round(_MOST_S / _LOOK_S)):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._done.wait()
            if self._done.is_set() or self._left:
                return

    @property
    def _takes_keys(self) -> bool:
        return len(self.screen_stack) > 1 and getattr(self.screen, "ready", True)

    def on_done(self, message: Done) -> None:
        """The last key has been dealt with by everything between its widget and here."""
        if message.number != self._number:
            return
        again = Done(message.number, message.target, message.rounds - 1)
        if self._left or not again.rounds or not message.target.post_message(again):
            self._done.set()

    @property
    def _left(self) -> bool:
        """Has the key taken its widget or its screen away?"""
        return (
            self.screen is not self._screen_then
            or not self._takes_keys
            or not self._target.is_attached
        )

    @override
    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        try:
            return await super()._check_bindings(key, priority)
        finally:
            if not priority and self._handing_on is not None and self._left:
                # With its screen the message behind it is gone.
                self._done.set()
