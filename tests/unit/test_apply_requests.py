"""What an operator asks of the worker: taken once, in its order; and when it is too late."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change

from xenbond_tui.apply import transaction
from xenbond_tui.apply.holder import killed
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.requests import Ask, Request, post, refuse_time, take
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.waiting import ask_rollback, confirm, extend, rollback
from xenbond_tui.errors import XenbondError


def test_what_is_asked_is_taken_once_and_in_its_order(tmp_path: Path) -> None:
    asked = [
        Request(Ask.EXTEND, 0.0),
        Request(Ask.EXTEND, 600.0),
        Request(Ask.EXTEND, 0.5),
        Request(Ask.CONFIRM),
        Request(Ask.ROLLBACK),
    ]
    paths = [post(str(tmp_path), request) for request in asked]
    assert all(map(os.path.exists, paths))
    assert take(str(tmp_path)) == (*asked,)
    assert list(tmp_path.iterdir()) == []
    assert take(str(tmp_path)) == ()
    assert take(str(tmp_path / "nosuch")) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("extend inf\n", "extend nan\n", "extend 600.5\n", "extend -1\n", "extend x\n"),
        *("confirm\n", "confirm 0 0\n", "melt 0\n", "", "\xff 0\n", "confirm 0" + " " * 5000),
    ],
)
def test_what_can_not_be_understood_is_dropped_and_holds_nothing_up(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "000000").write_bytes(text.encode("latin-1"))
    post(str(tmp_path), Request(Ask.CONFIRM))
    assert take(str(tmp_path)) == (Request(Ask.CONFIRM),)
    assert list(tmp_path.iterdir()) == []


def test_what_someone_else_asked_is_never_overwritten(tmp_path: Path) -> None:
    """The worker has taken the first ones away: those that are left have the next numbers."""
    for name in ("000001", "000002"):
        (tmp_path / name).write_text("extend 30\n")
    assert post(str(tmp_path), Request(Ask.ROLLBACK)) == f"{tmp_path}/000003"
    assert [it.ask for it in take(str(tmp_path))] == [Ask.EXTEND, Ask.EXTEND, Ask.ROLLBACK]


def test_what_is_half_written_is_left_to_who_writes_it(tmp_path: Path) -> None:
    (tmp_path / ".4711").write_text("confirm")
    assert take(str(tmp_path)) == ()
    assert (tmp_path / ".4711").exists()


@pytest.mark.parametrize(("seconds", "fits"), [(29.9, 0), (30, 1), (600, 1), (600.1, 0)])
def test_the_time_to_confirm_within_has_bounds(seconds: float, *, fits: int) -> None:
    if fits:
        refuse_time(seconds)
        return
    with pytest.raises(XenbondError, match=r"it takes 30 to 600 s; nothing was changed"):
        refuse_time(seconds)


# A worker that is there


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[FakeHost, str]]:
    """A change whose worker lives, and says nothing."""
    host = FakeHost(str(tmp_path))
    plan = bridged_bond(change(host, "/etc/a", b"new\n"))
    id = transaction.prepare(host.machine, plan, None, confirm_within=120)
    worker = Lock(Store(host.machine).path(id, "worker.lock"))
    assert worker.take(host.clock)
    yield host, id
    worker.release()


@pytest.mark.parametrize(
    ("reached", "confirmed", "extended"),
    [
        ((), "is still being made; wait", "is not waiting yet; there is nothing to extend"),
        (
            (State.ROLLING_BACK,),
            "Too late: change .* is being rolled back",
            "Too late: change .* is being rolled back",
        ),
        (
            (State.ROLLED_BACK,),
            "No change is waiting; `xenbond history` lists",
            "No change is waiting; `xenbond history` lists",
        ),
        ((State.ACTIVE,), "does not answer; `xenbond history` tells", "does not answer"),
    ],
    ids=["being made", "rolling back", "rolled back", "worker hangs"],
)
def test_why_nothing_can_be_kept_or_put_off(
    waiting: tuple[FakeHost, str], reached: tuple[State, ...], confirmed: str, extended: str
) -> None:
    host, id = waiting
    for state in reached:
        transaction.reach(host.machine, id, state, "so it ended", 99.0)
    with pytest.raises(XenbondError, match=confirmed):
        confirm(host.machine)
    with pytest.raises(XenbondError, match=extended):
        extend(host.machine, 60)


@pytest.mark.parametrize(
    ("end", "kept"),
    [(State.CONFIRMED, True), (State.ROLLED_BACK, False), (State.FAILED, False)],
)
def test_what_the_worker_made_of_it_is_what_is_told(
    waiting: tuple[FakeHost, str], end: State, *, kept: bool
) -> None:
    host, id = waiting
    transaction.reach(host.machine, id, State.ACTIVE, "", 1e6)
    worker = Lock(Store(host.machine).path(id, "worker.lock"))

    def does() -> None:
        transaction.reach(host.machine, id, end, "Not put back: x.")
        released.append(True)

    released: list[bool] = []
    host.clock.after(3, does)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xenbond_tui.apply.recover.at_work", lambda machine, id: not released)
        if kept:
            assert confirm(host.machine).id == id
        else:
            with pytest.raises(XenbondError, match=r"Too late: .* was not kept. Not put back: x\."):
                confirm(host.machine)
    assert worker.holder() is not None
    assert [it.ask for it in take(Store(host.machine).path(id, "requests"))] == [Ask.CONFIRM]


def test_a_rollback_is_asked_for_and_not_waited_for(waiting: tuple[FakeHost, str]) -> None:
    host, id = waiting
    transaction.reach(host.machine, id, State.ACTIVE, "", 1e6)
    asked: list[tuple[Request, ...]] = []
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(3, lambda: asked.append(take(directory)))
    began = host.clock.monotonic()
    ask_rollback(host.machine)
    assert asked == [(Request(Ask.ROLLBACK),)]
    assert 3 <= host.clock.monotonic() - began < 4
    assert Store(host.machine).record(id).state is State.ACTIVE
    with pytest.raises(XenbondError, match="does not answer"):
        ask_rollback(host.machine)


def test_a_change_is_killed_that_has_not_ended_and_that_nobody_works_on(
    waiting: tuple[FakeHost, str],
) -> None:
    host, id = waiting
    assert not killed(host.machine, id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xenbond_tui.apply.holder.at_work", lambda machine, id: False)
        assert killed(host.machine, id)
        transaction.reach(host.machine, id, State.ROLLED_BACK, "")
        assert not killed(host.machine, id)


@pytest.mark.parametrize("end", [State.ROLLED_BACK, State.FAILED])
def test_a_rollback_is_waited_for_and_told_as_it_ended(
    waiting: tuple[FakeHost, str], end: State
) -> None:
    host, id = waiting
    transaction.reach(host.machine, id, State.ACTIVE, "", 1e6)
    worker = Lock(Store(host.machine).path(id, "worker.lock"))
    host.clock.after(250, lambda: transaction.reach(host.machine, id, end, "Not put back: x."))
    with pytest.MonkeyPatch.context() as patch:
        open_ = Store(host.machine)
        patch.setattr(
            "xenbond_tui.apply.recover.at_work", lambda machine, id: open_.record(id).is_open
        )
        if end is State.FAILED:
            with pytest.raises(XenbondError, match=r"^Not put back: x\.$"):
                rollback(host.machine)
        else:
            assert rollback(host.machine).state is end
    assert worker.holder() is not None


def test_the_time_that_is_asked_for_is_what_the_worker_is_told(
    waiting: tuple[FakeHost, str],
) -> None:
    host, id = waiting
    transaction.reach(host.machine, id, State.ACTIVE, "", host.clock.monotonic() + 40)
    asked: list[tuple[Request, ...]] = []
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(3, lambda: asked.append(take(directory)))
    assert extend(host.machine, 90) == pytest.approx(37, abs=0.5), "what the worker has noted"
    assert asked == [(Request(Ask.EXTEND, 90.0),)]
