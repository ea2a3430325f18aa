"""Fields to type in, one line each: `Name      [xenbr0         ]`."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Input, Static
from typing_extensions import override


class TypedText(Input):
    """An Input of one line, without blinking; the arrows go on to the next field.

    `?` is no part of any name or address, so it stays the help key while typing.
    """

    BINDINGS = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, value: str, *, id: str, width: int, digits: bool = False) -> None:
        super().__init__(
            value,
            id=id,
            compact=True,
            select_on_focus=False,
            restrict=r"[0-9]*" if digits else None,
        )
        self.cursor_blink = False
        self.styles.width = width

    @override
    def check_consume_key(self, key: str, character: str | None) -> bool:
        return character != "?" and super().check_consume_key(key, character)

    async def on_key(self, event: Key) -> None:
        """Keep `?` from being typed."""
        if event.character == "?":
            event.prevent_default()

    @override
    def restricted(self) -> None:
        """A letter in a field of digits is left out; no bell."""


class FieldRow(Horizontal):
    """A label, a field in brackets, and what is to be said beside it."""

    def __init__(self, label: str, field: TypedText, after: str = "") -> None:
        super().__init__(classes="field")
        self._label = label
        self._field = field
        self._after = after

    @override
    def compose(self) -> ComposeResult:
        yield Static(self._label, classes="label", markup=False)
        yield Static("[", classes="bracket", markup=False)
        yield self._field
        yield Static("]", classes="bracket", markup=False)
        yield Static(self._after, classes="after", id=f"{self._field.id}-after", markup=False)


class ChoiceRow(Horizontal):
    """A label and a widget to choose with."""

    def __init__(self, label: str, choice: Widget) -> None:
        super().__init__(classes="field")
        self._label = label
        self._choice = choice

    @override
    def compose(self) -> ComposeResult:
        yield Static(self._label, classes="label", markup=False)
        yield self._choice


def words(text: str) -> tuple[str, ...]:
    """What was typed into a field that takes several: parted by blanks or commas."""
    return tuple(text.replace(",", " ").split())


def joined(items: Iterable[str]) -> str:
    """Several as one field shows them."""
    return " ".join(items)
