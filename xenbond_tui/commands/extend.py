"""`xenbond extend`: give the waiting change more time."""

import argparse

from xenbond_tui.apply import actions
from xenbond_tui.commands.remarks import telling
from xenbond_tui.commands.say import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "seconds",
        metavar="SECONDS",
        nargs="?",
        type=float,
        default=float(actions.USUAL),
        help=f"how much more (default: {actions.USUAL})",
    )


def run(args: argparse.Namespace) -> int:
    """Extend; 0 when the clock was set on.

    Raises:
        XenbondError: none is waiting, or it has gone back already.
    """
    from xenbond_tui.compose import live

    machine = live()
    with telling(machine):
        remaining = actions.extend(machine, args.seconds)
    say(f"It goes back by itself in {remaining:.0f} s. `xenbond confirm` keeps it.")
    return 0
