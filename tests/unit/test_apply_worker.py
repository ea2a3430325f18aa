"""A change from beginning to end on a host in memory: kept, or gone back for every reason."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fake_runs import INTERFACES, NEW, OLD, Run, fake_host, the_plan
from fakes import ADDRESS, FakeHost, nic, tree_of

from xenbond_tui.apply import transaction
from xenbond_tui.apply.recover import broken
from xenbond_tui.apply.requests import Ask, Request
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.errors import EXIT_REFUSED, XenbondError
from xenbond_tui.facts.link import Address
from xenbond_tui.machine import Machine
from xenbond_tui.plan.actions import RestoreFiles
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks.netplan import activate as netplan


@pytest.fixture
def host(tmp_path: os.PathLike[str]) -> FakeHost:
    return fake_host(tmp_path)


def test_confirmed_change_stays(host: FakeHost) -> None:
    run = Run(host, the_plan(host)).after(5, Request(Ask.CONFIRM))
    assert run.work() == 0
    assert run.record.state is State.CONFIRMED
    assert host.read(INTERFACES) == NEW
    assert host.kernel.links["xenbr0"].addresses == (ADDRESS,)
    states = [entry.state for entry in Store(host.machine).journal(run.id).entries]
    assert states == ["prepared", "written", "active", "confirmed"]


def test_progress_tells_every_step_and_what_worked_before(host: FakeHost) -> None:
    run = Run(host, the_plan(host)).after(5, Request(Ask.CONFIRM))
    run.work()
    progress = Store(host.machine).progress(run.id)
    assert [(line.label, line.status) for line in progress.lines] == [
        (f"copies kept as {run.id}", "ok"),
        ("see what works now", "ok"),
        ("take eth0 down", "ok"),
        ("write the files", "ok"),
        ("bring xenbr0 up", "ok"),
        ("wait for bond0 on xenbr0", "ok"),
        ("the kernel runs what was asked", "ok"),
        ("gateway 192.168.0.1", "ok"),
        ("DNS server 192.168.0.1", "ok"),
        ("address 192.168.0.222", "ok"),
    ]


def test_nobody_confirms_and_it_goes_back_at_the_deadline(host: FakeHost) -> None:
    run = Run(host, the_plan(host), confirm_within=120)
    began = host.clock.monotonic()
    assert run.work() == 2
    assert 120 <= host.clock.monotonic() - began < 135
    assert run.record.state is State.ROLLED_BACK
    assert "nobody confirmed it in time" in run.record.result
    run.assert_back()
    told = [argv for argv in host.runner.ran if argv[0] in ("wall", "logger")]
    assert [argv[0] for argv in told] == ["wall", "logger"]
    assert all("rolled back" in argv[-1] for argv in told)


def test_progress_tells_every_step_back(host: FakeHost) -> None:
    host.runner.failing.add(("ifdown", "xenbr0"))
    run = Run(host, the_plan(host))
    assert run.work() == 2
    lines = Store(host.machine).progress(run.id).lines
    back = lines[[line.label for line in lines].index("take xenbr0 down") :]
    assert [(line.label, line.status) for line in back] == [
        ("take xenbr0 down", "undone"),
        ("put the files back", "undone"),
        ("bring eth0 up", "undone"),
        ("files as they were", "undone"),
        ("network as it was", "undone"),
    ]
    assert back[0].detail.startswith(
        "this one may fail, and did: `ifdown xenbr0` failed with status 1"
    )


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
def test_setting_the_date_does_not_move_the_deadline(host: FakeHost, jump: float) -> None:
    run = Run(host, the_plan(host), confirm_within=120)

    def set_date() -> None:
        host.clock.wall_time += jump

    host.clock.after(10, set_date)
    began = host.clock.monotonic()
    run.work()
    assert 120 <= host.clock.monotonic() - began < 135


def test_extending_moves_the_deadline(host: FakeHost) -> None:
    run = Run(host, the_plan(host), confirm_within=30)
    run.after(20, Request(Ask.EXTEND, 60.0)).after(80, Request(Ask.CONFIRM))
    assert run.work() == 0


def test_progress_shows_the_remaining_time_to_other_processes(host: FakeHost) -> None:
    run = Run(host, the_plan(host), confirm_within=120)
    seen = []
    host.clock.after(20, lambda: seen.append(Store(host.machine).progress(run.id)))
    run.work()
    assert seen[0].state is State.ACTIVE
    assert seen[0].remaining is not None
    assert 95 < seen[0].remaining <= 102
    assert seen[0].deadline == pytest.approx(host.clock.now(), abs=130)


def test_rolling_back_wins_over_confirming_at_the_same_moment(host: FakeHost) -> None:
    run = Run(host, the_plan(host))
    run.after(5, Request(Ask.CONFIRM), Request(Ask.ROLLBACK))
    assert run.work() == 2
    run.assert_back()


def test_confirmation_before_everything_runs_does_not_count(host: FakeHost) -> None:
    run = Run(host, the_plan(host))
    run.poster(Request(Ask.CONFIRM))()
    assert run.work() == 2
    run.assert_back()


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        (("ifdown", "eth0"), "`ifdown eth0` failed with status 1: ifdown: it was told to fail"),
        (("ifup", "xenbr0"), "`ifup xenbr0` failed with status 1"),
    ],
)
def test_failing_command_goes_back_and_says_which(
    host: FakeHost, failing: tuple[str, ...], words: str
) -> None:
    host.runner.failing.add(failing)
    run = Run(host, the_plan(host))
    assert run.work() == 2
    assert words in run.record.result
    run.assert_back()


def test_the_old_network_may_take_a_while_to_come_back_by_itself(host: FakeHost) -> None:
    """A lease takes seconds: an address that netlink puts there meanwhile would be nobody's."""
    run, does, clock = Run(host, the_plan(host)), host.runner.run, host.clock
    back: list[float] = []
    add = host.kernel.add_address

    def slowly(argv: Sequence[str], timeout: float = 60.0) -> Completed:
        if tuple(argv) != ("ifup", "eth0"):
            return does(argv, timeout)
        began = clock.monotonic()
        clock.after(4, lambda: [does(argv), back.append(clock.monotonic() - began)].clear())
        return Completed(tuple(argv), 0, "", "")

    def watched(link: str, address: Address) -> None:
        back.append(0.0)
        add(link, address)

    host.runner.run = slowly  # type: ignore[method-assign]
    host.kernel.add_address = watched  # type: ignore[method-assign]
    assert run.work() == 2
    assert back == [0.0, pytest.approx(4, abs=0.6)], "one address, and that by ifup"
    run.assert_back()


