"""Keys that come faster than the screens: typed ahead, or in one burst over a slow line."""

import asyncio

import pytest
import ways
from keys import reach, shows, text
from textual.events import Key
from textual.widgets import Input

from screens.bridge import BridgeScreen
from screens.review import ReviewScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.apply.store import Store
from xenbond_tui.machine import Machine
from xenbond_tui.terminal import key_queue


def burst(app: XenbondApp, *keys: str) -> None:
    """Send them all at once, as a terminal does."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def test_a_burst_over_three_screens_goes_to_the_right_fields(dom0: Machine) -> None:
    app = XenbondApp(lambda: dom0, "wizard")
    async with app.run_test() as pilot:
        await ways.to_host(pilot)
        over = ("home", "ctrl+k")
        burst(app, "enter", "f10", "f10", "tab", "tab", *over, *"10.0.0.7/8", "tab", *over, *"10.0")
        await reach(pilot, BridgeScreen)
        await shows(pilot, "Gateway     [10.0 ")
        values = {field.id: field.value for field in pilot.app.screen.query(Input)}
        assert values["name"] == "xenbr0"
        assert values["address"] == "10.0.0.7/8"


async def test_keys_before_the_host_is_read_are_not_lost(dom0: Machine) -> None:
    app = XenbondApp(lambda: dom0, "wizard")
    async with app.run_test() as pilot:
        burst(app, "enter", "f10", "f10")
        await reach(pilot, BridgeScreen)


async def test_nothing_typed_ahead_applies_what_is_not_shown_yet(dom0: Machine) -> None:
    app = XenbondApp(lambda: dom0, "wizard")
    async with app.run_test() as pilot:
        await ways.to_host(pilot)
        burst(app, "enter", "f10", "f10", "f10", "f10", "a", "f10", "f10")
        await reach(pilot, ReviewScreen)
        await shows(pilot, "A tick all")
        await pilot.pause(0.5)
        assert "[x]" not in text(pilot)
        assert isinstance(pilot.app.screen, ReviewScreen)
    assert Store(dom0).open() is None


async def test_a_burst_that_edits_an_option_gives_it_the_whole_value(dom0: Machine) -> None:
    app = XenbondApp(lambda: dom0, "wizard")
    async with app.run_test() as pilot:
        await ways.to_host(pilot)
        burst(app, "enter", "f10", "m", "enter", *"200", "enter", "down", "enter", *"300", "enter")
        burst(app, "escape")
        await shows(pilot, "Options     updelay 200, downdelay 300")


async def test_no_key_overtakes_one_that_takes_its_time(
    dom0: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on an emulated dom0: a screen has so much to do for each that more than a look goes by.

    A letter goes straight into its field, a backspace only when the whole screen has passed it on.
    """

    async def slowly(screen: BridgeScreen) -> None:
        await asyncio.sleep(0.2)

    monkeypatch.setattr(key_queue, "_LOOK_S", 0.02)
    monkeypatch.setattr(BridgeScreen, "on_input_changed", slowly)
    app = XenbondApp(lambda: dom0, "wizard")
    async with app.run_test() as pilot:
        await ways.to_host(pilot)
        burst(app, "enter", "f10", "f10")
        await reach(pilot, BridgeScreen)
        burst(app, *["backspace"] * len("xenbr0"), *"br-lan")
        await shows(pilot, "Name        [br-lan ")
