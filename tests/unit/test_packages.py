"""The .deb and the .rpm pass their judges; the .rpm is installed and removed in a root of its own.

Debian's package has its journey in the lab (`tests/lab/test_package.py`).
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.left_out import leave_out
from xenbond_tui import __version__

pytestmark = pytest.mark.thorough

REPO = Path(__file__).parents[2]
RULES = REPO / "assets/packages"
DEB = REPO / "dist" / f"xenbond_{__version__}-1_amd64.deb"
RPM = REPO / "dist" / f"xenbond-{__version__}-1.x86_64.rpm"
SYSTEMCTL = '#!/bin/sh\necho "$@" >>/called\n'
OPEN = "var/lib/xenbond/boot/xenbond"


def needs(made: Path, *programs: str) -> None:
    """Leave a test out where something it needs is not there."""
    if not made.exists():
        leave_out(f"{made.name} is not there: `make packages-test` builds it")
    for program in programs:
        if shutil.which(program) is None:
            leave_out(f"{program} is not installed: `make packages-test` installs it")


def said(*argv: str | Path) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, argv
    return done.stdout


def test_lintian_has_no_error() -> None:
    needs(DEB, "lintian")
    assert said("lintian", "--fail-on", "error", "--allow-root", DEB) == ""


def test_rpmlint_has_no_error() -> None:
    needs(RPM, "rpmlint")
    assert " 0 errors" in said("rpmlint", "--rpmlintrc", RULES / "rpmlintrc", RPM)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host that has nothing but busybox and a systemctl that notes what it is asked for."""
    needs(RPM, "rpm", "busybox")
    if os.geteuid() != 0:
        leave_out("it needs root, for chroot(2)")
    root = tmp_path / "root"
    for name in ("bin", "run/systemd/system", "var/lib/rpm"):
        (root / name).mkdir(parents=True)
    shutil.copy(str(shutil.which("busybox")), root / "bin/busybox")
    subprocess.run(("chroot", root, "/bin/busybox", "--install", "-s", "/bin"), check=True)
    (root / "bin/systemctl").write_text(SYSTEMCTL)
    (root / "bin/systemctl").chmod(0o755)
    return root


def rpm(root: Path, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    # No package of this root brings /bin/sh, which every scriptlet asks for.
    argv = ("rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--nodeps", *words)
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600)
    print(done.stdout, done.stderr)
    return done


def called(root: Path) -> list[str]:
    """What systemctl was asked for since the last time."""
    notes = root / "called"
    lines = notes.read_text().splitlines() if notes.exists() else []
    notes.unlink(missing_ok=True)
    return lines


def ours(root: Path) -> set[str]:
    found = (path.relative_to(root) for path in root.rglob("*xenbond*"))
    return {path.as_posix() for path in found}


def test_the_rpm_is_installed_kept_under_an_open_change_and_removed(root: Path) -> None:
    assert rpm(root, "-i", RPM).returncode == 0
    assert called(root) == ["daemon-reload"]
    # What prelink or a person changed since would be told here.
    assert rpm(root, "-V", "xenbond").stdout == ""
    script = ("mount -t proc proc $0/proc; exec chroot $0 /usr/sbin/xenbond --version", root)
    (root / "proc").mkdir()
    version = said("unshare", "-m", "--propagation", "private", "sh", "-ec", *script)
    assert version == f"xenbond {__version__}\n"

    (root / OPEN).parent.mkdir(parents=True)
    (root / OPEN).touch()
    removed = rpm(root, "-e", "xenbond")
    assert removed.returncode != 0
    assert "a change is open. Nothing was removed." in removed.stdout + removed.stderr
    assert called(root) == []
    assert rpm(root, "-V", "xenbond").stdout == ""
    # As an upgrade does: the new one's scriptlets, then the old one's, told that one stays.
    assert rpm(root, "-U", "--replacepkgs", RPM).returncode == 0
    assert set(called(root)) == {"daemon-reload"}
    assert rpm(root, "-V", "xenbond").stdout == ""

    (root / OPEN).unlink()
    assert rpm(root, "-e", "xenbond").returncode == 0
    assert called(root) == [
        "disable --now xenbond-metrics.timer xenbond-announce@*.service",
        "daemon-reload",
    ]
    # The copies of earlier changes stay: what `xenbond undo` works with is the operator's.
    assert ours(root) == {"var/lib/xenbond"}
