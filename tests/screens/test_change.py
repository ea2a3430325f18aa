"""A change by keys alone, carried out by the real worker on the demo host."""

import asyncio
import os
import signal
from pathlib import Path

import frozen
import pytest
import ways
from keys import all_bound, reach, shows, text, until

from screens.apply import ApplyScreen
from screens.health import HealthScreen
from screens.history import HistoryScreen
from screens.host import HostScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.apply.holder import holder
from xenbond_tui.apply.one_at_a_time import only_one
from xenbond_tui.apply.recover import resolve, resolve_stale
from xenbond_tui.apply.store import State, Store
from xenbond_tui.machine import Machine


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """The dom0 with its clock running."""
    return frozen.running(tmp_path / "host")


@pytest.mark.timeout(600)
async def test_set_up_keep_pull_a_cable_and_undo(host: Machine) -> None:
    before = frozen.files(host)
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        assert frozen.files(host) == before
        await pilot.press("A", "N")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        all_bound(pilot)
        await pilot.press("K")
        await shows(pilot, "Kept: so it is now")
        await pilot.press("enter")
        await reach(pilot, HealthScreen)
        await shows(pilot, "bond0  HEALTHY")
        await pilot.press("1")
        await shows(pilot, "bond0  DEGRADED")
        await shows(pilot, "active slave eth1 -> eth0")
        await pilot.press("1")
        await shows(pilot, "bond0  HEALTHY")
        await pilot.press("s")
        await reach(pilot, HostScreen)
        await pilot.press("u")
        await reach(pilot, HistoryScreen)
        await shows(pilot, "-iface bond0 inet manual")
        all_bound(pilot)
        await pilot.press("U")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        await pilot.press("k")
        await shows(pilot, "Kept: so it is now")
    assert frozen.files(host) == before
    assert [record.state for record in Store(host).history()] == [State.CONFIRMED] * 2


@pytest.mark.timeout(600)
async def test_a_change_is_left_found_again_given_more_time_and_undone(host: Machine) -> None:
    before = frozen.files(host)
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        await pilot.press("a", "n")
        await shows(pilot, "Rolls back by itself in")
    assert frozen.files(host) != before
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_decide(pilot)
        waiting = Store(host).open()
        assert waiting is not None
        last = Store(host).progress(waiting.id).lines[-1].label
        await pilot.resize_terminal(60, 15)
        await shows(pilot, last)
        await pilot.resize_terminal(80, 24)
        await shows(pilot, last)
        await pilot.press("e")
        await shows(pilot, "Rolls back by itself in  3:")
        await pilot.press("u")
        await shows(pilot, "Rolled back: the files and the network are as they were.")
        await pilot.press("enter")
        await reach(pilot, HostScreen)
        assert "Decide" not in text(pilot)
    assert frozen.files(host) == before


@pytest.mark.timeout(600)
async def test_what_was_not_begun_leads_back_to_the_review(host: Machine) -> None:
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        interfaces = Path(host.access.root) / "etc/network/interfaces"
        interfaces.write_text(interfaces.read_text() + "# someone else was here\n")
        await pilot.press("a", "n")
        await shows(pilot, "This was not begun.")
        await shows(pilot, "/etc/network/interfaces")
        await pilot.press("f8")
        await shows(pilot, "Nothing is written yet.")
    assert interfaces.read_text().endswith("# someone else was here\n")
    assert Store(host).open() is None


@pytest.mark.timeout(600)
async def test_the_screen_takes_a_change_back_whose_process_was_killed(host: Machine) -> None:
    before = frozen.files(host)
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        await pilot.press("a", "n")
        await shows(pilot, "Rolls back by itself in")
        held = holder(host)
        assert held is not None
        os.kill(held.pid, signal.SIGKILL)
        await shows(pilot, "Rolled back: the files and the network are as they were.")
        await shows(pilot, "had been interrupted")
    assert frozen.files(host) == before


@pytest.mark.timeout(600)
async def test_so_does_one_of_two_and_the_other_watches(
    host: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def counted(machine: Machine) -> None:
        tries.append(machine)
        resolve_stale(machine)

    monkeypatch.setattr("screens.apply.resolve_stale", counted)
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        await pilot.press("a", "n")
        await shows(pilot, "Rolls back by itself in")
        held = holder(host)
        assert held is not None
        assert " by root from 192.168.0.10 and " in held.text
        screen = pilot.app.screen
        assert isinstance(screen, ApplyScreen)
        with only_one(host):
            os.kill(held.pid, signal.SIGKILL)
            await until(pilot, lambda: bool(tries))
            await asyncio.to_thread(resolve, host)
            await until(pilot, lambda: not screen.resolving)
        await shows(pilot, "Rolled back: the files and the network are as they were.")
        assert "Another xenbond" not in text(pilot)
