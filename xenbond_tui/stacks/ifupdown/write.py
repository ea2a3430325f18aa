"""Bond and bridge in /etc/network/interfaces, whichever program reads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.answers import Answers, Request
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.ifupdown.bond import write_bond, write_slaves
from xenbond_tui.stacks.ifupdown.bridge import holders, take, write_bridge
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.outcome import why
from xenbond_tui.value import replace


@contextmanager
def editing() -> Iterator[None]:
    """Edit files.

    Raises:
        XenbondError: a line can't be edited without guessing; names file and line.
    """
    try:
        yield
    except ValueError as error:
        raise XenbondError(f"{error}; nothing was changed. Write that line again.") from None


def write(config: Configuration, answers: Answers) -> None:
    """Write the slaves, the bond and the bridge into the files."""
    if not config.main.lines:
        config.main.append("auto lo", "iface lo inet loopback")
    blocks = tuple(
        block
        for name in holders(config, answers)
        for block in take(config, name, answers.bridge.name)
    )
    missing = write_slaves(config, answers)
    write_bond(config, answers, missing)
    write_bridge(config, answers, blocks)


def explained(config: Configuration, request: Request) -> Iterator[FileChange]:
    """The files' changes, each that is one with the reason for it."""
    for change in config.changes():
        yield change if change.status == "unchanged" else replace(change, why=why(request))
