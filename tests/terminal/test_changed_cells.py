"""Whatever a program writes, the terminal shows the same as if it had been sent everything."""

from itertools import pairwise

import pyte
import pytest
from hypothesis import example, given, strategies as st

from xenbond_tui.terminal.cells import ALTERNATE_SCREEN, ChangedCells

COLUMNS, ROWS = 12, 5


class Terminal:
    """A terminal that draws what it is sent."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self.screen)

    def feed(self, data: str) -> None:
        # pyte knows no alternate screen: like the Linux console it needs to be cleared.
        self._stream.feed(data.replace(ALTERNATE_SCREEN, "\x1b[2J"))

    def cells(self) -> list[list[tuple[object, ...]]]:
        return [[self._cell(row, column) for column in range(COLUMNS)] for row in range(ROWS)]

    def _cell(self, row: int, column: int) -> tuple[object, ...]:
        cell = self.screen.buffer[row][column]
        lines = (cell.underscore, cell.strikethrough, cell.reverse, cell.blink)
        if cell.data == " " and not any(lines):
            return (" ", cell.bg)
        return (cell.data, cell.fg, cell.bg, cell.bold, cell.italics, *lines)

    @property
    def cursor(self) -> tuple[int, int]:
        return self.screen.cursor.y, self.screen.cursor.x


def compare(writes: list[str]) -> None:
    for erases_in_colour in (False, True):
        filtered = ChangedCells(COLUMNS, ROWS, erases_in_colour)
        stock, ours = Terminal(), Terminal()
        for data in writes:
            stock.feed(data)
            ours.feed(filtered.feed(data))
        assert ours.cells() == stock.cells()
        assert ours.cursor == stock.cursor


moves = st.builds(
    "\x1b[{};{}H".format, st.integers(0, ROWS + 1), st.integers(0, COLUMNS + 1)
) | st.sampled_from(["\x1b[H", "\x1b[3H", "\x1b[;4H", "\x1b[2;5f"])
texts = st.text("ab xy─│█é漢字한 ", min_size=1, max_size=COLUMNS) | st.sampled_from(
    [" " * COLUMNS, "ab" + " " * (COLUMNS - 2)]
)
styles = st.sampled_from(
    [
        *("\x1b[m", "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[1;32;44m", "\x1b[7m", "\x1b[4m"),
        *("\x1b[22m", "\x1b[24;27m", "\x1b[39m", "\x1b[49m", "\x1b[9;95m", "\x1b[38;5;123m"),
        *("\x1b[48;2;1;2;3m", "\x1b[;31m", "\x1b[3;104m", "\x1b[38;2;9;8;7;48;5;4m"),
    ]
)
segments = st.builds("{}{}\x1b[0m".format, styles, texts)
strips = st.builds("{}{}".format, moves, st.lists(segments, min_size=1, max_size=3).map("".join))
modes = st.sampled_from(
    ["\x1b[?25l", "\x1b[?2004h", "\x07", "\x1b]22;default\x07", "\x1b[?2026h", "\x1b[?2026l"]
)
disturbances = st.sampled_from(
    ["\x1b[2J", "\x1b[K", "\x1b[3C", "\x1b[2A", "\x1b[M", "\x1b[2@", "\x1bM", "\r", "\t", "\x08"]
)
unknowns = st.sampled_from(
    ["\x1b[2;4r", "\x1b[4h", "\x1b[?6h", "\x1b[20h", "\x1b[58;5;1m", "\x1bc"]
)
anything = st.one_of(
    strips, strips, strips, segments, moves, texts, styles, modes, st.just("\n"), disturbances
)


@given(st.lists(strips | modes, max_size=30))
def test_what_textual_writes_looks_the_same(writes: list[str]) -> None:
    compare(writes)


@given(st.lists(st.lists(strips, max_size=4).map("\n".join), max_size=10))
def test_several_rows_in_one_write_look_the_same(writes: list[str]) -> None:
    compare(writes)


@given(st.lists(anything, max_size=25))
@example(["漢", "\x1b[1;2Ha", "\x1b[H漢"])
@example(["漢\x1b[1;2Hab", "\x1b[1;3H漢\x1b[1;1Habc", "\x1b[1;4H漢漢\x1b[1;5Hab"])
@example(["\x1b[1;12H漢"])
@example(["\x1b[1;12Hx", "y"])
@example(["\x1b[5;1H", "\n", "\x1b[5;1Hx\n", "\x1b[H"])
def test_any_writes_look_the_same(writes: list[str]) -> None:
    compare(writes)


@given(st.lists(anything | unknowns, max_size=25))
def test_unknown_modes_are_survived(writes: list[str]) -> None:
    compare(writes)


@given(st.lists(anything, max_size=12).map("".join), st.lists(st.integers(0, 400), max_size=12))
def test_writes_may_be_cut_anywhere(data: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    compare([data[a:b] for a, b in pairwise(edges)])


def test_a_combining_mark_stays_with_its_letter() -> None:
    compare(["\x1b[1;2Hae\u0301b", "\x1b[1;2Hxe\u0301b", "\x1b[1;2Hxeb"])


def test_nothing_is_sent_when_nothing_changed() -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    frame = "\x1b[2;1H\x1b[31mred\x1b[0m plain\n\x1b[3;1H\x1b[44mblue\x1b[0m\x1b[1;1H"
    cells.feed(frame)
    assert cells.feed("\x1b[?2026h") + cells.feed(frame) + cells.feed("\x1b[?2026l") == ""


def test_a_frame_that_changes_something_is_bracketed() -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    sent = cells.feed("\x1b[?2026h") + cells.feed("\x1b[1;1Hx") + cells.feed("\x1b[?2026l")
    assert sent.startswith("\x1b[?2026h")
    assert sent.endswith("\x1b[?2026l")


def test_a_bare_cursor_move_is_sent() -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    cells.feed("\x1b[2;1Hab\x1b[1;1H")
    assert cells.feed("\x1b[2;1Hab\x1b[4;3H") == "\x1b[4;3H"


def test_everything_is_sent_again_after_forget() -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    first = cells.feed("\x1b[2;1Habc\x1b[1;1H")
    cells.forget(COLUMNS, ROWS)
    assert cells.feed("\x1b[2;1Habc\x1b[1;1H") == first


def test_the_alternate_screen_starts_blank() -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    cells.feed(ALTERNATE_SCREEN)
    blank = "\n".join(f"\x1b[{row};1H{' ' * COLUMNS}" for row in range(1, ROWS + 1))
    assert cells.feed(blank + "\x1b[1;1H") == "\x1b[H"


SENT = [
    ("a letter", "\x1b[1;1Hab", "\x1b[1;1Hac", "\x1b[Dc"),
    ("a near neighbour", "\x1b[1;1Habcd\x1b[H", "\x1b[1;1Hxbcy\x1b[H", "xbcy\r"),
    ("a far neighbour", "\x1b[1;1Habcdefgh\x1b[H", "\x1b[1;1Hxbcdefgy\x1b[H", "x\x1b[6Cy\r"),
    (
        "the next row",
        "\x1b[1;1Ha\n\x1b[2;1Hb\x1b[H",
        "\x1b[1;1Hx\n\x1b[2;1Hy\x1b[H",
        "x\r\ny\x1b[H",
    ),
    ("one colour", "\x1b[1;1H\x1b[1;31mab\x1b[m\x1b[H", "\x1b[1;1H\x1b[1;32mab\x1b[m\x1b[H", None),
]


@pytest.mark.parametrize(("name", "before", "after", "sent"), SENT, ids=[row[0] for row in SENT])
def test_what_is_sent(name: str, before: str, after: str, sent: str | None) -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    cells.feed(ALTERNATE_SCREEN + before)
    got = cells.feed(after)
    assert got == sent if sent is not None else len(got) < len(after) - 3


def test_a_cleared_row_is_erased() -> None:
    cells = ChangedCells(COLUMNS, ROWS)
    cells.feed("\x1b[1;1H\x1b[31m" + "x" * COLUMNS + "\x1b[m\x1b[H")
    assert cells.feed("\x1b[1;1H" + " " * COLUMNS + "\x1b[H") == "\x1b[m\x1b[K"


@pytest.mark.parametrize("erases_in_colour", [False, True])
def test_a_row_is_erased_in_colour_where_the_terminal_can(erases_in_colour: bool) -> None:
    cells = ChangedCells(COLUMNS, ROWS, erases_in_colour)
    cells.feed("\x1b[1;1H" + "x" * COLUMNS + "\x1b[H")
    sent = cells.feed("\x1b[1;1H\x1b[44m" + " " * COLUMNS + "\x1b[m\x1b[H")
    assert sent == ("\x1b[44m\x1b[K" if erases_in_colour else "\x1b[44m" + " " * COLUMNS + "\x1b[H")
