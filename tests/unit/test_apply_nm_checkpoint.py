"""NetworkManager's checkpoint: later than our own clock, and gone before that matters."""

import itertools
import json
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from fakes import FakeHost, FakeLauncher, bridged_bond, change
from faults import MEMORY, Fault, faulty

from xenbond_tui.apply import durable, transaction
from xenbond_tui.apply.nm_checkpoint import FILE, MARGIN_S
from xenbond_tui.apply.plan_json import plan_from_json, plan_to_json
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.apply.undo import undo_plan
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.machine import Started
from xenbond_tui.plan.plan import Plan

PROFILE = "/etc/NetworkManager/system-connections/eth0.nmconnection"
PATH = "/org/freedesktop/NetworkManager/Checkpoint/{}"
FOREIGN = PATH.format(1)
SIGNATURES = {
    "Get": "ss",
    "CheckpointCreate": "aouu",
    "CheckpointAdjustRollbackTimeout": "ou",
    "CheckpointDestroy": "o",
}
"""As in nm-dbus-interface.h; the daemon refuses a call that has another."""


class Daemon:
    """NetworkManager as busctl shows it, on a fake host."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.due: dict[str, float] = {}
        """Checkpoint -> when it goes off, by the host's monotonic clock."""
        self.asked: list[tuple[str, ...]] = []
        self.fails: set[str] = set()
        """Methods that fail."""
        self.told_late: set[str] = set()
        """Methods that are carried out, and their answer does not arrive."""
        self.made = 1
        self._run = host.runner.run
        host.runner.run = self.run  # type: ignore[method-assign]

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        args = tuple(argv)
        if args[0] != "busctl":
            self.asked.append(args)
            return self._run(args, timeout)
        assert args[1:4] == ("--system", "--auto-start=no", "call")
        method, signature, values = args[7], args[8], args[9:]
        assert signature == SIGNATURES[method]
        self.asked.append((method, *values))
        if method in self.fails:
            return Completed(args, 1, "", f"Call failed: no {method}\n")
        out = self._answer(method, values)
        if out is None:
            return Completed(args, 1, "", "Call failed: checkpoint does not exist\n")
        if method in self.told_late:
            return Completed(args, 124, "", "busctl: ended after 10 s without a result\n")
        return Completed(args, 0, out, "")

    def _answer(self, method: str, values: tuple[str, ...]) -> str | None:
        now = self.host.clock.monotonic()
        match method, values:
            case "Get", _:
                return " ".join(["v ao", str(len(self.due)), *(f'"{path}"' for path in self.due)])
            case "CheckpointCreate", ("0", seconds, "6"):
                self.made += 1
                path = PATH.format(self.made)
                self.due[path] = now + int(seconds)
                return f'o "{path}"\n'
            case "CheckpointAdjustRollbackTimeout", (path, seconds) if path in self.due:
                self.due[path] = now + int(seconds)
                return ""
            case "CheckpointDestroy", (path,) if path in self.due:
                del self.due[path]
                return ""
        return None

    def methods(self) -> list[str]:
        return [call[0] for call in self.asked if call[0].startswith("Checkpoint")]


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(str(tmp_path))
    host.put(PROFILE, b"[connection]\n", 0o600)
    return host


@pytest.fixture
def daemon(host: FakeHost) -> Daemon:
    return Daemon(host)


def the_plan(host: FakeHost) -> Plan:
    plan = bridged_bond(change(host, PROFILE, b"[connection]\nmaster=bond0\n", 0o600))
    return replace(plan, nm_checkpoint=True)


def prepared(host: FakeHost, plan: Plan | None = None) -> str:
    return transaction.prepare(
        host.machine, plan or the_plan(host), host.kernel.snapshot(), confirm_within=120
    )


def asks(host: FakeHost, id: str, seconds: float, request: Request) -> None:
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(seconds, lambda: [post(directory, request)].clear())


def record(host: FakeHost, id: str) -> Record:
    return Store(host.machine).record(id)


def said(host: FakeHost, id: str) -> str:
    lines = Store(host.machine).progress(id).lines
    told = [line for line in lines if "checkpoint" in line.label]
    assert {line.status for line in told} <= {"ok"}
    return " ".join(line.detail for line in told)


def test_it_is_there_from_the_first_step_that_touches_the_network(
    host: FakeHost, daemon: Daemon
) -> None:
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0
    order = [call[0] for call in daemon.asked]
    assert order.index("CheckpointCreate") < order.index("ifdown")
    assert "rolls back by itself after" in said(host, id)


def test_ours_is_first_all_the_time(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host)
    left: list[float] = []

    def look() -> None:
        ours = Store(host.machine).progress(id).remaining
        assert ours is not None
        left.append(min(daemon.due.values()) - host.clock.monotonic() - ours)

    asks(host, id, 50, Request(Ask.EXTEND, 200))
    for seconds in (10, 49, 60, 200, 300):
        host.clock.after(seconds, look)
    assert run_worker(host.machine, id) == 2
    assert len(left) == 5
    assert all(MARGIN_S - 1 <= later <= MARGIN_S + 1 for later in left), left


