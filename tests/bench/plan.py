"""A plan for two NICs of the demo host, against listing them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.programs import XENBOND, took, took_inside
from tests.bench.table import Pair, Row
from xenbond_tui.commands.demo import DEFAULT
from xenbond_tui.demo.recordings import unpack

ANSWERS = "version: 1\nbond:\n  slaves: [eth0, eth1]\nbridge:\n  name: xenbr0\n"
FLOOR = "xenbond nics, of the same tree"


class Plan:
    """Whole processes, and what each costs without being loaded."""

    rows = (
        Row("xenbond plan of 2 links", "ms", FLOOR, "<= 2x"),
        Row("  in process, the second time", "ms", FLOOR),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Both in turn, on one host."""
        with tempfile.TemporaryDirectory(prefix="xenbond-bench-") as scratch:
            host = f"{scratch}/host"
            Path(host).mkdir()
            unpack(DEFAULT, host)
            answers = Path(scratch, "answers.yaml")
            answers.write_text(ANSWERS)
            plan = ("plan", "--root", host, "--answers", str(answers))
            nics = ("nics", "--root", host)
            return [
                [
                    (took((*XENBOND, *plan)), took((*XENBOND, *nics))),
                    (took_inside(*plan), took_inside(*nics)),
                ]
                for _ in range(repeats)
            ]
