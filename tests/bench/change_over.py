"""A live address moves under a bond and back, against what the stack does by itself.

A host of each stack in the lab, pinged every 20 ms from its switch. One boot and one try each: what
is measured here is seconds, not shares of a millisecond.
"""

import contextlib
import sys
from collections.abc import Sequence

from tests.bench.table import Pair, Row, SkippedError
from tests.lab.evidence import ANSWERS, keep
from tests.lab.guest import Guest, Pings
from tests.lab.own_way import by_own_way, keep_files
from tests.lab.rootfs import NoLab
from tests.lab.stacks import LAB_STACKS, LabStack
from xenbond_tui.stacks import STACKS

FLOOR = "its own way, there"


def stacks() -> tuple[LabStack, ...]:
    """The lab's hosts whose stack xenbond speaks."""
    spoken = {stack.name for stack in STACKS}
    return tuple(row for row in LAB_STACKS.values() if row.stack in spoken)


class ChangeOver:
    """Longest time without an answer, and pings lost, of one stack's host; there and back."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack
        self.rows = tuple(
            row
            for way in ("there", "back")
            for row in (
                Row(f"address moves, {stack}, {way}: silent", "ms", FLOOR),
                Row("  pings lost", "lost", FLOOR, "<= 1 lost"),
            )
        )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """One sample, whatever is asked for."""
        try:
            *ours, own = _measured(self._stack)
        except (NoLab, AssertionError) as why:
            raise SkippedError(str(why)) from None
        # One may be on its way when the ping is ended: hence the goal.
        return [
            [
                pair
                for way in ours
                for pair in (
                    (way.longest_gap * 1000, own.longest_gap * 1000),
                    (way.lost, own.lost),
                )
            ]
        ]


def _measured(stack: LabStack) -> tuple[Pings, Pings, Pings]:
    """There and back by xenbond, and there by the stack's own restart."""
    with Guest(stack=stack.name) as host, contextlib.redirect_stdout(sys.stderr):
        host.write("/root/answers.yaml", ANSWERS)
        with host.pinging() as there:
            keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
        keep_files(host)
        with host.pinging() as back:
            keep(host, host.start("xenbond", "undo", "--yes"))
        return there[0], back[0], by_own_way(stack, host)