def test_link_that_never_comes_up_goes_back(host: FakeHost) -> None:
    host.runner._make_bridge = lambda: None  # type: ignore[method-assign]
    run = Run(host, the_plan(host))
    assert run.work() == 2
    assert "bond0 is not forwarding on its bridge after 10 s" in run.record.result
    run.assert_back()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda kernel: kernel.options.update(miimon="0"), "bond0 has miimon 0, not 100"),
        (lambda kernel: kernel.set_master("eth1", None), "eth1 is not a slave of bond0"),
        (lambda kernel: kernel.set_master("bond0", None), "bond0 is not a port of xenbr0"),
        (lambda kernel: kernel.flush_addresses("xenbr0"), "xenbr0 does not have 192.168.0.222/24"),
        (lambda kernel: kernel.routes.clear(), "the route to default via 192.168.0.1 is missing"),
    ],
)
def test_kernel_that_runs_something_else_takes_the_change_back(
    host: FakeHost, spoil: Callable[[object], None], words: str
) -> None:
    plan = the_plan(host)
    # Without the wait, so that what is missing is found by reading back.
    plan = Plan(plan.stack, plan.changes, plan.forward[:3], plan.rollback, plan.expected)
    make = host.runner._make_bridge

    def make_wrong() -> None:
        make()
        spoil(host.kernel)

    host.runner._make_bridge = make_wrong  # type: ignore[method-assign]
    run = Run(host, plan)
    assert run.work() == 2
    assert words in run.record.result
    run.assert_back()


def test_way_back_is_finished_by_netlink_where_the_commands_fail(host: FakeHost) -> None:
    host.runner.failing |= {("ifdown", "xenbr0"), ("ifup", "eth0")}
    run = Run(host, the_plan(host))
    assert run.work() == 2
    assert run.record.state is State.ROLLED_BACK
    run.assert_back()


def test_what_was_made_of_the_files_and_can_not_be_made_again_is_said(host: FakeHost) -> None:
    """The network is as before, and the daemon's files are still the change's."""
    plan = the_plan(host)
    back = tuple(step for step in plan.rollback if not isinstance(step.action, RestoreFiles))
    plan = replace(plan, rollback=(*netplan.FILES.restored, *back), at_boot=netplan.AT_BOOT)
    host.clock.after(5, lambda: host.runner.failing.add(("netplan", "generate")))
    run = Run(host, plan)
    assert run.work() == EXIT_REFUSED
    run.assert_back()
    assert run.record.end is State.FAILED
    assert "Not rolled back completely" in run.record.result
    assert "still made of this change's files: `netplan generate` failed" in run.record.result


