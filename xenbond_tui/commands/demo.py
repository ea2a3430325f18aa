"""`xenbond demo`: the whole journey on an embedded host; needs no root and no NICs."""

import argparse
import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

from xenbond_tui.demo.recordings import DEFAULT, has_demo, recordings, unpack

if TYPE_CHECKING:
    from xenbond_tui.machine import Machine


TEMPLATES = (
    ("boot", "xenbond-recover.service"),
    ("boot", "xenbond-recover.init"),
    ("export", "setup.sh"),
)
"""Shipped files that no recorded host makes use of."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--host", default=DEFAULT, metavar="NAME", help=f"which recorded host (default: {DEFAULT})"
    )
    parser.add_argument(
        "--dir", metavar="DIR", help="scratch directory; kept, and reopened if it has a demo host"
    )
    parser.add_argument("--list", action="store_true", help="list the recorded hosts")
    parser.add_argument(
        "--self-test", action="store_true", help="set up, pull cables, undo: each host, no screens"
    )


def run(args: argparse.Namespace) -> int:
    """Run the screens on an embedded host; its files stay inside a scratch directory."""
    if args.list:
        for name, title in recordings().items():
            sys.stdout.write(f"{name:<14} {title}\n")
        return 0
    if args.self_test:
        from xenbond_tui.demo.selftest import self_test

        return max(_complete(), self_test(sys.stdout.write))
    if args.dir is not None:
        return _show(args.host, args.dir)
    return on_screen(args.host)


def _complete() -> int:
    """Is everything there that the recorded hosts don't use? Says so, and returns an exit code."""
    from importlib import import_module
    from pkgutil import iter_modules

    from xenbond_tui.shipped import asset

    try:
        import screens

        for module in iter_modules(screens.__path__):
            import_module(f"screens.{module.name}")
        import_module("xenbond_tui.app")
        with import_module("xenbond_tui.host.netlink").requests("Opening netlink"):
            pass
        for parts in TEMPLATES:
            asset(*parts).read_bytes()
    except (ImportError, OSError) as fault:
        sys.stdout.write(f"FAILED  this xenbond is not complete: {fault}. Install it again.\n")
        return 1
    sys.stdout.write("ok      every screen and its style, netlink, templates\n")
    return 0


def on_screen(host: str) -> int:
    """The screens on a recorded host in a scratch directory that is gone afterwards."""
    scratch = tempfile.mkdtemp(prefix="xenbond-demo-")
    try:
        return _show(host, scratch)
    finally:
        if has_demo(scratch):
            _rollback_waiting(scratch)
        shutil.rmtree(scratch, ignore_errors=True)


def _show(host: str, directory: str) -> int:
    from xenbond_tui.commands.show import show

    def opened() -> "Machine":
        from xenbond_tui.demo.host import open_demo

        return open_demo(directory)

    if not (os.path.isdir(directory) and has_demo(directory)):
        unpack(host, directory)
    return show(opened)


def _rollback_waiting(scratch: str) -> None:
    """Roll a change that still waits back before the host it waits on is taken away."""
    from xenbond_tui.apply.store import Store
    from xenbond_tui.apply.waiting import rollback
    from xenbond_tui.demo.host import open_demo

    machine = open_demo(scratch)
    if Store(machine).open() is not None:
        rollback(machine)
