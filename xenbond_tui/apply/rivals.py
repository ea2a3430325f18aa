"""A command that waits to be confirmed beside a change is ended, or it would go back over it.

`netplan try` (netplan_cli/cli/commands/try_command.py) copies what netplan has made below /run when
it begins. When nobody confirms it in time those copies are put back and carried out: after a
rollback that would be the network of the change again. From 1.2 on `netplan generate` also fails
while its file below /run is there, which a `netplan try` whose session was cut leaves behind.

It is not waited for: its time may be longer than the change's, and nobody may be able to reach it.
As it waits its signals are those of netplan's D-Bus service (src/dbus.c): SIGUSR1 confirms, by
which nothing is moved; SIGINT goes back, by which a file that it has added is removed.
"""

import signal
from collections.abc import Callable
from contextlib import suppress

from xenbond_tui.apply import durable
from xenbond_tui.apply.waits import StepError
from xenbond_tui.effects import Process
from xenbond_tui.host import door
from xenbond_tui.machine import Machine
from xenbond_tui.plan.actions import Rival

_BEGINS_S = 30.0
"""Seconds until it waits: it carries the files out first."""
_ENDS_S = 60.0
"""Seconds until it has gone back."""
_POLL_S = 0.2


def running(machine: Machine, rival: Rival) -> list[Process]:
    """Those that run now, waiting or not yet."""
    found = machine.processes.of_root((rival.program,))
    return [process for process in found if rival.word in process.argv[1:]]


def end(machine: Machine, rival: Rival, pause: Callable[[float], None]) -> str:
    """End each that runs, and take away what one that was killed has left.

    Args:
        machine: The host.
        rival: What to look for.
        pause: Waits so many seconds.

    Returns:
        What was ended, in words; "" when none ran.

    Raises:
        StepError: it goes on.
    """
    name, mark = f"`{rival.program} {rival.word}`", f"{machine.access.root}{rival.waiting}"

    def until(true: Callable[[], bool], seconds: float) -> bool:
        limit = machine.clock.monotonic() + seconds
        while not true() and machine.clock.monotonic() < limit:
            pause(_POLL_S)
        return true()

    begun = running(machine, rival)
    if begun:
        until(lambda: door.exists(mark) or not running(machine, rival), _BEGINS_S)
        for process in running(machine, rival):
            adds = any(word.startswith(rival.adds) for word in process.argv)
            with suppress(OSError):
                machine.processes.signal(process, signal.SIGINT if adds else signal.SIGUSR1)
        if not until(lambda: not running(machine, rival), _ENDS_S):
            raise StepError(f"{name} waits to be confirmed and could not be ended: press Ctrl-C")
    with suppress(FileNotFoundError):
        durable.unlink(mark)
    return f"{name} had begun meanwhile and was ended" if begun else ""
