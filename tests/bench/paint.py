"""An active-slave change on the screen, from the kernel's netlink message to the painted bytes."""

import statistics
from collections.abc import Sequence

from tests.bench.table import Pair, Row, SkippedError
from tests.lab.bonds import make_bond
from tests.lab.errors import NoLab
from tests.lab.guest import Guest
from tests.lab.painting import PEER, Painting, measure, p95

PULLS_EACH = 2
"""Pulled cables for each repeat: few say nothing of the slowest."""


class Paint:
    """`xenbond watch` against `ip monitor`, which reads the same messages in the same guest."""

    rows = (
        Row("active slave on screen, p50", "ms", PEER, "<= 30 ms"),
        Row("active slave on screen, p95", "ms", PEER, "<= 50 ms"),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """One sample of `PULLS_EACH * repeats` pulls, both watching each of them."""
        try:
            with Guest() as guest:
                make_bond(guest, "active-backup")
                seen: Painting = measure(guest, PULLS_EACH * repeats)
        except (NoLab, AssertionError) as why:
            raise SkippedError(str(why)) from None
        both = (seen.ours, seen.peer)
        return [
            [
                _pair([statistics.median(times) for times in both]),
                _pair([p95(times) for times in both]),
            ]
        ]


def _pair(seconds: Sequence[float]) -> Pair:
    ours, peer = seconds
    return ours * 1000, peer * 1000
