"""The one file needs nothing of its host but Linux; tried where `make one-file` has built it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from struct import unpack_from

import pytest

from tests.left_out import leave_out
from tests.terminal.pty_app import PtyApp
from xenbond_tui import __version__

REPO = Path(__file__).parents[2]
FILE = REPO / "dist" / f"xenbond-{__version__}-x86_64"
BUILD = REPO / "assets/one-file/build.py"

pytestmark = pytest.mark.thorough

MOUNT = """
mount -t proc proc "$0/proc" && mount --rbind /sys "$0/sys" && mount --rbind /dev "$0/dev" &&
exec chroot "$0" "$@"
"""
MOST = 15_000_000
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3


@pytest.fixture(scope="module", autouse=True)
def _can() -> None:
    if not FILE.exists():
        leave_out(f"{FILE.name} is not there: `make one-file-test` builds it")
    if os.geteuid() != 0:
        leave_out("the one file is tried in a root of its own, which needs root")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Path]:
    """A root with /proc, /sys, /dev and /tmp: no shell, no C library, nothing else."""
    root = tmp_path / "root"
    for name in ("proc", "sys", "dev", "tmp"):
        (root / name).mkdir(parents=True)
    shutil.copy(FILE, root / "xenbond")
    yield root
    shutil.rmtree(root)


def within(root: Path, *words: str) -> list[str]:
    inner = ("sh", "-c", MOUNT, os.fspath(root), "/xenbond", *words)
    return ["unshare", "-m", "--propagation", "private", *inner]


def run(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        within(root, *words), capture_output=True, text=True, check=False, timeout=600
    )


def program_headers(file: Path) -> set[int]:
    """elf(5): Elf64_Ehdr's e_phoff, e_phentsize and e_phnum; p_type is first in each Elf64_Phdr."""
    data = file.read_bytes()
    (start,), (size, number) = unpack_from("<Q", data, 32), unpack_from("<2H", data, 54)
    return {unpack_from("<I", data, start + size * index)[0] for index in range(number)}


def test_it_is_small_and_asks_for_no_library() -> None:
    assert FILE.stat().st_size <= MOST
    types = program_headers(FILE)
    assert PT_LOAD in types
    assert not types & {PT_DYNAMIC, PT_INTERP}


