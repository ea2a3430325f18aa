"""Taking past changes back: exactly, as a change of its own, never over somebody else's work."""

import os
from dataclasses import replace

import pytest
from fakes import ADDRESS, DEFAULT_ROUTE, FakeHost, bridged_bond, change, tree_of

from xenbond_tui.apply import transaction
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.undo import changed_since, newest_undoable, undo_findings, undo_plan
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address
from xenbond_tui.plan.actions import Run, WriteFiles
from xenbond_tui.plan.plan import Outage, Plan, Step

INTERFACES = "/etc/network/interfaces"
W = Step("write", WriteFiles())


@pytest.fixture
def host(tmp_path: os.PathLike[str]) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put(INTERFACES, b"old\n", 0o640)
    return host


def applied(host: FakeHost, plan: Plan, undoes: str = "") -> str:
    """Carried out by the worker and confirmed."""
    snapshot = host.kernel.snapshot()
    id = transaction.prepare(host.machine, plan, snapshot, confirm_within=120, undoes=undoes)
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(20, lambda: [post(directory, Request(Ask.CONFIRM))].clear())
    assert run_worker(host.machine, id) == 0, Store(host.machine).record(id).result
    host.clock.sleep(60)
    return id


def bridged(host: FakeHost) -> str:
    return applied(host, bridged_bond(change(host, INTERFACES, b"new\n")))


def test_undo_brings_files_and_network_back(host: FakeHost) -> None:
    before = tree_of(host.root)
    id = bridged(host)
    undo = applied(host, undo_plan(host.machine), undoes=id)
    assert tree_of(host.root) == before
    assert set(host.kernel.links) == {"eth0", "eth1"}
    assert host.kernel.links["eth0"].addresses == (ADDRESS,)
    assert host.kernel.routes == [DEFAULT_ROUTE]
    record = Store(host.machine).record(undo)
    assert (record.kind, record.undoes, record.state) == ("undo", id, State.CONFIRMED)


def test_undo_shows_what_it_will_do(host: FakeHost) -> None:
    id = bridged(host)
    plan = undo_plan(host.machine, id)
    assert [(c.path, c.before, c.after) for c in plan.changes] == [(INTERFACES, b"new\n", b"old\n")]
    assert [step.label for step in plan.forward] == [
        "take xenbr0 down",
        "put the files back",
        "bring eth0 up",
    ]
    assert id in plan.summary


def test_unconfirmed_undo_goes_back_to_the_bond(host: FakeHost) -> None:
    id = bridged(host)
    bonded = tree_of(host.root)
    plan = undo_plan(host.machine, id)
    snapshot = host.kernel.snapshot()
    undo = transaction.prepare(host.machine, plan, snapshot, confirm_within=30, undoes=id)
    assert run_worker(host.machine, undo) == 2
    assert tree_of(host.root) == bonded
    assert host.kernel.links["xenbr0"].addresses == (ADDRESS,)
    assert host.kernel.links["eth0"].master == "bond0"
    assert newest_undoable(Store(host.machine)).id == id


def test_undo_that_cuts_the_gateway_off_goes_back(host: FakeHost) -> None:
    id = bridged(host)
    plan = undo_plan(host.machine, id)
    host.runner.failing.add(("ifup", "eth0"))
    undo = transaction.prepare(
        host.machine, plan, host.kernel.snapshot(), confirm_within=30, undoes=id
    )
    assert run_worker(host.machine, undo) == 2
    assert "`ifup eth0` failed" in Store(host.machine).record(undo).result
    assert host.kernel.links["xenbr0"].addresses == (ADDRESS,)


def test_guests_on_the_bridge_do_not_forbid_the_undo(host: FakeHost) -> None:
    id = bridged(host)
    host.kernel.add_link("vif1.0", "", master="xenbr0")
    applied(host, undo_plan(host.machine, id), undoes=id)
    assert host.kernel.links["vif1.0"].master is None


def test_address_the_host_got_since_is_no_reason_to_stay(host: FakeHost) -> None:
    id = bridged(host)
    host.kernel.add_address("xenbr0", Address("10.9.9.9", 8))
    applied(host, undo_plan(host.machine, id), undoes=id)
    assert host.kernel.links["eth0"].addresses == (ADDRESS,)


