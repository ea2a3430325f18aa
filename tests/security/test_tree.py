"""`--root DIR` of a tree that somebody else made: nothing hangs, and nothing outside is touched."""

import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.security.trapped_trees import (
    KINDS,
    LINKS_OUT,
    SECRET,
    Trap,
    directories_below,
    files_below,
    replaced,
)
from xenbond_tui import cli
from xenbond_tui.compose import open_machine
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.recordings import STATE, unpack
from xenbond_tui.errors import UsageError
from xenbond_tui.host import resolve

pytestmark = pytest.mark.thorough

HOST = "debian12-dom0"
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup, miimon: 100}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""
LOOKS = (("status",), ("nics",))
CHANGES = (
    ("plan", "--answers", "ANSWERS"),
    ("apply", "--answers", "ANSWERS", "--files-only", "--yes"),
    ("history",),
    ("recover",),
    ("undo", "--yes"),
)
PATIENCE = 60.0
"""Seconds for one command; it takes some hundredths of one, on a machine that does nothing else."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="makes devices")


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    trap = Trap(tmp_path)
    unpack(HOST, str(trap.tree))
    kernel = DemoKernel(str(trap.tree))
    with kernel.changing() as state:
        # What one NIC has, the others have as well.
        del state.links["eth3"], state.links["wlan0"]
    kernel.add_bond("bond7", {"mode": "active-backup", "miimon": "100"})
    kernel.set_master("eth2", "bond7")
    (trap.tree / STATE).unlink()
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    trap.surround()
    return trap


@contextmanager
def bounded() -> Iterator[None]:
    """Whoever waits for a pipe is woken, and has failed."""
    assert threading.current_thread() is threading.main_thread()

    def ring(*_: object) -> None:
        raise TimeoutError("a command hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def said_by(trap: Trap, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> str:
    argv = [str(trap.top / "answers.yaml") if word == "ANSWERS" else word for word in words]
    with bounded():
        cli.run([argv[0], "--root", str(trap.tree), *argv[1:]])
    out, err = capsys.readouterr()
    return f"{out}{err}"


def attacked(
    trap: Trap, commands: tuple[tuple[str, ...], ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command: no fault of ours, and the secret is not in what it says."""
    for words in commands:
        said = said_by(trap, words, capsys)
        assert "fault in xenbond itself" not in said, (words, said)
        assert SECRET.decode() not in said, (words, said)


def looked_at(path: Path, trap: Trap) -> bool:
    """Only read: what runs, and what is there."""
    return path.relative_to(trap.tree).parts[0] not in ("etc", "lib", "var")


def in_turn(trap: Trap, kind: str, paths: list[Path], capsys: pytest.CaptureFixture[str]) -> int:
    """Each path is such a thing, one after the other; returns how many were."""
    good = {name: trap.top / f"good-{name}" for name in ("etc", "lib")}
    for name, copy in good.items():
        shutil.copytree(trap.tree / name, copy, symlinks=True)
    before = trap.seen_outside()
    for path in paths:
        put_back = replaced(path, kind, trap)
        attacked(trap, LOOKS if looked_at(path, trap) else CHANGES, capsys)
        assert not trap.secrets_inside(), path
        if looked_at(path, trap):
            put_back()
            continue
        shutil.rmtree(path.with_name(f".{path.name}.aside"), ignore_errors=True)
        for name, copy in good.items():
            top = trap.tree / name
            top.unlink() if top.is_symlink() else shutil.rmtree(top)
            shutil.copytree(copy, trap.tree / name, symlinks=True)
    assert trap.seen_outside() == before
    return len(paths)


