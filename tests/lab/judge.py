"""Programs that we did not write judge files that we did: run in a guest's root, without a boot."""

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab import rootfs
from tests.lab.channel import Done

ENTER = """\
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/tmp"
mount --bind "$2" "$1/mnt"
mount --bind /dev/null "$1/dev/null"
root=$1
shift 2
exec chroot "$root" "$@"
"""
"""In namespaces of its own: mounts, processes and an empty network end with the program."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said."""

    done: Done
    written: Mapping[str, str]
    """Path -> text of the files it made or changed."""


def judge(flavour: str, files: Mapping[str, str], *argv: str) -> Verdict:
    """Run a program of a guest's root on a tree of files; the root itself is read-only to it.

    Args:
        flavour: which of `rootfs.FLAVOURS` has the program.
        files: path -> text; the program finds them under /mnt, mode 0600.
        argv: the program, with /mnt as the root it shall look at.
    """
    root = rootfs.ready(flavour)
    with tempfile.TemporaryDirectory() as tree:
        for path, text in files.items():
            laid = Path(tree) / path.lstrip("/")
            laid.parent.mkdir(parents=True, exist_ok=True)
            laid.write_text(text)
            laid.chmod(0o600)
        done = subprocess.run(
            [
                *("unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", ENTER, "sh"),
                *(str(root), tree, *argv),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"},
        )
        written = {
            f"/{path.relative_to(tree)}": path.read_text()
            for path in sorted(Path(tree).rglob("*"))
            if path.is_file() and not path.is_symlink()
        }
    return Verdict(
        Done(argv, done.returncode, done.stdout, done.stderr),
        {path: text for path, text in written.items() if files.get(path) != text},
    )