@pytest.mark.parametrize("how", ["content", "mode", "removed"])
def test_file_changed_since_is_refused_by_name(host: FakeHost, how: str) -> None:
    id = bridged(host)
    if how == "removed":
        os.unlink(host.root + INTERFACES)
    else:
        host.put(INTERFACES, b"mine\n" if how == "content" else b"new\n", 0o600)
    before = tree_of(host.root)
    with pytest.raises(XenbondError, match=f"Changed since {id}: {INTERFACES}"):
        undo_plan(host.machine, id)
    assert tree_of(host.root) == before


def test_refusal_comes_with_the_three_way_difference(host: FakeHost) -> None:
    id = bridged(host)
    host.put(INTERFACES, b"new\nmine\n", 0o600)
    (item,) = changed_since(host.machine, id)
    assert (item.ours.before, item.ours.after, item.since.before) == (b"old\n", b"new\n", b"new\n")
    assert (item.since.after, item.since.before_mode) == (b"new\nmine\n", 0o644)
    assert (item.ours.before_mode, item.ours.mode, item.since.mode) == (0o640, 0o644, 0o600)
    assert (item.by, item.who) == ("", "someone else")
    ours, since = item.text().split("as it was written > now, by someone else:\n")
    assert "-old\n+new\n" in ours
    assert "old mode 0644\nnew mode 0600\n" in since
    assert "+mine\n" in since
    assert "-old" not in since


@pytest.mark.parametrize("id", ["later", None])
def test_nothing_was_changed_since(host: FakeHost, id: str | None) -> None:
    made = bridged(host)
    assert changed_since(host.machine, made if id else None) == ()


def test_removed_since_is_shown_as_removed(host: FakeHost) -> None:
    id = bridged(host)
    os.unlink(host.root + INTERFACES)
    (item,) = changed_since(host.machine, id)
    assert item.since.after is None
    assert item.since.status == "removed"


def test_force_shows_what_it_overwrites(host: FakeHost) -> None:
    id = bridged(host)
    host.put(INTERFACES, b"mine\n", 0o644)
    plan = undo_plan(host.machine, id, force=True)
    assert "-mine\n" in plan.changes[0].diff()
    applied(host, plan, undoes=id)
    assert host.read(INTERFACES) == b"old\n"


def test_later_change_is_named_as_the_one_to_undo_first(host: FakeHost) -> None:
    id = bridged(host)
    write = Plan(
        "ifupdown", (change(host, INTERFACES, b"newer\n"),), (Step("w", WriteFiles()),), ()
    )
    host.clock.sleep(60)
    later = write_only(host.machine, write)
    with pytest.raises(XenbondError, match=f"{INTERFACES} \\(by {later}\\)"):
        undo_plan(host.machine, id)


def test_newest_first_and_each_only_once(host: FakeHost) -> None:
    steps = (Step("write the files", WriteFiles()),)
    ids = []
    for content in (b"1", b"2"):
        ids.append(
            write_only(
                host.machine, Plan("ifupdown", (change(host, INTERFACES, content),), steps, ())
            )
        )
        host.clock.sleep(10)
    undo_files(host.machine)
    assert host.read(INTERFACES) == b"1"
    host.clock.sleep(10)
    undo_files(host.machine)
    assert host.read(INTERFACES) == b"old\n"
    assert [item.undoes for item in Store(host.machine).history()] == [*ids, "", ""]
    with pytest.raises(XenbondError, match="no change to undo"):
        undo_files(host.machine)


def test_undo_of_an_undo_brings_the_change_back(host: FakeHost) -> None:
    plan = Plan("ifupdown", (change(host, INTERFACES, b"new\n"),), (Step("w", WriteFiles()),), ())
    write_only(host.machine, plan)
    bonded = tree_of(host.root)
    undo = undo_files(host.machine)
    host.clock.sleep(10)
    undo_files(host.machine, undo)
    assert tree_of(host.root) == bonded
    assert newest_undoable(Store(host.machine)).undoes == ""


