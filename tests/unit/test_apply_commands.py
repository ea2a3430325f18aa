"""apply, undo and history from the command line, on another system's tree."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import tree_of
from test_apply_process import until

from xenbond_tui import compose, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.on_disk import load
from xenbond_tui.apply.begin import begin
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.waiting import confirm
from xenbond_tui.cli import run
from xenbond_tui.commands import apply as apply_command, undo
from xenbond_tui.compose import offline
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
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
