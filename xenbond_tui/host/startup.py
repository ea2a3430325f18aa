"""How a host is started, systemd or SysV scripts, and where there a script precedes the network.

Paths are real ones: the prefix of the host's tree included.
"""

import os
import re

from xenbond_tui.host import door
from xenbond_tui.regex import regex

_SYSTEMD_RUNNING = "/run/systemd/system"
"""Exists where systemd is PID 1 (sd_booted(3))."""
_SCRIPT_PLACES = ("/etc/rc.d/init.d", "/etc/init.d")
_RUNLEVEL_PLACES = ("/etc/rc.d", "/etc", "/etc/init.d")
"""Red Hat's, Debian's and SUSE's; rcS.d, rc2.d … are in one of them, or linked from it."""
_NETWORK = regex(r"S(\d\d)(network|networking|NetworkManager|wicked)", re.ASCII)
_DISKS = regex(r"S(\d\d)(mountall(\.sh)?|localmount)", re.ASCII)
"""Debian's scripts that mount what /etc/fstab names. Red Hat's rc.sysinit did it before any."""
_INSSERV_NOTES = "/etc/init.d/.depend.boot"
"""There where scripts start in the order of insserv(8)'s notes, not of their links' numbers."""


def by_systemd(root: str) -> bool:
    """True where systemd is PID 1."""
    return door.is_directory(root + _SYSTEMD_RUNNING)


def by_notes(root: str) -> bool:
    """True where scripts start in the order of insserv's notes, if insserv is there."""
    return door.exists(root + _INSSERV_NOTES)


def script_directories(root: str) -> tuple[str, ...]:
    """Where SysV scripts are kept."""
    return _directories(root, _SCRIPT_PLACES)


def runlevel_directories(root: str) -> tuple[str, ...]:
    """Where the links are that start SysV scripts."""
    names = tuple(f"{place}/rc{level}.d" for place in _RUNLEVEL_PLACES for level in "S2345")
    return _directories(root, names)


def before_the_network(root: str) -> dict[str, int]:
    """Directories of links that start the network, with the number just before it."""
    found = {}
    for directory in runlevel_directories(root):
        numbers = _numbers(directory, _NETWORK)
        if numbers:
            found[directory] = max(0, min(numbers) - 1)
    return found


def disks_first(root: str) -> bool:
    """True when SysV scripts find every local file system mounted just before the network."""
    return by_notes(root) or all(
        os.path.basename(directory) != "rcS.d"
        or any(disks < number for disks in _numbers(directory, _DISKS))
        for directory, number in before_the_network(root).items()
    )


def _numbers(directory: str, names: re.Pattern[str]) -> list[int]:
    matches = (names.fullmatch(name) for name in door.names(directory))
    return [int(match[1]) for match in matches if match]


def _directories(root: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are there, each once, however many links lead to it."""
    tree, real = door.to(root), []
    for path in paths:
        if tree.is_directory(path):
            with tree.locate(path) as place:
                real.append(f"{root}{place.path}")
    return tuple(dict.fromkeys(real))