def test_an_undone_undo_that_nobody_keeps_leaves_no_bond_behind(host: FakeHost) -> None:
    id = bridged(host)
    undo = applied(host, undo_plan(host.machine), undoes=id)
    before = tree_of(host.root)
    plan = undo_plan(host.machine, undo)
    again = transaction.prepare(
        host.machine,
        plan,
        host.kernel.snapshot(),
        confirm_within=30,
        undoes=undo,
    )
    host.runner.failing.add(("ifdown", "xenbr0"))
    assert run_worker(host.machine, again) == 2
    assert Store(host.machine).record(again).state is State.ROLLED_BACK
    assert set(host.kernel.links) == {"eth0", "eth1"}
    assert host.kernel.links["eth0"].addresses == (ADDRESS,)
    assert tree_of(host.root) == before


def test_files_that_never_ran_are_undone_without_touching_the_network(host: FakeHost) -> None:
    plan = bridged_bond(change(host, INTERFACES, b"new\n"))
    id = write_only(host.machine, plan)
    up = undo_plan(host.machine, id).forward
    assert [type(step.action) for step in up] == [WriteFiles]
    host.runner._make_bridge()
    up = undo_plan(host.machine, id).forward
    assert any(isinstance(step.action, Run) for step in up)


@pytest.mark.parametrize("id", ["2001-01-01T00-00-00-1", "../../etc", "."])
def test_unknown_change_is_refused(host: FakeHost, id: str) -> None:
    with pytest.raises(XenbondError, match="xenbond history"):
        undo_plan(host.machine, id)


OUTAGE = Outage(5, 15, "while ifdown and ifup change over: why")


def test_undo_of_a_change_with_a_gap_tells_it_before(host: FakeHost) -> None:
    plan = replace(bridged_bond(change(host, INTERFACES, b"new\n")), outage=OUTAGE)
    id = applied(host, plan)
    back = undo_plan(host.machine)
    (finding,) = undo_findings(host.machine, back)
    assert (finding.severity, finding.code, finding.where) == ("note", "gap", "xenbr0")
    assert OUTAGE.text in finding.text
    undo = applied(host, back, undoes=id)
    again = undo_plan(host.machine, undo)
    (finding,) = undo_findings(host.machine, again, undo)
    assert finding.text.count(OUTAGE.text) == 1


def test_undo_of_a_change_without_a_gap_tells_none(host: FakeHost) -> None:
    bridged(host)
    assert undo_findings(host.machine, undo_plan(host.machine)) == ()


def test_undo_of_files_that_never_ran_has_no_gap(host: FakeHost) -> None:
    plan = replace(bridged_bond(change(host, INTERFACES, b"new\n")), outage=OUTAGE)
    id = transaction.prepare(host.machine, plan, None)
    transaction.write(host.machine, id)
    transaction.reach(host.machine, id, State.CONFIRMED)
    assert undo_findings(host.machine, undo_plan(host.machine)) == ()


def test_the_refusal_names_the_later_change_to_undo_first(host: FakeHost) -> None:
    id = bridged(host)
    later = applied(host, Plan("ifcfg", (change(host, INTERFACES, b"newer\n"),), (W,), ()))
    with pytest.raises(XenbondError, match=f"Undo {later} first, or force it"):
        undo_plan(host.machine, id)
    host.put(INTERFACES, b"mine\n")
    with pytest.raises(XenbondError, match=r"Nothing was written\. `xenbond undo --force`"):
        undo_plan(host.machine, later)


@pytest.mark.parametrize("lower", ["bond0", "xenbr0"])
def test_what_came_to_stand_on_the_bond_since_is_not_destroyed(host: FakeHost, lower: str) -> None:
    """By hand, by a script, by a guest's tools: nothing would make it again."""
    bridged(host)
    host.kernel.add_link("lan10", "vlan", lower=lower, vlan_id=10)
    for force in (False, True):
        with pytest.raises(XenbondError, match=rf"lan10 \(VLAN 10\) stands on {lower}"):
            undo_plan(host.machine, force=force)
    host.kernel.links.pop("lan10")
    assert undo_plan(host.machine).changes


def test_what_stands_elsewhere_is_no_matter_to_an_undo(host: FakeHost) -> None:
    bridged(host)
    host.kernel.add_link("lan10", "vlan", lower="eth9", vlan_id=10)
    assert undo_plan(host.machine).changes
