"""The one file for 64-bit ARM, in QEMU's user mode; tried where it was built.

`make one-file-test ARCH=aarch64` builds it. CI does not: its interpreter is ten minutes more.
No worker is started here: to QEMU's user mode stat(2) of /proc/self/exe is QEMU itself, so the file
takes itself for replaced.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from struct import unpack_from

import pytest

from tests.terminal.pty_app import PtyApp
from xenbond_tui import __version__

REPO = Path(__file__).parents[2]
FILE = REPO / "dist" / f"xenbond-{__version__}-aarch64"
NATIVE = FILE.with_name(f"xenbond-{__version__}-x86_64")
QEMU = Path("/usr/bin/qemu-aarch64-static")

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not FILE.exists(), reason="`make one-file ARCH=aarch64` builds it"),
    pytest.mark.skipif(not QEMU.exists(), reason="qemu-user-static is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a root of its own needs root"),
]

MACHINE = rb"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = rb"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
RULE = f":aarch64:M::{MACHINE.decode()}:{MASK.decode()}:{QEMU}:F"
"""For binfmt_misc (Documentation/admin-guide/binfmt-misc.rst): what an ELF file for this machine
begins with, and with F what starts it is opened now, so no root needs it."""
# The rule is for this user namespace alone, which takes Linux 6.7, and goes with what is mounted.
MOUNT = """
mount -t binfmt_misc none "$0.rules" && printf %s "$RULE" >"$0.rules/register" &&
mount -t proc proc "$0/proc" && mount --rbind /sys "$0/sys" && mount --rbind /dev "$0/dev" &&
exec chroot "$0" "$@"
"""
MOST = 15_000_000
EM_AARCH64 = 183
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Path]:
    """A root with /proc, /sys, /dev and /tmp: no shell, no C library, no QEMU."""
    root = tmp_path / "root"
    (tmp_path / "root.rules").mkdir()
    for name in ("proc", "sys", "dev", "tmp"):
        (root / name).mkdir(parents=True)
    shutil.copy(FILE, root / "xenbond")
    done = run(root, "--version")
    if "root.rules" in done.stderr:
        pytest.skip(f"a rule of its own for binfmt_misc: {done.stderr.strip()}")
    yield root
    shutil.rmtree(root)


ENVIRONMENT = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "RULE": RULE}


def within(root: Path, *words: str) -> list[str]:
    own = ("--user", "--map-root-user", "--pid", "--fork", "--mount", "--propagation", "private")
    return ["unshare", *own, "sh", "-c", MOUNT, os.fspath(root), "/xenbond", *words]


def run(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        within(root, *words), capture_output=True, text=True, check=False, env=ENVIRONMENT
    )


def test_it_is_small_and_for_that_machine_and_asks_for_no_library() -> None:
    """elf(5): e_machine; e_phoff, e_phentsize and e_phnum; p_type is first in each Elf64_Phdr."""
    data = FILE.read_bytes()
    assert len(data) <= MOST
    assert unpack_from("<H", data, 18) == (EM_AARCH64,)
    (start,), (size, number) = unpack_from("<Q", data, 32), unpack_from("<2H", data, 54)
    types = {unpack_from("<I", data, start + size * index)[0] for index in range(number)}
    assert PT_LOAD in types
    assert not types & {PT_DYNAMIC, PT_INTERP}


def test_it_is_what_this_work_tree_makes_each_time(tmp_path: Path) -> None:
    again = tmp_path / "xenbond"
    argv = (sys.executable, REPO / "assets/one-file/build.py", "aarch64", again)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    assert sha256(again.read_bytes()).digest() == sha256(FILE.read_bytes()).digest()


def test_what_it_runs_is_the_same_as_on_x86_64() -> None:
    if not NATIVE.exists():
        pytest.skip(f"{NATIVE.name} is not there: `make one-file` builds it")
    found = []
    for file in (FILE, NATIVE):
        with zipfile.ZipFile(file) as archive:
            # Where in the file each member is, and what is compiled in, differs.
            names = sorted({*archive.namelist()} - {"directory", "licences.txt"})
            found.append([(name, archive.getinfo(name).CRC) for name in names])
    assert found[0] == found[1]


def test_qemu_starts_it() -> None:
    done = subprocess.run((QEMU, FILE, "--version"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"xenbond {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("status",), 3, "there is no bond here"),
        (("nics",), 0, "PERMANENT MAC"),
        (("metrics",), 0, "xenbond_read_ok 1"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_commands_in_an_empty_root(
    bare: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = run(bare, *words)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def test_a_plan_is_that_of_x86_64(bare: Path, tmp_path: Path) -> None:
    shutil.copytree(REPO / "assets/demo/debian12-dom0/tree", bare / "tree")
    answers = "version: 1\nbond:\n  slaves: [eth0, eth1]\n  mode: active-backup\n"
    for folder in (bare, tmp_path):
        (folder / "answers.yaml").write_text(answers)
    words = ("plan", "--answers", "answers.yaml", "--root")
    done = run(bare, *words, "/tree")
    argv = (sys.executable, "-I", "-m", "xenbond_tui", *words, bare / "tree")
    other = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (other.returncode, other.stdout)
    assert done.stderr == other.stderr.replace(os.fspath(bare), "")


def test_the_wizard_paints_in_an_empty_root(bare: Path) -> None:
    with PtyApp(within(bare, "demo"), ENVIRONMENT) as app:
        app.wait_for("Set up", timeout=120)
        app.press("ctrl+q")
        assert app.wait_exit() == 0


def test_every_part_is_named_with_its_licence() -> None:
    known = json.loads(FILE.with_name(f"{FILE.name}.cdx.json").read_text())
    assert known["metadata"]["component"]["hashes"] == [
        {"alg": "SHA-256", "content": sha256(FILE.read_bytes()).hexdigest()}
    ]
    with zipfile.ZipFile(FILE) as archive:
        text = archive.read("licences.txt").decode()
    assert {"Python", "musl", "Zig", "zlib", "liblzma"} < {p["name"] for p in known["components"]}
    for part in known["components"]:
        assert f"{'=' * 72}\n{part['name']} {part['version']}\n\n" in text
    for word in ("Rich Felker", "Zig contributors", "PYTHON SOFTWARE FOUNDATION LICENSE"):
        assert word in text
