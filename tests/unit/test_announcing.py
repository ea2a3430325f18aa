"""Who announces host and guests when the active slave moves, and what is said where nobody does."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import RHEL6, bond, bridge, make_facts
from fakes import FakeHost, bridged_bond, change, tree_of
from option_cases import HOSTS
from test_apply_undo import applied
from test_left_out import ON_EVERY_STACK
from test_second_plan import names

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, Removal, Request, SetUp
from xenbond_tui.apply import transaction
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.undo import newest_undoable, undo_plan
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health import announcer
from xenbond_tui.health.model import HealthState
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules import announcing
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks import Stack

STATE = HealthState(bond(), bridge(ports=("bond0", "vif1.0")))
GUEST = "00:16:3e:00:00:01"
LINK = "/etc/systemd/system/multi-user.target.wants/xenbond-announce@bond0.service"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path))


def asked(**options: str) -> SetUp:
    return SetUp(Answers(bond=BondAnswers(slaves=("eth0", "eth1"), options=options)))


def test_who_makes_a_slave_active_announces_host_and_guests(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcer, "read_state", lambda machine, name: STATE)
    host.kernel.add_link("bond0", "bond")
    announcer.make_active(host.machine, "bond0", "eth1", {GUEST: "vif1.0"})
    assert host.kernel.announced == ["xenbr0"]
    assert host.kernel.taught == [("bond0", (GUEST,))]


def test_that_nothing_can_be_announced_is_no_error(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(link: str) -> None:
        raise XenbondError("no frames")

    monkeypatch.setattr(announcer, "read_state", lambda machine, name: STATE)
    monkeypatch.setattr(host.kernel, "announcement", refuse)
    announcer.announce_quietly(host.machine, "bond0", {})


def test_review_says_what_it_costs_with_a_primary_or_with_guests() -> None:
    def told(request: SetUp, *, guests: bool = False, present: tuple[str, ...] = ()) -> list[str]:
        bridges = (bridge(ports=("eth0", "vif1.0")),) if guests else ()
        facts = replace(make_facts(present=present), bridges=bridges)
        return [item.code for item in announcing.check(facts, request)]

    assert told(asked()) == []
    assert told(asked(primary="eth0")) == ["not-announced"]
    assert told(asked(), guests=True) == ["not-announced"]
    assert told(asked(primary="eth0"), present=(LINK,)) == []


UNIT = "/etc/systemd/system/xenbond-announce@bond0.service"
NAME = "xenbond-announce@bond0.service"


def wanted(announce: bool | None, **options: str) -> SetUp:
    request = asked(**options)
    bridge = replace(request.answers.bridge, announce=announce)
    return SetUp(replace(request.answers, bridge=bridge))


def with_service(text: str | None, link: str | None = UNIT) -> HostFacts:
    """A host with the unit and its link, as `FileState` has them; None: not there."""
    files: dict[str, FileState] = {}
    if text is not None:
        files[UNIT] = FileState(UNIT, text.encode(), 0o644)
    if link is not None:
        files[LINK] = FileState(LINK, (text or "[Unit]\n").encode(), 0o644, symlink=link)
    return replace(make_facts(), files=files)


def planned(facts: HostFacts, request: Request) -> dict[str, tuple[bytes | None, bytes | None]]:
    found = announcing.changes(facts, request)
    return {item.path: (item.before, item.after) for item in found}


def test_unit_and_link_come_where_they_are_asked_for() -> None:
    facts = replace(make_facts(), at_boot=AtBoot(command=("/opt/x y/python", "-I", "-m", "us")))
    found = planned(facts, wanted(True))
    assert set(found) == {UNIT, LINK}
    assert found[LINK] == (None, UNIT.encode())
    text = (found[UNIT][1] or b"").decode()
    assert "ExecStart='/opt/x y/python' -I -m us announce %i\n" in text
    assert text.startswith("# Made by xenbond")
    # Left out, or refused, it stays as it is.
    assert planned(facts, wanted(None, primary="eth0")) == {}
    assert planned(facts, wanted(False)) == {}


def test_what_is_there_stays_until_it_is_refused_or_the_bond_goes() -> None:
    facts = with_service("# Made by xenbond with the bond, and removed with it.\n[Unit]\n")
    assert planned(facts, wanted(None)) == {}
    gone = {UNIT, LINK}
    assert set(planned(facts, wanted(False))) == gone
    assert set(planned(facts, Removal(asked().answers, "eth0"))) == gone
    for mode in ("802.3ad", "balance-xor"):
        other = replace(asked().answers.bond, mode=mode)
        assert set(planned(facts, SetUp(replace(asked().answers, bond=other)))) == gone


def test_a_unit_of_somebody_else_is_never_rewritten() -> None:
    theirs = with_service("[Unit]\nDescription=mine\n")
    assert planned(theirs, wanted(True)) == {}
    assert planned(theirs, wanted(False)) == {LINK: (UNIT.encode(), None)}
    switched_off = with_service("[Unit]\n", link=None)
    assert planned(switched_off, wanted(True)) == {LINK: (None, UNIT.encode())}
    template = "/etc/systemd/system/xenbond-announce@.service"
    by_template = with_service(None, link=template)
    assert planned(by_template, wanted(True)) == {}
    assert planned(by_template, Removal(asked().answers)) == {LINK: (template.encode(), None)}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (make_facts(system=RHEL6), "systemd does not start this host"),
        (replace(make_facts(), at_boot=AtBoot("/home/x is joe's", "Move it.")), "is joe's"),
        (replace(make_facts(), at_boot=AtBoot(unfit_itself="/home/x is joe's")), "is joe's"),
        (
            make_facts(
                unreadable={UNIT: "is a symbolic link to /dev/null, which is a character device"},
            ),
            "systemctl unmask",
        ),
        (make_facts(unreadable={UNIT: "is a directory"}), "directory"),
    ],
)
def test_it_is_refused_where_it_can_not_be(facts: HostFacts, why: str) -> None:
    found = announcing.check(facts, wanted(True, primary="eth0"))
    assert [(item.code, item.severity) for item in found] == [("cannot-announce", Severity.REFUSE)]
    assert why in found[0].text
    assert not announcing.proposed(facts, asked(primary="eth0").answers)
    told = announcing.check(facts, wanted(None, primary="eth0"))
    assert [item.code for item in told] == ["not-announced"]
    assert why in told[0].remedy


def test_the_wizard_proposes_it_with_a_primary_or_with_guests() -> None:
    facts = make_facts()
    housing = replace(facts, bridges=(bridge(ports=("eth0", "vif1.0")),))
    assert announcing.proposed(facts, asked(primary="eth0").answers)
    assert announcing.proposed(housing, asked().answers)
    assert announcing.proposed(with_service("x"), asked().answers)
    assert not announcing.proposed(facts, asked().answers)
    lacp = replace(asked().answers.bond, mode="802.3ad")
    assert not announcing.proposed(housing, replace(asked().answers, bond=lacp))


@ON_EVERY_STACK
def test_systemd_is_told_around_the_steps_of_every_stack(stack: Stack) -> None:
    request = SetUp(replace(names(stack), bridge=replace(names(stack).bridge, announce=True)))
    facts = HOSTS[stack.name][0]
    if facts.system.init == "sysv":
        facts = replace(facts, system=replace(facts.system, init="systemd"))
    with_it = planner.propose(facts, request).plan
    without = planner.propose(facts, SetUp(names(stack))).plan
    assert with_it is not None
    assert without is not None
    assert {item.path for item in with_it.changed} - {x.path for x in without.changed} == {
        UNIT,
        LINK,
    }
    assert with_it.forward[: len(without.forward)] == without.forward
    assert with_it.rollback[1:-1] == without.rollback
    told = with_it.forward[len(without.forward) :] + with_it.rollback[:1] + with_it.rollback[-1:]
    assert [step.action.argv[1:] for step in told if isinstance(step.action, Run)] == [
        ("daemon-reload",),
        ("restart", NAME),
        ("stop", NAME),
        ("daemon-reload",),
    ]
    assert all(step.best_effort for step in told)
    assert with_it.at_boot[-1].argv == ("systemctl", "--no-block", "stop", NAME)


def test_apply_and_undo_leave_no_trace_of_the_link(host: FakeHost) -> None:
    host.put("/etc/network/interfaces", b"old\n")
    before = tree_of(host.root)
    files = announcing.changes(make_facts(), wanted(True))
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"), *files)
    applied(host, announcing.carried_out(plan, "bond0"))
    assert os.readlink(host.root + LINK) == UNIT
    assert ("systemctl", "restart", NAME) in host.runner.ran
    host.runner.ran.clear()
    applied(host, undo_plan(host.machine), undoes=newest_undoable(Store(host.machine)).id)
    assert tree_of(host.root) == before
    ran = [argv for argv in host.runner.ran if argv[0] == "systemctl"]
    assert ran == [("systemctl", "stop", NAME), ("systemctl", "daemon-reload")]
    # And that one taken back: the link is there again.
    host.runner.ran.clear()
    applied(host, undo_plan(host.machine, Store(host.machine).history()[0].id))
    assert os.readlink(host.root + LINK) == UNIT
    assert ("systemctl", "restart", NAME) in host.runner.ran


def test_a_link_that_somebody_changed_since_is_not_overwritten(host: FakeHost) -> None:
    files = announcing.changes(make_facts(), wanted(True))
    applied(host, announcing.carried_out(bridged_bond(*files), "bond0"))
    os.unlink(host.root + LINK)
    os.symlink("/dev/null", host.root + LINK)
    with pytest.raises(XenbondError, match="Changed since"):
        undo_plan(host.machine)
    forced = undo_plan(host.machine, force=True)
    assert {item.path for item in forced.changed} == {UNIT, LINK}
    os.unlink(host.root + LINK)
    transaction.examine(host.machine, undo_plan(host.machine, force=True))
    with pytest.raises(XenbondError, match="Changed by someone else"):
        transaction.examine(host.machine, forced)


def test_a_link_is_shown_as_one() -> None:
    made = FileChange.of_link(LINK, None, UNIT)
    assert made.diff() == f"new symbolic link\n--- /dev/null\n+++ {LINK}\n@@ -0,0 +1 @@\n+{UNIT}\n"
    gone = FileChange.of_link(LINK, UNIT, None)
    assert gone.diff().startswith("deleted symbolic link\n")
    assert (made.status, gone.status) == ("new", "removed")
