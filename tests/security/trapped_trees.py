"""Trees somebody else made: every file of a good one in turn is what no file of a host should be.

Beside the tree lies what must stay as it is, and must not be read: a directory that looks like the
tree itself, so that whoever leaves the tree finds what he looks for, with a secret in every file.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECRET = b"root:$6$not-for-you"


@dataclass
class Trap:
    """A tree in a scratch directory, and what is around it."""

    top: Path
    tree: Path = field(init=False)
    outside: Path = field(init=False)

    def __post_init__(self) -> None:
        self.tree, self.outside = self.top / "tree", self.top / "outside"

    def surround(self) -> None:
        """Lay a twin of the tree around it, every file with the secret, and a stand-in shadow."""
        shutil.copytree(self.tree, self.outside, symlinks=True)
        for path in files_below(self.outside):
            if path.is_file() and not path.is_symlink():
                path.write_bytes(SECRET + b" DEVICE=eth0\n")
        (self.outside / "shadow").write_bytes(SECRET + b"\n")
        (self.outside / "shadow").chmod(0o600)
        # What a clearing away of half-made changes would take: directories with a leading dot.
        (self.outside / ".ssh").mkdir()
        (self.outside / ".ssh/id_ed25519").write_bytes(SECRET)
        # Climbing out of the tree by one step more than there is leads here, too.
        for name in ("etc", "proc", "sys", "var"):
            if (self.outside / name).exists():
                (self.top / name).symlink_to(self.outside / name)

    def seen_outside(self) -> dict[str, tuple[object, ...]]:
        """Everything about what lies around the tree, but when it was looked at."""
        found: dict[str, tuple[object, ...]] = {}
        for path in sorted((*files_below(self.outside), *directories_below(self.outside))):
            status = path.lstat()
            found[str(path)] = (
                *(status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns),
                status.st_nlink,
                path.read_bytes() if path.is_file() and not path.is_symlink() else None,
            )
        return found

    def secrets_inside(self, *more: Path) -> list[str]:
        """Files of the tree, or below `more`, that the secret has come into."""
        found = []
        for top in (self.tree, *more):
            for path in files_below(top):
                regular = path.is_file() and not path.is_symlink()
                if regular and path.stat().st_size < 1 << 24 and SECRET in path.read_bytes():
                    found.append(str(path))
        return found


def files_below(top: Path) -> Iterator[Path]:
    """Files and links, sorted."""
    for directory, names, files in os.walk(top):
        links = [name for name in names if os.path.islink(os.path.join(directory, name))]
        yield from sorted(Path(directory, name) for name in (*files, *links))


def directories_below(top: Path) -> Iterator[Path]:
    """Directories, those above before those below."""
    for directory, names, _ in os.walk(top):
        yield from sorted(Path(directory, n) for n in names if not Path(directory, n).is_symlink())


def _fifo(path: Path, trap: Trap) -> None:
    os.mkfifo(path)


def _endless(path: Path, trap: Trap) -> None:
    os.mknod(path, 0o20666, os.makedev(1, 5))


def _disk(path: Path, trap: Trap) -> None:
    os.mknod(path, 0o60666, os.makedev(7, 250))


def _absolute(path: Path, trap: Trap) -> None:
    path.symlink_to(trap.outside / path.relative_to(trap.tree))


def _climbing(path: Path, trap: Trap) -> None:
    inside = path.relative_to(trap.tree)
    path.symlink_to("../" * len(inside.parts) + f"outside/{inside}")


def _shadow(path: Path, trap: Trap) -> None:
    path.symlink_to(trap.outside / "shadow")


def _sparse(path: Path, trap: Trap) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 30)


def _unreadable(path: Path, trap: Trap) -> None:
    path.write_bytes(b"")
    path.chmod(0)


def _directory(path: Path, trap: Trap) -> None:
    path.mkdir()


def _circle(path: Path, trap: Trap) -> None:
    path.symlink_to(path.name)


def _nonsense(path: Path, trap: Trap) -> None:
    path.write_bytes(b"\xff\xfe\x00../../../../etc/shadow\n" * 40)


KINDS: dict[str, Callable[[Path, Trap], None]] = {
    "named pipe": _fifo,
    "endless device": _endless,
    "disk": _disk,
    "link out": _absolute,
    "link that climbs out": _climbing,
    "link to the secret": _shadow,
    "1 GiB sparse": _sparse,
    "unreadable": _unreadable,
    "directory": _directory,
    "link to itself": _circle,
    "nonsense": _nonsense,
}
LINKS_OUT = ("link out", "link that climbs out")
"""What a directory is replaced by, too."""


def replaced(path: Path, kind: str, trap: Trap) -> Callable[[], None]:
    """Put a thing of that kind in a file's or directory's place; what is given back undoes it."""
    aside = path.with_name(f".{path.name}.aside")
    path.rename(aside)
    KINDS[kind](path, trap)

    def put_back() -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        aside.rename(path)

    return put_back
