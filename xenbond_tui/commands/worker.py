"""`xenbond worker`: the background half of a change; started by the program, not by people."""

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    of_one(parser, "the prepared change")
    parser.add_argument("--rollback", action="store_true", help="roll back what was interrupted")


def of_one(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare which host, and which change or drill of it."""
    parser.add_argument(
        "--machine", metavar="SPEC", required=True, help="the host, as compose names it"
    )
    parser.add_argument("--id", metavar="ID", required=True, help=what)


def run(args: argparse.Namespace) -> int:
    """Carry the change out to its end; 0 when it was confirmed.

    Raises:
        XenbondError: there is no such change.
    """
    from xenbond_tui.apply.worker import run_worker
    from xenbond_tui.compose import open_machine

    return run_worker(open_machine(args.machine), args.id, rollback=args.rollback)
