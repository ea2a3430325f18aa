"""Fields to type in, one line each: `Name      [xenbr0         ]`."""

from collections.abc import Iterable

from textual.binding import Binding
from textual.containers import Horizontal
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Input
from typing_extensions import override

from screens.plain import Plain
from xenbond_tui.text import one_line


class TypedText(Input):
    """An Input of one line, without blinking; the arrows go on to the next field.

    `?` is no part of any name or address, so it stays the help key while typing.
    """

    BINDINGS = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, value: str, *, id: str, width: int, digits: bool = False) -> None:
        self._given, self._stand_in = value, one_line(value)
        super().__init__(
            self._stand_in,
            id=id,
            compact=True,
            select_on_focus=False,
            restrict=r"[0-9]*" if digits else None,
        )
        self.cursor_blink = False
        self.styles.width = width

    @property
    def hides(self) -> bool:
        """Whether what it opened with can't be shown as it is, and nobody has typed another yet.

        Its stand-ins are for the eye: taken for the value they would change it unseen.
        """
        return self._given != self._stand_in and self.value == self._stand_in

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
        super().__init__(
            Plain(label, classes="label"),
            Plain("[", classes="bracket"),
            field,
            Plain("]", classes="bracket"),
            Plain(after, classes="after", id=f"{field.id}-after"),
            classes="field",
        )


class ChoiceRow(Horizontal):
    """A label and a widget to choose with."""

    def __init__(self, label: str, choice: Widget) -> None:
        super().__init__(Plain(label, classes="label"), choice, classes="field")


def row_of(field: Widget) -> Widget:
    """The row that a field or a choice is in, its label too."""
    return next(it for it in field.ancestors if isinstance(it, FieldRow | ChoiceRow))


def hidden(fields: Iterable[TypedText]) -> str:
    """What is to be done about the first field that hides something; "" when none does."""
    for field in fields:
        if field.hides:
            return (
                f"What is set there now, {field.value}, has characters that can't be shown or "
                f"typed. Type the {field.id} again; until then nothing is taken over from it."
            )
    return ""


def words(text: str) -> tuple[str, ...]:
    """What was typed into a field that takes several: parted by blanks or commas."""
    return tuple(text.replace(",", " ").split())


def joined(items: Iterable[str]) -> str:
    """Several as one field shows them."""
    return " ".join(items)
