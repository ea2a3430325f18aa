"""The screens' composition root: one machine, one journey through the screens.

First the terminal gets a line of text, then the host is opened and read; what that needs (the
rules, the stacks) is loaded by it, in a thread.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.driver import Driver
from textual.filter import LineFilter
from textual.worker import WorkerFailed
from typing_extensions import override

from screens.plain import Plain
from xenbond_tui.shipped import style
from xenbond_tui.terminal.driver import ChangedCellsDriver
from xenbond_tui.terminal.key_queue import KeyQueue
from xenbond_tui.terminal.outgoing import Outgoing
from xenbond_tui.terminal.signals import leave_cleanly

if TYPE_CHECKING:
    from xenbond_tui.machine import Machine


class XenbondApp(KeyQueue[int]):
    """Wizard and health screen of one machine. Returns the exit code."""

    TITLE = "xenbond"
    CSS = style("base")
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("ctrl+q", "leave", priority=True, show=False),
        Binding("ctrl+c", "leave", priority=True, show=False),
        Binding("ctrl+l", "redraw", priority=True, show=False),
    ]

    def __init__(
        self,
        open_machine: "Callable[[], Machine]",
        start: str = "auto",
        bond: str | None = None,
        *,
        theme: str = "textual-dark",
        ascii_only: bool = True,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """Show nothing yet.

        Args:
            open_machine: Opens the host, once something is painted.
            start: "wizard", "health", or "auto": health where a bond under a bridge runs.
            bond: For health: which one; None the first under a bridge.
            theme: A theme's name; the ansi ones keep to the terminal's own colours.
            ascii_only: Keep to ASCII, also where block glyphs would show more.
            driver_class: How the terminal is written to; None: Textual's own way.
        """
        super().__init__(driver_class=driver_class)
        self.machine: Machine | None = None
        self._open_machine = open_machine
        self.start = start
        self.bond = bond
        self.ascii_only = ascii_only
        self._outgoing = Outgoing(ascii_only)
        self.theme = theme
        self.animation_level = "none"

    @override
    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._outgoing]

    @override
    def copy_to_clipboard(self, text: str) -> None:
        """Keep it for pasting here; the terminal's clipboard is the operator's, not a file's."""
        self._clipboard = text

    @override
    def compose(self) -> ComposeResult:
        yield Plain("xenbond", id="title")
        yield Plain("Reading this host.", id="purpose")
        yield Plain("", id="problem")

    def on_mount(self) -> None:
        """Leave the terminal in order when told to end; begin once something is painted."""
        if not self.is_headless:
            leave_cleanly(self)
        self.call_after_refresh(self.journey)

    @work(exclusive=True)
    async def journey(self) -> None:
        """From the first screen to the last."""
        self.machine = await asyncio.to_thread(self._open_machine)
        from screens.journey import Journey

        await Journey(self, self.machine, self.start, self.bond).run()

    @property
    def fault(self) -> BaseException | None:
        """The program's own fault that ended it, or None."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    @override
    def _fatal_error(self) -> None:
        # Textual would fill the terminal with a traceback; `show` raises the fault for one line.
        self._close_messages_no_wait()

    def action_leave(self) -> None:
        """Leave; a change that waits goes on without us."""
        self.exit(0)

    def action_redraw(self) -> None:
        """Draw every cell again, whatever is on the terminal."""
        if isinstance(self._driver, ChangedCellsDriver):
            self._driver.redraw()
        else:
            self.refresh(layout=True)
