"""What happened while nobody watched, told once by the next command a person runs."""

import sys
import time

from xenbond_tui.apply.news import mark_seen, unseen
from xenbond_tui.apply.store import State
from xenbond_tui.commands.say import say
from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line


def tell_news(machine: Machine) -> None:
    """Say that a change was rolled back by itself; nothing where no person reads."""
    if sys.stdout is None or not sys.stdout.isatty():
        return
    record = unseen(machine)
    if record is None:
        return
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.ended or record.started))
    how = "could not be rolled back" if record.state is State.FAILED else "was rolled back"
    say(f"Change {record.id} ({one_line(record.summary)}) {how}, {when}.\n    {record.result}\n")
    mark_seen(machine, record.id)
