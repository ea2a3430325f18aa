"""Rolls an unconfirmed change back at the next boot, before the network comes up.

A systemd unit, or a SysV script where systemd is not PID 1. It is there from before a change's
first step until the change has ended. One that a crash left behind takes itself away: it runs
`xenbond recover --boot`, which removes it when no change is open any more. Of the one file it runs
a copy, which comes and goes with it.
"""

import contextlib
import os
import re
import shlex

from xenbond_tui.apply import durable, sandbox
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door, startup
from xenbond_tui.host.program import KEPT, ONE_FILE, archive, boot_argv
from xenbond_tui.machine import Machine
from xenbond_tui.rules.units import quoted
from xenbond_tui.shipped import asset

NAME = "xenbond-recover"
UNIT = f"/etc/systemd/system/{NAME}.service"
WANTS = f"/etc/systemd/system/sysinit.target.wants/{NAME}.service"
_LABEL = "security.selinux"
_STATE = "/var/lib/xenbond"
"""Where what is put back is kept: perhaps on another file system."""


def install(machine: Machine) -> str:
    """Have an interrupted change rolled back at the next boot; returns when that is on the disk.

    Returns:
        How, in words; "" when there is none: on a host with neither systemd nor SysV scripts, and
        where root may not run this program at boot (`Machine.at_boot`).

    Raises:
        XenbondError: it can't be written.
    """
    if machine.at_boot().unfit:
        return ""
    try:
        if archive() == ONE_FILE:
            _keep_copy(machine.access.root)
        if startup.by_systemd(machine.access.root):
            return _install_unit(machine)
        return _install_script(machine)
    except OSError as error:
        raise XenbondError.at(
            error.filename or NAME,
            f"{error.strerror}; what rolls the change back after a power cut can't be installed.",
        ) from None


def remove(machine: Machine) -> None:
    """Take it away; one that is not there is no error.

    Raises:
        OSError: it can't be; at the next boot it finds nothing to do, and tries again.
    """
    found = _traces(machine.access.root)
    if any(path.endswith(f"/{NAME}") for path in found) and _uses_insserv(machine):
        machine.runner.run(("insserv", "-r", NAME), 30.0)
    for path in _traces(machine.access.root):
        durable.unlink(path)
    for directory in _directories(machine.access.root):
        if _is_empty(directory):
            # As `systemctl disable` does.
            durable.remove_directory(directory)


def is_there(machine: Machine) -> bool:
    """True when a guard, or a part of one, is installed."""
    root = machine.access.root
    return machine.access.can_activate and (
        bool(_traces(root)) or any(map(_is_empty, _directories(root)))
    )


def _command() -> tuple[str, ...]:
    return boot_argv("recover", "--boot")


def _keep_copy(root: str) -> None:
    """What the unit or script runs: the bytes that run now, wherever they came from."""
    durable.make_directories(os.path.dirname(root + KEPT), 0o700)
    with open(ONE_FILE, "rb") as itself:
        durable.replace(root + KEPT, itself.read(), 0o700)
    # SELinux lets an init system run a program only by its label.
    with contextlib.suppress(OSError):
        os.setxattr(root + KEPT, _LABEL, os.getxattr("/usr/bin/env", _LABEL))


def _directories(root: str) -> tuple[str, ...]:
    """Directories of what it is made of, which are not left behind empty."""
    return tuple(os.path.dirname(root + path) for path in (WANTS, KEPT))


def _template(name: str, **words: str) -> bytes:
    text = asset("boot", name).read_text(encoding="utf-8")
    for key, value in words.items():
        text = text.replace(f"@{key}@", value)
    return text.encode()


def _install_unit(machine: Machine) -> str:
    root = machine.access.root
    settings = sandbox.known(sandbox.GUARD, sandbox.release(machine.runner))
    text = _template(
        f"{NAME}.service",
        COMMAND=quoted(_command()),
        MOUNTS=quoted((_STATE, *machine.at_boot().mounts), dollar=False),
        SANDBOX="\n".join(settings),
    )
    for path in (UNIT, WANTS):
        durable.make_directories(os.path.dirname(root + path), 0o755)
    durable.replace(root + UNIT, text, 0o644)
    durable.symlink(UNIT, root + WANTS, _half(root + WANTS))
    return f"unit {NAME}"


def _install_script(machine: Machine) -> str:
    place = next(iter(startup.script_directories(machine.access.root)), None)
    before = startup.before_the_network(machine.access.root)
    if place is None or not before:
        return ""
    levels = "".join(os.path.basename(directory)[2] for directory in before)
    script = _template(
        f"{NAME}.init",
        COMMAND=shlex.join(_command()),
        LEVELS=levels.replace("S", "") or "-",
        ORDER=f"{min(before.values()):02d}",
        NETWORK="network networking NetworkManager wicked",
        RUNLEVELS=" ".join(sorted(set(levels))),
    )
    path = f"{place}/{NAME}"
    durable.replace(path, script, 0o755)
    if _uses_insserv(machine) and machine.runner.run(("insserv", NAME), 30.0).returncode == 0:
        return f"SysV script {NAME}"
    for directory, number in before.items():
        link = f"{directory}/S{number:02d}{NAME}"
        durable.symlink(os.path.relpath(path, directory), link, _half(link))
    return f"SysV script {NAME}"


def _uses_insserv(machine: Machine) -> bool:
    return startup.by_notes(machine.access.root) and machine.runner.which("insserv") is not None


def _is_empty(directory: str) -> bool:
    return door.is_directory(directory) and not door.names(directory)


def _half(path: str) -> str:
    """Where a link is made; hidden, so that nothing which looks for S* starts it."""
    directory, name = os.path.split(path)
    return f"{directory}/.{name}.new"


def _traces(root: str) -> tuple[str, ...]:
    """Everything of ours, halves that a crash left included; what runs it before what it runs."""
    links = [
        f"{directory}/{name}"
        for directory in startup.runlevel_directories(root)
        for name in door.names(directory)
        if re.fullmatch(rf"\.?[SK]\d\d{NAME}(\.new)?", name)
    ]
    units = [_half(root + WANTS), root + WANTS, f"{root}{UNIT}.new", root + UNIT]
    scripts = [
        f"{place}/{NAME}{end}" for place in startup.script_directories(root) for end in (".new", "")
    ]
    copies = [f"{root}{KEPT}.new", root + KEPT]
    return tuple(path for path in (*links, *units, *scripts, *copies) if door.exists(path))
