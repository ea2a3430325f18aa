"""Watching a change from a shell: keep, undo, leave, and what is said when its process dies."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.apply import transaction
from xenbond_tui.apply.begin import begin
from xenbond_tui.apply.holder import holder
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.one_at_a_time import busy
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.waiting import ask_rollback, confirm, rollback
from xenbond_tui.commands.follow import follow
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Machine, str]]:
    """A change of the demo host that waits to be kept."""
    unpack("debian12-dom0", os.fspath(tmp_path / "tree"))
    machine = open_demo(os.fspath(tmp_path / "tree"))
    facts = planner.read_host(machine)
    plan = planner.propose(facts, SetUp(planner.prefill(facts))).plan
    assert plan is not None
    id = begin(machine, plan)
    yield machine, id
    if Store(machine).open() is not None:
        rollback(machine)


FOLLOW = """
import sys
from xenbond_tui.cli import run
from xenbond_tui.commands.follow import follow
import xenbond_tui.commands.confirm as command
from xenbond_tui.commands.follow import follow
from xenbond_tui.demo.host import open_demo
command.configure = lambda parser: None
command.run = lambda args: follow(open_demo(sys.argv[1]), sys.argv[2])
sys.exit(run(["confirm"]))
"""


class Watcher:
    """A process that follows a change, on a terminal or without."""

    def __init__(self, machine: Machine, id: str, *, terminal: bool) -> None:
        self.master, end = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", FOLLOW, machine.access.root, id],
            stdin=end if terminal else subprocess.DEVNULL,
            stdout=end,
            stderr=end,
            start_new_session=True,
        )
        os.close(end)
        self.text = ""

    def until(self, words: str) -> None:
        while not re.search(words, self.text):
            assert select.select([self.master], [], [], 120.0)[0], self.text
            data = os.read(self.master, 4096)
            assert data, self.text
            self.text += data.decode()

    def type(self, word: str) -> None:
        os.write(self.master, f"{word}\n".encode())

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        try:
            while data := os.read(self.master, 4096):
                self.text += data.decode()
        except OSError:
            # EIO: the last one who had the terminal open has gone.
            pass
        os.close(self.master)
        return self._process.wait(timeout=120)


def test_typed_keep_keeps(waiting: tuple[Machine, str]) -> None:
    machine, id = waiting
    watcher = Watcher(machine, id, terminal=True)
    watcher.until("Type keep")
    watcher.type("extend")
    watcher.until(r"Rolls back by itself in 2\d\d s")
    watcher.type("perhaps")
    watcher.until("none of keep, extend, undo")
    watcher.type("keep")
    assert watcher.end() == 0, watcher.text
    assert "ok  Write the files" in watcher.text
    assert Store(machine).record(id).state is State.CONFIRMED


def test_typed_undo_goes_back_and_says_so(waiting: tuple[Machine, str]) -> None:
    machine, id = waiting
    watcher = Watcher(machine, id, terminal=True)
    watcher.until("Type keep")
    watcher.type("undo")
    assert watcher.end() == 2
    assert "xenbond: Rolled back: the operator asked for it." in watcher.text


def test_without_a_keyboard_it_tells_how_to_keep_and_waits(waiting: tuple[Machine, str]) -> None:
    machine, id = waiting
    watcher = Watcher(machine, id, terminal=False)
    watcher.until("Keep it with `xenbond confirm`")
    confirm(machine)
    assert watcher.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_leaving_does_not_end_the_change(waiting: tuple[Machine, str], number: int) -> None:
    machine, id = waiting
    watcher = Watcher(machine, id, terminal=True)
    watcher.until("Type keep")
    watcher.signal(number)
    assert watcher.end() == 130
    assert "goes on without this terminal" in watcher.text
    assert confirm(machine).state is State.CONFIRMED


def prepared(tmp_path: Path) -> tuple[FakeHost, Machine, str]:
    """A host, and a change of it that has begun."""
    host = FakeHost(os.fspath(tmp_path))
    host.put("/etc/network/interfaces", b"old\n")
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    machine = host.machine
    id = transaction.prepare(machine, plan, machine.kernel.snapshot(), confirm_within=30)
    return host, machine, id


def test_a_change_on_its_way_back_is_not_offered_to_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The way back takes many seconds on a slow host, and whoever watches sees its steps."""
    host, machine, id = prepared(tmp_path)
    transaction.reach(machine, id, State.ACTIVE, deadline=machine.clock.monotonic())
    worker = Lock(Store(machine).path(id, "worker.lock"))
    assert worker.take(machine.clock)

    def end() -> None:
        transaction.reach(machine, id, State.ROLLED_BACK, "Rolled back: in time.")
        worker.release()

    host.clock.after(60, end)
    with pytest.raises(XenbondError, match=r"^Rolled back: in time\.$"):
        follow(machine, id)
    assert "Keep it" not in capsys.readouterr().out


def test_a_killed_change_that_can_t_be_taken_back_is_said_once_and_ends_the_watch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other xenbond's lock is waited for; what nobody can mend is not tried for ever."""
    _, machine, id = prepared(tmp_path)
    other = Lock(os.path.join(os.path.dirname(Store(machine).directory), "lock"))
    assert other.take(machine.clock)
    tries = []

    def fails(_: Machine) -> None:
        tries.append(busy(machine))
        if len(tries) == 2:
            other.release()
        raise XenbondError("/etc: Read-only file system.")

    monkeypatch.setattr("xenbond_tui.commands.follow.resolve_stale", fails)
    with pytest.raises(XenbondError, match="Read-only file system"):
        follow(machine, id)
    assert tries == [True, True]
    assert capsys.readouterr().out.count("was killed") == 1


def test_who_watches_takes_a_change_back_whose_process_was_killed(
    waiting: tuple[Machine, str],
) -> None:
    machine, id = waiting
    watcher = Watcher(machine, id, terminal=True)
    watcher.until("Rolls back by itself in")
    held = holder(machine)
    assert held is not None
    os.kill(held.pid, signal.SIGKILL)
    watcher.until("process was killed: the change is rolled back")
    assert watcher.end() == 2
    assert Store(machine).record(id).state is State.ROLLED_BACK


def test_asking_a_change_back_does_not_wait_until_it_is(
    waiting: tuple[Machine, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who leaves the screen meanwhile has his terminal back: no thread of it waits."""
    machine, id = waiting
    until = time.monotonic() + 120
    while Store(machine).progress(id).state is not State.ACTIVE:
        assert time.monotonic() < until
        time.sleep(0.05)
    monkeypatch.setattr("xenbond_tui.apply.recover.at_work", lambda machine, id: True)
    ask_rollback(machine)
    while Store(machine).record(id).is_open:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert Store(machine).record(id).result == "Rolled back: the operator asked for it."
