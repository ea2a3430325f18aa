"""A change takes itself back when what reached the host before does not any more."""

import os
from dataclasses import replace

import pytest
from facts_builder import session_over
from fake_runs import Run, fake_host, the_plan
from fakes import ADDRESS, DEFAULT_ROUTE, FakeHost, nic

from xenbond_tui.apply.begin import write_only
from xenbond_tui.apply.expect_disconnect import (
    aim_of_undo,
    disconnected_by,
    no_way_left,
    told,
)
from xenbond_tui.apply.operator import Operator
from xenbond_tui.apply.requests import Ask, Request
from xenbond_tui.apply.store import Store
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.plan import Expected


@pytest.fixture
def host(tmp_path: os.PathLike[str]) -> FakeHost:
    return fake_host(tmp_path)


def test_gateway_that_answered_before_must_answer_after(host: FakeHost) -> None:
    host.runner.cut_off_by_bridge = True
    run = Run(host, the_plan(host))
    assert run.work() == 2
    assert "gateway 192.168.0.1 worked before the change and does not any more" in run.record.result
    run.assert_back()


def test_what_did_not_work_before_is_not_asked_for(host: FakeHost) -> None:
    host.runner.silent.add("192.168.0.1")
    run = Run(host, the_plan(host)).after(5, Request(Ask.CONFIRM))
    assert run.work() == 0


CONNECTION = "10.0.0.5 51234 192.168.0.222 22"


