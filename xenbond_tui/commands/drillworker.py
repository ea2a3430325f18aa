"""`xenbond drillworker`: the background half of a drill; started by the program, not by people."""

import argparse

from xenbond_tui.commands.worker import of_one


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    of_one(parser, "the drill")
    parser.add_argument("--back", action="store_true", help="only put back what a drill left")


def run(args: argparse.Namespace) -> int:
    """Play the drill; 0 when it passed.

    Raises:
        XenbondError: there is no such drill, or what it left can't be put back.
    """
    from xenbond_tui.compose import open_machine
    from xenbond_tui.drill.worker import put_back, run_drill

    machine = open_machine(args.machine)
    if args.back:
        put_back(machine, args.id)
        return 0
    return run_drill(machine, args.id)
