"""`xenbond demo`: the whole journey on an embedded host; needs no root and no NICs."""

import os
import shutil
import sys
import tempfile

from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from xenbond_tui.machine import Machine

DEFAULT = "debian12-dom0"
"""The recorded host that is shown unless another one is asked for."""
TEMPLATES = (
    ("boot", "xenbond-recover.service"),
    ("boot", "xenbond-recover.init"),
    ("export", "setup.sh"),
)
"""Shipped files that no recorded host makes use of."""


def configure(parser: "argparse.ArgumentParser") -> None:
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


def run(args: "argparse.Namespace") -> int:
    """Run the screens on an embedded host; its files stay inside a scratch directory."""
    if args.list:
        from xenbond_tui.demo.recordings import recordings

        for name, title in recordings().items():
            sys.stdout.write(f"{name:<14} {title}\n")
        return 0
    if args.self_test:
        from xenbond_tui.demo.selftest import self_test

        return max(_complete(), self_test(sys.stdout.write))
    if args.dir is not None:
        from xenbond_tui.demo.recordings import has_demo, unpack

        if not (os.path.isdir(args.dir) and has_demo(args.dir)):
            unpack(args.host, args.dir)
        return _show(args.dir)
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
        if host == DEFAULT:
            return _show(scratch, host)
        from xenbond_tui.demo.recordings import unpack

        unpack(host, scratch)
        return _show(scratch)
    finally:
        from xenbond_tui.demo.recordings import has_demo

        if has_demo(scratch):
            _rollback_waiting(scratch)
        shutil.rmtree(scratch, ignore_errors=True)


def _show(directory: str, unpacked: str = "") -> int:
    """The screens on the demo host in a directory; `unpacked`: it is laid out there first.

    That is done once the terminal shows something, so it is for what can't be refused.
    """
    from xenbond_tui.commands.start import show

    def opened() -> "Machine":
        from xenbond_tui.demo.host import open_demo
        from xenbond_tui.demo.recordings import unpack

        if unpacked:
            unpack(unpacked, directory)
        return open_demo(directory)

    return show(opened)


def _rollback_waiting(scratch: str) -> None:
    """Roll a change that still waits back before the host it waits on is taken away."""
    from xenbond_tui.apply.store import Store
    from xenbond_tui.apply.waiting import rollback
    from xenbond_tui.demo.host import open_demo

    machine = open_demo(scratch)
    if Store(machine).open() is not None:
        rollback(machine)
