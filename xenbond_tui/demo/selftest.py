"""`xenbond demo --self-test`: the whole journey on every recorded host, without screens."""

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from xenbond_tui import planner
from xenbond_tui.answers import Answers, Removal, SetUp
from xenbond_tui.apply.begin import begin, begin_undo
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.waiting import confirm
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge
from xenbond_tui.machine import Machine
from xenbond_tui.value import replace

RECORDED = ("alma8", "debian12-bridged", "debian12-dom0", "rhel5-dom0")
"""Hosts that are shipped: one that is missing is told, whatever else is there."""
_WAIT_S = 30.0
"""Seconds a detached worker may do nothing that it tells: what it does takes what it takes."""


class _FailedError(Exception):
    """One expectation that did not come true, in words."""


def self_test(say: Callable[[str], object]) -> int:
    """Run the journey on each host; prints a line each; 0 when every one went as it should.

    All at once: mostly they wait for their background processes.
    """
    failed = 0
    with ThreadPoolExecutor(len(RECORDED)) as pool:
        for name, (passed, said) in zip(RECORDED, pool.map(_tried, RECORDED), strict=True):
            failed += not passed
            say(f"{'ok     ' if passed else 'FAILED '} {name}: {said}\n")
    return 1 if failed else 0


def _tried(name: str) -> tuple[bool, str]:
    """The journey on a separate host: did it pass, and what there is to say of it."""
    scratch = tempfile.mkdtemp(prefix="xenbond-self-test-")
    try:
        unpack(name, scratch)
        return True, _journey(open_demo(scratch), Path(scratch))
    except (_FailedError, XenbondError, OSError) as problem:
        return False, str(problem)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _journey(machine: Machine, scratch: Path) -> str:
    before = _configuration(scratch)
    facts = planner.read_host(machine)
    answers = _two_slaves(facts, planner.prefill(facts))
    proposal = planner.propose(facts, SetUp(answers))
    if proposal.plan is None:
        raise _FailedError(f"refused: {proposal.refusals[0].text}")
    bond, (first, second) = answers.bond.name, answers.bond.slaves
    change = begin(machine, proposal.plan)
    _until(machine, change, "active")
    confirm(machine)
    _expect(machine, bond, "healthy", "after apply")
    kernel = machine.kernel
    if not isinstance(kernel, DemoKernel):
        raise _FailedError("this is not a demo host")
    for pulled, other in ((first, second), (second, first)):
        kernel.pull(pulled)
        _expect(machine, bond, "degraded", f"with {pulled}'s cable out")
        state = kernel.bond(bond)
        if state is None or state.active_slave != other:
            raise _FailedError(f"{other} did not take over from {pulled}")
        kernel.plug(pulled)
        _expect(machine, bond, "healthy", f"with {pulled}'s cable in again")
    _remove_and_undo(machine, kernel, bond, scratch)
    _undo(machine, change)
    if _configuration(scratch) != before:
        raise _FailedError("after the undo the files are not what they were")
    if kernel.bond_names():
        raise _FailedError("after the undo the bond is still there")
    files = len(proposal.plan.changed)
    slaves = f"{first} and {second}"
    return f"{files} files, {bond} over {slaves}, both cables pulled, removed, all undone"


def _remove_and_undo(machine: Machine, kernel: DemoKernel, bond: str, scratch: Path) -> None:
    bonded = _configuration(scratch)
    proposal = planner.propose(planner.read_host(machine), Removal())
    if [item.code for item in proposal.refusals] == ["guests-on-bridge"]:
        for guest in guest_ports(planner.read_host(machine).bridges):
            kernel.set_master(guest, None)
        proposal = planner.propose(planner.read_host(machine), Removal())
    plan = proposal.plan
    if plan is None:
        raise _FailedError(f"removal refused: {proposal.refusals[0].text}")
    change = begin(machine, plan)
    _until(machine, change, "active")
    confirm(machine)
    if kernel.bond_names():
        raise _FailedError("after the removal the bond is still there")
    _undo(machine, change)
    if _configuration(scratch) != bonded:
        raise _FailedError("after the undo of the removal the files are not what they were")
    _expect(machine, bond, "healthy", "after the undo of the removal")


def _undo(machine: Machine, change: str) -> None:
    undo = begin_undo(machine, change, confirm_within=120)
    _until(machine, undo, "active")
    confirm(machine)


def _two_slaves(facts: HostFacts, answers: Answers) -> Answers:
    slaves = answers.bond.slaves
    if len(slaves) != 2:
        raise _FailedError(f"expected two likely slaves, found {', '.join(slaves) or 'none'}")
    return replace(answers, bond=replace(answers.bond, mode="active-backup", miimon=100))


def _until(machine: Machine, change: str, state: str) -> None:
    store = Store(machine)
    told, deadline = None, 0.0
    while (now := store.progress(change)) != told or machine.clock.monotonic() < deadline:
        if now != told:
            told, deadline = now, machine.clock.monotonic() + _WAIT_S
        record = store.record(change)
        if record.state == state:
            return
        if record.ended is not None:
            raise _FailedError(f"the change ended {record.state}: {record.result}")
        machine.clock.sleep(0.05)
    raise _FailedError(f"the change is not {state}, and nothing was told for {_WAIT_S:.0f} s")


def _expect(machine: Machine, bond: str, level: str, when: str) -> None:
    state = read_state(machine, bond)
    verdict = None if state is None else judge(state)
    if verdict is None or verdict.level != level:
        found = "no bond" if verdict is None else f"{verdict.level}: {verdict.reasons}"
        raise _FailedError(f"{when} the bond is not {level} but {found}")


def _configuration(scratch: Path) -> dict[str, tuple[bytes, int]]:
    """Content and mode of every file under etc/."""
    return {
        str(path): (path.read_bytes(), path.stat().st_mode)
        for path in sorted((scratch / "etc").rglob("*"))
        if path.is_file()
    }
