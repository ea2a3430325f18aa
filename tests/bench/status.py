"""One look at a bond, as a monitoring system takes it every minute, and at what was changed."""

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.bench.programs import XENBOND, demo_with_bond
from tests.bench.table import Pair, Row

PASS = (sys.executable, "-I", "-c", "pass")


class Status:
    """Of a healthy bond and its one change, against an interpreter that does nothing."""

    rows = (
        Row("xenbond status", "ms", "python3 -c pass", "<= 5x"),
        Row("xenbond history", "ms", "python3 -c pass"),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Each in turn with its floor, the best of three."""
        with demo_with_bond() as host:
            asked = [(*XENBOND, command, "--root", str(host)) for command in ("status", "history")]
            return [[(_best(argv), _best(PASS)) for argv in asked] for _ in range(repeats)]


def _best(argv: tuple[str, ...]) -> float:
    def once() -> float:
        began = time.perf_counter()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - began) * 1000

    return min(once() for _ in range(3))