def test_it_is_what_this_work_tree_makes_each_time(tmp_path: Path) -> None:
    again = tmp_path / "xenbond"
    subprocess.run((sys.executable, BUILD, "x86_64", again), check=True, stdout=subprocess.DEVNULL)
    assert sha256(again.read_bytes()).digest() == sha256(FILE.read_bytes()).digest()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--version",), 0, f"xenbond {__version__}\n"),
        (("status",), 3, "there is no bond here"),
        (("nics",), 0, "PERMANENT MAC"),
        (("metrics",), 0, "xenbond_read_ok 1"),
        (("history",), 0, "Nothing was changed by xenbond so far."),
        (("demo", "--list"), 0, "rhel5-dom0"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_commands_in_an_empty_root(
    bare: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = run(bare, *words)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def test_the_self_test_in_an_empty_root(bare: Path) -> None:
    """Workers are started, from the file alone, and what they leave in /tmp goes again."""
    done = run(bare, "demo", "--self-test")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert all(line.startswith("ok ") for line in done.stdout.splitlines())
    assert not list((bare / "tmp").iterdir())


@pytest.fixture
def small(bare: Path) -> Path:
    """A root as Alpine's rescue system has: busybox, and links to it, is all there is."""
    busybox = shutil.which("busybox")
    if busybox is None or {PT_DYNAMIC, PT_INTERP} & program_headers(Path(busybox)):
        leave_out("a static busybox is not installed")
    (bare / "bin").mkdir()
    shutil.copy(busybox, bare / "bin/busybox")
    subprocess.run(("chroot", bare, "/bin/busybox", "--install", "-s", "/bin"), check=True)
    (bare / "xenbond").rename(bare / "bin/xenbond")
    return bare


def test_beside_busybox_alone(small: Path) -> None:
    script = "xenbond --version && xenbond nics && xenbond demo --self-test; xenbond status"
    inner = ("sh", "-c", MOUNT, os.fspath(small), "/bin/sh", "-c", f"PATH=/bin; {script}")
    argv = ("unshare", "-m", "--propagation", "private", *inner)
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert "there is no bond here" in done.stderr
    assert f"xenbond {__version__}\n" in done.stdout
    assert "PERMANENT MAC" in done.stdout
    assert done.stdout.count("\nok ") == 5, done.stdout


def test_a_plan_for_another_tree_in_an_empty_root(bare: Path, tmp_path: Path) -> None:
    tree = REPO / "assets/demo/debian12-dom0/tree"
    shutil.copytree(tree, bare / "tree")
    answers = "version: 1\nbond:\n  slaves: [eth0, eth1]\n  mode: active-backup\n"
    for folder in (bare, tmp_path):
        (folder / "answers.yaml").write_text(answers)
    words = ("--answers", "answers.yaml", "--root")
    done = run(bare, "plan", *words, "/tree")
    other = subprocess.run(
        (sys.executable, "-I", "-m", "xenbond_tui", "plan", *words, bare / "tree"),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (other.returncode, other.stdout)
    assert done.stderr == other.stderr.replace(os.fspath(bare), "")


def test_the_wizard_paints_in_an_empty_root(bare: Path) -> None:
    argv = within(bare, "demo")
    with PtyApp(argv, {"PATH": os.environ["PATH"], "TERM": "xterm-256color"}) as app:
        app.wait_for("Set up")
        app.press("ctrl+q")
        assert app.wait_exit() == 0


@pytest.mark.parametrize("name", ["pyvenv.cfg", "pybuilddir.txt", "xenbond._pth", "os.py", "lib"])
def test_nothing_beside_it_has_a_say(bare: Path, name: str) -> None:
    """What an interpreter would look for beside itself to find its modules."""
    trap = bare / name
    if name == "lib":
        for folder in ("python3.13", "python3.13/encodings"):
            (trap / folder).mkdir(parents=True)
        (trap / "python3.13/encodings/__init__.py").write_text("raise SystemExit('trapped')\n")
    else:
        trap.write_text("raise SystemExit('trapped')\nhome = /lib\n/lib\n")
    done = run(bare, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"xenbond {__version__}\n", "")


def test_without_proc_it_says_so() -> None:
    inner = ("sh", "-c", 'mount -t tmpfs none /proc && exec "$0" --version', FILE)
    done = subprocess.run(
        ("unshare", "-m", "--propagation", "private", *inner),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == ("xenbond: can't start: /proc is not mounted here. Nothing was done.\n")


@pytest.mark.parametrize("variable", ["PYTHONHOME", "PYTHONPATH", "PYTHONINSPECT", "LD_PRELOAD"])
def test_no_variable_has_a_say(variable: str, tmp_path: Path) -> None:
    for name in ("argparse", "encodings", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('trapped')\n")
    done = subprocess.run(
        (FILE, "--version"), capture_output=True, text=True, check=False, cwd=tmp_path,
        env={variable: os.fspath(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, f"xenbond {__version__}\n", "")


@pytest.mark.parametrize("part", [0.3, 0.7, 0.999])
def test_a_copy_that_was_cut_short_says_so(part: float, tmp_path: Path) -> None:
    short = tmp_path / "xenbond"
    data = FILE.read_bytes()
    # What the kernel loads is there, not all that it is to run.
    loaded = len(data) - len(data[data.index(b"PK\3\4") :])
    short.write_bytes(data[: loaded + int((len(data) - loaded) * part)])
    short.chmod(0o755)
    done = subprocess.run((short, "--version"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "xenbond: can't start: this file is not whole; copy it here again. Nothing was done.\n"
    )


def test_every_part_is_named_with_its_licence() -> None:
    known = json.loads(FILE.with_name(f"{FILE.name}.cdx.json").read_text())
    assert known["metadata"]["component"]["hashes"] == [
        {"alg": "SHA-256", "content": sha256(FILE.read_bytes()).hexdigest()}
    ]
    names = {part["name"].partition(".")[0].replace("-", "_") for part in known["components"]}
    with zipfile.ZipFile(FILE) as archive:
        tops = {re.split("[/.]", name)[0] for name in archive.namelist()}
        text = archive.read("licences.txt").decode()
    ours = {"xenbond_tui", "screens", "licences", "directory"}
    others = {top for top in tops - ours - sys.stdlib_module_names if not top.startswith("_")}
    assert others <= names
    assert {"Python", "musl", "zlib", "liblzma"} < names
    for part in known["components"]:
        assert f"{'=' * 72}\n{part['name']} {part['version']}\n\n" in text
    for word in ("Rich Felker", "Will McGugan", "PYTHON SOFTWARE FOUNDATION LICENSE", "Jean-loup"):
        assert word in text
