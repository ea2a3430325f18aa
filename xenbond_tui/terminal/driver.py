"""Textual's driver for Linux, sending only the cells that changed."""

import os
import signal
import threading
from types import FrameType
from typing import Any

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from typing_extensions import override

from xenbond_tui.terminal.cells import ChangedCells
from xenbond_tui.terminal.old import OldTerminal, is_old
from xenbond_tui.terminal.outgoing import without_orders
from xenbond_tui.terminal.size import ASK, FALLBACK, known_size, set_size

ERASES_IN_COLOUR = ("xterm", "linux", "rxvt", "alacritty", "foot", "kitty", "konsole", "vte")
"""Beginnings of TERM whose terminfo has bce; screen and tmux are not among them."""


class ChangedCellsDriver(LinuxDriver):
    """For `App(driver_class=...)`. Textual writes whole lines; this sends what is new of them.

    A cursor step costs some 20 bytes instead of 2,500, which a 9600 baud line shows at once.
    XENBOND_FULL_REDRAW=1 sends everything, as Textual does. What an old terminal (by TERM) would
    print as garbage is left out in either case.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._old = OldTerminal() if is_old(os.environ.get("TERM", "")) else None
        self._everything = os.environ.get("XENBOND_FULL_REDRAW") == "1"
        self._cells = self._fresh_cells(FALLBACK)
        self._forgotten = True
        self._asked_size = False
        # The thread that reads keys writes too, when the terminal tells its size in band.
        self._writing = threading.RLock()

    @staticmethod
    def _fresh_cells(size: tuple[int, int]) -> ChangedCells:
        term = os.environ.get("TERM", "")
        return ChangedCells(*size, erases_in_colour=term.startswith(ERASES_IN_COLOUR))

    @override
    def write(self, data: str) -> None:
        with self._writing:
            if self._forgotten:
                self._forgotten = False
                self._cells.forget(*self._get_terminal_size())
            data = without_orders(data)
            if self._old is not None:
                data = self._old.feed(data)
            if not self._everything:
                data = self._cells.feed(data)
            if data:
                super().write(data)

    def forget(self) -> None:
        """The terminal may show anything now: whatever is written next is sent in full."""
        self._forgotten = True

    def redraw(self) -> None:
        """For Ctrl+L: draw everything again, and ask a terminal that sends no SIGWINCH its size."""
        self.forget()
        if self.input_tty:
            with self._writing:
                self._asked_size = True
                super().write(ASK)
        self._app.refresh(layout=True)

    @override
    def start_application_mode(self) -> None:
        self._cells = self._fresh_cells(self._get_terminal_size())
        super().start_application_mode()  # type: ignore[no-untyped-call]
        resize = signal.getsignal(signal.SIGWINCH)

        def forget_and_resize(number: int, frame: FrameType | None) -> None:
            self.forget()
            if callable(resize):
                resize(number, frame)

        signal.signal(signal.SIGWINCH, forget_and_resize)

    @override
    def process_message(self, message: Message) -> None:
        if isinstance(message, events.CursorPosition) and self._asked_size:
            self._asked_size = False
            self._resize_to(message.x + 1, message.y + 1)
            return
        if isinstance(message, events.Resize):
            self.forget()
        super().process_message(message)

    def _resize_to(self, columns: int, rows: int) -> None:
        if columns > 1 and rows > 1 and (columns, rows) != known_size(self.fileno):
            set_size(self.fileno, columns, rows)

    @override
    def _get_terminal_size(self) -> tuple[int, int]:
        # The terminal knows better than COLUMNS and LINES, which do not follow a resize.
        return known_size(self.fileno) or super()._get_terminal_size()
