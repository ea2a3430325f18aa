"""The plans for /etc/network/interfaces, whichever program reads it: ifupdown or ifupdown2."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan, Step
from xenbond_tui.stacks.ifupdown.bond import option_values, write_bond, write_slaves
from xenbond_tui.stacks.ifupdown.bridge import file_mtu, holders, resolved, take, write_bridge
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.outcome import (
    expected,
    removed_expected,
    removed_summary,
    removed_why,
    summary,
    why,
)

Ways = tuple[tuple[Step, ...], tuple[Step, ...]]
"""The steps there and back."""


@contextmanager
def editing() -> Iterator[None]:
    """Edit files.

    Raises:
        XenbondError: a line can't be edited without guessing; names file and line.
    """
    try:
        yield
    except ValueError as error:
        raise XenbondError(f"{error}; nothing was changed. Write that line anew.") from None


def write(config: Configuration, answers: Answers) -> None:
    """Write the slaves, the bond and the bridge into the files."""
    mtu = file_mtu(config, answers)
    answers = resolved(answers, mtu)
    if not config.main.lines:
        config.main.append("auto lo", "iface lo inet loopback")
    blocks = tuple(
        block
        for name in holders(config, answers)
        for block in take(config, name, answers.bridge.name)
    )
    missing = write_slaves(config, answers)
    write_bond(config, answers, missing, mtu)
    write_bridge(config, answers, blocks, mtu)


def plan(stack: str, answers: Answers, after: Configuration, ways: Ways) -> Plan:
    """The plan that sets up bond and bridge."""
    up, down = ways
    return Plan(
        stack=stack,
        changes=_explained(after, why(answers)),
        up=up,
        down=down,
        expected=expected(answers, option_values(answers.bond)),
        summary=summary(answers),
    )


def removal_plan(stack: str, removal: Removal, after: Configuration, ways: Ways, gap: str) -> Plan:
    """The plan that takes bond and bridge away; `gap` as `Plan` has it."""
    up, down = ways
    return Plan(
        stack=stack,
        changes=_explained(after, removed_why(removal)),
        up=up,
        down=down,
        expected=removed_expected(removal),
        summary=removed_summary(removal),
        gap=gap,
    )


def _explained(config: Configuration, reason: str) -> tuple[FileChange, ...]:
    """The files' changes, each that is one with the reason for it."""
    return tuple(
        change if change.status == "unchanged" else replace(change, why=reason)
        for change in config.changes()
    )
