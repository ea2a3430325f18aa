"""What a person is told beside what a command says: what was found on the way, and by itself."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.commands.say import say
from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line


@contextmanager
def telling(machine: Machine) -> Iterator[None]:
    """Run a command; then, however it ended, tell on stderr what `Machine.tell` was told."""
    try:
        if machine.state:
            from xenbond_tui.apply.other_trees import mention

            mention(machine)
        yield
    finally:
        for remark in machine.remarks:
            sys.stderr.write(f"note: {one_line(remark)}\n")
        machine.remarks.clear()


def tell_news(machine: Machine) -> None:
    """Say that a change was rolled back while nobody watched; nothing where no person reads."""
    if sys.stdout is None or not sys.stdout.isatty():
        return
    from xenbond_tui.apply.news import mark_seen, unseen
    from xenbond_tui.apply.store import State

    record = unseen(machine)
    if record is None:
        return
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.ended or record.started))
    how = "could not be rolled back" if record.state is State.FAILED else "was rolled back"
    say(f"Change {record.id} ({one_line(record.summary)}) {how}, {when}.\n    {record.result}\n")
    mark_seen(machine, record.id)
