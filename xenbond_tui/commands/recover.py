"""`xenbond recover`: roll back a change or a drill that was interrupted, or could not be.

At boot a unit runs it for the first; the second is for a person alone to ask.
"""

import argparse

from xenbond_tui.apply.holder import unsettled
from xenbond_tui.apply.recover import broken, resolve_stale, retry, wait_until_back
from xenbond_tui.commands.remarks import telling
from xenbond_tui.commands.say import say
from xenbond_tui.drill.start import put_right
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--boot", action="store_true", help="the network is not up yet: put back files only"
    )
    parser.add_argument("--root", metavar="DIR", help="another system's tree instead of this host")


def run(args: argparse.Namespace) -> int:
    """Roll it back if there is one; 0 when the host is in a state that was kept or restored.

    Raises:
        XenbondError: it could not be rolled back completely.
    """
    from xenbond_tui.compose import chosen

    machine = chosen(args.root)
    with telling(machine):
        amiss = "" if args.boot or not machine.access.can_activate else _drill(machine)
        record = resolve_stale(machine, boot=args.boot)
        if record is None and not args.boot and broken(machine):
            record = wait_until_back(machine, retry(machine))
        if standing := unsettled(machine):
            raise XenbondError(standing)
        say("No change was interrupted." if record is None else record.result)
        if amiss:
            raise XenbondError(amiss)
    return 0


def _drill(machine: Machine) -> str:
    """Put back what a killed drill left; why not, where that failed: a change comes back first."""
    try:
        if drilled := put_right(machine):
            say(f"A drill was killed; put back: {drilled}.")
    except XenbondError as error:
        return str(error)
    return ""
