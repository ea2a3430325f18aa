"""A second clock beside ours, in NetworkManager itself: its checkpoint.

Ours is a process of this host, and could be killed. A checkpoint brings NetworkManager's links and
profiles back as they were when its time is over, whoever has died by then; the files are put back
byte for byte by the next `xenbond`. Ours is always the first of the two: the checkpoint's time is
longer, and it is taken away before a change is kept or rolled back.

Called by busctl (D-Bus interface org.freedesktop.NetworkManager, nm-dbus-interface.h) from 1.12 on:
before, checkpoints could neither be listed nor be moved. Before 1.38 its rollback takes guests'
ports off a bridge that it brings up (NEWS); the next `xenbond` puts them back. It is an addition:
where it can't be had, our own clock alone counts, and that is said.
"""

import math
import os
from contextlib import suppress

from xenbond_tui.apply import durable, probes, readback
from xenbond_tui.apply.notes import read_json, write_json
from xenbond_tui.apply.steps import failure
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.regex import regex

MARGIN_S = 20.0
"""It is that much later than our own clock, which looks five times a second."""
FILE = "checkpoint.json"
"""Kept with the transaction, so that whoever takes over from a dead worker can take it away."""
_ASIDE_S = 60.0
"""Seconds of the way up that are no step's: files on a slow disk, what works now."""
_PATIENCE_S = 10.0
_FLAGS = 0x02 | 0x04
"""DELETE_NEW_CONNECTIONS, DISCONNECT_NEW_DEVICES: the bond's and the bridge's. Not DESTROY_ALL:
someone else's checkpoint is not ours to take away; while there is one, there is none of ours."""
_NAME = "org.freedesktop.NetworkManager"
_OBJECT = "/org/freedesktop/NetworkManager"
_CALL = ("busctl", "--system", "--auto-start=no", "call", _NAME, _OBJECT)
_PATH = regex(r'"(/org/freedesktop/NetworkManager/Checkpoint/[0-9]+)"')
"""busctl prints `o "/…/Checkpoint/1"`, and `v ao 2 "/…/Checkpoint/1" "/…/Checkpoint/2"`."""


def longest(plan: Plan, confirm_within: float) -> float:
    """Seconds from the first step until our own clock has certainly ended."""
    steps = sum(getattr(step.action, "timeout", 0.0) for step in plan.forward)
    return steps + _ASIDE_S + readback.CONVERGENCE_S + probes.CONVERGENCE_S + confirm_within


class NmCheckpoint:
    """The checkpoint of one transaction; without one, everything here does nothing."""

    def __init__(self, machine: Machine, directory: str, plan: Plan) -> None:
        """Nothing is asked yet.

        Args:
            machine: The host.
            directory: The transaction's.
            plan: It says whether there is to be one.
        """
        self._machine = machine
        self._path = os.path.join(directory, FILE)
        self.wanted = plan.nm_checkpoint

    def start(self, seconds: float) -> str:
        """Have NetworkManager roll back by itself after so many seconds; says what came of it.

        That it is asked for is noted before; as nobody else has one then, killed right after, the
        one that is there is ours.
        """
        if self._machine.runner.which("busctl") is None:
            return _alone("busctl is not there")
        others = self._listed()
        if others is None:
            return _alone("NetworkManager lists no checkpoints, as before 1.12")
        if others:
            return _alone(f"it has one of someone else's, {others[0]}")
        total = seconds + MARGIN_S
        try:
            write_json(self._path, "")
            done = self._call("CheckpointCreate", "aouu", "0", _whole(total), str(_FLAGS))
            found = _PATH.findall(done.stdout)
            if done.returncode != 0 or len(found) != 1:
                self._stop_quietly()
                return _alone(failure(done))
            write_json(self._path, found[0])
        except OSError as error:
            self._stop_quietly()
            return _alone(f"{self._path}: {error.strerror}")
        return f"rolls back by itself after {_whole(total)} s, should this process die"

    def move(self, seconds: float) -> str:
        """Our own clock has so many seconds left from now; says what is amiss, else "".

        One that can't be moved goes: it would be the first of the two.
        """
        mine = self._mine()
        if not mine:
            return ""
        total = seconds + MARGIN_S
        done = self._call("CheckpointAdjustRollbackTimeout", "ou", mine, _whole(total))
        if done.returncode == 0:
            return ""
        try:
            self.stop()
        except XenbondError as error:
            return str(error)
        return _alone(failure(done))

    def stop(self) -> None:
        """Take it away. One that is gone, its time over or NetworkManager ended, is no error.

        Raises:
            XenbondError: it is still there, and will go off.
        """
        if not door.exists(self._path):
            return
        mine = self._mine()
        paths = (mine,) if mine else self._listed() or ()
        for path in paths:
            done = self._call("CheckpointDestroy", "o", path)
            if done.returncode != 0 and path in (self._listed() or ()):
                raise XenbondError(
                    f"NetworkManager does not give up its checkpoint {path}, which would take the "
                    f"change back later: {failure(done)}."
                )
        with suppress(OSError):
            # Left over, it names what is not there any more.
            durable.unlink(self._path)

    def _stop_quietly(self) -> None:
        with suppress(XenbondError):
            # Noted still, so that it is tried again before the change is kept or rolled back.
            self.stop()

    def _mine(self) -> str:
        """Its name; "" when there is none, or when that did not come to be known."""
        try:
            mine = read_json(self._path)
        except (OSError, ValueError):
            return ""
        return mine if isinstance(mine, str) and _PATH.fullmatch(f'"{mine}"') else ""

    def _listed(self) -> tuple[str, ...] | None:
        """Every checkpoint there is; None when NetworkManager does not answer, or has none such."""
        get = ("org.freedesktop.DBus.Properties", "Get", "ss", _NAME, "Checkpoints")
        done = self._machine.runner.run((*_CALL, *get), _PATIENCE_S)
        if done.returncode != 0 or " ao " not in f" {done.stdout}":
            return None
        return tuple(_PATH.findall(done.stdout))

    def _call(self, method: str, signature: str, *values: str) -> Completed:
        return self._machine.runner.run((*_CALL, _NAME, method, signature, *values), _PATIENCE_S)


def _alone(why: str) -> str:
    return f"not to be had: {why}. Our own clock alone counts"


def _whole(seconds: float) -> str:
    return str(math.ceil(seconds))
