"""Choices whose state is printed, `(*)` and `[x]`: readable without colour."""

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from typing_extensions import override

from screens.lines import place_hardware_cursor
from xenbond_tui.text import one_line


class PlainRadio(Widget, can_focus=True):
    """One of a few, on one line: `(*) static  ( ) dhcp  ( ) none`. Left, Right or Space choose."""

    BINDINGS = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down,enter", "app.focus_next", show=False),
    ]

    class Changed(Message):
        """Another value is chosen."""

        def __init__(self, radio: "PlainRadio") -> None:
            super().__init__()
            self.radio = radio

    def __init__(self, choices: Sequence[tuple[str, str]], value: str, *, id: str) -> None:
        """`choices` are (value, label)."""
        super().__init__(id=id)
        self.choices = tuple((item, one_line(label)) for item, label in choices)
        known = [item for item, _ in self.choices]
        self.value = value if value in known else known[0]

    @override
    def render(self) -> Content:
        parts = [f"({'*' if item == self.value else ' '}) {label}" for item, label in self.choices]
        return Content("  ".join(parts))

    def on_focus(self) -> None:
        """The hardware cursor goes along."""
        place_hardware_cursor(self.app, self.content_region.x, self.content_region.y)
        self.refresh()

    def on_blur(self) -> None:
        """Take the mark away."""
        self.refresh()

    def action_step(self, direction: int) -> None:
        """Choose the next or the previous one, round about."""
        known = [item for item, _ in self.choices]
        self.value = known[(known.index(self.value) + direction) % len(known)]
        self.refresh()
        self.post_message(self.Changed(self))
