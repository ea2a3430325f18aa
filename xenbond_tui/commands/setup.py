"""`xenbond setup`: a bond under a bridge, screen by screen."""

import argparse
import os
import sys

from xenbond_tui import compose
from xenbond_tui.commands.start import show


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--or-demo",
        action="store_true",
        help="open the demo host where there is no root or there are no two NICs to bond",
    )


def run(args: argparse.Namespace) -> int:
    """Open the wizard on this host."""
    if args.or_demo and (lacks := _lacks()):
        from xenbond_tui.commands import demo
        from xenbond_tui.commands.demo import DEFAULT

        sys.stdout.write(f"{lacks}: opening the demo host; nothing here is touched.\n")
        return demo.on_screen(DEFAULT)
    return show(compose.live, "wizard")


def _lacks() -> str:
    """What this host lacks for the real wizard; "" when nothing."""
    if os.geteuid() != 0:
        return "Not root"
    from xenbond_tui import planner
    from xenbond_tui.rules.suitable import unsuitable

    facts = planner.read_host(compose.live())
    nics = [
        link
        for link in facts.links
        if unsuitable(link, facts, bond=link.master, bridge=link.master) is None
    ]
    return "" if len(nics) > 1 else f"{len(nics)} NIC here that could be bonded"
