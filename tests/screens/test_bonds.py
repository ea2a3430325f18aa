"""Several bonds: a list first, then one, and back."""

from pathlib import Path

import frozen
import pytest
from keys import reach, shows, text

from screens.bonds import BondsScreen
from screens.health import HealthScreen
from screens.host import HostScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.demo import simulate
from xenbond_tui.demo.state import DemoBond
from xenbond_tui.machine import Machine


@pytest.fixture
def two(tmp_path: Path) -> Machine:
    """bond0 under xenbr0, and bond1 of eth3 alone."""
    host = frozen.bonded(tmp_path / "host")
    with frozen.kernel_of(host).changing() as state:
        simulate.create_bond(state, "bond1", DemoBond("802.3ad", miimon=100, slaves=["eth3"]))
    return host


async def test_a_list_first_then_one_and_back(two: Machine) -> None:
    async with XenbondApp(lambda: two).run_test() as pilot:
        await reach(pilot, BondsScreen)
        await shows(pilot, "> bond0  HEALTHY")
        await shows(pilot, "2 of 2 slaves up, eth0 active. Any one of them may fail.")
        # Live: the list follows a cable.
        frozen.kernel_of(two).pull("eth0")
        await shows(pilot, "> bond0  DEGRADED")
        await pilot.press("down")
        await shows(pilot, "> bond1  ")
        await pilot.press("enter")
        await reach(pilot, HealthScreen)
        await shows(pilot, "bond1  DEGRADED")
        assert "B bonds" in text(pilot)
        await pilot.press("l")
        await shows(pilot, "LACP of bond1")
        await pilot.press("escape", "b")
        await reach(pilot, BondsScreen)
        await shows(pilot, "> bond1  DEGRADED")
        await pilot.press("up", "enter")
        await shows(pilot, "bond0  DEGRADED")
        await pilot.press("escape")
        await reach(pilot, BondsScreen)
        await pilot.press("s")
        await reach(pilot, HostScreen)


async def test_one_bond_needs_no_list(bonded: Machine) -> None:
    async with XenbondApp(lambda: bonded).run_test() as pilot:
        await reach(pilot, HealthScreen)
        await shows(pilot, "HEALTHY")
        assert "B bonds" not in text(pilot)
        await pilot.press("escape")
        await reach(pilot, HostScreen)


async def test_a_bond_that_goes_and_comes_back_is_followed(bonded: Machine) -> None:
    async with XenbondApp(lambda: bonded).run_test() as pilot:
        await reach(pilot, HealthScreen)
        await shows(pilot, "HEALTHY")
        with frozen.kernel_of(bonded).changing() as state:
            simulate.delete(state, "bond0")
        await shows(pilot, "bond0  GONE")
        assert "SLAVE" not in text(pilot)
        with frozen.kernel_of(bonded).changing() as state:
            bond = DemoBond("active-backup", miimon=100, slaves=["eth0", "eth1"])
            simulate.create_bond(state, "bond0", bond)
            state.links["bond0"].master = "xenbr0"
        await shows(pilot, "bond0  HEALTHY")