def test_what_cannot_be_put_back_is_said(host: FakeHost) -> None:
    host.runner.failing.add(("ifup", "eth0"))
    run = Run(host, the_plan(host), confirm_within=30)

    def jam() -> None:
        host.kernel.refuses.add("eth0")

    host.clock.after(20, jam)
    assert run.work() == 2
    assert run.record.state is State.FAILED
    assert run.record.result.startswith("Not rolled back completely: nobody confirmed it in time.")
    assert "Every file is as it was before. Still different: " in run.record.result
    assert "eth0 lacks 192.168.0.222/24" in run.record.result
    assert run.record.result.endswith("tried again with `xenbond recover`.")
    assert tree_of(host.root) == run.before
    told = [argv[-1] for argv in host.runner.ran if argv[0] in ("wall", "logger")]
    assert len(told) == 2
    for text in told:
        assert "COULD NOT BE ROLLED BACK COMPLETELY" in text
        assert "eth0 lacks 192.168.0.222/24" in text
    assert broken(host.machine) == run.record
    (ifup,) = (
        it for it in Store(host.machine).progress(run.id).lines if it.label == "bring eth0 up"
    )
    assert ifup.status == "failed"
    assert ifup.detail.startswith("`ifup eth0` failed")


def test_what_could_not_be_put_back_is_tried_again_when_a_person_asks(host: FakeHost) -> None:
    host.runner.failing.add(("ifup", "eth0"))
    run = Run(host, the_plan(host), confirm_within=30)
    host.clock.after(20, lambda: host.kernel.refuses.add("eth0"))
    run.work()
    assert run.record.state is State.FAILED
    host.kernel.refuses.clear()
    transaction.reach(host.machine, run.id, State.WRITTEN, "taken up again")
    run_worker(host.machine, run.id, rollback=True)
    assert run.record.state is State.ROLLED_BACK
    assert run.record.result == "Rolled back: it was tried again."
    run.assert_back()


def test_a_disk_that_refuses_the_note_keeps_nothing_from_being_put_back(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = transaction.reach

    def refuses(machine: Machine, id: str, state: State, *more: Any) -> None:
        if state is State.ROLLING_BACK:
            raise XenbondError("journal.jsonl: No space left on device.")
        reach(machine, id, state, *more)

    monkeypatch.setattr(transaction, "reach", refuses)
    run = Run(host, the_plan(host))
    assert run.work() == 2
    assert run.record.state is State.ROLLED_BACK
    run.assert_back()


def test_terminated_worker_goes_back_first(host: FakeHost) -> None:
    run = Run(host, the_plan(host))
    host.clock.after(10, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert run.work() == 2
    assert run.record.state is State.ROLLED_BACK
    run.assert_back()


def test_closed_terminal_does_not_end_the_worker(host: FakeHost) -> None:
    run = Run(host, the_plan(host)).after(20, Request(Ask.CONFIRM))
    host.clock.after(10, lambda: os.kill(os.getpid(), signal.SIGHUP))
    assert run.work() == 0


def test_unforeseen_error_goes_back_too(host: FakeHost) -> None:
    def broken() -> None:
        raise ZeroDivisionError("division by zero")

    host.runner._make_bridge = broken  # type: ignore[method-assign]
    run = Run(host, the_plan(host))
    assert run.work() == 2
    assert "ZeroDivisionError" in run.record.result
    run.assert_back()


def test_link_started_meanwhile_is_left_alone(host: FakeHost) -> None:
    run = Run(host, the_plan(host), confirm_within=60)
    host.clock.after(30, lambda: host.kernel.links.update({"vif7.0": nic("vif7.0", 77)}))
    run.work()
    assert host.kernel.links.pop("vif7.0") == nic("vif7.0", 77)
    run.assert_back()


def test_file_changed_meanwhile_is_kept_before_it_is_put_back(host: FakeHost) -> None:
    run = Run(host, the_plan(host), confirm_within=60)
    host.clock.after(30, lambda: host.put(INTERFACES, b"someone else's\n"))
    run.work()
    assert host.read(INTERFACES) == OLD
    assert f"{INTERFACES} had been changed by someone else" in run.record.result
    where = run.record.result.split("kept as ")[1].rstrip(".")
    with open(where, "rb") as stream:
        assert stream.read() == b"someone else's\n"


def test_second_worker_does_not_touch_what_a_living_one_holds(host: FakeHost) -> None:
    run = Run(host, the_plan(host)).after(40, Request(Ask.CONFIRM))
    results = []
    host.clock.after(10, lambda: results.append(run_worker(host.machine, run.id)))
    assert run.work() == 0
    assert results == [2]
    assert run_worker(host.machine, run.id) == 2
    assert host.read(INTERFACES) == NEW
