"""A small Textual application with most of what the screens use. Run: sample_app.py [stock]."""

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, Input, SelectionList, Static

from xenbond_tui.terminal.driver import ChangedCellsDriver
from xenbond_tui.terminal.signals import leave_cleanly


class Second(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("f3", "app.pop_screen", "Back")]

    def compose(self) -> ComposeResult:
        yield Static("Second screen: 漢字 and 한글, é ü ─│┌┐", id="wide")
        table: DataTable[str] = DataTable()
        table.add_columns("SLAVE", "LINK", "SPEED")
        for number in range(30):
            table.add_row(f"eth{number}", "up" if number % 2 else "DOWN", "1000")
        yield table
        yield Footer()


class Sample(App[None]):
    CSS = "SelectionList { height: 8; border: solid green; } #side { width: 30; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("ctrl+q", "quit", "Quit"),
        ("f2", "second", "Second"),
        ("ctrl+l", "redraw", "Redraw"),
    ]

    def compose(self) -> ComposeResult:
        yield Header(icon="")
        with Horizontal():
            yield SelectionList[int](*((f"eth{n} 00:50:da:7a:51:{n:02x}", n) for n in range(5)))
            yield Static("Which NICs carry the bond?\n[b]Two[/b] is [red]best[/red].", id="side")
        yield Input(placeholder="name")
        yield Footer()

    def on_mount(self) -> None:
        leave_cleanly(self)
        self.query_one(Input).cursor_blink = False

    def action_second(self) -> None:
        self.push_screen(Second())

    def action_redraw(self) -> None:
        if isinstance(self._driver, ChangedCellsDriver):
            self._driver.redraw()


if __name__ == "__main__":
    app = Sample(driver_class=None if "stock" in sys.argv else ChangedCellsDriver)
    app.run(mouse=False)
    sys.exit(app.return_code)
