"""Who holds the change, and what went back while nobody watched: told clearly, and once."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change

from xenbond_tui.apply import transaction
from xenbond_tui.apply.holder import Holder, holder
from xenbond_tui.apply.news import mark_seen, unseen
from xenbond_tui.apply.one_at_a_time import refuse_while_waiting
from xenbond_tui.apply.operator import Operator, operator
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.commands.remarks import tell_news
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind

INTERFACES = "/etc/network/interfaces"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put(INTERFACES, b"old\n")
    return host


def prepared(host: FakeHost) -> str:
    plan = bridged_bond(change(host, INTERFACES, b"new\n"))
    alice = Operator("alice on pts/3 from 10.0.0.5", "10.0.0.5 51234 192.168.0.222 22")
    return transaction.prepare(
        host.machine, plan, host.kernel.snapshot(), confirm_within=120, asked_by=alice
    )


def gone_back(host: FakeHost) -> str:
    id = prepared(host)
    assert run_worker(host.machine, id) == 2
    host.clock.sleep(60)
    return id


def test_second_one_reads_who_holds_it_and_since_when(host: FakeHost) -> None:
    id = prepared(host)
    seen: list[str] = []

    def second() -> None:
        with pytest.raises(XenbondError) as refusal:
            refuse_while_waiting(host.machine)
        seen.append(str(refusal.value))

    host.clock.after(35, second)
    run_worker(host.machine, id)
    (said,) = seen
    assert said.startswith(f"Change {id} (bond0 (active-backup: eth0, eth1) under xenbr0) ")
    assert "begun 35 s ago by alice on pts/3 from 10.0.0.5" in said
    assert f"held by process {os.getpid()}; nothing was changed" in said
    assert "`xenbond confirm`" in said


def test_screens_read_the_same(host: FakeHost) -> None:
    id = prepared(host)
    assert holder(host.machine) is None
    found = []
    host.clock.after(10, lambda: found.append(holder(host.machine)))
    run_worker(host.machine, id)
    (held,) = found
    assert held is not None
    assert (held.record.id, held.pid) == (id, os.getpid())
    assert held.record.by == "alice on pts/3 from 10.0.0.5"
    assert 9 < held.seconds < 11
    assert holder(host.machine) is None


@pytest.mark.parametrize(("by", "told"), [("alice", "0 s ago by alice and"), ("", "0 s ago and")])
def test_who_holds_it_is_told_where_it_is_known(host: FakeHost, by: str, told: str) -> None:
    plan = bridged_bond(change(host, INTERFACES, b"new\n"))
    id = transaction.prepare(host.machine, plan, None, confirm_within=120, asked_by=Operator(by))
    text = Holder(Store(host.machine).record(id), 4711, 0.0).text
    assert f"was begun {told} has not ended yet, held by process 4711" in text


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SUDO_USER": "alice", "LOGNAME": "root", "USER": "root"}, "alice"),
        ({"LOGNAME": "bob", "USER": "root"}, "bob"),
        ({"SUDO_USER": "", "USER": "carol"}, "carol"),
        ({}, ""),
        (
            {"SUDO_USER": "alice", "SSH_CONNECTION": "10.0.0.5 51234 192.168.0.222 22"},
            "alice from 10.0.0.5",
        ),
    ],
)
def test_who_asks_is_who_called_sudo_else_who_logged_in(
    host: FakeHost, environ: dict[str, str], said: str
) -> None:
    assert operator(replace(host.machine, environ=environ)).name == said


@pytest.mark.parametrize("kind", [HostKind.LIVE, HostKind.DEMO, HostKind.TREE])
def test_the_session_of_this_process_counts_on_this_host_alone(
    host: FakeHost, kind: HostKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sudo and su take SSH_CONNECTION away; of another tree's host nobody is logged in here."""
    login = "10.0.0.5 51234 192.168.0.222 22"
    monkeypatch.setattr("xenbond_tui.apply.operator.login_connection", lambda pid: login)
    monkeypatch.setattr("xenbond_tui.apply.operator._terminal", lambda: "pts/3")
    machine = replace(host.machine, access=Access(kind, host.root), environ={"USER": "alice"})
    live = kind is HostKind.LIVE
    wanted = Operator("alice on pts/3 from 10.0.0.5", login) if live else Operator("alice")
    assert operator(machine) == wanted


def test_roll_back_nobody_saw_is_told_once(
    host: FakeHost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = gone_back(host)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    tell_news(host.machine)
    said = capsys.readouterr().out
    assert f"Change {id} (bond0" in said
    assert "was rolled back, 20" in said
    assert "nobody confirmed it in time" in said
    tell_news(host.machine)
    assert capsys.readouterr().out == ""


def test_a_pipe_is_not_told_and_the_person_still_is(
    host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    id = gone_back(host)
    tell_news(host.machine)
    assert capsys.readouterr().out == ""
    found = unseen(host.machine)
    assert found is not None
    assert found.id == id


def test_kept_changes_are_no_news(host: FakeHost) -> None:
    gone_back(host)
    id = prepared(host)
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(20, lambda: [post(directory, Request(Ask.CONFIRM))].clear())
    assert run_worker(host.machine, id) == 0
    assert unseen(host.machine) is None


def test_next_one_that_goes_back_is_news_again(host: FakeHost) -> None:
    mark_seen(host.machine, gone_back(host))
    assert unseen(host.machine) is None
    second = gone_back(host)
    found = unseen(host.machine)
    assert found is not None
    assert found.id == second


def test_failure_is_news_too(host: FakeHost) -> None:
    id = prepared(host)
    transaction.reach(host.machine, id, State.FAILED, "Not put back: /etc/a: No space left.")
    found = unseen(host.machine)
    assert found is not None
    assert found.state is State.FAILED


def test_fresh_host_has_no_news(host: FakeHost) -> None:
    assert unseen(host.machine) is None
    mark_seen(host.machine, "x")
    assert not os.path.lexists(f"{host.root}/var")
