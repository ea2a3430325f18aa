"""A change that was interrupted, found by the next start or the next boot."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change, tree_of
from test_apply_faults import InlineLauncher

from xenbond_tui import cli, compose
from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.holder import unsettled
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.recover import (
    ACTIVATING,
    resolve_stale,
    retry,
    wait_until_back,
)
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.machine import Started
from xenbond_tui.stacks.netplan.activate import AT_BOOT, FILES

INTERFACES = "/etc/network/interfaces"
YAML = "/etc/netplan/01-netcfg.yaml"
NEW = "/etc/modprobe.d/xenbond.conf"
Tree = dict[str, tuple[object, ...]]


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


def test_nothing_to_recover_says_nothing(tmp_path: Path) -> None:
    assert resolve_stale(FakeHost(os.fspath(tmp_path)).machine) is None


def test_worker_that_never_started_left_everything_as_it_was(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    old = tree_of(host.root)
    found = resolve_stale(host.machine)
    assert found is not None
    assert (found.id, found.state) == (id, State.ROLLED_BACK)
    assert {argv[0] for argv in host.runner.ran} <= {"wall", "logger"}
    assert tree_of(host.root) == old


@pytest.mark.parametrize("odd", [os.mkdir, os.mkfifo], ids=["directory", "fifo"])
def test_a_workers_lock_that_is_no_file_is_named(
    tmp_path: Path, odd: Callable[[str], None]
) -> None:
    host, id = scene(os.fspath(tmp_path))
    lock = Store(host.machine).path(id, "worker.lock")
    if os.path.exists(lock):
        os.unlink(lock)
    odd(lock)
    with pytest.raises(XenbondError) as told:
        resolve_stale(host.machine)
    assert str(told.value).startswith(f"{lock}: ")
    assert f"can't be known: {lock}: " in unsettled(host.machine)
    os.rmdir(lock) if os.path.isdir(lock) else os.unlink(lock)
    found = resolve_stale(host.machine)
    assert found is not None
    assert found.state is State.ROLLED_BACK
    assert unsettled(host.machine) == ""


def _leads_away(path: str) -> None:
    os.symlink("/etc/hostname", path)


@pytest.mark.parametrize("of", ["../lock", "{}/worker.lock"])
@pytest.mark.parametrize("odd", [os.mkdir, os.mkfifo, _leads_away])
def test_at_boot_a_lock_that_is_no_file_holds_nothing_up(
    tmp_path: Path, odd: Callable[[str], None], of: str
) -> None:
    host, id = scene(os.fspath(tmp_path))
    lock = os.path.normpath(f"{Store(host.machine).directory}/{of.format(id)}")
    if os.path.exists(lock):
        os.unlink(lock)
    odd(lock)
    found = resolve_stale(host.machine, boot=True)
    assert found is not None
    assert found.state is State.ROLLED_BACK
    assert os.path.lexists(f"{lock}.strange")
    assert Path("/etc/hostname").is_file()


def test_worker_that_comes_up_too_late_does_nothing(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    resolve_stale(host.machine)
    assert run_worker(host.machine, id) == 2
    assert {argv[0] for argv in host.runner.ran} <= {"wall", "logger"}
    assert host.read(INTERFACES) == b"old\n"


def test_who_waits_for_a_worker_waits_until_it_has_tidied_up(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    transaction.reach(host.machine, id, State.ROLLED_BACK, "taken back")
    # Its record has ended; the boot guard is still to go.
    worker = Lock(Store(host.machine).path(id, "worker.lock"))
    assert worker.take(host.clock)
    ended: list[float] = []
    host.clock.after(7, lambda: [worker.release(), ended.append(host.clock.monotonic())].clear())
    assert wait_until_back(host.machine, id).state is State.ROLLED_BACK
    assert ended


@pytest.mark.parametrize("name", ["plan.json", "network.json", "surroundings.json"])
def test_files_come_back_even_where_other_notes_are_damaged(tmp_path: Path, name: str) -> None:
    host, id = scene(os.fspath(tmp_path))
    old = tree_of(host.root)
    transaction.write(host.machine, id)
    Path(Store(host.machine).path(id, name)).write_bytes(b"\x00\x00")
    assert run_worker(host.machine, id, rollback=True) == 2
    record = Store(host.machine).record(id)
    assert record.state is State.ROLLED_BACK
    assert name in record.result
    assert tree_of(host.root) == old


def test_a_network_that_nothing_is_known_of_any_more_is_not_said_to_be_back(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    old = tree_of(host.root)
    transaction.write(host.machine, id)
    Path(Store(host.machine).path(id, ACTIVATING)).touch()
    Path(Store(host.machine).path(id, "network.json")).write_bytes(b"\x00\x00")
    assert run_worker(host.machine, id, rollback=True) == 2
    record = Store(host.machine).record(id)
    assert record.state is State.FAILED
    assert record.result.startswith("Only the files were put back: ")
    told = [argv[-1] for argv in host.runner.ran if argv[0] in ("wall", "logger")]
    assert [record.result in text for text in told] == [True, True]
    assert tree_of(host.root) == old


def test_copy_that_is_gone_is_reported_and_does_not_block_the_host(tmp_path: Path) -> None:
    host, id = scene(os.fspath(tmp_path))
    transaction.write(host.machine, id)
    for name in ("index.json", "index.again.json"):
        os.unlink(Store(host.machine).path(id, "backup", name))
    with pytest.raises(XenbondError, match=r"index\.json"):
        resolve_stale(host.machine)
    assert Store(host.machine).record(id).state is State.FAILED
    assert Store(host.machine).open() is None


def test_live_host_takes_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, _ = scene(os.fspath(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    live = replace(host.machine, access=Access(HostKind.LIVE, host.root))
    with pytest.raises(XenbondError, match=r"takes root; nothing was changed\. Use sudo"):
        resolve_stale(live)


def made_of_files(root: str) -> tuple[FakeHost, str]:
    """A change whose files netplan makes others of, cut off while it waited to be kept."""
    host = FakeHost(root)
    host.put(YAML, b"old\n", 0o600)
    plan = bridged_bond(change(host, YAML, b"new\n", 0o600))
    plan = replace(plan, forward=(*FILES.written, *plan.forward), at_boot=AT_BOOT)
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=120)
    transaction.write(host.machine, id)
    Path(Store(host.machine).path(id, ACTIVATING)).touch()
    return host, id


def test_at_boot_what_was_made_of_the_files_is_made_again_once_they_are_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _ = made_of_files(os.fspath(tmp_path))
    seen: list[bytes] = []
    run = host.runner.run

    def watched(argv: Sequence[str], timeout: float = 60.0) -> Completed:
        if argv[0] == "netplan":
            seen.append(host.read(YAML))
        return run(argv, timeout)

    monkeypatch.setattr(host.runner, "run", watched)
    found = resolve_stale(host.machine, boot=True)
    assert found is not None
    assert found.state is State.ROLLED_BACK
    assert seen == [b"old\n"]


def test_what_can_not_be_made_again_at_boot_is_not_called_rolled_back(tmp_path: Path) -> None:
    host, id = made_of_files(os.fspath(tmp_path))
    host.runner.failing.add(("netplan", "generate"))
    with pytest.raises(XenbondError, match=r"`netplan generate` failed .* run: xenbond recover"):
        resolve_stale(host.machine, boot=True)
    assert host.read(YAML) == b"old\n"
    assert Store(host.machine).record(id).state is State.FAILED


def half_rolled_back(root: str, *, touched: bool) -> tuple[FakeHost, str, Tree]:
    """A change of which nothing was put back, on a host with systemd; and its tree before."""
    os.makedirs(f"{root}/run/systemd/system")
    os.makedirs(f"{root}/etc/systemd/system")
    host, id = scene(root)
    old = tree_of(root)
    transaction.write(host.machine, id)
    if touched:
        Path(Store(host.machine).path(id, ACTIVATING)).touch()
    transaction.reach(host.machine, id, State.FAILED, "Not put back: the disk is full.")
    return host, id, old


def test_the_second_try_puts_files_back_by_itself(tmp_path: Path) -> None:
    host, id, old = half_rolled_back(os.fspath(tmp_path), touched=False)
    record = wait_until_back(host.machine, retry(host.machine))
    assert (record.id, record.state) == (id, State.ROLLED_BACK)
    assert record.result.startswith("Rolled back at the second try.")
    states = [entry.state for entry in Store(host.machine).journal(id).entries]
    assert states == ["prepared", "failed", "rolling-back", "rolled-back"]
    assert host.launcher.started == []
    assert tree_of(host.root) == old, "nor is the boot guard left"


def test_the_second_try_leaves_a_network_to_a_worker_that_a_boot_would_follow(
    tmp_path: Path,
) -> None:
    host, id, old = half_rolled_back(os.fspath(tmp_path), touched=True)
    launcher = host.launcher = InlineLauncher()
    launcher.host = host
    host.machine = replace(host.machine, launcher=launcher)
    seen: list[tuple[bool, State]] = []

    def start(name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        seen.append((boot_guard.is_there(host.machine), Store(host.machine).record(id).state))
        return InlineLauncher.start(launcher, name, argv, after)

    launcher.start = start  # type: ignore[method-assign]
    assert retry(host.machine) == id
    assert seen == [(True, State.ROLLING_BACK)]
    record = Store(host.machine).record(id)
    assert record.state is State.ROLLED_BACK
    assert "second try" not in record.result
    assert tree_of(host.root) == old


def test_a_second_try_that_fails_too_says_so_and_can_be_tried_again(tmp_path: Path) -> None:
    host, id, old = half_rolled_back(os.fspath(tmp_path), touched=False)
    copy = Path(Store(host.machine).path(id, "backup", "files", "etc", "network", "interfaces"))
    kept = copy.read_bytes()
    copy.unlink()
    with pytest.raises(XenbondError, match=r"Not put back: .*/etc/network/interfaces: a kept copy"):
        wait_until_back(host.machine, retry(host.machine))
    assert Store(host.machine).record(id).end is State.FAILED
    assert host.read(INTERFACES) == b"new\n"
    copy.write_bytes(kept)
    assert wait_until_back(host.machine, retry(host.machine)).state is State.ROLLED_BACK
    assert tree_of(host.root) == old


def test_a_second_try_is_of_the_newest_change_alone(tmp_path: Path) -> None:
    host, id, _ = half_rolled_back(os.fspath(tmp_path), touched=False)
    wait_until_back(host.machine, retry(host.machine))
    host.clock.sleep(60)
    written = tree_of(host.root)
    with pytest.raises(XenbondError, match="No change is left half rolled back; nothing was"):
        retry(host.machine)
    assert Store(host.machine).record(id).state is State.ROLLED_BACK
    assert tree_of(host.root) == written


def test_the_command_tries_again_what_could_not_be_rolled_back_and_at_boot_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host, _, old = half_rolled_back(os.fspath(tmp_path), touched=False)
    monkeypatch.setattr(compose, "chosen", lambda root: host.machine)
    assert cli.run(["recover", "--boot"]) == 0
    assert capsys.readouterr().out == "No change was interrupted.\n"
    assert host.read(INTERFACES) == b"new\n", "that is for a person to ask for"
    assert cli.run(["recover"]) == 0
    assert capsys.readouterr().out.startswith("Rolled back at the second try.")
    assert tree_of(host.root) == old
    for more in ([], ["--boot"]):
        assert cli.run(["recover", *more]) == 0
        assert capsys.readouterr().out == "No change was interrupted.\n"
