"""The base of every screen: product line, purpose, help, and a cover for windows too small."""

from collections.abc import Callable
from typing import Generic, TypeVar

from rich.cells import cell_len
from textual import events, messages
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static
from typing_extensions import override

from screens.frame import KeyLine, TitleLine, title_parts
from screens.keys import Key, bindings, key_line
from screens.plain import Plain
from screens.rows import Rows
from screens.wrapping import fill
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.text import clean

SMALLEST = (60, 15)
"""Columns and rows below which only the request for a larger window is shown."""

NEXT_SCREEN_S = 0.1
"""Seconds that the next screen has to come up in the place of this one."""

EVERYWHERE = (
    Key("help", "F1/?"),
    Key("app.focus_next", "Tab"),
    Key("app.focus_previous", "Shift+Tab"),
)
"""What every screen has; F1 is in the product line."""

T = TypeVar("T")


class Page(Screen[T], Generic[T]):
    """A full screen. Subclasses give `body()`, `purpose()`, `keys()` and the class attributes."""

    NAME = ""
    """As the step list and the help call it."""
    PURPOSE = ""
    """What this screen is for, in one sentence."""
    HELP_TEXT = ""
    """What F1 shows, besides the keys every screen has."""
    SCOPED_CSS = False
    AUTO_FOCUS = ""
    """Each screen places the focus itself, when it has something to explain."""

    BINDINGS = [*bindings(EVERYWHERE)]

    KEYS: tuple[Key, ...] = ()
    """What this screen's keys do, besides those of every screen: its bindings are made of them."""

    @override
    def __init_subclass__(cls, **how: bool) -> None:
        """The table makes the bindings before Textual collects them."""
        if "KEYS" in cls.__dict__:
            cls.BINDINGS = [*bindings(cls.KEYS)]
        super().__init_subclass__(**how)

    def __init__(self, machine: Machine, facts: HostFacts | None, stack: str = "") -> None:
        super().__init__()
        self.ready = False
        self._finished = False
        self.typed_from = 0.0
        self.machine = machine
        self.facts = facts
        self.stack = stack

    def head(self) -> ComposeResult:
        """Between the product line and the purpose: the wizard's step list."""
        yield from ()

    def body(self) -> ComposeResult:
        """The middle of the screen."""
        yield from ()

    def purpose(self) -> str:
        """As `PURPOSE`, where it depends on what is known."""
        return self.PURPOSE

    def keys(self) -> tuple[Key | None, ...]:
        """The keys to show, as things are now; None is one that does nothing now."""
        return ()

    @override
    def compose(self) -> ComposeResult:
        yield TitleLine(*title_parts(self.facts, self.stack))
        yield from self.head()
        yield Plain(self.purpose(), id="purpose")
        with Vertical(id="body"):
            yield from self.body()
        yield KeyLine()
        yield Plain("Make the window larger: 80 by 24 is best.", id="cover")

    def on_mount(self) -> None:
        """Show the keys; they follow the focus from then on."""
        for static in self.query("#body Static").results(Static):
            static.set_class(not static.content, "-empty")
        self.opened()
        self.refresh_keys()
        # Behind the focus, which the app moves later too: a key before it would go nowhere.
        _ = self.app.call_later(self._take_keys)

    def _take_keys(self) -> None:
        self.ready = not self._finished

    @override
    async def on_prune(self, event: messages.Prune) -> None:
        """The screen is taken down: its workers end first, for its widgets are about to go.

        Textual itself ends them last, when they have nothing left to write to.
        """
        self.workers.cancel_node(self)

    def opened(self) -> None:
        """The screen is there: fill it and place the focus."""

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The keys and the explanation follow the focus."""
        self.refresh_keys()
        # Two moves in a row may be told in the wrong order: what counts is where it is.
        self.focus_moved(self.focused or event.widget)

    def focus_moved(self, widget: Widget) -> None:
        """The focus is on another widget: explain it."""

    @property
    def typing(self) -> bool:
        """True while letters go into a field, so that only F-keys and Ctrl keys are commands."""
        return isinstance(self.focused, Input)

    def refresh_keys(self) -> None:
        """Show the keys that do something now."""
        self.query_one(KeyLine).show(*key_line(self.keys(), typing=self.typing))

    def set_text(self, selector: str, text: str) -> None:
        """Change a Static's text; equal text costs nothing."""
        static, text = self.query_one(selector, Static), clean(text)
        if static.content != text:
            static.update(text, layout=not _takes_the_same_room(static, text))
            static.set_class(not text, "-empty")

    def fill(self, text: str, indent: str = "") -> str:
        """A text in lines as wide as the screen; its own line breaks are kept."""
        width = max(40, self.size.width - 2)
        return fill(text, width, indent)

    def on_resize(self, event: events.Resize) -> None:
        """Cover the screen while it is too small to be read."""
        columns, rows = SMALLEST
        self.set_class(event.size.width < columns or event.size.height < rows, "-small")
        self.set_class(event.size.width >= 100, "-wide")
        self.set_class(event.size.height >= 30, "-tall")
        self.resized()
        # What is explained was wrapped for the width before.
        if isinstance(self.focused, Rows):
            self.focused.move_to_cursor()
        elif self.focused is not None:
            self.focus_moved(self.focused)

    def resized(self) -> None:
        """The size is another: what depends on the width is printed again."""

    def finish(self, result: T) -> None:
        """Give back a result and go."""
        self.ready = False
        self._finished = True
        # What lies under all screens is not painted for the moment until the next one is there.
        self.app.delay_update(NEXT_SCREEN_S)
        # Waiting for it in one of this screen's own handlers would wait for ever.
        _ = self.dismiss(result)

    def from_thread(self, call: Callable[..., object], *args: object) -> None:
        """Call something from a worker's thread, unless this screen has been left meanwhile."""
        self.app.call_from_thread(self._while_here, call, *args)

    def _while_here(self, call: Callable[..., object], *args: object) -> None:
        # It stops running before its widgets go, and is attached until they are gone.
        if self.is_running and self.is_attached:
            call(*args)

    def cover_with(self, screen: Screen[None]) -> None:
        """Show a screen that gives nothing back over this one."""
        _ = self.app.push_screen(screen)

    def action_help(self) -> None:
        """Show what this screen is for and its keys."""
        from screens.help import HelpScreen

        self.cover_with(HelpScreen(self.NAME, self.HELP_TEXT))


def _takes_the_same_room(static: Static, text: str) -> bool:
    """As many lines as it shows now, and none wrapped: the other widgets stay where they are.

    To place them all again costs ten times what drawing a line does.
    """
    before, after = str(static.content).split("\n"), text.split("\n")
    widest = max(map(cell_len, (*before, *after)))
    empty = not text or not static.content
    return not empty and len(before) == len(after) and widest <= static.content_size.width
