"""One look at every bond asked for, judged: what `status`, `metrics` and the like tell."""

from collections.abc import Mapping, Sequence

from xenbond_tui.health.failures import OURS, recent_failures
from xenbond_tui.health.kernel_log import read_logs
from xenbond_tui.health.model import HealthState, Verdict, Written
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass, replace


@dataclass(frozen=True, slots=True)
class Look:
    """The bonds that are there, judged."""

    judged: Sequence[tuple[HealthState, Verdict]]
    last_change: dict[str, float]
    """Bond → when something happened to it last (seconds since the epoch), where that is known."""


def look(machine: Machine, bond: str | None) -> Look:
    """Look at one bond, or at all (None). What failed of late is in the kernel's log."""
    names = machine.kernel.bond_names() if bond is None else (bond,)
    judged = []
    last_change = {}
    logs = read_logs(machine) if names else {}
    of_tree = _of_tree(machine) if names and not machine.access.knows_running else {}
    for name in names:
        state = read_state(machine, name)
        if state is None:
            continue
        events = logs.get(name, ())
        if events:
            from xenbond_tui.health.merge import merged
            from xenbond_tui.health.record import EventRecord

            last_change[name] = events[-1].wall
            drills = [item for item in EventRecord(machine, name).read() if not item.slave]
            told = merged(events, [item for item in drills if item.code.startswith(OURS)])
            failures = recent_failures(told, machine.clock.now())
            state = replace(state, recent_failures=failures)
        if machine.access.knows_running:
            from xenbond_tui.health.written_cache import written

            state = replace(state, written=written(machine, name))
        else:
            state = replace(state, written=of_tree.get(name))
        judged.append((state, judge(state)))
    return Look(judged, last_change)


def _of_tree(machine: Machine) -> Mapping[str, Written]:
    """A copy of a host is compared as the host is; nothing is kept in it."""
    if not machine.tree.exists("/etc"):
        return {}
    from xenbond_tui.health.written import read_written

    return read_written(machine)