def sockets(host: FakeHost, unacknowledged: int = 0, retransmits: int = 0) -> None:
    """The host's TCP connections: a listener and the operator's session."""
    head = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
    listener = (
        b"   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    )
    session = (
        f"   1: DE00A8C0:0016 0500000A:C822 01 {unacknowledged:08X}:00000000 "
        f"01:00000014 {retransmits:08X}     0\n"
    )
    host.put("/proc/net/tcp", head + listener + session.encode())


def test_session_that_gets_through_again_is_no_reason_to_go_back(host: FakeHost) -> None:
    sockets(host)
    make = host.runner._make_bridge

    def make_and_stall() -> None:
        make()
        sockets(host, unacknowledged=64, retransmits=3)
        host.clock.after(4, lambda: sockets(host))

    host.runner._make_bridge = make_and_stall  # type: ignore[method-assign]
    run = Run(host, the_plan(host), asked_by=Operator("alice", CONNECTION))
    assert run.after(30, Request(Ask.CONFIRM)).work() == 0
    labels = [line.label for line in Store(host.machine).progress(run.id).lines]
    assert labels[-1] == "your session from 10.0.0.5"


def stalled_by_the_bridge(host: FakeHost, unacknowledged: int = 64, retransmits: int = 7) -> None:
    sockets(host)
    make = host.runner._make_bridge

    def make_and_stall() -> None:
        make()
        sockets(host, unacknowledged, retransmits)

    host.runner._make_bridge = make_and_stall  # type: ignore[method-assign]


@pytest.mark.parametrize(("unacknowledged", "retransmits"), [(64, 7), (64, 0), (0, 7)])
def test_session_that_is_not_acknowledged_any_more_takes_the_change_back(
    host: FakeHost, unacknowledged: int, retransmits: int
) -> None:
    stalled_by_the_bridge(host, unacknowledged, retransmits)
    run = Run(host, the_plan(host), asked_by=Operator("alice", CONNECTION))
    assert run.work() == 2
    assert "your session from 10.0.0.5 worked before the change" in run.record.result
    run.assert_back()


def test_session_that_was_closed_is_no_reason_to_go_back(host: FakeHost) -> None:
    sockets(host)
    host.clock.after(1, lambda: host.put("/proc/net/tcp", b""))
    run = Run(host, the_plan(host), asked_by=Operator("alice", CONNECTION))
    assert run.after(30, Request(Ask.CONFIRM)).work() == 0


def test_session_that_was_stuck_before_is_not_asked_for(host: FakeHost) -> None:
    sockets(host, unacknowledged=64, retransmits=1)
    run = Run(host, the_plan(host), asked_by=Operator("alice", CONNECTION))
    assert run.after(30, Request(Ask.CONFIRM)).work() == 0


def test_being_cut_off_on_purpose_is_noted_and_still_has_to_be_kept(host: FakeHost) -> None:
    stalled_by_the_bridge(host)
    host.runner.cut_off_by_bridge = True
    asked_by = Operator("alice", CONNECTION)
    run = Run(host, the_plan(host), asked_by=asked_by, expect_disconnect=True)
    began = host.clock.monotonic()
    assert run.work() == 2
    assert "nobody confirmed it in time" in run.record.result
    assert host.clock.monotonic() - began >= 120
    noted = {
        line.label
        for line in Store(host.machine).progress(run.id).lines
        if line.detail == "not any more; that was the intention"
    }
    assert noted == {"gateway 192.168.0.1", "DNS server 192.168.0.1", "your session from 10.0.0.5"}
    run.assert_back()


def test_guests_may_not_be_cut_off_on_purpose(host: FakeHost) -> None:
    host.kernel.add_link("br9", "bridge")
    host.kernel.add_link("vif1.0", "", master="br9")
    make = host.runner._make_bridge

    def make_and_lose_guest() -> None:
        make()
        host.kernel.set_master("vif1.0", None)

    host.runner._make_bridge = make_and_lose_guest  # type: ignore[method-assign]
    run = Run(host, the_plan(host), expect_disconnect=True)
    assert run.work() == 2
    assert "vif1.0" in run.record.result


def test_guest_that_loses_its_bridge_takes_the_change_back(host: FakeHost) -> None:
    host.kernel.add_link("br9", "bridge")
    host.kernel.add_link("vif1.0", "", master="br9")
    plan = the_plan(host)
    make = host.runner._make_bridge

    def make_and_lose_guest() -> None:
        make()
        host.kernel.set_master("vif1.0", None)

    host.runner._make_bridge = make_and_lose_guest  # type: ignore[method-assign]
    run = Run(host, plan)
    assert run.work() == 2
    assert "vif1.0" in run.record.result
    assert host.kernel.links["vif1.0"].master == "br9"


# What a change gives up, told before it is begun


OLD, NEW = Address("192.0.2.10", 24), Address("192.0.2.11", 24)
GATEWAY = Route("default", "192.0.2.1", "eth0")
AIM = Expected("bond0", ("eth0",), {}, "xenbr0", (NEW,), (GATEWAY.by("xenbr0"),))
BARE = replace(AIM, addresses=(), routes=())
SESSION = session_over("eth0")
LEASED, SIX = replace(OLD, dynamic=True), Address("2001:db8::6", 64, 6)
BY_ROUTER = Route("default", "fe80::1", "eth0", 6, protocol="ra")


def runs(*held: Address, routes: tuple[Route, ...] = (GATEWAY,), below: str = "") -> KernelSnapshot:
    """eth0 has these, or a bridge that it is a port of; eth9 has nothing to do with it."""
    own = {below: held} if below else {"eth0": held}
    links = (
        nic("eth0", 1, addresses=own.get("eth0", ()), master=below or None),
        nic("br7", 2, kind="bridge", addresses=own.get("br7", ())),
        nic("eth9", 3, addresses=(Address("198.51.100.9", 24),)),
    )
    return KernelSnapshot(links, (*routes, Route("default", "198.51.100.1", "eth9")), (), ())


@pytest.mark.parametrize(
    ("now", "aim", "gives_up"),
    [
        (runs(OLD), None, ()),
        (runs(OLD), replace(AIM, addresses=(OLD,)), ()),
        (runs(OLD), AIM, ("192.0.2.10",)),
        (runs(OLD, below="br7"), AIM, ("192.0.2.10",)),
        (runs(OLD), BARE, ("192.0.2.10", "the gateway 192.0.2.1")),
        (runs(OLD), replace(BARE, dhcp=True), ("192.0.2.10",)),
        (runs(LEASED), replace(BARE, dhcp=True), ()),
        (runs(LEASED), AIM, ("192.0.2.10",)),
        (runs(SIX), replace(BARE, dhcp=True), ("2001:db8::6",)),
        (runs(replace(SIX, dynamic=True), routes=(BY_ROUTER,)), BARE, ()),
        (runs(replace(OLD, scope="link")), AIM, ()),
        (runs(SIX, OLD), AIM, ("192.0.2.10", "2001:db8::6")),
        (runs(OLD, routes=(replace(GATEWAY, destination="10.0.0.0/8"),)), BARE, ("192.0.2.10",)),
        (runs(OLD, routes=(replace(GATEWAY, gateway=None),)), BARE, ("192.0.2.10",)),
        (
            runs(NEW, routes=(replace(GATEWAY, gateway="192.0.2.9"), BY_ROUTER)),
            AIM,
            ("the gateway 192.0.2.9",),
        ),
    ],
)
def test_what_a_change_gives_up(
    now: KernelSnapshot, aim: Expected | None, gives_up: tuple[str, ...]
) -> None:
    assert disconnected_by(now, aim, None) == gives_up
    assert disconnected_by(now, aim, replace(SESSION, local="203.0.113.7")) == gives_up


def test_the_address_of_the_session_is_told_first() -> None:
    session = replace(SESSION, local="192.0.2.10")
    assert disconnected_by(runs(Address("192.0.2.1", 24), OLD), AIM, session) == (
        "192.0.2.10, by which you are logged in",
        "192.0.2.1",
    )
    assert disconnected_by(runs(OLD), replace(AIM, addresses=(OLD,)), session) == ()


@pytest.mark.parametrize(
    ("now", "aim", "none_left"),
    [
        (runs(OLD), None, False),
        (runs(OLD), AIM, False),
        (runs(OLD), replace(BARE, dhcp=True), False),
        (runs(OLD), BARE, True),
        (runs(OLD), replace(BARE, addresses=(replace(OLD, scope="link"),)), True),
        (runs(OLD, routes=()), BARE, False),
        (runs(OLD, routes=(replace(GATEWAY, gateway=None),)), BARE, False),
        (runs(OLD, routes=(replace(GATEWAY, destination="10.0.0.0/8"),)), BARE, False),
        (runs(OLD, routes=(GATEWAY.by("br7"),), below="br7"), BARE, True),
    ],
)
def test_whether_a_change_leaves_no_way_to_the_gateway(
    now: KernelSnapshot, aim: Expected | None, *, none_left: bool
) -> None:
    assert no_way_left(now, aim) is none_left


def test_what_a_change_gives_up_is_told_with_what_it_means_to_say_so() -> None:
    assert told((), bare=True, by="the tick") == ""
    some = told(("192.0.2.10", "192.0.2.1"), bare=False, by="the tick")
    assert some.startswith("Gives up 192.0.2.10 and 192.0.2.1. With the tick it is not rolled back")
    bare = told(("192.0.2.10",), bare=True, by="the tick")
    assert "without the tick it is rolled back at once" in bare


def test_an_undo_aims_at_what_the_host_had_before_the_change(host: FakeHost) -> None:
    other = Address("198.51.100.9", 24)
    host.kernel.add_link("eth9", "", addresses=(other,))
    host.kernel.add_route(Route("10.0.0.0/8", None, "eth9"))
    run = Run(host, the_plan(host)).after(5, Request(Ask.CONFIRM))
    assert run.work() == 0
    aim = aim_of_undo(host.machine, run.id)
    assert aim is not None
    assert (aim.bond, aim.slaves, aim.bridge) == ("bond0", ("eth0", "eth1"), "xenbr0")
    assert (aim.addresses, aim.routes) == ((ADDRESS,), (DEFAULT_ROUTE,))
    # The same address by the same gateway: nobody is cut off by that undo.
    assert disconnected_by(host.kernel.snapshot(), aim, None) == ()


def test_what_was_written_to_files_alone_has_no_aim(host: FakeHost) -> None:
    id = write_only(host.machine, the_plan(host))
    assert aim_of_undo(host.machine, id) is None
