"""One look at a bond, as a monitoring system takes it every minute, and at what was changed."""

import sys
from collections.abc import Sequence

from tests.bench.programs import XENBOND, demo_with_bond, took, took_inside
from tests.bench.table import Pair, Row

PASS = (sys.executable, "-I", "-c", "pass")
FLOOR = "python3 -c pass"


class Status:
    """Of a healthy bond and its one change, against an interpreter that does nothing.

    A tree's files are read each time. Of the running host what they say is kept until one changes:
    that costs what `status` does where there is no bond, and the look itself.
    """

    rows = (
        Row("xenbond status, no bond here", "ms", FLOOR, "<= 4x"),
        Row("xenbond status of a tree", "ms", FLOOR),
        Row("  in process, the second time", "ms", FLOOR),
        Row("xenbond history", "ms", FLOOR),
        Row("  in process, the second time", "ms", FLOOR),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Each in turn with its floor, the best of three."""
        with demo_with_bond() as host:
            return [_sample(str(host)) for _ in range(repeats)]


def _sample(host: str) -> list[Pair]:
    found = [(best(*XENBOND, "status"), best(*PASS))]
    for command in ("status", "history"):
        argv = (command, "--root", host)
        floor = best(*PASS)
        found += [(best(*XENBOND, *argv), floor), (took_inside(*argv), floor)]
    return found


def best(*argv: str) -> float:
    """Milliseconds a program takes, the best of three."""
    return min(took(argv) for _ in range(3))
