"""What the terminal shows and what it should show, and the fewest bytes from one to the other."""

from rich.cells import cell_len

from xenbond_tui.terminal.style import PLAIN, Style, change, on_blank

Position = tuple[int, int]
"""Row and column; both count from 1."""


def move(start: Position | None, end: Position) -> str:
    """The shortest sequence that takes the cursor from `start` (None: unknown) to `end`.

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


Cell = tuple[str, Style]
BLANK: Cell = (" ", PLAIN)
TAIL: Cell = ("", PLAIN)
"""The right half of a double-width character."""

_UNKNOWN = Style(attributes=(0,))
"""No terminal's style: every change from it begins with a reset."""
_LONGEST_GAP = 8
"""Unchanged cells that are looked at for being sent again instead of jumped over."""
_WORTH_ERASING = 6
"""Blank cells at the end of a row from which on erasing them is shorter than sending them."""


def width(character: str) -> int:
    """Cells a character takes: 0 (combining), 1 or 2."""
    return 1 if character < "\u0300" else cell_len(character)


def _single(cell: Cell) -> bool:
    """Whether every terminal takes one cell for it."""
    return len(cell[0]) == 1 and width(cell[0]) == 1


class Painter:
    """Two grids of cells, shown and wanted. Rows and columns count from 1, None is unknown."""

    def __init__(self, columns: int, rows: int, erases_in_colour: bool = False) -> None:
        self.columns = columns
        self.rows = rows
        self._erases_in_colour = erases_in_colour
        self._shown: list[list[Cell | None]] = []
        self._wanted: list[list[Cell | None]] = []
        self._changed: dict[int, tuple[int, int]] = {}
        self.cursor: Position | None = None
        """Where the terminal's cursor is; one past the last column: it waits to wrap."""
        self.ink = _UNKNOWN
        """What the terminal draws in."""
        self.fill(None)

    def fill(self, cell: Cell | None) -> None:
        """Every cell is this one from here on: erased, or unknown."""
        self._shown = [[cell] * self.columns for _ in range(self.rows)]
        self._wanted = [[cell] * self.columns for _ in range(self.rows)]
        self._changed.clear()

    def put_run(self, at: Position, text: str, style: Style) -> bool:
        """Several characters are wanted, each in a cell; False, and none is, where one is not so.

        What `put` comes to of each, for what nearly all of a screen is made of.
        """
        row, left = self._wanted[at[0] - 1], at[1] - 1
        right = left + len(text)
        if not text.isascii() or right > self.columns or TAIL in row[left : right + 1]:
            return False
        blank = (" ", on_blank(style))
        row[left:right] = [blank if char == " " else (char, style) for char in text]
        self._touch(at[0] - 1, left, right)
        return True

    def put(self, at: Position, character: str, style: Style, out: list[str]) -> int:
        """A character is wanted at a cell it fits into; its width, or -1 if that can't be said.

        A half of a double-width character that is left over is the terminal's to show: what was
        wanted so far is painted (to `out`) so that it comes to the same there.
        """
        size = width(character)
        if size == 0:
            return self._combine(at, character)
        row, left = self._wanted[at[0] - 1], at[1] - 1
        right = left + size
        halves = [
            half
            for half, tail in ((left - 1, left), (right, right))
            if tail < self.columns and row[tail] is TAIL
        ]
        if halves:
            self.paint(out)
            for half in halves:
                row[half] = self._shown[at[0] - 1][half] = None
        row[left] = (character, on_blank(style) if character == " " else style)
        if size == 2:
            row[left + 1] = TAIL
        self._touch(at[0] - 1, left, right)
        return size

    def _combine(self, at: Position, mark: str) -> int:
        row, column = self._wanted[at[0] - 1], at[1] - 2
        if column >= 0 and row[column] is TAIL:
            column -= 1
        cell = row[column] if 0 <= column < self.columns - 1 else None
        if cell is None:
            return -1
        row[column] = (cell[0] + mark, cell[1])
        self._touch(at[0] - 1, column, column + 1)
        return 0

    def _touch(self, row: int, left: int, right: int) -> None:
        low, high = self._changed.get(row, (left, right))
        self._changed[row] = (min(low, left), max(high, right))

    def paint(self, out: list[str]) -> None:
        """Make the terminal show what is wanted."""
        for row in sorted(self._changed):
            self._paint_row(row, *self._changed[row], out)
        self._changed.clear()

    def _paint_row(self, row: int, low: int, high: int, out: list[str]) -> None:
        shown, wanted = self._shown[row], self._wanted[row]
        last = wanted[-1]
        blank_from = self.columns
        if last is not None and self._erasable(last):
            while blank_from > low and wanted[blank_from - 1] == last:
                blank_from -= 1
        erase = sum(cell != last for cell in shown[blank_from:]) >= _WORTH_ERASING
        for column in range(low, blank_from if erase else high):
            cell = wanted[column]
            if cell is None or cell is TAIL or cell == shown[column]:
                continue
            if self.cursor == (row + 1, column + 1) and self._goes_on(cell):
                out.append(cell[0])
                self.cursor = (row + 1, column + 2)
                shown[column] = cell
            else:
                self._draw(row, column, cell, out)
        if erase and last is not None:
            self.go((row + 1, blank_from + 1), out)
            self.dip(last[1], out)
            out.append("\x1b[K")
            shown[blank_from:] = wanted[blank_from:]

    def _goes_on(self, cell: Cell) -> bool:
        """Whether a cell at the cursor is drawn by its character alone, which takes one cell."""
        single = cell[0] < "\u0300" and len(cell[0]) == 1
        return single and self._ink_for(self.ink, cell) == self.ink

    def _erasable(self, cell: Cell) -> bool:
        """Whether erasing leaves this cell: a blank, in colour only where erasing takes it on."""
        text, style = cell
        plain = style == Style(background=style.background)
        return text == " " and plain and (self._erases_in_colour or not style.background)

    def _draw(self, row: int, column: int, cell: Cell, out: list[str]) -> None:
        ink = self._ink_for(self.ink, cell)
        jump = self._way((row + 1, column + 1)) + change(self.ink, ink)
        again = self._again(row, column, cell)
        if again is not None and len(again[0].encode()) < len(jump.encode()):
            jump, ink = again
        out.append(jump + cell[0])
        self.ink = ink
        # Terminals disagree about how far wide and combined characters take the cursor.
        self.cursor = (row + 1, column + 2) if _single(cell) else None
        self._shown[row][column] = cell
        if width(cell[0][0]) == 2:
            self._shown[row][column + 1] = TAIL

    def _again(self, row: int, column: int, cell: Cell) -> tuple[str, Style] | None:
        """The unchanged cells from the cursor to `column`, sent again; None if that can't be."""
        if self.cursor is None or self.cursor[0] != row + 1:
            return None
        gap = self._shown[row][self.cursor[1] - 1 : column]
        if not 0 < column + 1 - self.cursor[1] <= _LONGEST_GAP:
            return None
        text, ink = "", self.ink
        for between in (*gap, cell):
            if between is None or not _single(between):
                return None
            before, ink = ink, self._ink_for(ink, between)
            text += change(before, ink) + between[0]
        return text[: -len(cell[0])], ink

    @staticmethod
    def _ink_for(ink: Style, cell: Cell) -> Style:
        """What to draw a cell in: a space looks right in any ink that shows the same on it."""
        return ink if cell[0] == " " and on_blank(ink) == cell[1] else cell[1]

    def _way(self, end: Position) -> str:
        start = self.cursor
        return move(None if start and start != end and start[1] > self.columns else start, end)

    def go(self, end: Position, out: list[str]) -> None:
        """Take the terminal's cursor to `end`; past the last column by drawing that again."""
        if self.cursor == end:
            return
        if end[1] <= self.columns:
            out.append(self._way(end))
        else:
            row = self._shown[end[0] - 1]
            column = self.columns - (2 if row[-1] is TAIL else 1)
            text, ink = row[column] or BLANK
            out.append(self._way((end[0], column + 1)) + change(self.ink, ink) + text)
            self.ink = ink
        self.cursor = end

    def dip(self, ink: Style, out: list[str]) -> None:
        """Make the terminal draw in `ink`."""
        out.append(change(self.ink, ink))
        self.ink = ink
