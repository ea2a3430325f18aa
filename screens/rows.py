"""A list with a cursor: `>` marks the row, whatever the colours."""

from collections.abc import Iterable, Iterator

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from typing_extensions import override

from screens.keys import Key, bindings
from screens.lines import Lines, place_hardware_cursor
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass

_FIRST_COLUMN = regex(r"..\s*(?:\S{1,3}\s+)?\S.*?(?=\s{2}|\s*$)")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it stands for and what is printed."""

    id: str
    text: str
    more: tuple[str, ...] = ()
    """Further lines of the same row."""


class _OfRow(Message):
    """Something has happened to a row."""

    def __init__(self, rows: "Rows", row: Row) -> None:
        super().__init__()
        self.rows = rows
        self.row = row


class Rows(Lines):
    """Rows to walk over and to choose from. Leaving it at either end goes to the next widget."""

    COMPONENT_CLASSES = {"rows--cursor"}

    BINDINGS = [
        *bindings(
            (
                Key("up", "Up K"),
                Key("down", "Down J"),
                Key("page(-1)", "PageUp"),
                Key("page(1)", "PageDown"),
                Key("choose", "Space Enter"),
            )
        ),
        Binding("home,g", "first", show=False),
        Binding("end,G", "last", show=False),
    ]

    class Moved(_OfRow):
        """The cursor is on another row, or the rows under it changed."""

    class Chosen(_OfRow):
        """Space or Enter on a row."""

    def __init__(self, rows: Iterable[Row] = (), *, cursor: int = 0, id: str | None = None) -> None:
        self._rows: tuple[Row, ...] = tuple(rows)
        super().__init__(_lines_of(self._rows), id=id)
        self._row_of: list[int] = []
        """Line → index of its row."""
        self._number()
        self._cursor = min(cursor, max(0, len(self._rows) - 1))

    def _number(self) -> None:
        self._row_of = [at for at, row in enumerate(self._rows) for _ in (row.text, *row.more)]

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Show other rows; the cursor stays on the row of the same id where there still is one."""
        new = tuple(rows)
        if new == self._rows:
            return
        stays = self.row.id if self.row is not None else None
        self._rows = new
        self._number()
        ids = [row.id for row in new]
        self._cursor = ids.index(stays) if stays in ids else min(self._cursor, max(0, len(ids) - 1))
        self.show(_lines_of(new))
        if self.has_focus and self.row is not None and self.row.id != stays:
            self.post_message(self.Moved(self, self.row))

    @property
    @override
    def here(self) -> int:
        return self._lines_of_row()[0]

    @override
    def go_to(self, index: int) -> None:
        self.move_to(self._row_of[index])

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, scrolling there."""
        if not self._rows:
            return
        self._cursor = max(0, min(index, len(self._rows) - 1))
        self._keep_in_view()
        self.refresh()
        self.post_message(self.Moved(self, self._rows[self._cursor]))

    def _keep_in_view(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        first, last = self._lines_of_row()
        if first < top:
            self.scroll_to(y=first, animate=False, immediate=True)
        elif last >= top + height:
            self.scroll_to(y=min(first, last - height + 1), animate=False, immediate=True)
        if self.has_focus:
            y = self.content_region.y + first - self.scroll_offset.y
            place_hardware_cursor(self.app, self.content_region.x, y)

    def _lines_of_row(self) -> tuple[int, int]:
        """The first and the last line of the row under the cursor."""
        if not self._row_of:
            return 0, 0
        first = self._row_of.index(self._cursor)
        return first, first + len(self._rows[self._cursor].more)

    @override
    def text_of(self, index: int) -> str:
        here = index == self._lines_of_row()[0] and self.has_focus
        return ("> " if here else "  ") + self._lines[index]

    @override
    def drawn(self, index: int, text: str, left: int) -> list[Segment]:
        if index != self._lines_of_row()[0] or not self.has_focus:
            return super().drawn(index, text, left)
        # Not all of the line: each cell in another colour is sent once more at every move.
        end = max(0, first_column(self.text_of(index)) - left)
        style = self.get_component_rich_style("rows--cursor")
        return [Segment(text[:end], style), Segment(text[end:], self.rich_style)]

    @override
    def on_focus(self) -> None:
        """The row under the cursor is what the screen explains now."""
        self.move_to_cursor()

    def move_to_cursor(self) -> None:
        """Have the row under the cursor explained again."""
        self.move_to(self._cursor)

    @override
    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Less room must not lose the cursor.

        A Resize does not tell of each new size: the layout compares with a map that whoever asks
        for a size in between may have had made (`Compositor.full_map`).
        """
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self.call_later(self._keep_in_view)
        return changed

    def action_up(self) -> None:
        """One row up, or to the widget before."""
        if self._cursor == 0:
            self.screen.focus_previous()
        else:
            self.move_to(self._cursor - 1)

    def action_down(self) -> None:
        """One row down, or to the widget after."""
        if self._cursor >= len(self._rows) - 1:
            self.screen.focus_next()
        else:
            self.move_to(self._cursor + 1)

    def action_page(self, direction: int) -> None:
        """A screenful up or down."""
        self.move_to(self._cursor + direction * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """To the last row."""
        self.move_to(len(self._rows) - 1)

    def action_choose(self) -> None:
        """Tell the screen."""
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))


def first_column(line: str) -> int:
    """Where it ends: the cursor, a mark such as `[x]`, and what follows up to a gap."""
    found = _FIRST_COLUMN.match(line)
    return found.end() if found else len(line)


def _lines_of(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield from (row.text, *row.more)
