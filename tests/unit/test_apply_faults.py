"""apply, undo and remove, whole, with a fault at every point: the old files or the new ones.

A point is a system call that writes (of the transaction's notes too) or the start of a command;
there is no sampling. What the network does after each is the lab's matter.
"""

import copy
import errno
import functools
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
from fakes import FakeHost, FakeLauncher, bridged_bond, change, removed_bond, tree_of
from faults import MEMORY, Fault, faulty, raising

from tests.told import TALLY
from xenbond_tui.apply import transaction
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.undo import undo_plan
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Started

pytestmark = pytest.mark.thorough

INTERFACES = "/etc/network/interfaces"
CASES = [(kind, kept) for kind in ("apply", "undo") for kept in (True, False)]
CASES.append(("remove", False))
"""A removal goes all its own way there and back when nobody keeps it; keeping is apply's."""
NAMES = [f"{kind}, {'kept' if kept else 'nobody keeps it'}" for kind, kept in CASES]
PATIENCE = 30
"""Seconds until it rolls back by itself: the shortest there is: each is looked at five times."""

Tree = dict[str, tuple[object, ...]]


class InlineLauncher(FakeLauncher):
    """Carries the way back out at once: the next `xenbond` waits for it anyway."""

    host: FakeHost

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        words = list(argv)
        run_worker(
            self.host.machine, words[words.index("--id") + 1], rollback="--rollback" in words
        )
        return self.cpu_time


class Scene:
    """A host with systemd, and one whole change of it: apply, remove, or the undo of a kept one."""

    def __init__(self, root: str, kind: str, *, kept: bool) -> None:
        launcher = InlineLauncher()
        self.host = host = launcher.host = FakeHost(root, launcher=launcher)
        os.makedirs(f"{root}/run/systemd/system")
        os.makedirs(f"{root}/etc/systemd/system")
        host.put(INTERFACES, b"old\n", 0o640)
        host.put("/etc/network/gone", b"to be removed\n", 0o600)
        host.put("/etc/resolv.conf", b"nameserver 192.168.0.1\n")
        self.let_write_resolv_conf("ifup", "eth0" if kind == "remove" else "xenbr0")
        as_planned = bridged_bond
        if kind == "remove":
            as_planned = removed_bond
            host.kernel.sysctls["net/ipv4/conf/all/rp_filter"] = "1"
            host.runner.run(("ifdown", "eth0"))
            host.runner.run(("ifup", "xenbr0"))
        self.plan = as_planned(
            change(host, INTERFACES, b"new\n", 0o640),
            change(host, "/etc/modprobe.d/xenbond.conf", b"options\n"),
            change(host, "/etc/network/gone", None),
        )
        self.undoes = ""
        if kind == "undo":
            resume(self.host, kept_change())
            self.undoes = Store(host.machine).history()[0].id
            self.plan = undo_plan(host.machine)
            host.clock.sleep(60)
        self.old = tree_of(root)
        if kept:
            self.keep_after(20)

    def let_write_resolv_conf(self, *command: str) -> None:
        """As with DNS keys: a file that is in no plan and has to come back all the same."""
        run = self.host.runner.run

        def run_and_write(argv: Sequence[str], timeout: float = 60.0) -> Completed:
            if tuple(argv) == command:
                self.host.put("/etc/resolv.conf", b"nameserver 127.0.0.54\n")
            return run(argv, timeout)

        self.host.runner.run = run_and_write  # type: ignore[method-assign]

    def keep_after(self, seconds: float) -> None:
        """The operator, another process: no fault of ours hits it."""

        def keep() -> None:
            record = Store(self.host.machine).open()
            if record is not None and record.state is State.ACTIVE:
                directory = Store(self.host.machine).path(record.id, "requests")
                with open(f"{directory}/000000", "w") as stream:
                    stream.write("confirm 0\n")

        self.host.clock.after(seconds, keep)

    def run(self) -> int:
        machine, plan = self.host.machine, self.plan
        snapshot = machine.kernel.snapshot()
        id = transaction.prepare(
            machine, plan, snapshot, confirm_within=PATIENCE, undoes=self.undoes
        )
        return run_worker(machine, id)

    def run_with(self, fault: Fault, *, commands: bool) -> None:
        run = self.host.runner.run

        def run_or_fail(argv: Sequence[str], timeout: float = 60.0) -> Completed:
            if commands:
                fault()
            return run(argv, timeout)

        self.host.runner.run = run_or_fail  # type: ignore[method-assign]
        with faulty(fault):
            self.run()
        self.host.runner.run = run  # type: ignore[method-assign]

    def killed_at(self, point: int) -> bool:
        child = os.fork()
        if child == 0:
            try:
                fault = Fault(point, lambda: os.kill(os.getpid(), signal.SIGKILL))
                self.run_with(fault, commands=True)
            finally:
                os._exit(0)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    def ended_well(self, new: Tree) -> bool:
        """True when it was kept. Whatever happened, nothing is half: not a file, not a note."""
        store = Store(self.host.machine)
        assert store.open() is None
        newest = store.history()[:1]
        if newest and newest[0].state is State.CONFIRMED and newest[0].id != self.undoes:
            assert without_times(tree_of(self.host.root)) == without_times(new)
            return True
        assert not newest or newest[0].state is State.ROLLED_BACK or newest[0].id == self.undoes
        assert tree_of(self.host.root) == self.old
        return False


