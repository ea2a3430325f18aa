"""On what terms a change is carried out: how long it waits, and whether it may cut one off."""

import threading
from pathlib import Path
from typing import Any

import frozen
import pytest
import ways
from keys import reach, shows, text, until
from textual.pilot import Pilot

from screens.apply import ApplyScreen
from screens.bond import BondScreen
from screens.bridge import BridgeScreen
from screens.lines import Lines
from screens.review import ReviewScreen
from screens.xen import XenScreen
from xenbond_tui.answers import Request
from xenbond_tui.app import XenbondApp
from xenbond_tui.apply.store import State, Store
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.planner import propose
from xenbond_tui.proposal import Proposal

TICK = "This change is meant to cut me off"


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """A dom0 whose address is on a bridge already, its clock running."""
    return frozen.running(tmp_path / "host", "debian12-bridged")


async def to_review_of_another_address(pilot: Pilot[Any]) -> None:
    await ways.to_bridge(pilot)
    pilot.app.screen.query_one("#address").focus()
    await pilot.press("home", "ctrl+k", *"192.168.0.223/24", "f10", "f10")
    await reach(pilot, ReviewScreen)
    await shows(pilot, "A tick all")


async def to_part(pilot: Pilot[Any], id: str) -> None:
    """Tab until that part has the focus."""
    for _ in range(8):
        if pilot.app.focused is not None and pilot.app.focused.id == id:
            return
        await pilot.press("tab")
    raise AssertionError(f"no Tab leads to {id}:\n{text(pilot)}")


async def test_an_address_that_stays_leaves_nothing_to_tick(host: Machine) -> None:
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        assert "Keep within [120 ]  s (30 to 600), else it rolls back" in text(pilot)
        assert TICK not in text(pilot)


@pytest.mark.timeout(600)
async def test_the_tick_and_the_time_reach_the_change(host: Machine) -> None:
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await to_review_of_another_address(pilot)
        assert f"[ ] {TICK}" in text(pilot)
        await to_part(pilot, "within")
        await pilot.press("home", "ctrl+k", *"45")
        steps = pilot.app.screen.query_one("#plan-steps", Lines)
        await until(pilot, lambda: "wait for you: 45 s" in " ".join(steps.lines))
        await to_part(pilot, "cut-off")
        await shows(pilot, "Gives up 192.168.0.222, by which you are logged in")
        await pilot.press("space")
        await shows(pilot, f"[x] {TICK}")
        await pilot.press("a", "n")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in  0:")
        header = Store(host).header(Store(host).history()[0].id)
        assert header.expect_disconnect
        assert header.confirm_within == 45
        await pilot.press("u")
        await shows(pilot, "Rolled back: the files and the network are as they were.")


async def test_the_tick_is_off_again_after_back_and_the_time_is_kept(host: Machine) -> None:
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await to_review_of_another_address(pilot)
        await to_part(pilot, "within")
        await pilot.press("home", "ctrl+k", *"300", "tab", "space")
        await shows(pilot, f"[x] {TICK}")
        await pilot.press("f8", "f10")
        await reach(pilot, ReviewScreen)
        await shows(pilot, f"[ ] {TICK}")
        assert "Keep within [300 ]" in text(pilot)


@pytest.mark.parametrize("wrong", ["29", "601", ""])
async def test_a_time_out_of_bounds_is_refused_before_anything_begins(
    host: Machine, wrong: str
) -> None:
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        await pilot.press("a")
        await to_part(pilot, "within")
        await pilot.press("home", "ctrl+k", *wrong, "f10")
        await shows(pilot, f"Keep within: 30 to 600 seconds, not {wrong or 'nothing'}.")
        assert isinstance(pilot.app.screen, ReviewScreen)
    assert Store(host).history() == ()


