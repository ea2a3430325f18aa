"""What the lab makes once and keeps: `.lab/` in the work tree, or where XENBOND_LAB says."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.errors import NoLab

REPO = Path(__file__).resolve().parents[2]
LAB = Path(os.environ.get("XENBOND_LAB", REPO / ".lab")).resolve()


@contextmanager
def lock(name: str) -> Iterator[None]:
    """One process at a time makes the things kept in `.lab/`."""
    LAB.mkdir(exist_ok=True)
    with (LAB / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def remove(folder: Path) -> None:
    """Remove a folder of ours; one with something mounted in it is left alone.

    Raises:
        NoLab: something is mounted in it: deleting would reach into what is mounted.
    """
    mounted = mounted_in(folder, Path("/proc/self/mounts").read_text())
    if mounted:
        raise NoLab(f"{mounted} is mounted; unmount it, then try again")
    if folder.exists():
        shutil.rmtree(folder)


def mounted_in(folder: Path, mounts: str) -> str | None:
    """A mount at or below a folder, from the text of /proc/self/mounts; None when there is none."""
    for line in mounts.splitlines():
        where = line.split()[1]
        if where == str(folder) or where.startswith(f"{folder}/"):
            return where
    return None
