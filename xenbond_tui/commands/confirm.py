"""`xenbond confirm`: keep the change that is waiting."""

import argparse

from xenbond_tui.apply.waiting import confirm
from xenbond_tui.commands.remarks import telling
from xenbond_tui.commands.say import say


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no options."""


def run(args: argparse.Namespace) -> int:
    """Keep it; 0 when it is kept.

    Raises:
        XenbondError: none is waiting, or it has been rolled back already.
    """
    from xenbond_tui.compose import live

    machine = live()
    with telling(machine):
        record = confirm(machine)
    say(f"Kept: {record.id}, {record.summary}. `xenbond undo` undoes it.")
    return 0
