"""`xenbond status`: one look at a bond, for people and for a monitoring system.

A monitoring system asks every minute, so this imports no more than it needs: /proc and sysfs are
read directly, and JSON only when it is asked for.
"""

import os
import sys

from xenbond_tui import compose
from xenbond_tui.commands.say import no_bond, say_json
from xenbond_tui.errors import XenbondError
from xenbond_tui.health.look import look
from xenbond_tui.health.report import EXIT_NO_BOND, exit_code, status_document, status_text
from xenbond_tui.text import one_line
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from xenbond_tui.machine import Machine

EXIT_UNSETTLED = 1
"""Of a healthy bond: the next boot may bring another network than the one that runs."""


def configure(parser: "argparse.ArgumentParser") -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="the bond; left out: every bond")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for machines, version 1")
    form.add_argument("--nagios", action="store_true", help="one line with performance data")
    parser.add_argument("--root", metavar="DIR", help="read DIR/proc and DIR/sys instead")


def run(args: "argparse.Namespace") -> int:
    """Print the state; 0 healthy, 1 degraded, 2 down or misconfigured, 3 no bond or not known."""
    if args.nagios:
        return _nagios(args)
    machine = compose.chosen(args.root)
    judged = look(machine, args.bond).judged
    standing = _unsettled(machine)
    if args.json:
        say_json(status_document(judged) | ({"unsettled": standing} if standing else {}))
    elif judged:
        sys.stdout.write(status_text(judged))
    if standing:
        sys.stderr.write(f"xenbond: {one_line(standing)}\n")
    if not judged:
        no_bond(args.bond)
        return EXIT_NO_BOND
    return exit_code(judged) or (EXIT_UNSETTLED if standing else 0)


def _unsettled(machine: "Machine") -> str:
    """A change that was cut short, or that nobody can tell of; "" where there is none."""
    if not machine.access.can_activate:
        return ""
    try:
        os.lstat(os.path.join(machine.state_dir, "transactions"))
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except PermissionError:
        if os.geteuid() != 0:
            # Monitoring runs as nobody in particular, and may not look.
            return ""
    except OSError:
        pass
    # Only now: a host that was never changed need not load what reads changes.
    from xenbond_tui.apply.holder import unsettled
    from xenbond_tui.commands.remarks import telling

    with telling(machine):
        return unsettled(machine)


def _nagios(args: "argparse.Namespace") -> int:
    """Monitoring systems read stdout, and take 2 for critical: trouble of ours is 3, unknown."""
    from xenbond_tui.health.nagios import nagios_line, unknown

    try:
        machine = compose.chosen(args.root)
        judged = look(machine, args.bond).judged
        standing = _unsettled(machine)
    except XenbondError as error:
        sys.stdout.write(unknown(str(error)) + "\n")
        return EXIT_NO_BOND
    if args.bond is not None and not judged:
        sys.stdout.write(unknown(f"there is no bond called {args.bond}") + "\n")
    else:
        sys.stdout.write(nagios_line(judged, standing) + "\n")
    return exit_code(judged) or (EXIT_UNSETTLED if standing else 0)
