"""Textual's driver for Linux, sending only the cells that changed."""

import os
import select
import signal
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from typing_extensions import override

from xenbond_tui.terminal.cells import ChangedCells
from xenbond_tui.terminal.old import OldTerminal, is_old
from xenbond_tui.terminal.outgoing import without_colours, without_orders
from xenbond_tui.terminal.size import ASK, FALLBACK, believable, known_size, set_size

ERASES_IN_COLOUR = ("xterm", "linux", "rxvt", "alacritty", "foot", "kitty", "konsole", "vte")
"""Beginnings of TERM whose terminfo has bce; screen and tmux are not among them."""


_TICK_S = 0.1
"""Seconds between two looks at whether an escape has waited long enough to be the key Esc."""


class _Exit(threading.Event):
    """Ends the thread that reads keys, which waits for nothing else but keys."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self._tell = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    @override
    def set(self) -> None:
        super().set()
        os.write(self._tell, b".")

    @override
    def clear(self) -> None:
        super().clear()
        with suppress(BlockingIOError):
            os.read(self.told, 64)


class Incoming:
    """What the terminal sends: bytes in, events out. What can't be read is dropped, never a fault.

    Noise on a serial line, a wrong baud rate, a break or a Latin-1 keyboard send bytes that are no
    UTF-8; a paste or a guest's console can hold key reports that no keyboard makes.
    """

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        # Not "replace": its character is printable, and would be typed into a field.
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._parser = XTermParser(debug)

    def feed(self, data: bytes) -> Iterator[Message]:
        """The events of what has come; a report that is cut off waits for its rest."""
        # By character: of what came at once, only the report that can't be read is lost.
        for character in self._decode(data):
            yield from self._read(character)

    def tick(self) -> Iterator[Message]:
        """The key Esc, when nothing came behind it for long enough."""
        yield from self._read(None)

    def _read(self, character: str | None) -> list[Message]:
        parser = self._parser
        try:
            return list(parser.tick() if character is None else parser.feed(character))
        except Exception:
            # Textual's parser makes characters and ratios of any numbers (chr(1114112), x / 0);
            # once it has raised it can't be fed again.
            self._parser = XTermParser(self._debug)
            return []


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
        self._exit = self.exit_event = _Exit()
        self._old = OldTerminal() if is_old(os.environ.get("TERM", "")) else None
        self._monochrome = bool(os.environ.get("NO_COLOR"))
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
            if self._monochrome:
                data = without_colours(data)
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
    def _sigcont_application(self, *_: object) -> None:
        """Go on after SIGTSTP, or SIGSTOP.

        A terminal that hangs up sends SIGCONT as well as SIGHUP (__tty_hangup in
        drivers/tty/tty_io.c). Textual would begin a second time beside what runs, or after it has
        ended, with a thread that reads keys which nobody ends: the process would stay for ever.
        """
        if self._must_signal_resume:
            super()._sigcont_application()
        elif os.isatty(self.fileno):
            # It was stopped unasked, and the terminal may be as others left it. Not here: a signal
            # comes in the middle of anything.
            self._app.call_later(self._begin_again)

    def _begin_again(self) -> None:
        if self._key_thread is not None and self._key_thread.is_alive():
            self.suspend_application_mode()
            self.resume_application_mode()
            self.redraw()

    @override
    def process_message(self, message: Message) -> None:
        if isinstance(message, events.CursorPosition) and self._asked_size:
            self._asked_size = False
            self._resize_to(message.x + 1, message.y + 1)
            return
        if isinstance(message, events.Resize):
            if not believable(*message.size):
                return
            self.forget()
        super().process_message(message)

    def _resize_to(self, columns: int, rows: int) -> None:
        if believable(columns, rows) and (columns, rows) != known_size(self.fileno):
            set_size(self.fileno, columns, rows)

    @override
    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as fault:
            # Textual would fill the terminal with a traceback, and leave with 0.
            self._app.call_later(self._app._handle_exception, fault)

    @override
    def run_input_thread(self) -> None:
        """Read keys until told to end. Textual's own wakes ten times a second, key or not."""
        incoming = Incoming(self._debug)
        waiting = select.poll()
        for source in (self.fileno, self._exit.told):
            waiting.register(source, select.POLLIN)
        # An escape that begins nothing is the key Esc, after a while.
        patience = constants.ESCAPE_DELAY + 2 * _TICK_S
        awake = 0.0
        while not self._exit.is_set():
            ready = waiting.poll(_TICK_S * 1000 if awake > time.monotonic() else None)
            if any(source == self.fileno for source, _ in ready):
                data = os.read(self.fileno, 4096)
                if not data:
                    # Nothing comes any more, and that would be told without end.
                    waiting.unregister(self.fileno)
                awake = time.monotonic() + patience
                for event in incoming.feed(data):
                    self.process_message(event)
            for event in incoming.tick():
                self.process_message(event)

    @override
    def _get_terminal_size(self) -> tuple[int, int]:
        # The terminal knows better than COLUMNS and LINES, which do not follow a resize.
        return known_size(self.fileno) or FALLBACK
