"""May root run this very xenbond at boot? One answer, with its reason.

A guard against a power cut runs it as root, with nobody looking, before the network comes up. So
all of it must be root's alone, up to "/", and on file systems that are mounted by then.
"""

import functools
import os

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.host import mounts, startup
from xenbond_tui.host.owned import not_roots, not_roots_below
from xenbond_tui.host.program import KEPT, Parts, own_argv, parts

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
            table = mounts.read_mounts(stream.read())
    except OSError as error:
        return AtBoot(f"/proc/self/mountinfo can't be read: {error.strerror}", _DISK)
    paths = (*found.files, *found.packages, *(name for name in found.path if os.path.isdir(name)))
    separate = mounts.separate(paths, table)
    try:
        with open("/etc/fstab", encoding="utf-8", errors="surrogateescape") as stream:
            fstab = stream.read()
    except OSError:
        fstab = ""
    for mount in separate:
        if problem := mounts.not_at_boot(mount, fstab):
            return AtBoot(problem, _DISK)
        if not startup.by_systemd("") and not startup.disks_first(""):
            why = f"{mount.point} is mounted after the place of a script before the network"
            return AtBoot(why, _DISK)
    return AtBoot(command=own_argv(), mounts=tuple(separate.values()))
