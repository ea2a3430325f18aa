"""`xenbond status`: one look at a bond, for people and for a monitoring system.

A monitoring system asks every minute, so this imports no more than it needs: /proc and sysfs are
read directly, and JSON only when it is asked for.
"""

import argparse
import sys

from xenbond_tui import compose
from xenbond_tui.health.report import EXIT_NO_BOND, exit_code, status_document, status_text
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="the bond; left out: every bond")
    parser.add_argument("--json", action="store_true", help="for machines, version 1")
    parser.add_argument("--root", metavar="DIR", help="read DIR/proc and DIR/sys instead")


def run(args: argparse.Namespace) -> int:
    """Print the state and return 0 healthy, 1 degraded, 2 down or misconfigured, 3 no bond."""
    machine = compose.chosen(args.root)
    names = machine.kernel.bond_names() if args.bond is None else (args.bond,)
    states = [state for name in names if (state := read_state(machine, name)) is not None]
    judged = [(state, judge(state)) for state in states]
    if args.json:
        import json

        sys.stdout.write(json.dumps(status_document(judged), indent=2) + "\n")
    elif judged:
        sys.stdout.write(status_text(judged))
    if not judged:
        which = "no bond" if args.bond is None else f"no bond called {args.bond!r}"
        sys.stderr.write(f"xenbond: there is {which} here. `xenbond setup` makes one.\n")
        return EXIT_NO_BOND
    return exit_code(judged)
