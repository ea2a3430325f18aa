"""Turns what a program writes into what its terminal still has to be told."""

import re

from xenbond_tui.regex import regex
from xenbond_tui.terminal.painter import BLANK, Painter, Position, width
from xenbond_tui.terminal.style import PLAIN, on_blank, styled
from xenbond_tui.terminal.tokens import Kind, Splitter, Token, tokens

SYNC_START = "\x1b[?2026h"
SYNC_END = "\x1b[?2026l"
ALTERNATE_SCREEN = "\x1b[?1049h"
ERASE_ALL = "\x1b[2J"

_HARMLESS = regex(
    r"\x07"
    r"|\x1b\[\?(?:7|25|100[0-6]|101[56]|2004|2026|2048)[hl]"  # wrap, cursor, mouse, focus, paste
    r"|\x1b\[\?[0-9]+\$p"  # is there such a mode?
    r"|\x1b\[[<=>][0-9;]*u|\x1b\[>c|\x1b\[c"  # kitty's keys; who are you?
    r"|\x1b\].*",  # title, clipboard, pointer
    re.DOTALL,
)
"""Moves no cursor and changes no cell."""

_DISTURBING = regex(r"\x1b\[[0-9;]*[A-GJ-MPSTX@`a-eg]|\x1b[78DEM]|\x1b\[\?1049l|[\x08\t\r]")
"""Moves the cursor or changes cells, and is over then: the next absolute move finds us again."""

_REPORT_CURSOR = "\x1b[6n"


class ChangedCells:
    """A filter: `feed` takes what is to be shown and returns the bytes that bring it about.

    After every call the terminal shows, cell for cell, what it would show had it been sent
    everything, and its cursor is in the same place. Where that can't be known (an unknown
    sequence, a scroll, text past the edge) everything passes as it came until it can.

    Args:
        columns: Of the terminal.
        rows: Of the terminal.
        erases_in_colour: Erased cells take the background that is set (terminfo's bce).
    """

    def __init__(self, columns: int, rows: int, erases_in_colour: bool = False) -> None:
        self._splitter = Splitter()
        self._erases_in_colour = erases_in_colour
        self._painter = Painter(columns, rows, erases_in_colour)
        self._at: Position | None = None
        """Where the program believes its cursor is; None: everything passes."""
        self._style = PLAIN
        self._newlines = 0
        """Line feeds since `_at` that no text has followed yet."""
        self._blind = False
        """A mode was set that we do not know: everything passes for good."""
        self._sync_waits = False
        """A frame was begun that has nothing to show yet."""

    def forget(self, columns: int, rows: int) -> None:
        """The terminal may show anything now, and has this size."""
        self._painter = Painter(columns, rows, self._erases_in_colour)
        self._at = None
        self._newlines = 0

    def feed(self, data: str) -> str:
        """What the terminal must be sent for `data`."""
        data = self._splitter.whole(data)
        if self._blind:
            return data
        out: list[str] = []
        rest = iter(tokens(data))
        for token in rest:
            self._take(token, out)
            if self._blind:
                out.extend(self._raw(later) for later in rest)
        if not self._blind:
            self._catch_up(out)
        sent = "".join(out)
        if sent and self._sync_waits:
            self._sync_waits = False
            return SYNC_START + sent
        return sent

    def _take(self, token: Token, out: list[str]) -> None:
        match token.kind:
            case Kind.TEXT:
                self._text(token.value, out)
            case Kind.STYLE:
                style = styled(self._style, token.value)
                if style is None:
                    self._go_blind(token, out)
                else:
                    self._style = style
            case Kind.LINK:
                open_link = "" if token.value.endswith(";") else token.value
                self._style = self._style._replace(link=open_link)
            case Kind.MOVE:
                self._move(token.value)
            case Kind.NEWLINE:
                self._newline(out)
            case Kind.OTHER:
                self._other(token, out)

    def _text(self, text: str, out: list[str]) -> None:
        if self._newlines:
            self._catch_up(out)
        if self._at is not None and self._painter.put_run(self._at, text, self._style):
            self._at = (self._at[0], self._at[1] + len(text))
            return
        for index, character in enumerate(text):
            if self._newlines:
                self._catch_up(out)
            if self._at is None:
                self._pass(text[index:], out)
                return
            row, column = self._at
            fits = column + width(character) - 1 <= self._painter.columns
            size = self._painter.put(self._at, character, self._style, out) if fits else -1
            if size < 0:
                self._catch_up(out)
                self._at = None
                self._pass(text[index:], out)
                return
            self._at = (row, column + size)

    def _move(self, parameters: str) -> None:
        row, _, column = parameters.partition(";")
        painter = self._painter
        self._at = (
            min(max(int(row or 1), 1), painter.rows),
            min(max(int(column or 1), 1), painter.columns),
        )
        self._newlines = 0

    def _newline(self, out: list[str]) -> None:
        if self._at is None:
            self._pass("\n", out)
        elif self._at[0] + self._newlines < self._painter.rows:
            # Whether it also returns to the first column is the tty's affair; the move that
            # follows in all of Textual's output makes that of no account.
            self._newlines += 1
        else:
            self._catch_up(out)
            self._at = None
            self._pass("\n", out)

    def _other(self, token: Token, out: list[str]) -> None:
        value = token.value
        if value == SYNC_START:
            self._sync_waits = True
        elif value == SYNC_END and self._sync_waits and not out and not self._pending(out):
            self._sync_waits = False
        elif value == _REPORT_CURSOR:
            self._catch_up(out)
            out.append(value)
        elif _HARMLESS.fullmatch(value):
            self._painter.paint(out)
            out.append(value)
        elif value == ALTERNATE_SCREEN or (value == ERASE_ALL and on_blank(self._style) == PLAIN):
            self._catch_up(out)
            self._painter.dip(PLAIN, out)
            # Not every terminal clears its alternate screen, and some have none.
            out.append(value if value == ERASE_ALL else value + ERASE_ALL)
            self._painter.fill(BLANK)
            self._at = self._painter.cursor = None
        elif _DISTURBING.fullmatch(value):
            self._catch_up(out)
            self._at = None
            self._pass(value, out)
        else:
            self._go_blind(token, out)

    def _pending(self, out: list[str]) -> bool:
        self._painter.paint(out)
        return bool(out)

    def _catch_up(self, out: list[str]) -> None:
        """Bring the terminal, its cursor too, to where the program believes it is."""
        self._painter.paint(out)
        if self._at is None:
            return
        self._painter.go(self._at, out)
        if self._newlines:
            out.append("\n" * self._newlines)
            self._newlines = 0
            self._at = self._painter.cursor = None

    def _pass(self, text: str, out: list[str]) -> None:
        """Send as it is; what the terminal shows then is not known."""
        self._painter.dip(self._style, out)
        out.append(text)
        self._painter.fill(None)
        self._painter.cursor = None

    def _go_blind(self, token: Token, out: list[str]) -> None:
        self._catch_up(out)
        self._painter.dip(self._style, out)
        out.append(self._raw(token))
        self._blind = True

    @staticmethod
    def _raw(token: Token) -> str:
        match token.kind:
            case Kind.STYLE:
                return f"\x1b[{token.value}m"
            case Kind.MOVE:
                return f"\x1b[{token.value}H"
            case Kind.LINK:
                return f"\x1b]8;{token.value}\x1b\\"
            case _:
                return token.value
