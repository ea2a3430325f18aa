"""`argparse` for a command: its help, and its refusal of what a line says wrong."""

import argparse
from collections.abc import Callable

from xenbond_tui.errors import UsageError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override, explicit-override]
        raise UsageError(f"{message}. `{self.prog} --help` shows what it takes.")


def _formatter(prog: str) -> argparse.HelpFormatter:
    # Measuring the terminal would import shutil, even without --help.
    return argparse.RawDescriptionHelpFormatter(prog, width=80)


def parser_of(
    name: str, help: str | None, configure: Callable[[argparse.ArgumentParser], None]
) -> argparse.ArgumentParser:
    """The parser of a command.

    Args:
        name: the command's.
        help: what it is for, in a line.
        configure: declares its arguments.
    """
    parser = _Parser(
        prog=f"xenbond {name}",
        description=help,
        allow_abbrev=False,
        formatter_class=_formatter,
    )
    configure(parser)
    return parser
