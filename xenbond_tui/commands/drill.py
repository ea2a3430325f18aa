"""`xenbond drill`: fail one slave after the other, and measure what is heard of it."""

import argparse
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

from xenbond_tui import compose
from xenbond_tui.apply.progress import Line, read_progress
from xenbond_tui.commands.say import no_bond, say, say_json
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How
from xenbond_tui.drill.report import kept
from xenbond_tui.drill.start import begin, put_right
from xenbond_tui.errors import EXIT_REFUSED, UsageError, XenbondError
from xenbond_tui.health.report import EXIT_NO_BOND
from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line

_POLL_S = 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="the bond; left out: the only one")
    parser.add_argument(
        "--how",
        choices=[str(how) for how in How],
        default=str(How.PULL),
        help="pull: you pull each cable (default); switch: another slave is made the active one; "
        "link-down: each slave is set down and up again",
    )
    parser.add_argument("--probe", metavar="IP", help="what to probe; left out: the gateway")
    parser.add_argument("--json", action="store_true", help="the report for machines, version 1")
    parser.add_argument("--yes", action="store_true", help="begin without asking")


def run(args: argparse.Namespace) -> int:
    """Drill and report; 0 passed, 2 failed, stopped or refused, 3 no bond."""
    machine = compose.live()
    names = machine.kernel.bond_names()
    bond = args.bond or (names[0] if len(names) == 1 else None)
    if bond is None and names:
        raise UsageError(f"which bond? There are {', '.join(names)}.")
    if bond is None or bond not in names:
        no_bond(args.bond)
        return EXIT_NO_BOND
    if args.probe is not None:
        _refuse_address(args.probe)
    if not args.yes and not _agreed(bond, How(args.how)):
        say("Nothing was done.")
        return EXIT_REFUSED
    return _follow(machine, begin(machine, bond, How(args.how), args.probe), as_json=args.json)


def _refuse_address(text: str) -> None:
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        raise UsageError(f"--probe {text}: not an IP address") from None


def _agreed(bond: str, how: How) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("a drill without a terminal to ask on needs --yes")
    doing = {
        How.PULL: "You pull the cable of each slave, one after the other",
        How.SWITCH: "Each slave is made the active one in turn",
        How.LINK_DOWN: "Each slave is set down and up again in turn",
    }[how]
    say(f"{doing}, and {bond} must carry on.")
    say("Should nothing be heard for 5 seconds, everything is put back at once. Begin? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _follow(machine: Machine, id: str, *, as_json: bool) -> int:
    drills = Drills(machine)

    def stop(number: int, frame: FrameType | None) -> None:
        drills.ask_to_stop(id)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    shown, message = 0, ""
    while True:
        over = drills.lock.holder() is None
        lines, said = read_progress(drills.path(id, "progress.jsonl"))
        if not as_json:
            with suppress(OSError):
                shown = _show(lines, shown)
                if said != message and not over:
                    say(f"\n{said}")
        message = said
        if over:
            break
        machine.clock.sleep(_POLL_S)
    report = kept(machine, id)
    if report is None:
        restored = put_right(machine)
        left = f"put back: {restored}" if restored else "nothing was left to put back"
        raise XenbondError(f"The drill {id} was killed before its report; {left}.")
    text, document = report
    if as_json:
        say_json(document)
    else:
        say(f"\n{text}")
        say(f"Kept as {os.path.join(drills.directory, id)}/report.txt and report.json.")
    return 0 if document.get("result") == "passed" else EXIT_REFUSED


def _show(lines: tuple[Line, ...], shown: int) -> int:
    for line in lines[shown:]:
        if line.status == "running":
            break
        say(one_line(f"{line.status:>6}  {line.label}  {line.detail}").rstrip())
        shown += 1
    return shown