@needs_root
@pytest.mark.parametrize("kind", KINDS)
def test_every_file_in_turn(trap: Trap, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert in_turn(trap, kind, list(files_below(trap.tree)), capsys) > 60


@pytest.mark.parametrize("old_kernel", [False, True], ids=["openat2", "step by step"])
@pytest.mark.parametrize("kind", LINKS_OUT)
def test_every_directory_in_turn_leads_out(
    trap: Trap,
    kind: str,
    old_kernel: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if old_kernel:
        monkeypatch.setattr(resolve, "_system_call", lambda: None)
    assert in_turn(trap, kind, list(directories_below(trap.tree)), capsys) > 30


def test_the_attack_is_one(trap: Trap) -> None:
    """Whoever takes paths as they stand does find the secret where each link leads."""
    for kind in LINKS_OUT:
        for path in files_below(trap.tree):
            if not path.is_symlink():
                put_back = replaced(path, kind, trap)
                assert SECRET in path.read_bytes()
                put_back()


def test_running_state_is_read_through_the_door(
    trap: Trap, capsys: pytest.CaptureFixture[str]
) -> None:
    """The trees above are worth attacking: their bond is seen, and their files are changed."""
    assert "bond7" in said_by(trap, ("status",), capsys)
    before = (trap.tree / "etc/network/interfaces").read_bytes()
    attacked(trap, CHANGES[:2], capsys)
    assert b"xenbr0" in (trap.tree / "etc/network/interfaces").read_bytes()
    attacked(trap, CHANGES[2:], capsys)
    assert (trap.tree / "etc/network/interfaces").read_bytes() == before


def planted(trap: Trap, path: str, real: str, *, state: str = "written") -> None:
    """A change that claims to be open, of a file that is not the tree's."""
    state_dir = trap.tree / "var/lib/xenbond"
    own = state_dir / "transactions/2026-01-01T00-00-00-1"
    (own / "backup/files").mkdir(parents=True)
    (own / "requests").mkdir()
    header = {
        "is": "Header",
        "id": own.name,
        "kind": "apply",
        "stack": "ifupdown",
        "summary": "planted",
        "started": 1.0,
        "confirm_within": 0.0,
        "changes": [[path, "changed"]],
        "files_only": True,
    }
    image = {
        "is": "Image",
        "path": path,
        "real": real,
        "data": None,
        "mode": 0o4755,
        "uid": 0,
        "gid": 0,
        "mtime_ns": 1,
        "xattrs": {},
        "symlink": None,
        "missing": [f"{real}/empty", real],
    }
    change = {"is": "FileChange", "path": path, "before": {"text": "a"}, "after": {"text": "b"}}
    plan = {
        "is": "Plan",
        "stack": "ifupdown",
        "changes": [change],
        "up": [{"is": "Step", "label": "w", "action": {"is": "WriteFiles"}}],
        "down": [{"is": "Step", "label": "r", "action": {"is": "RestoreFiles"}}],
    }
    index = {"is": "_Index", "absent": [], "images": [image]}
    journal = {"state": state, "at": 1.0, "text": "", "deadline": None}
    (own / "header.json").write_text(json.dumps(header))
    (own / "plan.json").write_text(json.dumps(plan))
    (own / "journal.jsonl").write_text(json.dumps(journal) + "\n")
    (own / "backup/index.json").write_text(json.dumps(index))
    copy = Path(f"{own}/backup/files{path}")
    with suppress_all():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"written by whoever made the tree\n")
    for place in (state_dir, state_dir / "transactions", own):
        place.chmod(0o700)


@contextmanager
def suppress_all() -> Iterator[None]:
    """Where the path is not one that can be made here, the copy is simply missing."""
    try:
        yield
    except OSError:
        return


@pytest.mark.parametrize("state", ["prepared", "written", "active", "confirmed"])
@pytest.mark.parametrize("way", ["real", "path", "climbing copy", "linked copy"])
def test_an_open_change_the_tree_came_with_leads_nowhere_outside(
    trap: Trap, way: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shadow = str(trap.outside / "shadow")
    climbing = f"/..{trap.outside}/shadow"
    path, real = {
        "real": ("/etc/hosts", f"/../outside/{'../' * 20}{shadow}"),
        "path": (climbing, climbing),
        "climbing copy": ("/../../../../../../../../outside/shadow", "/etc/hosts"),
        "linked copy": ("/etc/hosts", "/etc/hosts"),
    }[way]
    planted(trap, path, real, state=state)
    if way == "linked copy":
        copies = trap.tree / "var/lib/xenbond/transactions/2026-01-01T00-00-00-1/backup/files/etc"
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir(parents=True)
        (copies / "hosts").symlink_to(shadow)
    before = trap.seen_outside()
    attacked(trap, (("recover",), *CHANGES, ("undo", "--yes", "--force"), ("history",)), capsys)
    assert trap.seen_outside() == before
    assert not trap.secrets_inside()


@pytest.mark.parametrize("where", ["transactions", "", "../xenbond", "../../lib"])
@pytest.mark.parametrize("kind", LINKS_OUT)
def test_notes_that_lie_elsewhere_take_nothing_away_there(
    trap: Trap, where: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half-made changes are cleared away: directories with a dot, of whoever owns the target."""
    link = Path(os.path.normpath(trap.tree / "var/lib/xenbond" / where))
    link.parent.mkdir(parents=True, exist_ok=True)
    target = Path(os.path.normpath(trap.outside))
    (target / "xenbond/transactions/.keep").mkdir(parents=True)
    (target / "transactions/.keep").mkdir(parents=True)
    if link.exists():
        link.rename(link.with_name("was"))
    climbing = "../" * len(link.relative_to(trap.tree).parts) + "outside"
    link.symlink_to(target if kind == LINKS_OUT[0] else climbing)
    before = trap.seen_outside()
    attacked(trap, (("status",), ("recover",), *CHANGES), capsys)
    assert trap.seen_outside() == before


@needs_root
@pytest.mark.parametrize("owned", ["the directory", "the one above"])
def test_a_demo_is_not_reopened_where_somebody_else_can_put_links(
    tmp_path: Path, owned: str
) -> None:
    """Its directories are replaced by plain paths; of somebody else's each may lead anywhere."""
    theirs, victim = tmp_path / "theirs", tmp_path / "victim"
    unpack(HOST, str(theirs / "demo"))
    (victim / "net/keep").mkdir(parents=True)
    (victim / ".net-new/keep").mkdir(parents=True)
    shutil.rmtree(theirs / "demo/sys/class")
    (theirs / "demo/sys/class").symlink_to(victim)
    os.chown(theirs if owned == "the one above" else theirs / "demo", 4711, -1)
    before = sorted(directories_below(victim))
    with pytest.raises(UsageError, match="belongs to user 4711, not to root"):
        open_machine(f"demo:{theirs}/demo").kernel.set_link("eth1", up=False)
    assert sorted(directories_below(victim)) == before
    if owned == "the one above":
        with pytest.raises(UsageError, match="belongs to user 4711"):
            unpack(HOST, str(theirs / "new"))
        assert not (theirs / "new").exists()
