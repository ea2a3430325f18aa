"""`xenbond metrics`: every bond for Prometheus, on stdout or in a file for node_exporter."""

import argparse
import os
import sys

from xenbond_tui import compose
from xenbond_tui.errors import UsageError, XenbondError
from xenbond_tui.health.look import look
from xenbond_tui.health.metrics import metrics_text

SUFFIX = ".prom"
"""What node_exporter's textfile collector reads; a file still being written has another one."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="the bond; left out: every bond")
    parser.add_argument("--output", metavar="FILE.prom", help="write it there, whole or not at all")
    parser.add_argument("--root", metavar="DIR", help="read DIR/proc and DIR/sys instead")


def run(args: argparse.Namespace) -> int:
    """Print or write the metrics; 0 also when there is no bond: then there is none to tell of."""
    if args.output is not None and not args.output.endswith(SUFFIX):
        raise UsageError(f"--output {args.output}: node_exporter reads only *{SUFFIX}")
    found = look(compose.chosen(args.root), args.bond)
    text = metrics_text(found.judged, found.last_change)
    if args.output is None:
        sys.stdout.write(text)
        return 0
    from xenbond_tui.apply import durable

    try:
        # node_exporter runs as a user of its own.
        durable.replace(os.path.abspath(args.output), text.encode(), 0o644)
    except OSError as error:
        raise XenbondError(
            f"{args.output}: {error.strerror}; what was there before is still there."
        ) from None
    return 0
