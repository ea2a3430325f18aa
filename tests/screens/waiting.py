"""A change that is up and waits to be kept, as the worker leaves it on the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from frozen import FrozenClock

from xenbond_tui.answers import SetUp
from xenbond_tui.apply import transaction
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.progress import ProgressWriter
from xenbond_tui.apply.store import State, Store
from xenbond_tui.machine import Machine
from xenbond_tui.planner import prefill, propose, read_host

REMAINS = 107.0
"""Seconds left on its clock."""

STEPS = (("Write the files", 0.02), ("Bring up bond0 with eth0 and eth1", 1.31))


@contextmanager
def change(machine: Machine) -> Iterator[Machine]:
    """The machine with such a change; this process holds the worker's lock meanwhile."""
    clock = FrozenClock()
    machine = replace(machine, clock=clock)
    plan = propose(facts := read_host(machine), SetUp(prefill(facts))).plan
    assert plan is not None
    id = transaction.prepare(machine, plan, machine.kernel.snapshot(), confirm_within=120)
    lines = ProgressWriter(Store(machine).path(id, "progress.jsonl"), clock)
    for label, seconds in STEPS:
        lines.begin(label)
        clock.sleep(seconds)
        lines.end("ok")
    lines.note("gateway 192.168.0.1", detail="answers in 0.3 ms")
    transaction.reach(machine, id, State.ACTIVE, deadline=clock.monotonic() + REMAINS)
    lock = Lock(Store(machine).path(id, "worker.lock"))
    assert lock.take(clock)
    # Who holds it is told by number; in a picture it is always the same one.
    Path(lock.path).write_text("4242\n")
    try:
        yield machine
    finally:
        lock.release()
