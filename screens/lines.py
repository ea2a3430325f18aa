"""Lines of text that scroll: what every list, diff and log on the screens is drawn by.

One style per row and marks in the last column instead of a scroll bar: few bytes on a serial
line, and nothing that needs colour or block glyphs to be read.
"""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.binding import Binding
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from typing_extensions import override

from screens.keys import Key, bindings
from xenbond_tui.text import one_line


def printable(text: str) -> str:
    """One line of any origin, fit to be shown: tabs as blanks, else as `one_line` has it."""
    return one_line(text.expandtabs(8))


ARROWS = bindings(
    (
        Key("scroll_up", "Up"),
        Key("scroll_down", "Down"),
        Key("scroll_left", "Left"),
        Key("scroll_right", "Right"),
        Key("page_up", "PageUp"),
        Key("page_down", "PageDown"),
        Key("scroll_home", "Home"),
        Key("scroll_end", "End"),
    )
)


class Lines(ScrollView, can_focus=True):
    """Lines that scroll by the arrow keys, Page Up and Down, Home and End."""

    BINDINGS = [
        *ARROWS,
        *bindings((Key("scroll_up", "K"), Key("scroll_down", "J"), Key("find", "/"))),
        # The case tells these two apart, as in vi and less.
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]

    def __init__(self, lines: Iterable[str] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[str, ...] = tuple(printable(line) for line in lines)
        self._sought = ""
        self._found = -1
        """The line that was found last."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines shown."""
        return self._lines

    def show(self, lines: Iterable[str]) -> None:
        """Show other lines; equal ones cost nothing."""
        new = tuple(printable(line) for line in lines)
        if new == self._lines:
            return
        longer = len(new) != len(self._lines)
        self._lines = new
        self._measure()
        self.refresh(layout=longer)

    def _measure(self) -> None:
        width = max(map(cell_len, self._lines), default=0)
        self.virtual_size = Size(width, len(self._lines))

    @override
    def on_mount(self) -> None:
        """Scrolling needs to know how much there is."""
        self._measure()

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines))

    @override
    def get_content_width(self, container: Size, viewport: Size) -> int:
        return max(map(cell_len, self._lines), default=1)

    def style_of(self, index: int) -> Style:
        """What the line of that index is drawn in."""
        return self.rich_style

    def drawn(self, index: int, text: str, left: int) -> list[Segment]:
        """The line of that index as it is drawn: its text from column `left` on."""
        return [Segment(text, self.style_of(index))]

    def text_of(self, index: int) -> str:
        """What is drawn for the line of that index."""
        return self._lines[index]

    @override
    def render_line(self, y: int) -> Strip:
        width, height = self.size
        left, top = self.scroll_offset
        index = top + y
        if not 0 <= index < len(self._lines):
            return Strip.blank(width, self.rich_style)
        text = self.text_of(index)[left:]
        more = " "
        if y == 0 and top > 0:
            more = "^"
        elif y == height - 1 and index < len(self._lines) - 1:
            more = "v"
        if more != " " and width > 2:
            text = set_cell_size(text, width - 1) + more
        return Strip(self.drawn(index, set_cell_size(text, width), left), width)

    def action_find(self) -> None:
        """Ask what to look for, and go to the next line that has it."""
        from screens.find import FindScreen

        _ = self.app.push_screen(FindScreen(self))

    def find(self, words: str) -> bool:
        """Go to the next line with these words, in either case, from the top again at the end.

        Without any words: with those of the last search.
        """
        self._sought = words = words or self._sought
        here, count = self.here, len(self._lines)
        for index in (*range(here + 1, count), *range(min(here + 1, count))):
            if words and words.lower() in self._lines[index].lower():
                self.go_to(index)
                return True
        return False

    @property
    def here(self) -> int:
        """The line a search goes on from."""
        return self._found

    def go_to(self, index: int) -> None:
        """Show that line at the top."""
        self._found = index
        self.scroll_to(y=index, animate=False, immediate=True)

    def on_focus(self) -> None:
        """Draw the cursor's row as such."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the cursor's row as any other."""
        self.refresh()


class Log(Lines, inherit_bindings=False):
    """Lines without letters: K beside it keeps a change, and must not be a way to scroll."""

    BINDINGS = [*ARROWS]


def place_hardware_cursor(app: App[object], x: int, y: int) -> None:
    """Put the terminal's own cursor where the focus is: screen readers and braille follow it."""
    app.cursor_position = Offset(x, y)
