"""The further bonding options that do something in the chosen mode."""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.widgets import Static
from typing_extensions import override

from screens.base import Step
from screens.fields import FieldRow, TypedText, row_of
from screens.keys import Key
from screens.page import Page
from screens.plain import Plain
from screens.rows import Row, Rows
from screens.wrapping import wrap
from xenbond_tui.answers import BondAnswers
from xenbond_tui.options.option import BadValue, Option
from xenbond_tui.options.table import OPTIONS, parse_option
from xenbond_tui.rules.check_bond import OWN_KEYS
from xenbond_tui.shipped import style


def fitting(bond: BondAnswers) -> tuple[Option, ...]:
    """The options that do something in this mode, ordinary ones first; any that is set is there."""
    found = [
        option
        for option in OPTIONS.values()
        if option.name not in OWN_KEYS
        and (not option.modes or bond.mode in option.modes or option.name in bond.options)
    ]
    return tuple(sorted(found, key=lambda option: option.expert))


class OptionsScreen(Page[Mapping[str, str]]):
    """A list of options; Enter edits the one under the cursor."""

    CSS = style("options")
    NAME = "More options"
    HELP_TEXT = """
Every bonding option that does something in the chosen mode. What you leave alone
stays as the kernel has it.

Enter edits the option under the cursor: type a value and press Enter again. An
empty value leaves it to the kernel. Delete does the same without typing."""

    EDIT = Key("", "Enter", "edit")
    TAKE = Key("", "Enter", "take it; empty: left to the kernel")
    TO_KERNEL = Key("leave_to_kernel", "Delete", "leave to the kernel")
    BACK = Key("done", "F8/P", "Back", also="^P F10 ^N N")
    LEAVE = Key("done", "Esc", "leave it")
    KEYS: tuple[Key, ...] = (TO_KERNEL, BACK, LEAVE)

    def __init__(self, step: Step, bond: BondAnswers) -> None:
        super().__init__(step.machine, step.facts, step.stack)
        self.mode = bond.mode
        self.options = dict(bond.options)
        self.known = fitting(bond)

    @override
    def purpose(self) -> str:
        return f"Options of {self.mode}. What you leave alone stays as the kernel has it."

    @override
    def body(self) -> ComposeResult:
        yield Rows(self._rows(), id="options")
        yield Plain("", id="hint")
        yield FieldRow("", TypedText("", id="value", width=30))
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        if self.typing:
            return (self.TAKE, self.LEAVE)
        return (self.EDIT, self.TO_KERNEL, self.BACK)

    @override
    def opened(self) -> None:
        self._edit(False)

    def _edit(self, on: bool) -> None:
        field = self.query_one("#value", TypedText)
        row_of(field).visible = on
        if on:
            field.focus()
        else:
            self.query_one("#options", Rows).focus()

    def _rows(self) -> list[Row]:
        rows = []
        for option in self.known:
            value = self.options.get(option.name)
            unit = f" {option.unit}" if option.unit else ""
            shown = f"{value}{unit}" if value is not None else f"({option.default}{unit})"
            expert = "  for experts" if option.expert else ""
            rows.append(Row(option.name, f"{option.name:<20} {shown}{expert}"))
        return rows

    @property
    def option(self) -> Option:
        """The option under the cursor."""
        row = self.query_one("#options", Rows).row
        return OPTIONS[row.id if row is not None else self.known[0].name]

    def on_rows_moved(self) -> None:
        """Explain the option under the cursor."""
        option = self.option
        lines = wrap(option.help, max(40, self.size.width - 4))
        lines.append(f"Takes {option.allowed}.")
        self.set_text("#hint", "\n".join(lines))
        self.set_text("#problem", "")

    def on_rows_chosen(self) -> None:
        """Edit the option under the cursor."""
        field = self.query_one("#value", TypedText)
        field.value = self.options.get(self.option.name, "")
        row_of(field).query_one(".label", Static).update(self.option.name)
        self._edit(True)

    def on_input_submitted(self) -> None:
        """Take the value, if it is one."""
        text = self.query_one("#value", TypedText).value.strip()
        name = self.option.name
        if not text:
            self.options.pop(name, None)
        else:
            value = parse_option(name, text)
            if isinstance(value, BadValue):
                self.set_text("#problem", f"! {name} {value.text}.")
                return
            self.options[name] = value
        self.set_text("#problem", "")
        self.query_one("#options", Rows).show_rows(self._rows())
        self._edit(False)

    def action_leave_to_kernel(self) -> None:
        """Give up the value of the option under the cursor."""
        self.options.pop(self.option.name, None)
        self.query_one("#options", Rows).show_rows(self._rows())

    def action_done(self) -> None:
        """Back to the bond, or out of the field."""
        if self.typing:
            self.set_text("#problem", "")
            self._edit(False)
        else:
            self.finish(self.options)
