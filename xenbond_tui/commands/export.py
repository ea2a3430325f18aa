"""`xenbond export`: the same plan as one shell script, for a host where xenbond does not run."""

import argparse
import os
import sys

from xenbond_tui.commands.say import say
from xenbond_tui.errors import EXIT_REFUSED


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--answers", metavar="FILE", required=True, help="what is wanted (YAML)")
    parser.add_argument("--stack", metavar="NAME", help="the network stack, if not the host's own")
    parser.add_argument(
        "--root", metavar="DIR", required=True, help="a copy of that host's /etc, as DIR/etc"
    )
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="where to write it")


def run(args: argparse.Namespace) -> int:
    """Plan and write; 0 when the script is written, or there is nothing to change.

    Raises:
        XenbondError: the answers or a file of the host can't be used, or it can't be written.
    """
    from xenbond_tui import planner
    from xenbond_tui.answers import SetUp
    from xenbond_tui.answers_file.on_disk import load
    from xenbond_tui.apply.durable import save
    from xenbond_tui.commands.plan import remarks
    from xenbond_tui.compose import offline
    from xenbond_tui.export.script import script
    from xenbond_tui.value import replace

    answers = load(args.answers)
    if args.stack is not None:
        answers = replace(answers, stack=args.stack)
    # A service of ours has nothing to run there.
    answers = replace(answers, bridge=replace(answers.bridge, announce=None))
    proposal = planner.propose(planner.read_host(offline(args.root)), SetUp(answers))
    notes = remarks(proposal)
    sys.stderr.write("".join(line + "\n" for line in notes))
    plan = proposal.plan
    if plan is None:
        return EXIT_REFUSED
    if not plan.changed:
        say(f"Nothing to change: {plan.summary}. No script was written.")
        return 0
    text = script(plan, notes)
    save(args.output, text, "the script was")
    say(
        f"{args.output}: {len(text)} bytes, {len(plan.changed)} files, {plan.summary}. Copy it to "
        f"that host; there: sh {os.path.basename(args.output)} diff, then apply."
    )
    return 0
