"""What the first screen tells before anything else: a change under way, one that went back, one
that could not.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import frozen
import pytest
import waiting
import ways
from keys import reach, shows, text

from screens.apply import ApplyScreen
from screens.host import HostScreen
from xenbond_tui.answers import SetUp
from xenbond_tui.app import XenbondApp
from xenbond_tui.apply import transaction
from xenbond_tui.apply.news import unseen
from xenbond_tui.apply.store import State, Store
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.planner import prefill, propose, read_host

RESULT = "Rolled back: nobody confirmed it in time."


@pytest.fixture
def undecided(tmp_path: Path) -> Iterator[Machine]:
    """The dom0 with a change that someone else made and has not decided yet."""
    host = frozen.machine(tmp_path / "host")
    with waiting.change(replace(host, environ={**host.environ, "USER": "alice"})) as machine:
        yield machine


def interfaces(host: Machine) -> bytes:
    return Path(host.access.root, "etc/network/interfaces").read_bytes()


def set_up(machine: Machine) -> Plan:
    plan = propose(facts := read_host(machine), SetUp(prefill(facts))).plan
    assert plan is not None
    return plan


def ended(machine: Machine, plan: Plan, state: State, result: str) -> str:
    """A change in the history that ended so, with its files written; its ID."""
    id = transaction.prepare(machine, plan, machine.kernel.snapshot(), confirm_within=120)
    transaction.write(machine, id)
    if state is State.ROLLED_BACK:
        transaction.restore(machine, id)
    transaction.reach(machine, id, state, result)
    return id


async def test_a_second_one_sees_who_holds_the_change_and_can_begin_nothing(
    undecided: Machine,
) -> None:
    async with XenbondApp(lambda: undecided).run_test() as pilot:
        await ways.to_host(pilot)
        words = " ".join(text(pilot).split())
        assert "was begun 1 s ago" in words
        assert "has not ended yet, held by process" in words
        for way in ("Set up", "Change ", "Undo "):
            assert f"> {way}" not in words
            assert f"\n   {way}" not in text(pilot)
        await pilot.press("s", "u")
        assert isinstance(pilot.app.screen, HostScreen)
        await pilot.press("d")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolls back by itself in")
        assert "was begun" in text(pilot)


async def test_one_that_went_back_unseen_is_told_once(dom0: Machine) -> None:
    id = ended(dom0, set_up(dom0), State.ROLLED_BACK, RESULT)
    async with XenbondApp(lambda: dom0).run_test() as pilot:
        await ways.to_host(pilot)
        words = " ".join(text(pilot).split())
        assert "A change was rolled back, 2026-11-22 14:02: bond0 (active-backup" in words
        assert RESULT in words
        assert unseen(dom0) is not None, "seen is what someone has gone on from"
        await pilot.press("r")
        await shows(pilot, "> Set up")
        await pilot.pause(0.3)
        assert RESULT not in " ".join(text(pilot).split())
    assert unseen(dom0) is None
    assert Store(dom0).record(id).state is State.ROLLED_BACK


async def test_it_is_told_before_the_bond_is_watched(bonded: Machine) -> None:
    ended(bonded, Plan("ifupdown", (), (), ()), State.ROLLED_BACK, RESULT)
    async with XenbondApp(lambda: bonded).run_test() as pilot:
        await reach(pilot, HostScreen)
        assert RESULT in " ".join(text(pilot).split())


@pytest.mark.timeout(600)
async def test_one_that_could_not_be_taken_back_is_told_until_it_is(tmp_path: Path) -> None:
    host = frozen.running(tmp_path / "host")
    before = interfaces(host)
    id = ended(
        host, set_up(host), State.FAILED, "Not put back: /etc/network/interfaces: No space left."
    )
    assert interfaces(host) != before
    for _ in range(2):
        async with XenbondApp(lambda: host).run_test() as pilot:
            await ways.to_host(pilot)
            words = " ".join(text(pilot).split())
            assert "could NOT be rolled back completely" in words
            assert "No space left" in words
            await pilot.press("q")
    async with XenbondApp(lambda: host).run_test() as pilot:
        await ways.to_host(pilot)
        await pilot.press("t")
        await reach(pilot, ApplyScreen)
        await shows(pilot, "Rolled back: the files and the network are as they were.")
        await pilot.press("enter")
        await reach(pilot, HostScreen)
        assert "could NOT" not in text(pilot)
    assert interfaces(host) == before
    assert Store(host).record(id).state is State.ROLLED_BACK