@pytest.mark.timeout(600)
async def test_an_undo_that_gives_up_an_address_can_be_meant_to(host: Machine) -> None:
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await to_review_of_another_address(pilot)
        await kept(pilot)
        await pilot.press("u")
        await shows(pilot, f"[ ] {TICK}")
        await to_part(pilot, "cut-off")
        await shows(pilot, "Gives up 192.168.0.223")
        await pilot.press("space", "u")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        undo = Store(host).history()[0]
        assert Store(host).header(undo.id).expect_disconnect
        await pilot.press("k")
        await shows(pilot, "Kept: so it is now")
    assert Store(host).history()[0].state is State.CONFIRMED


async def kept(pilot: Pilot[Any]) -> None:
    """The change on the review is carried out and kept; back to the host screen."""
    await pilot.press("a", "n")
    await shows(pilot, "Rolls back by itself in")
    await pilot.press("k")
    await shows(pilot, "Kept: so it is now")
    await pilot.press("enter")
    await shows(pilot, "bond0  HEALTHY")
    await pilot.press("s")
    await ways.to_host(pilot)


def without_addresses(host: Machine) -> Machine:
    """A host that nothing but its console reaches."""
    loopback = "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet manual\n"
    Path(f"{host.access.root}/etc/network/interfaces").write_text(loopback)
    with frozen.kernel_of(host).changing() as state:
        state.links["eth0"].addresses, state.gateways, state.ssh = [], {}, ""
    return host


@pytest.mark.timeout(600)
async def test_an_undo_that_leaves_no_address_says_that_the_tick_is_needed(tmp_path: Path) -> None:
    host = without_addresses(frozen.running(tmp_path / "host"))
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        await pilot.press("space", "down", "space", "f10")
        await reach(pilot, BondScreen)
        await pilot.press("f10")
        await reach(pilot, BridgeScreen)
        pilot.app.screen.query_one("#address").focus()
        await pilot.press("home", "ctrl+k", *"192.168.0.222/24", "tab")
        await pilot.press("home", "ctrl+k", *"192.168.0.1", "f10", "f10")
        await reach(pilot, ReviewScreen)
        await shows(pilot, "Nothing is written yet.")
        assert TICK not in text(pilot)
        await kept(pilot)
        await pilot.press("u")
        await shows(pilot, f"[ ] {TICK}: needed, no address is left")
        await to_part(pilot, "cut-off")
        await shows(pilot, "without the tick it is rolled back at")
        await pilot.press("u")
        await shows(pilot, "Rolled back")
        assert Store(host).history()[0].state is not State.CONFIRMED


async def test_a_change_that_leaves_no_address_says_so_too(host: Machine) -> None:
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_bridge(pilot)
        pilot.app.screen.query_one("#method").focus()
        await pilot.press("right", "right", "f10", "f10")
        await reach(pilot, ReviewScreen)
        await shows(pilot, f"[ ] {TICK}: needed, no address is left")


async def test_what_is_typed_before_the_plan_is_there_ticks_and_begins_nothing(
    host: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = threading.Event()

    def slowly(facts: HostFacts, request: Request) -> Proposal:
        assert made.wait(30)
        return propose(facts, request)

    monkeypatch.setattr("screens.review.propose", slowly)
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_xen(pilot)
        await pilot.press("f10")
        await shows(pilot, "Making the plan.")
        await pilot.press("a")
        await shows(pilot, "The plan is still being made")
        await pilot.press("n")
        made.set()
        await shows(pilot, "A tick all")
        assert "still being made" not in text(pilot)
        assert "[x]" not in text(pilot)
        assert isinstance(pilot.app.screen, ReviewScreen)


async def test_a_review_that_is_left_before_its_plan_is_there(
    host: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, over = threading.Event(), threading.Event()

    def slowly(facts: HostFacts, request: Request) -> Proposal:
        assert made.wait(30)
        over.set()
        return propose(facts, request)

    monkeypatch.setattr("screens.review.propose", slowly)
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_xen(pilot)
        await pilot.press("f10")
        await shows(pilot, "Making the plan.")
        await pilot.press("f8")
        await reach(pilot, XenScreen)
        made.set()
        await until(pilot, over.is_set)
        await pilot.pause(0.5)
        await pilot.press("f10")
        await shows(pilot, "A tick all")
