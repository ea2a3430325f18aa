"""A live address moves under a bond and back, against what the stack does by itself.

A host of each stack in the lab, pinged every 20 ms from its switch. One boot and one try each: what
is measured here is seconds, not shares of a millisecond.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.table import Pair, Row, SkippedError
from tests.lab.errors import NoLab
from tests.lab.evidence import ANSWERS, keep
from tests.lab.guest import Guest, Pings
from tests.lab.own_way import by_own_way, keep_files
from tests.lab.stacks import LAB_STACKS, LabStack
from xenbond_tui.stacks import STACKS

FLOOR = "its own way, there"
PATIENCE = 240.0
"""Seconds that a change may take: what is told here is the network's silence, not the machine's."""
_APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
SWITCH = "192.168.0.1"
"""Pinged as well, in the switch's own namespace, where no link carries it: what it sees of gaps are
the pauses of a busy machine, not of the network."""


def stacks() -> tuple[LabStack, ...]:
    """The lab's hosts whose stack xenbond speaks."""
    spoken = {stack.name for stack in STACKS}
    return tuple(row for row in LAB_STACKS.values() if row.stack in spoken)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One change-over."""

    host: Pings
    switch: Pings
    """What was seen meanwhile of an address that does not move."""


class ChangeOver:
    """Longest time without an answer, and pings lost, of one stack's host; there and back."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack
        self.rows = tuple(
            row
            for way in ("there", "back")
            for row in (
                Row(f"address moves, {stack}, {way}: longest gap", "ms", FLOOR),
                # One may be on its way when the ping is ended: hence the goal.
                Row("  pings lost", "lost", FLOOR, "<= 1 lost"),
                Row("  longest gap of what no link carries", "ms", FLOOR),
            )
        )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """One sample, whatever is asked for; in a process of its own, for several may be at it."""
        argv = (sys.executable, "-m", "tests.bench.change_over", self._stack.name)
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SkippedError(done.stdout.strip() or "no reason given")
        return [[(ours, floor) for ours, floor in json.loads(done.stdout)]]


def _pairs(stack: LabStack) -> list[Pair]:
    *ours, own = _measured(stack)
    return [
        pair
        for way in ours
        for pair in (
            (way.host.longest_gap * 1000, own.host.longest_gap * 1000),
            (way.host.lost, own.host.lost),
            (way.switch.longest_gap * 1000, own.switch.longest_gap * 1000),
        )
    ]


def _measured(stack: LabStack) -> tuple[_Seen, _Seen, _Seen]:
    """There and back by xenbond, and there by the stack's own restart."""
    with Guest(stack=stack.name) as host, contextlib.redirect_stdout(sys.stderr):
        host.write("/root/answers.yaml", ANSWERS)
        with host.pinging() as there, host.pinging(SWITCH) as meanwhile:
            keep(host, host.start(*_APPLY), PATIENCE)
        ours = [_Seen(there[0], meanwhile[0])]
        keep_files(host)
        with host.pinging() as back, host.pinging(SWITCH) as meanwhile:
            keep(host, host.start("xenbond", "undo", "--yes"), PATIENCE)
        ours.append(_Seen(back[0], meanwhile[0]))
        with host.pinging(SWITCH) as meanwhile:
            own = by_own_way(stack, host)
        return ours[0], ours[1], _Seen(own, meanwhile[0])


if __name__ == "__main__":
    try:
        print(json.dumps(_pairs(LAB_STACKS[sys.argv[1]])))
    except (NoLab, AssertionError) as why:
        print(why)
        sys.exit(1)
