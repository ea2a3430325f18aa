"""resolv.conf, which the stack's tools write and no plan does: back byte for byte."""

import os
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change, tree_of

from xenbond_tui.apply import transaction
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.undo import undo_plan
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.plan.plan import Plan

INTERFACES = "/etc/network/interfaces"
RESOLV = "/etc/resolv.conf"
BEFORE = b"# by hand\nsearch example.com\nnameserver 127.0.0.53\n"
MADE = b"nameserver 127.0.0.54\n"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put(INTERFACES, b"old\n")
    host.put(RESOLV, BEFORE, 0o640)
    return host


def writes_on(host: FakeHost, command: tuple[str, ...], data: bytes) -> None:
    """Let a command of the stack write resolv.conf, as ifup with DNS keys does."""
    run = host.runner.run

    def run_and_write(argv: tuple[str, ...], timeout: float = 60.0) -> Completed:
        done = run(argv, timeout)
        if tuple(argv) == command:
            host.put(RESOLV, data)
        return done

    host.runner.run = run_and_write  # type: ignore[method-assign,assignment]


def begun(host: FakeHost, *, keep: bool, plan: Plan | None = None, undoes: str = "") -> str:
    plan = plan or bridged_bond(change(host, INTERFACES, b"new\n"))
    host.clock.sleep(60)
    id = transaction.prepare(
        host.machine, plan, host.kernel.snapshot(), confirm_within=30, undoes=undoes
    )
    if keep:
        directory = Store(host.machine).path(id, "requests")
        host.clock.after(20, lambda: [post(directory, Request(Ask.CONFIRM))].clear())
    assert run_worker(host.machine, id) == (0 if keep else 2)
    return id


def test_back_after_a_roll_back(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), MADE)
    before = tree_of(host.root)
    id = begun(host, keep=False)
    assert tree_of(host.root) == before
    kept = Path(Store(host.machine).path(id, "backup", "displaced-1", "etc", "resolv.conf"))
    assert kept.read_bytes() == MADE


def test_back_although_the_way_back_writes_it_too(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), MADE)
    writes_on(host, ("ifup", "eth0"), b"nameserver 127.0.0.99\n")
    before = tree_of(host.root)
    begun(host, keep=False)
    assert tree_of(host.root) == before


def test_back_after_an_undo_which_shows_it(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), MADE)
    before = tree_of(host.root)
    id = begun(host, keep=True)
    assert host.read(RESOLV) == MADE
    plan = undo_plan(host.machine, id)
    assert [item.path for item in plan.changed] == [INTERFACES, RESOLV]
    begun(host, keep=True, plan=plan, undoes=id)
    assert tree_of(host.root) == before


def test_back_after_an_undo_whose_own_tools_write_it(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), MADE)
    writes_on(host, ("ifup", "eth0"), b"nameserver 127.0.0.99\n")
    before = tree_of(host.root)
    id = begun(host, keep=True)
    begun(host, keep=True, plan=undo_plan(host.machine, id), undoes=id)
    assert tree_of(host.root) == before


def test_undo_that_nobody_keeps_leaves_it_as_the_change_made_it(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), MADE)
    id = begun(host, keep=True)
    made = tree_of(host.root)
    begun(host, keep=False, plan=undo_plan(host.machine, id), undoes=id)
    assert tree_of(host.root) == made


def test_changed_by_someone_since_it_stays_and_blocks_nothing(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), MADE)
    id = begun(host, keep=True)
    host.put(RESOLV, b"nameserver 127.0.0.1\n")
    plan = undo_plan(host.machine, id)
    assert [item.path for item in plan.changed] == [INTERFACES]
    begun(host, keep=True, plan=plan, undoes=id)
    assert host.read(RESOLV) == b"nameserver 127.0.0.1\n"


def test_written_the_same_is_not_touched(host: FakeHost) -> None:
    writes_on(host, ("ifup", "xenbr0"), BEFORE)
    os.chmod(host.root + RESOLV, 0o644)
    id = begun(host, keep=True)
    assert not os.path.lexists(Store(host.machine).path(id, "settled"))
    assert [item.path for item in undo_plan(host.machine, id).changed] == [INTERFACES]


def test_one_that_was_not_there_goes_again(host: FakeHost) -> None:
    os.unlink(host.root + RESOLV)
    writes_on(host, ("ifup", "xenbr0"), MADE)
    before = tree_of(host.root)
    begun(host, keep=False)
    assert tree_of(host.root) == before
    id = begun(host, keep=True)
    begun(host, keep=True, plan=undo_plan(host.machine, id), undoes=id)
    assert tree_of(host.root) == before


def test_link_to_what_a_daemon_makes_is_left_to_the_daemon(host: FakeHost) -> None:
    os.unlink(host.root + RESOLV)
    host.put("/run/systemd/resolve/stub-resolv.conf", BEFORE)
    os.symlink("../run/systemd/resolve/stub-resolv.conf", host.root + RESOLV)
    id = begun(host, keep=False)
    assert Store(host.machine).header(id).bystanders == ()
    assert os.path.islink(host.root + RESOLV)


def test_next_boot_brings_it_back_too(host: FakeHost) -> None:
    before = tree_of(host.root)
    plan = bridged_bond(change(host, INTERFACES, b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=30)
    transaction.write(host.machine, id)
    host.put(RESOLV, MADE)
    found = resolve_stale(host.machine, boot=True)
    assert found is not None
    assert found.state is State.ROLLED_BACK
    assert tree_of(host.root) == before


@pytest.mark.parametrize("name", ["header.json", "backup/index.json"])
def test_a_damaged_note_does_not_keep_a_change_from_being_kept(host: FakeHost, name: str) -> None:
    """What its tools made of resolv.conf is not known then, and an undo leaves that alone."""
    writes_on(host, ("ifup", "xenbr0"), MADE)

    def spoil() -> None:
        directory = Store(host.machine).path(Store(host.machine).ids()[-1])
        for path in Path(directory).glob(name.replace(".json", "*.json")):
            path.write_bytes(b"")

    host.clock.after(70, spoil)
    id = begun(host, keep=True)
    assert host.read(RESOLV) == MADE
    assert not os.path.exists(Store(host.machine).path(id, "settled"))
