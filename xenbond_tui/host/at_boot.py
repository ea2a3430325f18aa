"""May root run this very xenbond at boot? One answer, with its reason.

A guard against a power cut runs it as root, with nobody looking, before the network comes up. So
all of it must be root's alone, up to "/", and on file systems that are mounted by then.
"""

import functools
import os
import re

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.host import startup
from xenbond_tui.host.owned import not_roots, not_roots_below
from xenbond_tui.host.program import KEPT, Parts, own_argv, parts
from xenbond_tui.value import dataclass

LOCAL = frozenset(
    "ext2 ext3 ext4 xfs btrfs f2fs jfs nilfs2 reiserfs bcachefs erofs".split()  # noqa: SIM905
)
"""File systems on this host's own disks that keep owners and modes."""
_NOT_BY_ITSELF = frozenset(
    ("noauto", "_netdev", "x-systemd.automount", "comment=systemd.automount")
)
"""Options of fstab(5) of what the boot does not mount, or only with a network."""
_BY_OTHERS = frozenset(("user", "users", "owner", "group"))
"""Options of fstab(5) that let others than root mount and unmount it."""
_PACKAGES = ("site-packages", "dist-packages")
"""Names of directories that hold nothing but packages."""
_BY_HAND = "After a power cut, run `xenbond recover` at the console."
_OWNER = f"Install it as root in a directory that is root's alone, /opt/xenbond say. {_BY_HAND}"
_DISK = f"Install it as root on the disk that /etc is on, in /opt/xenbond say. {_BY_HAND}"
_COPY = f"Its copy for that is {KEPT}. {_BY_HAND}"


@functools.cache
def at_boot() -> AtBoot:
    """`look`, once: what is root's alone is changed by nobody meanwhile."""
    return look()


def look() -> AtBoot:
    """Judge what this process was started from, on the running host.

    Nobody but root can have a guard: others are told nothing.
    """
    if os.geteuid() != 0:
        return AtBoot(command=own_argv())
    if not startup.by_systemd("") and not (
        startup.script_directories("") and startup.before_the_network("")
    ):
        why = "this host is started by neither systemd nor SysV scripts with a network script"
        return AtBoot(why, _BY_HAND)
    try:
        found, command = parts(), own_argv()
    except XenbondError as error:
        return AtBoot(str(error), _OWNER)
    judged = _judged(found)
    if KEPT not in found.files:
        return judged
    unfit = judged.unfit or _not_run_from(os.path.dirname(KEPT))
    itself = _judged(Parts((), command[:1], ())).unfit
    return AtBoot(unfit, _COPY if unfit else "", command, judged.mounts, itself)


def _judged(found: Parts) -> AtBoot:
    problem = foreign_part(found)
    return AtBoot(problem, _OWNER) if problem else _on_disk(found)


def _not_run_from(directory: str) -> str:
    """Why no program is run from there; "" when one can be. What is not there will be made."""
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    runs = not os.statvfs(directory).f_flag & os.ST_NOEXEC
    return "" if runs else f"{directory} is mounted with noexec"


def foreign_part(found: Parts) -> str:
    """Why somebody besides root could have a say in what is run; "" when nobody could."""
    known: set[str] = set()
    for name in found.files:
        if problem := not_roots(name, known):
            return problem
    for directory in (*found.packages, *(name for name in found.files if os.path.isdir(name))):
        if problem := not_roots(directory, known) or not_roots_below(directory, known):
            return problem
    for name in found.path:
        if problem := _directory(name, known):
            return problem
    return ""


def _directory(name: str, known: set[str]) -> str:
    """The same for one directory that modules are taken from."""
    if problem := not_roots(name, known):
        return problem
    if not os.path.isdir(name):
        return ""
    own = os.path.basename(name) in _PACKAGES or os.path.isfile(f"{name}/os.py")
    for entry in os.scandir(name):
        if problem := not_roots(entry.path, known):
            return problem
        # Of a work tree only our own packages are used; whatever else is there must be root's, too,
        # for it could have a module's name. Packages of an interpreter that are not on the path
        # are not used either.
        if own and entry.is_dir() and entry.name not in (*_PACKAGES, "test"):
            problem = not_roots_below(entry.path, known)
            if problem:
                return problem
    return ""


def _on_disk(found: Parts) -> AtBoot:
    """Whether all of it is mounted by then."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as stream:
            table = read_mounts(stream.read())
    except OSError as error:
        return AtBoot(f"/proc/self/mountinfo can't be read: {error.strerror}", _DISK)
    paths = (*found.files, *found.packages, *(name for name in found.path if os.path.isdir(name)))
    others = separate(paths, table)
    try:
        with open("/etc/fstab", encoding="utf-8", errors="surrogateescape") as stream:
            fstab = stream.read()
    except OSError:
        fstab = ""
    for mount in others:
        if problem := not_at_boot(mount, fstab):
            return AtBoot(problem, _DISK)
        if not startup.by_systemd("") and not startup.disks_first(""):
            why = f"{mount.point} is mounted after the place of a script before the network"
            return AtBoot(why, _DISK)
    return AtBoot(command=own_argv(), mounts=tuple(others.values()))


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mountinfo."""

    point: str
    kind: str


def read_mounts(text: str) -> tuple[Mount, ...]:
    """Everything mounted, in the order it was mounted in (proc_pid_mountinfo(5))."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")[0]
        if len(fields) > 4 and kind:
            found.append(Mount(unescaped(fields[4]), kind))
    return tuple(found)


def mount_of(path: str, mounts: tuple[Mount, ...]) -> Mount | None:
    """The one a real path is on; of several on one point the last counts."""
    best: Mount | None = None
    for mount in mounts:
        inside = mount.point == "/" or f"{path}/".startswith(f"{mount.point}/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def not_at_boot(mount: Mount, fstab: str) -> str:
    """Why a file system other than the one of /etc need not be there at boot; "" when it is."""
    if mount.kind not in LOCAL:
        return f"{mount.point} is a file system of type {mount.kind}, which need not be there then"
    for line in fstab.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[0].startswith("#") or unescaped(fields[1]) != mount.point:
            continue
        options = frozenset(fields[3].split(","))
        bad = sorted(options & (_NOT_BY_ITSELF | _BY_OTHERS))
        return f"/etc/fstab mounts {mount.point} with {bad[0]}" if bad else ""
    return f"{mount.point} is a separate file system that /etc/fstab does not mount"


def unescaped(text: str) -> str:
    r"""A mount point as it is; blanks are written \040 there."""
    return re.sub(r"\\([0-3][0-7]{2})", lambda match: chr(int(match[1], 8)), text)


def separate(paths: tuple[str, ...], mounts: tuple[Mount, ...]) -> dict[Mount, str]:
    """Those file systems other than the one /etc is on, each with the first path on it.

    What /etc is on is there whenever a guard is: the guard is written there itself.
    """
    home = mount_of(os.path.realpath("/etc"), mounts)
    found: dict[Mount, str] = {}
    for path in paths:
        mount = mount_of(os.path.realpath(path), mounts)
        if mount is not None and mount != home:
            found.setdefault(mount, os.path.realpath(path))
    return found
