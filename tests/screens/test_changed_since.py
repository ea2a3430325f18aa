"""An undo of a change whose file was changed since: all three states are shown, nothing is lost
silently.
"""

from pathlib import Path

import frozen
import pytest
import ways
from keys import reach, shows

from screens.apply import ApplyScreen
from screens.diff import DiffLines
from screens.history import HistoryScreen
from xenbond_tui.answers import SetUp
from xenbond_tui.app import XenbondApp
from xenbond_tui.apply.begin import write_only
from xenbond_tui.apply.store import Store
from xenbond_tui.machine import Machine
from xenbond_tui.planner import prefill, propose, read_host

INTERFACES = "etc/network/interfaces"
THEIRS = "# someone else was here\n"


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """The dom0 with a change of its files, and someone's line in one of them since."""
    machine = frozen.running(tmp_path / "host")
    plan = propose(facts := read_host(machine), SetUp(prefill(facts))).plan
    assert plan is not None
    write_only(machine, plan)
    Path(machine.access.root, INTERFACES).write_bytes(interfaces(machine) + THEIRS.encode())
    return machine


def interfaces(host: Machine) -> bytes:
    return Path(host.access.root, INTERFACES).read_bytes()


@pytest.mark.timeout(600)
async def test_the_three_states_are_shown_and_only_o_then_u_overwrites(host: Machine) -> None:
    theirs = interfaces(host)
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_host(pilot)
        await pilot.press("u")
        await reach(pilot, HistoryScreen)
        await shows(pilot, "Changed since: /etc/network/interfaces (by someone else)")
        preview = pilot.app.screen.query_one(DiffLines)
        shown = "\n".join(preview.lines)
        assert "before the change > as it was written" in shown
        assert "+auto bond0" in shown
        assert "as it was written > now, by someone else" in shown
        assert f"+{THEIRS}" in shown + "\n"
        await pilot.press("u")
        await shows(pilot, "O shows what overwriting would lose")
        assert interfaces(host) == theirs
        await pilot.press("o")
        await shows(pilot, "overwritten and lost")
        assert "-auto bond0" in "\n".join(preview.lines)
        await pilot.press("o")
        await shows(pilot, "Changed since: /etc/network/interfaces")
        await pilot.press("u")
        assert isinstance(pilot.app.screen, HistoryScreen)
        assert interfaces(host) == theirs
        await pilot.press("o")
        await shows(pilot, "overwritten and lost")
        await pilot.press("u")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        assert THEIRS.encode() not in interfaces(host)
        await pilot.press("u")
        await shows(pilot, "Rolled back: the files")
    assert interfaces(host) == theirs
    assert len(Store(host).history()) == 2
