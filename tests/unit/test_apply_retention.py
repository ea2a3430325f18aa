"""Which copies are kept: 20 changes or 90 days, whichever keeps more, and never too few."""

import os
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change

from xenbond_tui.apply import transaction
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.retention import prune, superfluous
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.undo import newest_undoable
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.plan import Plan, Step

DAY = 86400.0


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(os.fspath(tmp_path))


def ended(host: FakeHost, state: State = State.CONFIRMED) -> str:
    """One change of a file, that ended so; a minute passes."""
    host.clock.sleep(60)
    data = f"{host.clock.now()}\n".encode()
    plan = Plan("ifcfg", (change(host, "/etc/a", data),), (Step("w", WriteFiles()),), ())
    id = transaction.prepare(host.machine, plan, None)
    transaction.reach(host.machine, id, state)
    return id


def test_young_ones_stay_however_many(host: FakeHost) -> None:
    ids = [ended(host) for _ in range(25)]
    host.clock.sleep(89 * DAY)
    assert prune(Store(host.machine)) == ()
    assert set(Store(host.machine).ids()) == set(ids)


def test_old_ones_beyond_the_newest_20_go(host: FakeHost) -> None:
    ids = [ended(host) for _ in range(25)]
    host.clock.sleep(91 * DAY)
    assert prune(Store(host.machine)) == tuple(reversed(ids[:5]))
    assert Store(host.machine).ids() == tuple(sorted(ids[5:]))
    assert not [name for name in os.listdir(Store(host.machine).directory) if name[0] == "."]


def test_last_one_that_was_kept_stays_whatever_came_after(host: FakeHost) -> None:
    kept = [ended(host), ended(host)]
    for _ in range(30):
        ended(host, State.ROLLED_BACK)
    host.clock.sleep(400 * DAY)
    prune(Store(host.machine))
    left = [record.id for record in Store(host.machine).history()]
    assert len(left) == 21
    assert left[-1] == kept[-1]


def test_what_undo_would_take_back_stays(host: FakeHost) -> None:
    host.put("/etc/a", b"0\n")
    write = (Step("w", WriteFiles()),)
    plan = Plan("ifcfg", (change(host, "/etc/a", b"1\n"),), write, ())
    first = write_only(host.machine, plan)
    host.clock.sleep(60)
    plan = Plan("ifcfg", (change(host, "/etc/a", b"2\n"),), write, ())
    second = write_only(host.machine, plan)
    host.clock.sleep(60)
    undo = undo_files(host.machine, second)
    for _ in range(30):
        ended(host, State.ROLLED_BACK)
    host.clock.sleep(400 * DAY)
    prune(Store(host.machine))
    left = {record.id for record in Store(host.machine).history()}
    assert {first, undo} <= left
    assert second not in left
    undo_files(host.machine)
    assert host.read("/etc/a") == b"0\n"


def test_open_one_and_what_it_takes_back_stay(host: FakeHost) -> None:
    undone = ended(host)
    host.clock.sleep(60)
    plan = Plan("ifcfg", (change(host, "/etc/a", b"x"),), (Step("w", WriteFiles()),), ())
    waiting = transaction.prepare(host.machine, plan, None, undoes=undone)
    for _ in range(30):
        ended(host)
    host.clock.sleep(400 * DAY)
    assert not {undone, waiting} & set(superfluous(Store(host.machine)))


def test_unreadable_one_stays_for_an_operator_to_look_at(host: FakeHost) -> None:
    damaged = ended(host)
    Path(Store(host.machine).path(damaged, "header.json")).write_bytes(b"")
    for _ in range(30):
        ended(host)
    host.clock.sleep(400 * DAY)
    assert damaged not in prune(Store(host.machine))
    assert damaged in Store(host.machine).ids()


def test_worker_prunes_at_its_end(host: FakeHost) -> None:
    host.put("/etc/network/interfaces", b"old\n")
    for _ in range(25):
        ended(host)
    host.clock.sleep(91 * DAY)
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=30)
    run_worker(host.machine, id)
    # The newest 20, and the newest two that were kept are among them.
    assert len(Store(host.machine).ids()) == 20
    assert id in Store(host.machine).ids()


def test_half_removed_one_is_gone_and_its_rest_is_swept(host: FakeHost) -> None:
    for _ in range(21):
        ended(host)
    rest = Path(Store(host.machine).directory, ".gone-x")
    rest.mkdir()
    assert len(Store(host.machine).history()) == 21
    ended(host)
    assert not rest.exists()


def test_what_was_removed_is_told(host: FakeHost) -> None:
    store = Store(host.machine)
    ids = [ended(host) for _ in range(22)]
    host.clock.sleep(91 * DAY)
    prune(store)
    assert store.removed() == (ids[1], ids[0])
    with pytest.raises(XenbondError, match=f"no change {ids[0]} any more: its copies were removed"):
        store.record(ids[0])
    with pytest.raises(XenbondError, match="There is no change nonsense;"):
        store.record("nonsense")


def test_a_clock_that_was_set_back_does_not_turn_the_history_round(host: FakeHost) -> None:
    ids = [ended(host)]
    host.clock.wall_time += 91 * DAY
    ids.append(ended(host))
    host.clock.wall_time -= 91 * DAY
    ids.append(ended(host))
    assert [record.id for record in Store(host.machine).history()] == ids[::-1]
    assert newest_undoable(Store(host.machine)).id == ids[-1]
