"""`make bench`: one table. `--quick` takes the median of 3 instead of 10; words choose rows."""

import argparse
import sys
import time

from tests.bench.change_over import ChangeOver
from tests.bench.detect import Detect
from tests.bench.first_paint import FirstPaint
from tests.bench.health import Health
from tests.bench.idle import Idle
from tests.bench.memory import Memory
from tests.bench.status import Status
from tests.bench.table import HEADER, Bench, SkippedError, layout, line
from tests.bench.wizard import Wizard

BENCHES: tuple[type[Bench], ...] = (
    *(FirstPaint, Status, Wizard, Health, Idle, Detect, Memory),
    ChangeOver,
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="median of 3")
    parser.add_argument("only", nargs="*", help="names of benches, such as wizard")
    asked = parser.parse_args()
    repeats = 3 if asked.quick else 10
    lines, left_out, began = [HEADER], [], time.monotonic()
    for kind in BENCHES:
        if asked.only and kind.__name__.lower() not in asked.only:
            continue
        sys.stderr.write(f"measuring {kind.__name__} …\n")
        try:
            bench = kind()
            samples = bench.samples(repeats)
        except SkippedError as reason:
            left_out.append(f"left out: {kind.__name__}: {reason}")
            continue
        for index, row in enumerate(bench.rows):
            lines.append(line(row, [sample[index] for sample in samples]))
    print(layout(lines))
    print(*left_out, sep="\n", end="\n" if left_out else "")
    print(f"medians of {repeats}, interleaved; {time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
