"""`xenbond demo`: the whole journey on an embedded host; needs no root and no NICs."""

import argparse
import shutil
import sys
import tempfile

from xenbond_tui.demo.host import DEFAULT, open_demo, recordings, unpack


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--host", default=DEFAULT, metavar="NAME", help=f"which recorded host (default: {DEFAULT})"
    )
    parser.add_argument(
        "--dir",
        metavar="DIR",
        help="scratch directory, kept afterwards; an earlier one is reopened",
    )
    parser.add_argument("--list", action="store_true", help="list the recorded hosts")
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="set up, pull cables and undo on each, without screens",
    )


def run(args: argparse.Namespace) -> int:
    """Run the screens on an embedded host; its files stay inside a scratch directory."""
    if args.list:
        for name, title in recordings().items():
            sys.stdout.write(f"{name:<14} {title}\n")
        return 0
    if args.self_test:
        from xenbond_tui.demo.selftest import self_test

        return self_test(sys.stdout.write)
    if args.dir is not None:
        return _screens(args.host, args.dir)
    scratch = tempfile.mkdtemp(prefix="xenbond-demo-")
    try:
        return _screens(args.host, scratch)
    finally:
        _settle(scratch)
        shutil.rmtree(scratch, ignore_errors=True)


def _screens(host: str, directory: str) -> int:
    import os

    from xenbond_tui.app import XenbondApp

    if not os.path.exists(os.path.join(directory, "demo-kernel.json")):
        unpack(host, directory)
    return XenbondApp(open_demo(directory)).run() or 0


def _settle(scratch: str) -> None:
    """Roll a change that still waits back before the host it waits on is taken away."""
    import os

    from xenbond_tui.apply.actions import roll_back
    from xenbond_tui.apply.store import Store

    if not os.path.exists(os.path.join(scratch, "demo-kernel.json")):
        return
    machine = open_demo(scratch)
    if Store(machine).open() is not None:
        roll_back(machine)
