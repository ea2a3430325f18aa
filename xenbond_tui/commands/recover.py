"""`xenbond recover`: take back a change that was interrupted; for a unit that runs at boot."""

import argparse

from xenbond_tui.apply import actions
from xenbond_tui.commands.say import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--boot", action="store_true", help="the network is not up yet: put back files only"
    )
    parser.add_argument("--root", metavar="DIR", help="another system's tree instead of this host")


def run(args: argparse.Namespace) -> int:
    """Take it back if there is one; 0 when the host is in a state that was kept or restored.

    Raises:
        XenbondError: it could not be taken back completely.
    """
    from xenbond_tui.compose import chosen

    record = actions.resolve_stale(chosen(args.root), boot=args.boot)
    say("No change was interrupted." if record is None else record.result)
    return 0
