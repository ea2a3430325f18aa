"""Columns of a table as lines of text."""

from collections.abc import Collection, Sequence

from xenbond_tui.text import cells, one_line, pad


def align(rows: Sequence[Sequence[str]], right: Collection[int] = (), gap: str = "  ") -> list[str]:
    """Rows of cells as lines with aligned columns; the columns in `right` are flush right.

    The last column is not padded.
    """
    if not rows:
        return []
    shown = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(cells(row[at]) for row in shown) for at in range(len(shown[0]))]
    lines = []
    for row in shown:
        padded = [
            pad(cell, width, right=at in right)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(gap.join(padded).rstrip())
    return lines
