"""What a screen sends to the terminal, by our driver or by Textual's own: text, and our orders."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.color import Color
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from screens.bond_view import bridge_lines, slave_lines, verdict_lines
from screens.bridge import BridgeScreen
from screens.diff import DiffLines, diff_lines
from screens.fields import FieldRow, TypedText
from screens.frame import KeyLine, TitleLine
from screens.help import HelpScreen
from screens.history import HistoryScreen, about
from screens.host import HostScreen
from screens.lines import Lines
from screens.past import event_lines
from screens.plain import Plain
from screens.review import ReviewScreen
from screens.rows import Row, Rows
from screens.toggles import PlainRadio
from screens.traffic import Traffic
from screens.wrapping import wrap
from tests.screens import frozen
from tests.screens.keys import reach, shows
from tests.security.hostile import ALL, STRINGS, raw
from tests.unit.facts_builder import bond, bridge
from xenbond_tui.app import XenbondApp
from xenbond_tui.apply.store import Record, State
from xenbond_tui.facts.link import SwitchPort
from xenbond_tui.health.event import Event, When
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.verdict import judge
from xenbond_tui.health.watch import Snapshot
from xenbond_tui.machine import Machine
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.terminal.driver import ChangedCellsDriver
from xenbond_tui.terminal.outgoing import Outgoing, without_orders
from xenbond_tui.text import align, cells, clean, one_line

ORDERS = re.compile(r"\x1b\[[0-9;]*[mH]")
"""All that a frame holds beside text: colours, and where it goes."""


def sent(app: App[Any]) -> str:
    """The whole frame as any driver is given it."""
    update = app.screen._compositor.render_full_update()
    return update.render_segments(app.console)


def orders_in(frame: str) -> list[str]:
    return raw(ORDERS.sub("", frame), "\n")


class EveryWidget(XenbondApp):
    """All widgets that show text, Textual's own among them, with one text."""

    def __init__(self, text: str, ascii_only: bool) -> None:
        super().__init__(lambda: pytest.fail("no machine is opened"), ascii_only=ascii_only)
        self.text = text

    def compose(self) -> ComposeResult:
        text = self.text
        yield TitleLine("xenbond", text)
        yield Plain(text, id="plain")
        yield Static(text, markup=False)
        yield Label(text, markup=False)
        yield Lines([text, text])
        yield Rows([Row("a", text), Row("b", text)])
        yield DiffLines(
            diff_lines(FileChange(f"/etc/{text}", None, text.encode("utf-8", "replace")))
        )
        yield PlainRadio([("a", text), ("b", text)], "a", id="radio")
        yield FieldRow(text, TypedText(text, id="typed", width=40), text)
        with Horizontal():
            yield Input(text)
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(KeyLine).show(self.text)
        for widget in self.query(Widget):
            widget.styles.max_height = 3

    def journey(self) -> None:  # type: ignore[override]
        """Nothing: only the widgets are looked at."""


@pytest.mark.parametrize(
    ("kind", "ascii_only"), [*((kind, False) for kind in STRINGS), ("wide", True), ("all", True)]
)
async def test_every_widget(kind: str, ascii_only: bool) -> None:
    text = STRINGS.get(kind, ALL)
    app = EveryWidget(text, ascii_only)
    async with app.run_test(size=(100, 40)) as pilot:
        app.notify(text, markup=False)
        app.query_one("#plain", Plain).update(text)
        await pilot.pause()
        frame = sent(app)
        assert orders_in(frame) == []
        assert frame.isascii() or not ascii_only
        # No line is longer than it may be. (Textual's own Static gives a C1 character a column.)
        for line in ORDERS.sub("", frame).split("\n"):
            assert cell_len(line) <= 100 or "\u009b" in text
        await app.push_screen(HelpScreen(text, text, False))
        await pilot.pause()
        assert orders_in(sent(app)) == []


async def test_brackets_and_braces_are_text() -> None:
    text = STRINGS["markup"]
    async with EveryWidget(text, True).run_test(size=(100, 40)) as pilot:
        assert ORDERS.sub("", sent(pilot.app)).count("[bold red]x[/]") >= 8


# The program itself, on a host that is against it.


