"""`xenbond events`: what happened to a bond, as it was seen and as the kernel's log tells it."""

import sys
import time

from xenbond_tui import compose
from xenbond_tui.commands.say import no_bond, say, say_json
from xenbond_tui.health.record import EventRecord, events_document, history
from xenbond_tui.health.report import EXIT_NO_BOND
from xenbond_tui.text import one_line
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def configure(parser: "argparse.ArgumentParser") -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="the bond; left out: every bond")
    parser.add_argument("--json", action="store_true", help="for machines, version 1")
    parser.add_argument("--root", metavar="DIR", help="the record kept under DIR instead")


def run(args: "argparse.Namespace") -> int:
    """Print the events, oldest first; 3 when there is no bond to tell of."""
    machine = compose.chosen(args.root)
    names = machine.kernel.bond_names() if args.bond is None else (args.bond,)
    # Whatever the kernel takes for a name; a record of one with a / there can't be.
    known = [(name, history(machine, name)) for name in names if "/" not in name]
    known = [(name, events) for name, events in known if events or machine.kernel.bond(name)]
    if args.json:
        document = {
            "version": 1,
            "bonds": [events_document(name, events) for name, events in known],
        }
        say_json(document)
    else:
        for name, events in known:
            say(one_line(name))
            for event in events:
                at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.wall))
                say(f"  {at}  {one_line(event.text)}")
            if not events:
                say("  Nothing on record.")
    if hidden := next((why for name, _ in known if (why := EventRecord(machine, name).closed)), ""):
        sys.stderr.write(f"xenbond: {hidden}; what is kept there is not told. Run it as root.\n")
    if not known:
        no_bond(args.bond)
        return EXIT_NO_BOND
    return 0
