"""Working the screens by keys, and reading what they show."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from screens.frame import KeyLine
from screens.keys import key_line, names
from screens.page import Page

PATIENCE = 240.0
"""Seconds until a screen that does not come is a failure: a busy machine needs many."""


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Wait for a condition, and until what brought it about is handled to its end."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, f"did not come about; the screen shows:\n{text(pilot)}"
        await pilot.pause(0.02)
    # A screen has its focus before its key line.
    await pilot.pause()


def text(pilot: Pilot[Any]) -> str:
    """The screen as a terminal would show it, without colours."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def reach(pilot: Pilot[Any], screen: type[Screen[Any]]) -> None:
    """Wait until that screen is up and has the focus somewhere."""
    await until(
        pilot, lambda: isinstance(pilot.app.screen, screen) and pilot.app.focused is not None
    )


async def shows(pilot: Pilot[Any], words: str) -> None:
    """Wait until the screen shows these words."""
    await until(pilot, lambda: words in text(pilot))


def all_bound(pilot: Pilot[Any]) -> None:
    """Each key of the key line is bound where the focus is, a letter in both cases alike."""
    page = pilot.app.screen
    assert isinstance(page, Page)
    shown, bound = page.keys(), page.active_bindings
    assert page.query_one(KeyLine).text == "   ".join(key_line(shown, typing=page.typing))
    for key in filter(None, shown):
        for cases in names((page.typing and key.typing) or key.shown):
            assert set(cases) <= bound.keys(), (page.NAME, key)
            if key.action and len(cases) == 2:
                assert {bound[name].binding.action for name in cases} == {key.action}, key
            assert not (page.typing and len(cases) == 2), f"{key}: it would be typed"


Way = Callable[[Pilot[Any]], Awaitable[None]]
