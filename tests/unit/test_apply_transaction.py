"""All files of a plan or none: random plans, a fault at every system call, a kill at every one."""

import errno
import os
import signal
import tempfile
from collections.abc import Callable
from functools import partial

import pytest
from fakes import FakeHost, change, tree_of
from faults import Fault, faulty, raising
from hypothesis import given, settings, strategies as st

from tests.told import TALLY
from xenbond_tui.apply import file_image, transaction
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan, Step

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
NAMES = ("/etc/a", "/etc/b", "/etc/link", "/etc/sub/c", "/etc/new/d", "/etc/new/deeper/e")


def plan_of(*changes: FileChange) -> Plan:
    return Plan("ifcfg", changes, (Step("write the files", WriteFiles()),), (), summary="bond0")


def prepared(host: FakeHost, plan: Plan) -> str:
    return transaction.prepare(host.machine, plan, None)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, tuple[bytes, int] | None]:
    """What each path holds: nothing, or content and mode."""
    held = st.none() | st.tuples(st.binary(max_size=20), st.sampled_from((0o600, 0o644, 0o755)))
    return {name: draw(held) for name in NAMES}


def fill(host: FakeHost, tree: dict[str, tuple[bytes, int] | None]) -> None:
    os.makedirs(f"{host.root}/etc/real", exist_ok=True)
    for path, held in tree.items():
        if held is not None and path == "/etc/link":
            host.put("/etc/real/target", *held)
            os.symlink("real/target", f"{host.root}/etc/link")
        elif held is not None:
            host.put(path, *held)
            os.utime(host.root + path, ns=(1, 1_234_567_890_123_456_789))


@settings(max_examples=60)
@given(before=trees(), after=trees())
def test_write_and_undo_are_exact_for_any_plan(
    before: dict[str, tuple[bytes, int] | None], after: dict[str, tuple[bytes, int] | None]
) -> None:
    with tempfile.TemporaryDirectory() as root:
        host = FakeHost(root)
        fill(host, before)
        old = tree_of(root)
        changes = [change(host, path, *(held or (None, 0o644))) for path, held in after.items()]
        plan = plan_of(*changes)
        first = prepared(host, plan)
        transaction.write(host.machine, first)
        transaction.reach(host.machine, first, State.CONFIRMED)
        for item in plan.changed:
            now = file_image.keep(root, item.path)
            assert now.data == item.after
            assert now.data is None or now.mode == item.mode
        if plan.changed:
            undo_files(host.machine, first)
        assert tree_of(root) == old


def test_owner_and_mode_of_a_changed_file_stay(tmp_path: os.PathLike[str]) -> None:
    host = FakeHost(os.fspath(tmp_path))
    host.put("/etc/a", b"old", 0o604)
    if os.geteuid() == 0:
        os.chown(f"{host.root}/etc/a", 12, 34)
    before = os.stat(f"{host.root}/etc/a")
    transaction.write(host.machine, prepared(host, plan_of(change(host, "/etc/a", b"new", 0o604))))
    after = os.stat(f"{host.root}/etc/a")
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_state_and_copies_are_for_root_alone(tmp_path: os.PathLike[str]) -> None:
    host = FakeHost(os.fspath(tmp_path))
    host.put("/etc/a", b"psk=secret")
    prepared(host, plan_of(change(host, "/etc/a", b"new")))
    for directory, _, names in os.walk(f"{host.root}/var/lib/xenbond"):
        assert os.stat(directory).st_mode & 0o777 == 0o700
        for name in names:
            assert os.stat(os.path.join(directory, name)).st_mode & 0o077 == 0
    assert os.stat(f"{host.root}/var/lib").st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    "meddle",
    [
        lambda host: host.put("/etc/a", b"someone else's"),
        lambda host: host.put("/etc/a", b"old", 0o600),
        lambda host: os.unlink(f"{host.root}/etc/a"),
        lambda host: host.put("/etc/new/d", b"suddenly there"),
    ],
)
def test_change_between_preview_and_apply_is_refused_by_name(
    tmp_path: os.PathLike[str], meddle: Callable[[FakeHost], None]
) -> None:
    host = FakeHost(os.fspath(tmp_path))
    host.put("/etc/a", b"old")
    plan = plan_of(change(host, "/etc/a", b"new"), change(host, "/etc/new/d", b"new"))
    before = tree_of(host.root)
    meddle(host)
    meddled = tree_of(host.root, "")
    named = "/etc/new/d" if meddled.keys() - before.keys() > {f"{host.root}/etc"} else "/etc/a"
    with pytest.raises(XenbondError, match=f"since the preview: {named}"):
        write_only(host.machine, plan)
    assert tree_of(host.root, "") == meddled


