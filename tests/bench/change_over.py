"""A live address moves under a bond and back, against what the stack does by itself.

A host of each stack in the lab, pinged every 20 ms from its switch. One boot each: what is measured
here is seconds, not shares of a millisecond. With --quick one stack.
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

QUICK = 3
"""Repeats that --quick asks for."""


class ChangeOver:
    """Longest time without an answer, and answers lost; there and back."""

    def __init__(self) -> None:
        self.rows: Sequence[Row] = ()

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """One sample, whatever is asked for; each stack's own restart is the floor of its rows."""
        spoken = {stack.name for stack in STACKS}
        stacks = [row for row in LAB_STACKS.values() if row.stack in spoken]
        rows: list[Row] = []
        pairs: list[Pair] = []
        for stack in stacks[:1] if repeats <= QUICK else stacks:
            sys.stderr.write(f"  {stack} ...\n")
            try:
                there, back, own = _measured(stack)
            except NoLab as why:
                raise SkippedError(str(why)) from None
            for way, ours in (("there", there), ("back", back)):
                rows.append(
                    Row(f"address moves, {stack}, {way} (one try)", "ms", "its own restart")
                )
                pairs.append((ours.longest_gap * 1000, own.longest_gap * 1000))
                rows.append(Row("  pings without answer", "lost", "its own restart", "0"))
                pairs.append((ours.lost, own.lost))
        self.rows = rows
        return [pairs]


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
