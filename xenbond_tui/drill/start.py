"""Beginning a drill, and what must be put right before anything else is begun."""

from xenbond_tui.apply.holder import unsettled
from xenbond_tui.apply.one_at_a_time import refuse_while_waiting
from xenbond_tui.drill import restore
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How
from xenbond_tui.drill.refusals import refusal
from xenbond_tui.errors import XenbondError
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge
from xenbond_tui.host import door
from xenbond_tui.host.program import own_argv
from xenbond_tui.machine import Machine

_START_S = 20.0
"""Seconds the background process may take to come up on a slow host."""
_POLL_S = 0.05


def begin(machine: Machine, bond: str, how: How, target: str | None) -> str:
    """Begin a drill in the background; returns its ID, to follow.

    Args:
        machine: the host.
        bond: its name.
        how: how slaves are made to fail.
        target: the address to probe; None for the gateway behind the bond.

    Raises:
        XenbondError: refused; nothing was done.
    """
    if not machine.access.can_activate:
        raise XenbondError("Another system's tree (--root) can't be drilled.")
    put_right(machine)
    state = read_state(machine, bond)
    if state is None:
        raise XenbondError(f"There is no bond called {bond!r} here.")
    why = refusal(state, judge(state), how)
    if why is not None:
        raise XenbondError(why)
    drills = Drills(machine)
    if drills.lock.holder() is not None:
        raise XenbondError("A drill is running already; only one at a time.")
    refuse_while_waiting(machine)
    if standing := unsettled(machine):
        raise XenbondError(f"{standing} The drill was not begun.")
    id = drills.new(machine.clock.now(), bond, how, target or gateway(machine, state))
    argv = own_argv("drillworker", "--machine", machine.access.spec, "--id", id)
    # However it ends, killed with all of its processes too, systemd runs this.
    machine.launcher.start(f"xenbond-drill-{id}", argv, after=(*argv, "--back"))
    until = machine.clock.monotonic() + _START_S
    while drills.lock.holder() is None and not door.exists(drills.path(id, "progress.jsonl")):
        if machine.clock.monotonic() > until:
            raise XenbondError("The background process did not come up; nothing was done.")
        machine.clock.sleep(_POLL_S)
    return id


def put_right(machine: Machine) -> str:
    """Put back what a drill left that was killed with everything that guarded it.

    Returns:
        What was put back, in words; "" when nothing was left, or the drill still runs.

    Raises:
        XenbondError: the kernel refuses.
    """
    if restore.read(machine) is None or Drills(machine).lock.holder() is not None:
        return ""
    return restore.put_back(machine)


def gateway(machine: Machine, state: HealthState) -> str:
    """The gateway that is reached through the bridge (or the bond itself).

    Raises:
        XenbondError: there is none.
    """
    for route in machine.kernel.snapshot().routes:
        if route.destination == "default" and route.link == state.behind and route.gateway:
            return route.gateway
    raise XenbondError(
        f"There is no default gateway behind {state.behind} to probe. Name an address that always "
        "answers with --probe. Nothing was done."
    )
