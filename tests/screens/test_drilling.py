"""The drill by keys alone, carried out by the real worker on the demo host."""

import asyncio
from pathlib import Path

import frozen
import pytest
import ways
from keys import reach, shows, text, until

from screens.drill import DrillScreen
from screens.health import HealthScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.drill import restore
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How
from xenbond_tui.drill.start import begin
from xenbond_tui.machine import Machine

pytestmark = pytest.mark.thorough


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """The dom0 with bond0 under xenbr0, its clock running."""
    return frozen.running_bonded(tmp_path / "host")


def reports(host: Machine) -> list[Path]:
    return list(Path(host.access.root, "var/lib/xenbond/drills").glob("*/report.json"))


async def to_drill(pilot: ways.Pilot[int]) -> None:
    await ways.to_health(pilot)
    await pilot.press("d")
    await reach(pilot, DrillScreen)


@pytest.mark.timeout(600)
async def test_cables_are_pulled_as_told_and_the_report_is_kept(host: Machine) -> None:
    async with XenbondApp(lambda: host).run_test() as pilot:
        await to_drill(pilot)
        await shows(pilot, "your session may halt for about 0.1 s")
        await pilot.press("enter")
        await shows(pilot, "Pull the cable of eth0 now.")
        await pilot.press("1")
        await shows(pilot, "Put the cable of eth0 back.")
        # It goes on without the screen, and is found again.
        await pilot.press("escape")
        await reach(pilot, HealthScreen)
        await shows(pilot, "1 plug eth0")
        await pilot.press("d")
        await shows(pilot, "Put the cable of eth0 back.")
        await pilot.press("1")
        await shows(pilot, "Pull the cable of eth1 now.")
        await pilot.press("2")
        await shows(pilot, "Put the cable of eth1 back.")
        await pilot.press("2")
        await shows(pilot, "The drill has ended.")
        await shows(pilot, "PASSED: Each of 2 slaves failed in turn")
        await pilot.press("escape")
        await reach(pilot, HealthScreen)
        await shows(pilot, "drill passed")
        await pilot.press("r")
        await shows(pilot, "Failover drill of bond0 (active-backup)")
    assert restore.read(host) is None
    assert len(reports(host)) == 1


@pytest.mark.timeout(600)
async def test_it_is_stopped_by_a_key_and_all_is_as_it_was(host: Machine) -> None:
    async with XenbondApp(lambda: host).run_test() as pilot:
        await to_drill(pilot)
        await pilot.press("down", "enter")
        await shows(pilot, "S stop it, all back")
        await shows(pilot, "make eth1 the active slave")
        await pilot.press("s")
        await shows(pilot, "The drill has ended.")
        await shows(pilot, "STOPPED: Somebody stopped it.")
    bond = host.kernel.bond("bond0")
    assert bond is not None
    assert bond.active_slave == "eth0"
    assert Drills(host).running() is None


@pytest.mark.timeout(600)
async def test_a_drill_begun_from_another_shell_is_told_of_and_d_shows_it(host: Machine) -> None:
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_health(pilot)
        assert "A drill of" not in text(pilot)
        await asyncio.to_thread(begin, host, "bond0", How.PULL, None)
        await shows(pilot, "A drill of bond0 runs. Pull the cable of eth0 now: wait for the cable")
        await pilot.press("1")
        await shows(pilot, "A drill of bond0 runs. Put the cable of eth0 back: wait for")
        await pilot.press("d")
        await reach(pilot, DrillScreen)
        await shows(pilot, "S stop it, all back")
        await shows(pilot, "Put the cable of eth0 back.")
        await pilot.press("1")
        await shows(pilot, "Pull the cable of eth1 now.")
        await pilot.press("escape")
        await reach(pilot, HealthScreen)
        # It is stopped from that shell too.
        id = Drills(host).running()
        assert id is not None
        Drills(host).ask_to_stop(id)
        await shows(pilot, "drill stopped: Somebody stopped it.")
        await until(pilot, lambda: "A drill of" not in text(pilot))


async def test_a_bond_that_is_not_redundant_is_refused_and_says_why(host: Machine) -> None:
    frozen.kernel_of(host).pull("eth1")
    async with XenbondApp(lambda: host).run_test() as pilot:
        await reach(pilot, HealthScreen)
        await shows(pilot, "DEGRADED")
        await pilot.press("d")
        await reach(pilot, DrillScreen)
        await shows(pilot, "Not now: bond0 is degraded")
        await pilot.press("enter")
        await shows(pilot, "! bond0 is degraded")
        await shows(pilot, "Nothing was done.")
        # Once the bond is whole it may be begun.
        frozen.kernel_of(host).plug("eth1")
        await until(pilot, lambda: "Not now" not in text(pilot))
    assert Drills(host).running() is None


async def test_what_a_killed_drill_left_is_put_back_and_told(host: Machine) -> None:
    Drills(host).new(host.clock.now(), "bond0", How.SWITCH, "192.168.0.1")
    restore.note(host, "bond0", "eth0", ())
    host.kernel.set_bond_option("bond0", "active_slave", "eth1")
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_host(pilot)
        await shows(pilot, "A drill was killed. Now put back: active slave eth0.")
    bond = host.kernel.bond("bond0")
    assert bond is not None
    assert bond.active_slave == "eth0"
