"""`xenbond metrics`: every bond for Prometheus, on stdout or in a file for node_exporter."""

import os
import sys

from xenbond_tui import compose
from xenbond_tui.errors import UsageError, XenbondError
from xenbond_tui.health.look import look
from xenbond_tui.health.metrics import metrics_text, unread_text
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from xenbond_tui.host.resolve import Place

SUFFIX = ".prom"
"""What node_exporter's textfile collector reads; a file still being written has another one."""


def configure(parser: "argparse.ArgumentParser") -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", nargs="?", metavar="BOND", help="the bond; left out: every bond")
    parser.add_argument("--output", metavar="FILE.prom", help="write it there, whole or not at all")
    parser.add_argument("--root", metavar="DIR", help="read DIR/proc and DIR/sys instead")


def run(args: "argparse.Namespace") -> int:
    """Print or write the metrics; 0 also when there is no bond: then there is none to tell of.

    With --output the file is never an old one: when the bonds can't be read it says so by
    `xenbond_read_ok 0`, and when it can't be written it is removed.

    Raises:
        XenbondError: the bonds can't be read, or the file can't be written.
    """
    if args.output is not None and not args.output.endswith(SUFFIX):
        raise UsageError(f"--output {args.output}: node_exporter reads only *{SUFFIX}")
    if args.output is None:
        sys.stdout.write(_text(args))
        return 0
    try:
        text = _text(args)
    except Exception:
        # Whatever it was: what was true a minute ago must not go on looking true.
        _put(args.output, unread_text())
        raise
    _put(args.output, text)
    return 0


def _text(args: "argparse.Namespace") -> str:
    found = look(compose.chosen(args.root), args.bond)
    return metrics_text(found.judged, found.last_change)


def _put(path: str, text: str) -> None:
    """Write the file whole; where that can't be, no old one is left to be taken for new."""
    from xenbond_tui.apply import durable
    from xenbond_tui.host import named

    path = os.path.abspath(path)
    try:
        with named.place(path) as place:
            try:
                # node_exporter runs as another user.
                durable.replace(place, text.encode(), 0o644)
            except OSError as error:
                raise XenbondError.at(path, f"{error.strerror}; {_without(place)}.") from None
    except named.ForeignLinkError as error:
        raise XenbondError.at(path, f"{error.strerror}; nothing was written.") from None
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}; there is no such file now.") from None


def _without(place: "Place") -> str:
    try:
        os.unlink(place.name, dir_fd=place.directory)
    except FileNotFoundError:
        return "there is no such file now"
    except OSError as error:
        return f"what was there before is still there, and is old ({error.strerror})"
    return "what was there before is old, and was removed"
