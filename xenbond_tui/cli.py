"""Commands and exit codes. Each command is one file in `commands/`, imported only when run."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from xenbond_tui import __version__, arguments
from xenbond_tui.commands import COMMANDS
from xenbond_tui.commands.streams import clean_streams
from xenbond_tui.errors import EXIT_REFUSED, EXIT_USAGE, XenbondError
from xenbond_tui.text import one_line

HIDDEN = ("worker", "drillworker", "detach", "start")
"""Started by the program itself, not by people; `start` is what a bare `xenbond` does."""

EXIT_NOT_KNOWN = {"status": 3}
"""Where `EXIT_REFUSED` is a verdict: what a command leaves with that could not say its own."""
_BEGUN = "`xenbond history` shows whether a change was begun."


def overview() -> str:
    """What `xenbond --help` prints."""
    rows = "\n".join(f"  {name:<10} {text}" for name, text in COMMANDS.items())
    return (
        "usage: xenbond [--version] [--help] [COMMAND ...]\n\n"
        "Bond NICs under a bridge: every file shown before it is written, an undo that survives\n"
        "the connection, and a live health screen. Without a command: the wizard, or the health\n"
        "screen where a bond under a bridge already runs.\n\n"
        f"commands:\n{rows}\n\n`xenbond COMMAND --help` shows what a command takes.\n"
    )


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns the exit code. Errors go to stderr, one or two lines."""
    with clean_streams():
        return _run(argv)


def _run(argv: Sequence[str]) -> int:
    try:
        try:
            return _dispatch(list(argv))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except XenbondError as error:
        sys.stderr.write(f"xenbond: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("xenbond: interrupted\n")
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing of ours failed.
        return 141
    except Exception as fault:
        if why := _outside(fault):
            sys.stderr.write(f"xenbond: {why} {_BEGUN}\n")
            return EXIT_NOT_KNOWN.get(argv[0] if argv else "", EXIT_REFUSED)
        if os.environ.get("XENBOND_DEBUG"):
            # Not raised: what a file or a guest has put into it must be cleaned too.
            from traceback import format_exc

            from xenbond_tui.masking.shown import masked_words

            sys.stderr.write(masked_words(format_exc()))
        sys.stderr.write(f"xenbond: {_fault(fault)}\n")
        return EXIT_REFUSED


def _outside(fault: Exception) -> str:
    """What of our surroundings any command can meet anywhere; "" where it is a fault of ours."""
    if not isinstance(fault, OSError):
        return ""
    if fault is getattr(sys.stdout, "failure", None):
        return f"stdout: {fault.strerror}; what was to be said there is cut short."
    if isinstance(fault, FileNotFoundError) and fault.filename is None:
        # getcwd(2) names no file.
        try:
            os.getcwd()
        except OSError:
            return (
                "The current directory is gone, and a path is given from there. "
                "Change to one that is there, or give the whole path."
            )
    return ""


def _fault(fault: Exception) -> str:
    """A fault of ours, in one line: what, where, and how to see the rest."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
    from xenbond_tui.masking.shown import masked_words

    # It may quote a whole file.
    said = one_line(masked_words(str(fault)[:2000]))[:200]
    return (
        f"stopped by a fault in xenbond itself: {type(fault).__name__}: {said}{where}. "
        f"{_BEGUN} XENBOND_DEBUG=1 shows the details."
    )


def _dispatch(argv: list[str]) -> int:
    if argv[:1] in (["--version"], ["-V"]):
        sys.stdout.write(f"xenbond {__version__}\n")
        return 0
    if argv[:1] in (["--help"], ["-h"], ["help"]):
        sys.stdout.write(overview())
        return 0
    name = argv.pop(0) if argv else "start"
    if name not in COMMANDS and name not in HIDDEN:
        sys.stderr.write(f"xenbond: there is no command {name!r}; `xenbond --help` lists them.\n")
        return EXIT_USAGE
    module = import_module(f"xenbond_tui.commands.{name}")
    given = arguments.read(module.configure, argv)
    if given is None:
        from xenbond_tui.commands.usage import parser_of

        given = parser_of(name, COMMANDS.get(name), module.configure).parse_args(argv)
    code: int = module.run(given)
    return code
