"""A whole change killed at every call that writes and before every command, then the next boot."""

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change, tree_of
from faults import Fault, faulty

from xenbond_tui.apply import actions, transaction
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError

INTERFACES = "/etc/network/interfaces"
NEW = "/etc/modprobe.d/xenbond.conf"


def scene(root: str) -> tuple[FakeHost, str]:
    """A prepared change of two files that will be confirmed after 20 s."""
    host = FakeHost(root)
    host.put(INTERFACES, b"old\n", 0o640)
    plan = bridged_bond(change(host, INTERFACES, b"new\n", 0o640), change(host, NEW, b"options\n"))
    snapshot = host.kernel.snapshot()
    id = transaction.prepare(host.machine, plan, snapshot, confirm_within=120)
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(20, lambda: [post(directory, Request(Ask.CONFIRM))].clear())
    return host, id


def carry_out(host: FakeHost, id: str, fault: Fault) -> None:
    run = host.runner.run

    def run_or_die(argv: Sequence[str], timeout: float = 60.0) -> Completed:
        fault()
        return run(argv, timeout)

    host.runner.run = run_or_die  # type: ignore[method-assign]
    with faulty(fault):
        run_worker(host.machine, id)


def number_of_points() -> int:
    with tempfile.TemporaryDirectory() as root:
        fault = Fault(0, lambda: None)
        carry_out(*scene(root), fault)
        return fault.count


def kill_at(point: int, host: FakeHost, id: str) -> bool:
    child = os.fork()
    if child == 0:
        try:
            carry_out(host, id, Fault(point, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_boot_after_a_kill_finds_the_old_files_or_the_confirmed_ones() -> None:
    points = number_of_points()
    killed = kept = 0
    for point in range(1, points + 1):
        with tempfile.TemporaryDirectory() as root:
            host, id = scene(root)
            old = tree_of(root)
            killed += kill_at(point, host, id)
            actions.resolve_stale(host.machine, boot=True)
            state = Store(host.machine).record(id).state
            if state is State.CONFIRMED:
                kept += 1
                assert host.read(INTERFACES) == b"new\n", point
                assert host.read(NEW) == b"options\n", point
            else:
                assert state is State.ROLLED_BACK, point
                assert tree_of(root) == old, point
    sys.stdout.write(f"killed at {points} points; {kept} of them after it was confirmed\n")
    assert killed == points


def test_nothing_to_recover_says_nothing(tmp_path: Path) -> None:
    assert actions.resolve_stale(FakeHost(os.fspath(tmp_path)).machine) is None


def test_worker_that_never_started_left_everything_as_it_was(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    old = tree_of(host.root)
    found = actions.resolve_stale(host.machine)
    assert found is not None
    assert (found.id, found.state) == (id, State.ROLLED_BACK)
    assert host.runner.ran == []
    assert tree_of(host.root) == old


def test_worker_that_comes_up_too_late_does_nothing(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    actions.resolve_stale(host.machine)
    assert run_worker(host.machine, id) == 2
    assert host.runner.ran == []
    assert host.read(INTERFACES) == b"old\n"


@pytest.mark.parametrize("name", ["plan.json", "network.json"])
def test_files_come_back_even_where_other_notes_are_damaged(tmp_path: Path, name: str) -> None:
    host, id = scene(os.fspath(tmp_path))
    old = tree_of(host.root)
    transaction.write(host.machine, id)
    Path(Store(host.machine).path(id, name)).write_bytes(b"\x00\x00")
    assert run_worker(host.machine, id, back=True) == 2
    record = Store(host.machine).record(id)
    assert record.state is State.ROLLED_BACK
    assert name in record.result
    assert tree_of(host.root) == old


def test_copy_that_is_gone_is_reported_and_does_not_block_the_host(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    transaction.write(host.machine, id)
    os.unlink(Store(host.machine).path(id, "backup", "index.json"))
    with pytest.raises(XenbondError, match=r"index\.json"):
        actions.resolve_stale(host.machine)
    assert Store(host.machine).record(id).state is State.FAILED
    assert Store(host.machine).open() is None


def test_live_host_takes_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    host, _ = scene(os.fspath(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    live = replace(host.machine, spec="live")
    with pytest.raises(XenbondError, match=r"takes root; nothing was changed\. Use sudo"):
        actions.resolve_stale(live)