def hostile_host(directory: Path) -> Machine:
    """A dom0 whose files, host name, notes and guests say what they should not."""
    host = frozen.machine(directory)
    root = Path(host.access.root)
    line = ALL.replace("\n", " ")
    for path in ("proc/sys/kernel/hostname", "etc/hostname"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(line.encode("utf-8", "surrogatepass"))
    release = f'ID=debian\nNAME="{line}"\nPRETTY_NAME="{line}"\nVERSION_ID="12{line}"\n'
    (root / "etc/os-release").write_bytes(release.encode("utf-8", "surrogatepass"))
    for path in ("etc/network/interfaces", "etc/xen/xl.conf"):
        with (root / path).open("ab") as file:
            # What is no UTF-8 is refused as a whole.
            file.write(f"# {line}\n".encode("utf-8", "ignore"))
    return host


async def test_the_wizard_on_a_hostile_host(tmp_path: Path) -> None:
    host = hostile_host(tmp_path / "host")
    app = XenbondApp(lambda: host, "wizard", ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await reach(pilot, HostScreen)
        seen = [sent(app)]
        assert r"\x1b" in ORDERS.sub("", seen[0])
        for _ in range(5):
            await pilot.press("enter" if isinstance(app.screen, HostScreen) else "f10")
            await pilot.pause()
            seen.append(sent(app))
        await reach(pilot, ReviewScreen)
        await shows(pilot, "Nothing is written yet.")
        await pilot.press("enter")
        await pilot.pause(0.1)
        seen.append(sent(app))
    assert len(seen) == 7
    for frame in seen:
        assert orders_in(frame) == []


STATE = HealthState(bond(), bridge())


@pytest.mark.parametrize("kind", [*STRINGS, "all"])
def test_a_bond_whose_neighbours_and_guests_are_hostile(kind: str) -> None:
    text = STRINGS.get(kind, ALL)
    slaves = tuple(
        replace(slave, name=f"eth{text}", mii_status=text) for slave in STATE.bond.slaves
    )
    ports = tuple(replace(port, name=f"vif{text}", state=text) for port in bridge().ports)
    state = replace(
        STATE,
        bond=replace(STATE.bond, name=text, slaves=slaves, primary=text, active_slave=text),
        bridge=replace(bridge(), name=text, ports=ports),
        guests={port.name: text for port in ports},
        switch_ports={slave.name: SwitchPort(text, text, text) for slave in slaves},
    )
    when = When(1.0, 1.0)
    lines = [
        *verdict_lines(state, judge(state), {}, 80),
        *slave_lines(state, Snapshot(when, state, {}), Traffic(), 120, True),
        *bridge_lines(state, 80),
        *event_lines([Event(1.0, text, text, text)], 2.0, 80),
        *wrap(text, 80),
        *align([("a", text), (text, "b")]),
        about(Record("x", State.FAILED, 1.0, 2.0, text, text, "apply", ((text, "new"),), text)),
    ]
    for line in map(clean, lines):
        assert raw(line) == []
    if text.isascii() and len(text) < 100:
        # One row for the head, one for each slave: no text makes more of them.
        table = slave_lines(state, Snapshot(when, state, {}), Traffic(), 120, True)
        assert len(table) == 1 + len(slaves)
        assert not any("\n" in line for line in table)


anything = st.text(st.characters(exclude_categories=()), max_size=80)


@given(text=anything, ascii_only=st.booleans())
def test_the_last_door_takes_no_room_and_lets_nothing_by(text: str, ascii_only: bool) -> None:
    (segment,) = Outgoing(ascii_only).apply([Segment(text)], Color(0, 0, 0))
    assert raw(segment.text, "") == []
    assert cell_len(segment.text) == cell_len(text)
    assert segment.text.isascii() or not ascii_only


@given(text=anything)
def test_a_driver_is_told_no_such_order(text: str) -> None:
    orders = f"\x1b[1;1H\x1b[31m{text}\x1b]52;c;eA==\x07\x1b]0;x\x1b\\\x1bPq\x1b\\\x1b[m"
    told = without_orders(orders)
    assert "\x1b]52" not in told
    assert "\x1b]0" not in told
    assert "\x1bP" not in told
    assert not re.search(r"[\x00-\x06\x80-\x9f\ud800-\udfff]", told)


@given(text=anything, width=st.integers(20, 60))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    for line in wrap(text, width):
        assert cells(one_line(line)) <= width
        assert "\ue000" not in line


@given(text=st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), max_size=60))
def test_wrapping_loses_no_character(text: str) -> None:
    assert "".join("".join(wrap(text, 30)).split()) == "".join(clean(text).split())


