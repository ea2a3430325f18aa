"""Starting the worker so that it outlives the terminal, the session and this program."""

import shlex
import subprocess
import time
from collections.abc import Sequence

from xenbond_tui.apply import sandbox
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.store import Store
from xenbond_tui.effects import Runner
from xenbond_tui.errors import XenbondError
from xenbond_tui.host.processes import cpu_time
from xenbond_tui.host.program import own_argv
from xenbond_tui.host.runner import ENVIRONMENT
from xenbond_tui.host.startup import by_systemd
from xenbond_tui.machine import Machine, Started

ONLY_WRITTEN = "Another system's tree (--root) can't be activated, only written: use --files-only."
_POLL_S = 0.05
_IDLE_S = 20.0
"""Seconds a worker that is coming up may be seen neither there nor at work."""
_LOOK_S = 1.0
"""Seconds between two looks at that; the lock is looked at each time."""
_TIMES = 20
"""CPU time it may take, as a multiple of what this process has had: so a slow host has more."""


def start_worker(machine: Machine, id: str, *flags: str) -> None:
    """Start the worker; returns once it holds its lock: from then on the change is its own.

    It is waited for while it gets CPU time: a busy or slow host takes minutes for its imports.

    Raises:
        XenbondError: it did not come up.
    """
    store = Store(machine)
    lock = Lock(store.path(id, "worker.lock"))
    name, clock = f"xenbond-{id}{''.join(flags)}", machine.clock
    argv = own_argv("worker", "--machine", machine.access.spec, "--id", id, *flags)
    worker = machine.launcher.start(name, argv)
    most = max(_IDLE_S, _TIMES * time.process_time())
    used, progress, looked = 0.0, clock.monotonic(), clock.monotonic()
    while lock.holder() is None and store.record(id).is_open:
        now = clock.monotonic()
        if now - looked >= _LOOK_S:
            looked, spent = now, worker() or 0.0
            if used < spent <= most:
                used, progress = spent, now
        if now - progress > _IDLE_S:
            raise XenbondError("The background process did not come up; nothing was changed.")
        clock.sleep(_POLL_S)


class ForkLauncher:
    """A process in a new session, without a terminal, adopted by PID 1."""

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        """Start `argv` detached; `name` and `after` are for where there are units.

        Raises:
            XenbondError: it could not be started.
        """
        command = own_argv("detach", *argv)
        try:
            # Not os.fork(): the wizard has threads, and a fork of those may hang in the child.
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
                check=True,
                timeout=30,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise XenbondError(
                f"The background process can't be started: {error}; nothing was changed."
            ) from None
        return lambda: cpu_time(argv)


class DetachedLauncher:
    """A transient systemd unit where systemd is PID 1, else a process in a new session."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        """Start `argv` detached, as unit `name`; `after` when it has ended, however it ended.

        Raises:
            XenbondError: it could not be started.
        """
        systemd_run = self._runner.which("systemd-run")
        if systemd_run is None or not by_systemd(""):
            return ForkLauncher().start(name, argv, after)
        release = sandbox.release(self._runner)
        done = self._runner.run(
            (
                systemd_run,
                f"--unit={name}",
                f"--description={name}: a network change until it is confirmed",
                *(("--collect",) if release >= sandbox.COLLECT else ()),
                "--quiet",
                # A DHCP client that the change started must not be killed with the unit.
                "--property=KillMode=process",
                *(f"--property={one}" for one in sandbox.known(sandbox.WORKER, release)),
                *((f"--property=ExecStopPost={shlex.join(after)}",) if after else ()),
                "--",
                *argv,
            )
        )
        if done.returncode != 0:
            said = [*done.stderr.strip().splitlines(), "it does not say why"][0]
            raise XenbondError(
                f"systemd-run can't start the background process: {said}; nothing was changed."
            )
        return lambda: cpu_time(argv)


class NoLauncher:
    """Another system's tree is never activated."""

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        """Refuse.

        Raises:
            XenbondError: always.
        """
        raise XenbondError(ONLY_WRITTEN)
