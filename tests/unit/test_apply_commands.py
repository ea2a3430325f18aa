"""apply, undo and history from the command line, on another system's tree; watching a change."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change, tree_of
from test_apply_process import until

from xenbond_tui import compose, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file import load
from xenbond_tui.apply import transaction
from xenbond_tui.apply.begin import begin
from xenbond_tui.apply.holder import holder
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.one_at_a_time import busy
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.waiting import ask_rollback, confirm, rollback
from xenbond_tui.cli import run
from xenbond_tui.commands import apply as apply_command
from xenbond_tui.commands import undo
from xenbond_tui.commands.follow import follow
from xenbond_tui.compose import offline
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Outage

ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""
INTERFACES = "/etc/network/interfaces"


@pytest.fixture
def tree(tmp_path: Path) -> str:
    unpack("debian12-dom0", os.fspath(tmp_path / "tree"))
    return os.fspath(tmp_path / "tree")


@pytest.fixture
def answers(tmp_path: Path) -> str:
    path = tmp_path / "answers.yaml"
    path.write_text(ANSWERS)
    return os.fspath(path)


def apply(tree: str, answers: str, *more: str) -> int:
    return run(["apply", "--answers", answers, "--root", tree, *more])


def history(tree: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["history", "--json", "--root", tree]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    changes: list[dict[str, object]] = document["changes"]
    return changes


def test_write_list_and_undo(tree: str, answers: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree_of(tree)
    assert apply(tree, answers, "--yes") == 0
    shown = capsys.readouterr().out
    assert "+iface xenbr0 inet static" in shown
    assert f"M {INTERFACES}" in shown
    assert tree_of(tree) != before
    (entry,) = history(tree, capsys)
    assert (entry["state"], entry["kind"], entry["files_only"]) == ("confirmed", "apply", True)
    assert entry["files"] == [{"path": INTERFACES, "status": "changed"}]
    assert run(["undo", "--root", tree, "--yes"]) == 0
    assert tree_of(tree) == before
    assert [item["kind"] for item in history(tree, capsys)] == ["undo", "apply"]


def test_undo_of_what_someone_changed_since(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree_of(tree)
    apply(tree, answers, "--yes")
    with open(tree + INTERFACES, "a") as stream:
        stream.write("# \x1b[2Jmine\n")
    meddled = tree_of(tree)
    capsys.readouterr()
    assert run(["undo", "--root", tree, "--yes"]) == 2
    said = capsys.readouterr()
    assert "before the change > as it was written" in said.out
    assert "as it was written > now, by someone else" in said.out
    assert r"+# \x1b[2Jmine" in said.out
    assert f"{INTERFACES} (by someone else). Nothing was written" in said.err
    assert tree_of(tree) == meddled
    assert run(["undo", "--root", tree, "--yes", "--force"]) == 0
    said = capsys.readouterr()
    assert f"{INTERFACES} was changed since by someone else; this is overwritten" in said.out
    assert tree_of(tree) == before


def another_address(tmp_path: Path) -> tuple[Machine, str]:
    """A host whose address is on a bridge, and answers that give that bridge another one."""
    unpack("debian12-bridged", os.fspath(tmp_path / "host"))
    answers = tmp_path / "answers.yaml"
    answers.write_text(ANSWERS.replace("192.168.0.222", "192.168.0.223"))
    return open_demo(os.fspath(tmp_path / "host")), os.fspath(answers)


GIVES_UP = (
    "Gives up {}. With --expect-disconnect it is not rolled back at once because nothing answers. "
    "Log in the new way and keep it in time, or it rolls back."
)


def test_what_a_change_and_its_undo_give_up_is_told_before_anybody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of the screens, with the option that means it for their tick."""
    machine, answers = another_address(tmp_path)
    monkeypatch.setattr(compose, "chosen", lambda root: machine)
    for command in (apply_command, undo):
        monkeypatch.setattr(command, "agreed", lambda question, *, yes: False)
    assert run(["apply", "--answers", answers]) == 2
    said = capsys.readouterr().out
    assert GIVES_UP.format("192.168.0.222, by which you are logged in") in said
    assert said.endswith("Nothing was changed.\n")
    facts = planner.read_host(machine)
    plan = planner.propose(facts, SetUp(load(answers))).plan
    assert plan is not None
    id = begin(machine, plan, expect_disconnect=True)
    until(lambda: Store(machine).record(id).state is State.ACTIVE)
    confirm(machine)
    capsys.readouterr()
    assert run(["undo"]) == 2
    assert GIVES_UP.format("192.168.0.223") in capsys.readouterr().out


def test_a_change_that_gives_nothing_up_has_nothing_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine, answers = another_address(tmp_path)
    Path(answers).write_text(ANSWERS)
    monkeypatch.setattr(compose, "chosen", lambda root: machine)
    monkeypatch.setattr(apply_command, "agreed", lambda question, *, yes: False)
    assert run(["apply", "--answers", answers]) == 2
    assert "Gives up" not in capsys.readouterr().out


