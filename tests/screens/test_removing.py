"""Bond and bridge are taken away by keys, and come back by keys."""

from pathlib import Path

import frozen
import pytest
import ways
from keys import reach, shows, text

from screens.apply import ApplyScreen
from screens.health import HealthScreen
from screens.history import HistoryScreen
from screens.host import HostScreen
from xenbond_tui.app import XenbondApp


@pytest.mark.timeout(600)
async def test_remove_keep_and_undo(tmp_path: Path) -> None:
    host = frozen.running(tmp_path / "host")
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        await pilot.press("a", "n")
        await shows(pilot, "Rolls back by itself in")
        await pilot.press("k")
        await shows(pilot, "Kept: so it is now")
        bonded = frozen.files(host)
        await pilot.press("enter")
        await reach(pilot, HealthScreen)
        await shows(pilot, "bond0  HEALTHY")
        await pilot.press("s")
        await ways.to_removal(pilot)
        await shows(pilot, "-iface bond0 inet manual")
        assert frozen.files(host) == bonded
        await pilot.press("a", "n")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        await pilot.press("k")
        await shows(pilot, "Kept: so it is now")
        after = frozen.files(host)["etc/network/interfaces"]
        assert b"iface eth0 inet static" in after
        assert b"bond0" not in after
        await pilot.press("enter")
        await reach(pilot, HostScreen)
        await shows(pilot, "Set up    a bond under a bridge")
        assert "Remove" not in text(pilot)
        await pilot.press("u")
        await reach(pilot, HistoryScreen)
        await shows(pilot, "U undo this one")
        await pilot.press("u")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        await pilot.press("k")
        await shows(pilot, "Kept: so it is now")
    assert frozen.files(host) == bonded
    assert frozen.kernel_of(host).bond_names() == ("bond0",)


@pytest.mark.timeout(600)
async def test_the_other_nic_may_get_the_address(tmp_path: Path) -> None:
    host = frozen.removable(tmp_path / "host")
    async with XenbondApp(lambda: host, "wizard").run_test(size=(120, 40)) as pilot:
        await ways.to_removal(pilot)
        await shows(pilot, "the address is eth0's again")
        assert "No outage expected: the bond carries on over eth1 until eth0" in text(pilot)
        await pilot.press("o")
        await shows(pilot, "the address is eth1's again")
        assert "About 5 to 15 seconds without network" in text(pilot)
        await pilot.press("o")
        await shows(pilot, "the address is eth0's again")


@pytest.mark.timeout(600)
async def test_a_dead_cable_is_refused_and_the_other_nic_is_not(tmp_path: Path) -> None:
    host = frozen.removable(tmp_path / "host")
    frozen.kernel_of(host).pull("eth1")
    async with XenbondApp(lambda: host, "wizard").run_test(size=(120, 40)) as pilot:
        await ways.to_removal(pilot)
        await pilot.press("o")
        await shows(pilot, "Not like this: 1 thing to put right first.")
        await pilot.press("n")
        await shows(pilot, "F8 goes back; nothing was changed.")
        await pilot.press("o")
        await shows(pilot, "Nothing is written yet.")


@pytest.mark.timeout(600)
async def test_back_leads_to_the_host_and_nothing_was_written(tmp_path: Path) -> None:
    host = frozen.removable(tmp_path / "host")
    before = frozen.files(host)
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_removal(pilot)
        await pilot.press("f8")
        await reach(pilot, HostScreen)
    assert frozen.files(host) == before


@pytest.mark.timeout(600)
async def test_a_host_without_bond_offers_no_removal(tmp_path: Path) -> None:
    host = frozen.running(tmp_path / "host")
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_host(pilot)
        assert "Remove" not in text(pilot)
        await pilot.press("x")
        assert isinstance(pilot.app.screen, HostScreen)
