"""A bond that fails over is printed when it has: one screen, not two, on a line that is slow."""

from pathlib import Path

import frozen
import pytest
import ways
from keys import shows, text

from screens import health
from screens.health import HealthScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.health.event import When
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.watch import Snapshot
from xenbond_tui.value import replace

NEVER = 3600.0
LOST = "eth0 link down"
MOVED = "active slave eth0 -> eth1, 87 ms after the link"


def seen(state: HealthState, at: float) -> Snapshot:
    return Snapshot(When(frozen.NOW + at, 5000.0 + at), state)


def lost(state: HealthState) -> HealthState:
    """The link of the active slave has gone, and the bond has not noticed."""
    return replace(state, carrier={"eth0": False, "eth1": True})


def moved(state: HealthState) -> HealthState:
    return replace(lost(state), bond=replace(state.bond, active_slave="eth1"))


@pytest.mark.parametrize(("patience", "printed"), [(NEVER, False), (0.01, True)])
async def test_a_link_that_is_gone_is_told_with_what_the_bond_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, printed: bool
) -> None:
    monkeypatch.setattr(health, "FAILOVER_S", patience)
    host = frozen.bonded(tmp_path / "host")
    async with XenbondApp(lambda: host, "health").run_test() as pilot:
        await ways.to_health(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, HealthScreen)
        screen.workers.cancel_node(screen)
        before = screen.state
        assert before is not None
        assert before.bond.active_slave == "eth0"
        for number in range(3):
            # A flood of events, each with a look: none of them puts off what waits.
            screen.show_look(seen(lost(before), 1 + number / 1000))
        if printed:
            await shows(pilot, LOST)
            assert "active slave" not in text(pilot)
            return
        await pilot.pause()
        assert LOST not in text(pilot)
        screen.show_look(seen(moved(before), 1.087))
        await shows(pilot, MOVED)
        assert LOST in text(pilot)
