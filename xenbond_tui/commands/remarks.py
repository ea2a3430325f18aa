"""What was found on the way, told on stderr once a command has ended, however it ended."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line


@contextmanager
def telling(machine: Machine) -> Iterator[None]:
    """Run a command on that machine; afterwards tell what `Machine.tell` was told."""
    try:
        if machine.state:
            from xenbond_tui.apply.other_trees import mention

            mention(machine)
        yield
    finally:
        for remark in machine.remarks:
            sys.stderr.write(f"note: {one_line(remark)}\n")
        machine.remarks.clear()