@dataclass(frozen=True, slots=True)
class Kept:
    """A host after a change that was kept: its files, and what else of it has moved."""

    files: str
    kernel: dict[str, object]
    clock: tuple[float, float]


@functools.cache
def kept_change() -> Kept:
    """What each undo begins with; made once, gone after the last test."""
    root = tempfile.mkdtemp(dir=MEMORY)
    made = Scene(root, "apply", kept=True)
    made.run()
    clock = made.host.clock
    return Kept(root, vars(made.host.kernel), (clock.monotonic_time, clock.wall_time))


@pytest.fixture(scope="module", autouse=True)
def _kept_change_is_removed() -> Iterator[None]:
    yield
    if kept_change.cache_info().currsize:
        shutil.rmtree(kept_change().files)
        kept_change.cache_clear()


def resume(host: FakeHost, kept: Kept) -> None:
    """Make a new host the one after that change, times of files included."""
    # The directory itself stays: the host's tree was opened once, and goes by it.
    for name in os.listdir(host.root):
        shutil.rmtree(os.path.join(host.root, name))
    shutil.copytree(kept.files, host.root, symlinks=True, dirs_exist_ok=True)
    vars(host.kernel).update(copy.deepcopy(kept.kernel))
    host.clock.monotonic_time, host.clock.wall_time = kept.clock


def without_times(tree: Tree) -> Tree:
    """A file that is written anew has the time of that."""
    relative = {path.split("/etc/", 1)[1]: entry for path, entry in tree.items()}
    return {path: (*entry[:3], entry[4]) for path, entry in relative.items()}


@contextmanager
def scene(kind: str, kept: bool) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as root:
        yield Scene(root, kind, kept=kept)


def measured(kind: str, kept: bool, *, commands: bool) -> tuple[int, Tree]:
    """How many points a run without a fault has, and the files it leaves."""
    with scene(kind, kept) as it:
        fault = Fault(0, lambda: None)
        it.run_with(fault, commands=commands)
        return fault.count, tree_of(it.host.root)


@pytest.mark.parametrize(("kind", "kept"), CASES, ids=NAMES)
@pytest.mark.parametrize("boot", [True, False], ids=["boot", "next xenbond"])
def test_killed(kind: str, kept: bool, boot: bool) -> None:
    points, new = measured(kind, kept, commands=True)
    killed = stayed = 0
    for point in range(1, points + 1):
        with scene(kind, kept) as it:
            killed += it.killed_at(point)
            resolve_stale(it.host.machine, boot=boot)
            stayed += it.ended_well(new)
    assert killed == points
    assert (stayed > 0) is kept
    where = "next boot" if boot else "next xenbond"
    told(kind, kept, f"SIGKILL, {where}", points, stayed)


@pytest.mark.parametrize(("kind", "kept"), CASES, ids=NAMES)
@pytest.mark.parametrize(
    ("code", "lasting"), [(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EIO, False)]
)
def test_disk_fails(kind: str, kept: bool, code: int, lasting: bool) -> None:
    points, new = measured(kind, kept, commands=False)
    stayed = 0
    for point in range(1, points + 1):
        with scene(kind, kept) as it:
            # A worker that can't even note how it ended dies of it, and is recovered.
            with suppress(OSError, XenbondError):
                it.run_with(Fault(point, raising(code), lasting=lasting), commands=False)
            resolve_stale(it.host.machine, boot=True)
            stayed += it.ended_well(new)
    assert (stayed > 0) is kept
    fault = f"{errno.errorcode[code]} {'from then on' if lasting else 'once'}"
    told(kind, kept, fault, points, stayed)


def told(kind: str, kept: bool, fault: str, points: int, stayed: int) -> None:
    name = NAMES[CASES.index((kind, kept))]
    outcome = f"{points - stayed:>4} old tree, {stayed:>4} new"
    TALLY.append((f"{name:<24} {fault:<24} {outcome}", points))