def test_second_time_there_is_nothing_to_change(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    apply(tree, answers, "--yes")
    written = tree_of(tree)
    assert apply(tree, answers, "--yes") == 0
    assert "Nothing to change" in capsys.readouterr().out
    assert tree_of(tree) == written
    assert len(history(tree, capsys)) == 1


def test_without_a_terminal_and_without_yes_nothing_happens(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree_of(tree, "")
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        assert apply(tree, answers) == 2
    assert "--yes" in capsys.readouterr().err
    assert tree_of(tree, "") == before


def directory_in_place(tree: str) -> None:
    os.unlink(tree + INTERFACES)
    os.mkdir(tree + INTERFACES)


def dangling_link(tree: str) -> None:
    os.unlink(tree + INTERFACES)
    os.symlink("/etc/nowhere", tree + INTERFACES)


def not_utf8(tree: str) -> None:
    with open(tree + INTERFACES, "ab") as stream:
        stream.write(b"# caf\xe9\n")


@pytest.mark.parametrize("spoil", [directory_in_place, dangling_link, not_utf8])
def test_file_that_cannot_be_edited_is_named_and_nothing_is_written(
    tree: str, answers: str, spoil: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(tree)
    before = tree_of(tree, "")
    assert apply(tree, answers, "--yes") == 2
    said = capsys.readouterr().err
    assert INTERFACES in said
    assert "Traceback" not in said
    assert tree_of(tree, "") == before


READ_ONLY = """
mount -t tmpfs none /var/lib && mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&
shift && exec "$@"
"""


@pytest.mark.parametrize("where", ["TREE/etc/network", "/var/lib"])
def test_read_only_directory_is_named_and_nothing_is_written(
    tree: str, answers: str, where: str
) -> None:
    """The tree's, and this host's own, which keeps what is done to trees."""
    where = where.replace("TREE", tree)
    space = ("unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh", where)
    if not shutil.which("unshare") or subprocess.run([*space, "true"], check=False).returncode:
        pytest.skip("no private mount namespace")
    before = tree_of(tree)
    argv = ("-m", "xenbond_tui", "apply", "--answers", answers, "--root", tree, "--yes")
    done = subprocess.run(
        [*space, sys.executable, *argv], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert where.removeprefix(tree) in done.stderr
    assert "Read-only file system" in done.stderr
    # In one line; the plan's notes come before it.
    said = done.stderr.splitlines()[-1]
    assert said.startswith("xenbond: ")
    assert done.stderr.count("xenbond: ") == 1
    assert tree_of(tree) == before


def test_bad_command_line_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply"]) == 64
    assert run(["extend", "soon"]) == 64
    assert capsys.readouterr().err.count("xenbond: ") == 2


@pytest.fixture
def waiting(tree: str) -> Iterator[tuple[Machine, str]]:
    """A change of the demo host that waits to be kept."""
    machine = open_demo(tree)
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


OUTAGE = Outage(5, 15, "while ifdown and ifup change over: why")


def test_undo_tells_the_gap_first(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = open_demo(tree)
    facts = planner.read_host(machine)
    plan = planner.propose(facts, SetUp(planner.prefill(facts))).plan
    assert plan is not None
    id = begin(machine, replace(plan, outage=OUTAGE))
    until = time.monotonic() + 120
    while Store(machine).progress(id).state is not State.ACTIVE:
        assert time.monotonic() < until
        time.sleep(0.05)
    confirm(machine)
    monkeypatch.setattr("xenbond_tui.compose.chosen", lambda root: machine)
    monkeypatch.setattr(undo, "agreed", lambda question, *, yes: False)
    before = tree_of(tree)
    assert run(["undo", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [(item["severity"], item["code"]) for item in document["findings"]] == [("note", "gap")]
    assert OUTAGE.text in document["findings"][0]["text"]
    assert document["files"]
    assert document["steps"]
    assert run(["undo"]) == 2
    assert OUTAGE.text in capsys.readouterr().err
    assert tree_of(tree) == before


def test_history_tells_what_is_not_kept_any_more(
    tree: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(offline(tree))
    os.makedirs(store.directory)
    Path(store.removed_path).write_text("2026-01-01T00-00-00-1\n2026-01-02T00-00-00-1\n")
    assert run(["history", "--root", tree]) == 0
    said = capsys.readouterr().out
    assert "2 older changes are not kept any more" in said
    assert "the last that went is 2026-01-02T00-00-00-1" in said
    assert run(["history", "--root", tree, "--json"]) == 0
    removed = json.loads(capsys.readouterr().out)["removed"]
    assert removed == ["2026-01-01T00-00-00-1", "2026-01-02T00-00-00-1"]


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
    monkeypatch.setattr("xenbond_tui.apply.waiting.at_work", lambda machine, id: True)
    ask_rollback(machine)
    while Store(machine).record(id).is_open:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert Store(machine).record(id).result == "Rolled back: the operator asked for it."
