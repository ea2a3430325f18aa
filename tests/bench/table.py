"""Rows, how they are measured, and the one table they end up in."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

Pair = tuple[float, float]
"""One measurement of ours and one of the floor's, taken one right after the other."""


class SkippedError(Exception):
    """This machine can't measure it; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of the table compares."""

    what: str
    unit: str
    floor: str
    """What ours is held against."""
    goal: str = ""


class Bench(Protocol):
    """One kind of measurement."""

    rows: Sequence[Row]

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """`repeats` times one pair for each row.

        Raises:
            SkippedError: it can't be measured here.
        """
        ...


HEADER = ("", "ours", "floor", "ratio (least..most)", "goal", "floor is")


def line(row: Row, pairs: Sequence[Pair]) -> tuple[str, ...]:
    """One line: medians, and the median of the pairs' ratios with its spread."""
    ours, floor = (median(pair[side] for pair in pairs) for side in (0, 1))
    ratios = [mine / other for mine, other in pairs if other > 0]
    spread = f"{median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})" if ratios else "-"
    figures = (_number(ours, row.unit), _number(floor, row.unit))
    return (row.what, *figures, spread, row.goal, row.floor)


def _number(value: float, unit: str) -> str:
    digits = 0 if unit in ("B", "B/s", "lost") else 2 if unit in ("%", "s") else 1
    return f"{value:.{digits}f} {unit}"


def layout(lines: Sequence[tuple[str, ...]]) -> str:
    """The table as text: figures to the right, words to the left."""
    widths = [max(len(cells[column]) for cells in lines) for column in range(len(HEADER))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in (1, 2) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in lines
    )
