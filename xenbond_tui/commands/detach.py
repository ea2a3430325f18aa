"""`xenbond detach COMMAND …`: run a command as a daemon, and leave at once.

The second half of a double fork: setsid(2) was done by who started this, so the child it leaves
behind has no terminal, can never get one, and belongs to PID 1.
"""

import argparse
import os

from xenbond_tui.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("command", nargs=argparse.REMAINDER)


def run(args: argparse.Namespace) -> int:
    """Fork; the parent leaves with status 0, the child becomes the command.

    Raises:
        UsageError: there is no such program.
    """
    if not args.command or not os.access(args.command[0], os.X_OK):
        raise UsageError("detach: no program is named that can be run.")
    os.chdir("/")
    # What the change starts (DHCP clients writing resolv.conf) inherits this: readable for all.
    # Our own files are created with explicit modes.
    os.umask(0o022)
    if os.fork():
        os._exit(0)
    os.execv(args.command[0], args.command)  # noqa: S606 - the argv our launcher made
