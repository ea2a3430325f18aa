"""`xenbond extend`: give the waiting change more time."""

import argparse

from xenbond_tui.apply.requests import USUAL_S
from xenbond_tui.apply.waiting import extend
from xenbond_tui.commands.remarks import telling
from xenbond_tui.commands.say import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "seconds",
        metavar="SECONDS",
        nargs="?",
        type=float,
        default=float(USUAL_S),
        help=f"how much more (default: {USUAL_S})",
    )


def run(args: argparse.Namespace) -> int:
    """Extend; 0 when the clock was set on.

    Raises:
        XenbondError: none is waiting, or it has been rolled back already.
    """
    from xenbond_tui.compose import live

    machine = live()
    with telling(machine):
        remaining = extend(machine, args.seconds)
    say(f"It rolls back by itself in {remaining:.0f} s. `xenbond confirm` keeps it.")
    return 0