def scene(root: str) -> tuple[FakeHost, Plan]:
    """New, changed, removed and linked files, and directories to be made."""
    host = FakeHost(root)
    host.put("/etc/a", b"old a", 0o600)
    host.put("/etc/b", b"old b")
    host.put("/etc/real/target", b"old target")
    os.symlink("real/target", f"{root}/etc/link")
    return host, plan_of(
        change(host, "/etc/a", b"new a", 0o600),
        change(host, "/etc/b", None),
        change(host, "/etc/link", b"new target"),
        change(host, "/etc/new/deeper/e", b"new e"),
    )


def number_of_points(action: Callable[[FakeHost, Plan], None]) -> int:
    with tempfile.TemporaryDirectory() as root:
        host, plan = scene(root)
        fault = Fault(0, lambda: None)
        with faulty(fault):
            action(host, plan)
        return fault.count


def apply_files(host: FakeHost, plan: Plan) -> None:
    write_only(host.machine, plan)


POINTS = number_of_points(apply_files)


def refusal(action: Callable[[], None]) -> str | None:
    """What the operator is told, or None when it worked."""
    try:
        action()
    except XenbondError as error:
        return str(error)
    return None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_failing_disk_at_any_call_leaves_the_old_tree_or_the_new_one(code: int) -> None:
    refused = 0
    for point in range(1, POINTS + 1):
        with tempfile.TemporaryDirectory() as root:
            host, plan = scene(root)
            old = tree_of(root)
            with faulty(Fault(point, raising(code))):
                said = refusal(partial(apply_files, host, plan))
            if said is None:
                assert all(host.read(c.path) == c.after for c in plan.changed if c.after), point
            else:
                refused += 1
                assert os.strerror(code) in said, point
                assert said.startswith("/"), f"{point}: what could not be written is named"
                assert tree_of(root) == old, point
            assert not Store(host.machine).open(), point
    assert refused > POINTS // 2
    TALLY.append((f"{'files only':<24} {errno.errorcode[code]} once", POINTS))


def kill_at(point: int, host: FakeHost, plan: Plan) -> bool:
    """Carry out the plan in a child that is killed at that call; True when it was."""
    child = os.fork()
    if child == 0:
        try:
            with faulty(Fault(point, lambda: os.kill(os.getpid(), signal.SIGKILL))):
                apply_files(host, plan)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_kill_at_any_call_leaves_the_old_tree_or_the_new_one() -> None:
    killed = new = 0
    for point in range(1, POINTS + 1):
        with tempfile.TemporaryDirectory() as root:
            host, plan = scene(root)
            old = tree_of(root)
            killed += kill_at(point, host, plan)
            resolve_stale(host.machine)
            assert Store(host.machine).open() is None, point
            if tree_of(root) == old:
                continue
            new += 1
            assert Store(host.machine).history()[0].state is State.CONFIRMED, point
            assert all(host.read(c.path) == c.after for c in plan.changed if c.after), point
            assert not os.path.lexists(f"{root}/etc/b"), point
    assert killed == POINTS
    outcome = f"{POINTS - new:>4} old tree, {new:>4} new"
    TALLY.append((f"{'files only':<24} {'SIGKILL, next xenbond':<24} {outcome}", POINTS))


FAULTS: dict[str, Callable[[], None]] = {
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "ENOSPC": raising(errno.ENOSPC),
    "EIO": raising(errno.EIO),
}


@settings(max_examples=80)
@given(before=trees(), after=trees(), fault=st.sampled_from(sorted(FAULTS)), data=st.data())
def test_any_plan_with_any_fault_leaves_the_old_tree_or_the_new_one(
    before: dict[str, tuple[bytes, int] | None],
    after: dict[str, tuple[bytes, int] | None],
    fault: str,
    data: st.DataObject,
) -> None:
    def carried_out(point: int, act: Callable[[], None]) -> tuple[bool, int]:
        """True when the new files are there afterwards; and how many points there were."""
        with tempfile.TemporaryDirectory(dir=MEMORY) as root:
            host = FakeHost(root)
            fill(host, before)
            old = tree_of(root)
            changes = [change(host, path, *(held or (None, 0o644))) for path, held in after.items()]
            plan, counter = plan_of(*changes), Fault(point, act)
            if fault == "SIGKILL" and point:
                kill_at(point, host, plan)
            else:
                with faulty(counter):
                    refusal(partial(apply_files, host, plan))
            resolve_stale(host.machine)
            if tree_of(root) == old:
                return False, counter.count
            for item in plan.changed:
                now = file_image.keep(root, item.path)
                assert now.data == item.after
                assert now.data is None or now.mode == item.mode
            return True, counter.count

    _, points = carried_out(0, lambda: None)
    carried_out(data.draw(st.integers(1, points), label="point"), FAULTS[fault])
