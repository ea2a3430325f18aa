"""The shortest way for a cursor from one cell to another. Rows and columns count from 1."""

Position = tuple[int, int]


def move(start: Position | None, end: Position) -> str:
    """The sequence that takes the cursor from `start` (None: unknown) to `end`.

    Relative moves are used only from a known cell inside the screen, so no terminal clips them.
    """
    if start == end:
        return ""
    row, column = end
    absolute = f"\x1b[{row}H" if column == 1 else f"\x1b[{row};{column}H"
    if end == (1, 1):
        absolute = "\x1b[H"
    ways = [absolute]
    if start is not None:
        down, right = row - start[0], column - start[1]
        if column == 1 and 0 <= down <= 2:
            ways.append("\r" + "\n" * down)
        if down == 0:
            ways.append(_step(right, "C", "D"))
        elif right == 0:
            ways.append(_step(down, "B", "A"))
    return min(ways, key=len)


def _step(distance: int, forward: str, back: str) -> str:
    count = "" if abs(distance) == 1 else str(abs(distance))
    return f"\x1b[{count}{forward if distance > 0 else back}"
