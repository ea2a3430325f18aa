"""Bond and bridge in /etc/network/interfaces, whichever program reads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.answers import Answers, Request
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.ifupdown.bond import write_bond, write_slaves, written_slaves
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
    _without_own_mac(config, answers)
    missing = write_slaves(config, answers)
    write_bond(config, answers, missing)
    write_bridge(config, answers, blocks)


def _without_own_mac(config: Configuration, answers: Answers) -> None:
    """Who becomes a slave has the bond's MAC; where it had the address the bridge has that one.

    A line with the MAC that the NIC has by itself does nothing, and stays.
    """
    before = written_slaves(config, answers.bond.name)
    for name in answers.bond.slaves:
        link = config.facts.link(name)
        for located in config.ifaces(name) if name not in before else ():
            words = (located.stanza.value("hwaddress") or "").split()
            if link is None or normal_mac(words[-1] if words else "") != link.permanent_mac:
                located.set_option("hwaddress", None)


def explained(config: Configuration, request: Request) -> Iterator[FileChange]:
    """The files' changes, each that is one with the reason for it."""
    for change in config.changes():
        yield change if change.status == "unchanged" else replace(change, why=why(request))
