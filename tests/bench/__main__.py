"""`make bench`: one table. `--quick` takes the median of 3 instead of 10; words choose rows."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

from tests.bench.change_over import ChangeOver, stacks
from tests.bench.detect import Detect
from tests.bench.first_paint import FirstPaint
from tests.bench.health import Health
from tests.bench.idle import Idle
from tests.bench.memory import Memory
from tests.bench.paint import Paint
from tests.bench.plan import Plan
from tests.bench.serial import Serial
from tests.bench.sizes import Plans, Readers
from tests.bench.status import Status
from tests.bench.table import HEADER, Bench, SkippedError, layout, line
from tests.bench.wizard import Wizard

CHANGE_OVERS: Mapping[str, Callable[[], Bench]] = {
    f"changeover-{stack}": partial(ChangeOver, stack) for stack in stacks()
}
BENCHES: Mapping[str, Callable[[], Bench]] = {
    **{
        kind.__name__.lower(): kind
        for kind in (
            *(FirstPaint, Status, Detect, Plan, Wizard, Health, Idle, Memory),
            *(Paint, Serial, Plans, Readers),
        )
    },
    **CHANGE_OVERS,
}
LONG = frozenset([*CHANGE_OVERS][1:])
"""Left out by --quick unless asked for by name: one stack's change-over is a minute or two."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="median of 3; one stack's change-over")
    parser.add_argument(
        "only", nargs="*", help=f"beginnings of benches' names: {' '.join(BENCHES)}"
    )
    asked = parser.parse_args()
    repeats = 3 if asked.quick else 10
    lines, left_out, began = [HEADER], [], time.monotonic()
    for name, make in BENCHES.items():
        if not _wanted(name, asked.only, asked.quick):
            continue
        sys.stderr.write(f"measuring {name} …\n")
        try:
            bench = make()
            samples = bench.samples(repeats)
        except SkippedError as reason:
            left_out.append(f"left out: {name}: {reason}")
            continue
        for index, row in enumerate(bench.rows):
            lines.append(line(row, [sample[index] for sample in samples]))
    print(layout(lines))
    print(*left_out, sep="\n", end="\n" if left_out else "")
    print(f"medians of {repeats}, interleaved; {time.monotonic() - began:.0f} s in all")


def _wanted(name: str, only: list[str], quick: bool) -> bool:
    if only:
        return any(name.startswith(word) for word in only)
    return not (quick and name in LONG)


if __name__ == "__main__":
    main()
