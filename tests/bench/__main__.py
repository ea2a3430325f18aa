"""`make bench`: one table. `--quick` takes the median of 3 instead of 10; words choose rows."""

import argparse
import os
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
from tests.bench.programs import at_once, machine
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
    began = time.monotonic()
    names = [name for name in BENCHES if _wanted(name, asked.only, asked.quick)]
    found = [_lines(name, repeats) for name in names if name not in CHANGE_OVERS]
    # A guest has one processor, and waits most of the time.
    guests = [partial(_lines, name, repeats) for name in names if name in CHANGE_OVERS]
    found += at_once(guests, most=os.cpu_count() or 1)
    print(layout([HEADER, *(row for lines, _ in found for row in lines)]))
    left_out = [reason for _, reason in found if reason]
    print(*left_out, sep="\n", end="\n" if left_out else "")
    print(f"medians of {repeats}, interleaved; {time.monotonic() - began:.0f} s in all")
    print(f"on {machine()}")


def _lines(name: str, repeats: int) -> tuple[list[tuple[str, ...]], str]:
    """The lines of one bench, or why it is left out."""
    sys.stderr.write(f"measuring {name} …\n")
    began = time.monotonic()
    try:
        bench = BENCHES[name]()
        samples = bench.samples(repeats)
    except SkippedError as reason:
        return [], f"left out: {name}: {reason}"
    finally:
        sys.stderr.write(f"  {name}: {time.monotonic() - began:.0f} s\n")
    rows = enumerate(bench.rows)
    return [line(row, [sample[index] for sample in samples]) for index, row in rows], ""


def _wanted(name: str, only: list[str], quick: bool) -> bool:
    if only:
        return any(name.startswith(word) for word in only)
    return not (quick and name in LONG)


if __name__ == "__main__":
    main()