def test_kept_it_is_gone_before_that_is_noted(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    run_worker(host.machine, id)
    assert record(host, id).state is State.CONFIRMED
    assert daemon.due == {}


def test_taken_back_it_is_gone_before_the_first_step_back(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host)
    assert run_worker(host.machine, id) == 2
    order = [" ".join(call[:2]) for call in daemon.asked]
    destroyed = next(n for n, call in enumerate(order) if call.startswith("CheckpointDestroy"))
    assert destroyed < order.index("ifdown xenbr0")
    assert daemon.due == {}


def test_one_that_is_not_given_up_keeps_the_change_from_being_kept(
    host: FakeHost, daemon: Daemon
) -> None:
    daemon.fails = {"CheckpointDestroy"}
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 2
    assert record(host, id).state is State.ROLLED_BACK
    assert "does not give up its checkpoint" in record(host, id).result
    assert host.read(PROFILE) == b"[connection]\n"


def test_one_that_ended_with_its_daemon_is_no_matter(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host)
    host.clock.after(10, daemon.due.clear)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("Get", "lists no checkpoints"),
        ("CheckpointCreate", "no CheckpointCreate"),
    ],
)
def test_where_it_is_not_to_be_had_our_own_clock_alone_counts(
    host: FakeHost, daemon: Daemon, method: str, words: str
) -> None:
    daemon.fails = {method}
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0
    assert words in said(host, id)
    assert "Our own clock alone counts" in said(host, id)


def test_without_busctl(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    which = host.runner.which
    monkeypatch.setattr(
        host.runner, "which", lambda name: None if name == "busctl" else which(name)
    )
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0
    assert "busctl is not there" in said(host, id)


def test_someone_elses_stays_and_there_is_none_of_ours(host: FakeHost, daemon: Daemon) -> None:
    daemon.due[FOREIGN] = 1e9
    id = prepared(host)
    assert run_worker(host.machine, id) == 2
    assert daemon.methods() == []
    assert list(daemon.due) == [FOREIGN]
    assert FOREIGN in said(host, id)


def test_one_whose_answer_was_lost_is_taken_away(host: FakeHost, daemon: Daemon) -> None:
    daemon.told_late = {"CheckpointCreate"}
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0
    assert daemon.due == {}


def test_one_that_can_not_be_moved_is_taken_away(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host)
    there: list[int] = []

    def look() -> None:
        there.append(len(daemon.due))
        daemon.fails = {"CheckpointAdjustRollbackTimeout"}

    host.clock.after(20, look)
    asks(host, id, 30, Request(Ask.EXTEND, 600))
    host.clock.after(40, look)
    asks(host, id, 500, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0
    assert there == [1, 0]
    assert "Our own clock alone counts" in said(host, id)


def test_a_full_disk_does_not_keep_a_change_from_being_made(
    host: FakeHost, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = durable.replace

    def full(path: str, data: bytes, mode: int = 0o600) -> None:
        if path.endswith(FILE):
            raise OSError(28, "No space left on device")
        write(path, data, mode)

    monkeypatch.setattr("xenbond_tui.apply.nm_checkpoint.durable.replace", full)
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    assert run_worker(host.machine, id) == 0
    assert daemon.due == {}


class InlineLauncher(FakeLauncher):
    """Carries the way back out at once: the next `xenbond` waits for it anyway."""

    host: FakeHost

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        words = list(argv)
        run_worker(
            self.host.machine, words[words.index("--id") + 1], rollback="--rollback" in words
        )
        return self.cpu_time


def killed_at(point: int, root: Path) -> bool:
    """A worker killed there, its change taken back by the next `xenbond`; False: it was not."""
    launcher = InlineLauncher()
    host = launcher.host = FakeHost(str(root), launcher=launcher)
    host.put(PROFILE, b"[connection]\n", 0o600)
    daemon, id = Daemon(host), prepared(host)
    left = root / "daemon"

    def die() -> None:
        # The daemon is no part of the process that dies.
        left.write_text(json.dumps(daemon.due))
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            with faulty(Fault(point, die)):
                run_worker(host.machine, id)
        finally:
            os._exit(0)
    if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
        return False
    daemon.due = json.loads(left.read_text())
    resolve_stale(host.machine)
    assert daemon.due == {}, f"killed at {point}"
    assert host.read(PROFILE) == b"[connection]\n"
    return True


@pytest.mark.thorough
def test_killed_at_any_point_the_next_xenbond_leaves_none_behind() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as root:
        points = itertools.takewhile(
            lambda point: killed_at(point, Path(root, str(point))), count(1)
        )
        assert len(list(points)) > 20


def test_plans_stored_before_there_was_one_have_none(host: FakeHost) -> None:
    stored = json.loads(plan_to_json(the_plan(host)))
    assert plan_from_json(json.dumps(stored)).nm_checkpoint
    del stored["plan"]["nm_checkpoint"]
    assert plan_from_json(json.dumps(stored)).nm_checkpoint is False


def test_a_change_without_one_asks_for_none(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host, replace(the_plan(host), nm_checkpoint=False))
    assert run_worker(host.machine, id) == 2
    assert not [call for call in daemon.asked if call[0] == "Get" or "Checkpoint" in call[0]]


def test_an_undo_has_one_too(host: FakeHost, daemon: Daemon) -> None:
    id = prepared(host)
    asks(host, id, 20, Request(Ask.CONFIRM))
    run_worker(host.machine, id)
    assert undo_plan(host.machine).nm_checkpoint
