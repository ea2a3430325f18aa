"""`xenbond remove`: take bond and bridge away; the address goes back to one NIC."""

import argparse

from xenbond_tui.commands.apply import add_ways, carry_out, clear_the_way
from xenbond_tui.commands.remarks import telling
from xenbond_tui.commands.say import say_json
from xenbond_tui.errors import EXIT_REFUSED


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "bond",
        nargs="?",
        metavar="BOND",
        help="the bond; left out: the one under a bridge, or alone",
    )
    parser.add_argument(
        "--to",
        metavar="NIC",
        help="the slave that gets the address, by name or permanent MAC (default: the one whose "
        "MAC the address has now, or that had it)",
    )
    parser.add_argument("--stack", metavar="NAME", help="the network stack, if not the host's own")
    parser.add_argument(
        "--json", action="store_true", help="only tell what would be done, as `xenbond plan --json`"
    )
    add_ways(parser)


def run(args: argparse.Namespace) -> int:
    """Plan, show, ask, carry out, as `xenbond apply` does.

    Returns:
        0 only when confirmed, or written with --files-only; with --json what `xenbond plan` does.

    Raises:
        XenbondError: there is no bond, or the removal was refused, failed or rolled back.
    """
    from xenbond_tui import planner
    from xenbond_tui.answers import Answers, Removal
    from xenbond_tui.apply.store import Store
    from xenbond_tui.commands.plan import EXIT_CHANGES, plan_document
    from xenbond_tui.compose import chosen

    machine = chosen(args.root)
    with telling(machine):
        if not args.json:
            clear_the_way(machine)
        facts = planner.read_host(machine)
        asked = Removal(
            Answers(stack=args.stack or "auto"),
            args.to or "",
            bond=args.bond or "",
            earlier=Store(machine).files_before(),
        )
        proposal = planner.propose(facts, asked)
        if args.json:
            say_json(plan_document(proposal))
            return EXIT_REFUSED if proposal.plan is None else EXIT_CHANGES
        return carry_out(machine, proposal, args, "Remove?", facts.session)