@given(rows=st.lists(st.tuples(anything, anything), min_size=1, max_size=5))
def test_columns_stand_under_each_other(rows: list[tuple[str, str]]) -> None:
    lines = align([*rows, ("head", "|")])
    column = cells(lines[-1]) - 1
    for line, (first, _) in zip(lines, rows, strict=False):
        assert cells(one_line(first)) <= column - 2 or line
        assert "\n" not in line


# Copying and fields.


async def test_nothing_is_put_on_the_clipboard_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = EveryWidget("secret", True)
    async with app.run_test() as pilot:
        told: list[str] = []
        monkeypatch.setattr(app._driver, "write", told.append)
        field = app.query_one(Input)
        field.focus()
        field.select_all()
        await pilot.press("ctrl+c")
        app.copy_to_clipboard("secret")
        assert app.clipboard == "secret"
        assert not any("]52" in text for text in told)


async def test_our_driver_has_the_door_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        ChangedCellsDriver.__bases__[0], "write", lambda self, data: told.append(data)
    )
    for everything in ("0", "1"):
        monkeypatch.setenv("XENBOND_FULL_REDRAW", everything)
        app = EveryWidget("x", True)
        driver = ChangedCellsDriver(app)
        driver.write("\x1b[1;1Ha\x05\x1b]52;c;eA==\x07\u009b1mb")
    assert told
    assert not any(re.search("\x05|]52|\u009b", text) for text in told)


FIELD = "na\x1bme"


async def _on_bridge(tmp_path: Path, act: Callable[[Pilot[Any], BridgeScreen], Any]) -> None:
    host = frozen.machine(tmp_path / "host")
    app = XenbondApp(lambda: host, "wizard")
    async with app.run_test(size=(100, 30)) as pilot:
        await reach(pilot, HostScreen)
        await pilot.press("enter")
        await pilot.pause()
        step = app.screen.step  # type: ignore[attr-defined]
        bad = replace(step.answers.bridge, name=FIELD, search=("a\u2028b", "c"))
        screen = BridgeScreen(replace(step, answers=replace(step.answers, bridge=bad)))
        await app.push_screen(screen)
        await pilot.pause()
        await act(pilot, screen)


async def test_a_field_that_hides_something_is_not_gone_on_with(tmp_path: Path) -> None:
    async def act(pilot: Pilot[Any], screen: BridgeScreen) -> None:
        field = screen.query_one("#name", TypedText)
        assert field.value == r"na\x1bme"
        assert field.hides
        assert orders_in(sent(pilot.app)) == []
        await pilot.press("f10")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert "can't be shown" in str(screen.query_one("#problem", Plain).content)
        # Neither lost nor altered, and not kept as if it had been typed.
        answers, _ = screen.read()
        assert answers.bridge.name == FIELD
        assert answers.bridge.search == ("a\u2028b", "c")
        assert "name" not in screen.typed()
        field.value = "xenbr0"
        screen.query_one("#search", TypedText).value = "example.com"
        assert not field.hides
        answers, problem = screen.read()
        assert (answers.bridge.name, problem) == ("xenbr0", "")

    await _on_bridge(tmp_path, act)


async def test_the_history_of_hostile_notes(tmp_path: Path) -> None:
    host = frozen.machine(tmp_path / "host")
    record = Record("x", State.FAILED, 1.0, 2.0, ALL, ALL, "apply", ((ALL, "new"),), ALL, by=ALL)
    app = XenbondApp(lambda: host, "wizard")
    async with app.run_test(size=(100, 30)) as pilot:
        await reach(pilot, HostScreen)
        await app.push_screen(HistoryScreen(host, None, "", (record,)))
        await pilot.pause()
        assert orders_in(sent(app)) == []


def test_screens_show_text_by_plain_alone() -> None:
    """Textual's Static reads markup unless it is told not to: `Plain` is the one place for that."""
    folder = Path(__file__).parents[2] / "screens"
    for path in (*sorted(folder.glob("*.py")), folder.parent / "xenbond_tui/app.py"):
        text = path.read_text()
        if path.name != "plain.py":
            assert not re.search(r"(?<!\w)(Static|Label|Markdown|RichLog|Button)\(", text), path
        assert not re.search(r"\.notify\(|from_markup|markup=True|border_title|tooltip", text), path
