"""The keys that a screen shows are those it has, in both cases; lists take vi's letters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frozen
import pytest
import waiting
import ways
from keys import all_bound, reach, shows, text, until
from textual.pilot import Pilot
from textual.widgets import Input

from screens.bond import BondScreen
from screens.bonds import BondsScreen
from screens.bridge import BridgeScreen
from screens.drill import DrillScreen
from screens.find import FindScreen
from screens.health import HealthScreen
from screens.help import HelpScreen, paragraphs
from screens.host import HostScreen
from screens.lines import Lines
from screens.options import OptionsScreen
from screens.page import Page
from screens.review import ReviewScreen
from screens.rows import Rows
from screens.save import SaveScreen
from screens.slaves import SlavesScreen
from screens.xen import XenScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.demo import simulate
from xenbond_tui.demo.state import DemoBond
from xenbond_tui.machine import Machine


async def into_a_field(pilot: Pilot[Any]) -> None:
    """The focus goes on until letters are typed."""
    for _ in range(12):
        if isinstance(pilot.app.focused, Input):
            return
        await pilot.press("tab")
    raise AssertionError("there is no field")


async def wizard(pilot: Pilot[Any]) -> None:
    """From the first step to the last, by capitals alone where a letter will do."""
    await reach(pilot, HostScreen)
    all_bound(pilot)
    await pilot.press("S")
    await reach(pilot, SlavesScreen)
    all_bound(pilot)
    await pilot.press("N")
    await reach(pilot, BondScreen)
    all_bound(pilot)
    await into_a_field(pilot)
    all_bound(pilot)
    await pilot.press("f3")
    await reach(pilot, OptionsScreen)
    all_bound(pilot)
    await pilot.press("enter")
    await into_a_field(pilot)
    all_bound(pilot)
    await pilot.press("escape", "P")
    await reach(pilot, BondScreen)
    await pilot.press("f10")
    await reach(pilot, BridgeScreen)
    all_bound(pilot)
    await pilot.press("f10")
    await reach(pilot, XenScreen)
    all_bound(pilot)
    await pilot.press("N")
    await reach(pilot, ReviewScreen)
    await shows(pilot, "Nothing is written yet.")
    await until(pilot, lambda: pilot.app.screen.ready)
    for _ in range(5):
        all_bound(pilot)
        await pilot.press("tab")
    while isinstance(pilot.app.focused, Input):
        await pilot.press("tab")
    await pilot.press("S")
    await reach(pilot, SaveScreen)
    all_bound(pilot)


async def watching(pilot: Pilot[Any]) -> None:
    await reach(pilot, BondsScreen)
    all_bound(pilot)
    await pilot.press("enter")
    await reach(pilot, HealthScreen)
    await shows(pilot, "1 pull eth0")
    all_bound(pilot)
    await pilot.press("D")
    await reach(pilot, DrillScreen)
    all_bound(pilot)
    await pilot.press("Q")
    await reach(pilot, HealthScreen)
    await pilot.press("S")


@pytest.fixture
def several(tmp_path: Path) -> Machine:
    """bond0 under xenbr0, and bond1."""
    host = frozen.bonded(tmp_path / "host")
    with frozen.kernel_of(host).changing() as state:
        simulate.create_bond(state, "bond1", DemoBond("802.3ad", miimon=100, slaves=["eth3"]))
    return host


async def test_every_step_of_the_wizard_has_the_keys_it_shows(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test(size=(120, 40)) as pilot:
        await wizard(pilot)


async def test_the_live_screens_have_the_keys_they_show(several: Machine) -> None:
    async with XenbondApp(lambda: several, "health").run_test(size=(120, 40)) as pilot:
        await watching(pilot)


async def test_a_removal_and_the_history_have_the_keys_they_show(tmp_path: Path) -> None:
    host = frozen.removable(tmp_path / "host")
    async with XenbondApp(lambda: host, "wizard").run_test(size=(120, 40)) as pilot:
        await ways.to_removal(pilot)
        all_bound(pilot)
        await pilot.press("P")
        await ways.to_host(pilot)


@pytest.fixture
def undecided(tmp_path: Path) -> Iterator[Machine]:
    """The dom0 with a change that is up and waits to be kept."""
    with waiting.change(frozen.machine(tmp_path / "host")) as machine:
        yield machine


async def test_what_scrolls_a_list_keeps_no_change(undecided: Machine) -> None:
    """K is up in every list; beside the change that waits it would be the end of its clock."""
    async with XenbondApp(lambda: undecided, "wizard").run_test(size=(120, 40)) as pilot:
        await ways.to_decide(pilot)
        all_bound(pilot)
        assert isinstance(pilot.app.focused, Lines)
        assert not {"j", "J", "g", "G", "slash"} & pilot.app.screen.active_bindings.keys()


async def test_a_list_is_walked_by_vis_letters(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test(size=(80, 24)) as pilot:
        await ways.to_bond(pilot)
        rows = pilot.app.focused
        assert isinstance(rows, Rows)
        seen = []
        for key in ("G", "k", "K", "g", "j", "J"):
            await pilot.press(key)
            seen.append(rows.here)
        last = len(rows.lines) - 1
        assert seen == [last, last - 1, last - 2, 0, 1, 2]


async def test_words_are_found_in_a_list_and_said_not_to_be_there(bonded: Machine) -> None:
    async with XenbondApp(lambda: bonded, "health").run_test(size=(80, 24)) as pilot:
        await ways.to_health(pilot)
        await pilot.press("f1")
        await reach(pilot, HelpScreen)
        lines = pilot.app.focused
        assert isinstance(lines, Lines)
        await pilot.press("slash", *"SLAVE", "enter")
        await reach(pilot, HelpScreen)
        first = lines.here
        await pilot.press("slash", "enter")
        await reach(pilot, HelpScreen)
        assert 0 <= first < lines.here
        assert all("slave" in lines.lines[at].lower() for at in (first, lines.here))
        await pilot.press("slash", *"nowhere", "enter")
        await shows(pilot, "not there")
        assert isinstance(pilot.app.screen, FindScreen)
        await pilot.press("escape")
        await reach(pilot, HelpScreen)


@pytest.mark.parametrize(
    "page", [HealthScreen, HostScreen, BondScreen, ReviewScreen], ids=lambda page: page.NAME
)
def test_help_says_all_of_its_text(page: type[Page[Any]]) -> None:
    shown = " ".join(" ".join(paragraphs(page.HELP_TEXT, 76)).split())
    assert shown == " ".join(page.HELP_TEXT.split())


async def test_slaves_keep_their_rows_when_another_becomes_the_active_one(
    bonded: Machine,
) -> None:
    """The keys 1 and 2 pull the cables of the rows beside them."""
    async with XenbondApp(lambda: bonded, "health").run_test(size=(80, 24)) as pilot:
        await ways.to_health(pilot)
        await pilot.press("1")
        await shows(pilot, "1 plug eth0")
        await shows(pilot, "eth1   ACTIVE")
        shown = text(pilot)
        assert shown.index("eth0   backup") < shown.index("eth1   ACTIVE")
