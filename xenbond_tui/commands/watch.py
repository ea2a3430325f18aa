"""`xenbond watch [BOND]`: live health of a bond."""

import argparse

from xenbond_tui import compose
from xenbond_tui.commands.start import show
from xenbond_tui.errors import XenbondError


def configure(parser: argparse.ArgumentParser) -> None:
    """Which bond."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="default: the one under a bridge")


def run(args: argparse.Namespace) -> int:
    """Open the health screen."""
    machine = compose.live()
    names = machine.kernel.bond_names()
    if not names:
        raise XenbondError("There is no bond on this host to watch; `xenbond setup` makes one.")
    if args.bond is not None and args.bond not in names:
        raise XenbondError(f"There is no bond {args.bond}. There is: {', '.join(names)}.")
    return show(lambda: machine, "health", args.bond)
