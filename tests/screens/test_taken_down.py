"""A screen that is left has nothing more to say: whatever comes while its widgets go is dropped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import frozen
import pytest
import ways
from keys import Way, reach
from textual.screen import Screen

from screens import bonds, drill, health, slaves
from screens.bonds import BondsScreen
from screens.drill import DrillScreen
from screens.health import HealthScreen
from screens.host import HostScreen
from screens.lines import Lines
from screens.page import Page
from screens.slaves import SlavesScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.demo import simulate
from xenbond_tui.demo.state import DemoBond
from xenbond_tui.machine import Machine


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """bond0 under xenbr0, and bond1 of eth3 alone."""
    host = frozen.bonded(tmp_path / "host")
    with frozen.kernel_of(host).changing() as state:
        simulate.create_bond(state, "bond1", DemoBond("802.3ad", miimon=100, slaves=["eth3"]))
    return host


def at_every_turn(real: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    """What a watcher tells at first, told again at every turn of the loop, the last ones too."""

    async def told(*args: object, **named: object) -> AsyncIterator[Any]:
        first = await anext(real(*args, **named))
        while True:
            yield first
            await asyncio.sleep(0)

    return told


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every screen that follows something has news all the time."""
    for module, name in (
        *((health, "watch"), (bonds, "watch_all")),
        (slaves, "snapshots"),
    ):
        monkeypatch.setattr(module, name, at_every_turn(getattr(module, name)))
    monkeypatch.setattr(drill, "POLL_S", 0.0)


async def to_bonds(pilot: ways.Pilot[Any]) -> None:
    await reach(pilot, BondsScreen)


async def to_health(pilot: ways.Pilot[Any]) -> None:
    await to_bonds(pilot)
    await pilot.press("enter")
    await reach(pilot, HealthScreen)


async def to_drill(pilot: ways.Pilot[Any]) -> None:
    await to_health(pilot)
    await pilot.press("d")
    await reach(pilot, DrillScreen)


async def to_slaves(pilot: ways.Pilot[Any]) -> None:
    await to_bonds(pilot)
    await pilot.press("s")
    await ways.to_slaves(pilot)


WAYS: dict[type[Page[Any]], tuple[Way, str, type[Screen[Any]]]] = {
    BondsScreen: (to_bonds, "s", HostScreen),
    HealthScreen: (to_health, "s", HostScreen),
    DrillScreen: (to_drill, "escape", HealthScreen),
    SlavesScreen: (to_slaves, "f8", HostScreen),
}


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("screen", WAYS, ids=lambda screen: screen.__name__)
async def test_news_while_a_screen_is_left(host: Machine, screen: type[Page[Any]]) -> None:
    way, key, behind = WAYS[screen]
    async with XenbondApp(lambda: host).run_test() as pilot:
        await way(pilot)
        await pilot.press(key)
        await reach(pilot, behind)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("screen", WAYS, ids=lambda screen: screen.__name__)
async def test_news_while_the_program_ends(host: Machine, screen: type[Page[Any]]) -> None:
    async with XenbondApp(lambda: host).run_test() as pilot:
        await WAYS[screen][0](pilot)


async def test_a_thread_that_speaks_late(host: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    async with XenbondApp(lambda: host).run_test() as pilot:
        await to_health(pilot)
        page = pilot.app.screen
        assert isinstance(page, HealthScreen)
        said: list[str] = []
        left: list[str] = []

        def gone(lines: Lines) -> None:
            left.append(lines.id or "")
            page._while_here(said.append, "late")

        page._while_here(said.append, "in time")
        monkeypatch.setattr(Lines, "on_unmount", gone, raising=False)
        await pilot.press("s")
        await reach(pilot, HostScreen)
        monkeypatch.undo()
    assert left == ["timeline"]
    assert said == ["in time"]
