"""Bond: how the slaves work together, and how their links are checked."""

from textual import work
from textual.app import ComposeResult
from textual.widget import Widget
from typing_extensions import override

from screens.base import Step, WizardScreen
from screens.fields import ChoiceRow, FieldRow, TypedText, row_of
from screens.help import HelpScreen
from screens.keys import CHOOSE, Key
from screens.mode_words import about_carrier, fits, mode_line, ordered_modes
from screens.options import OptionsScreen
from screens.plain import Plain
from screens.rows import Row, Rows
from screens.toggles import PlainRadio
from xenbond_tui.answers import Answers
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.options.modes import MODES
from xenbond_tui.rules.check_bond import check_bond
from xenbond_tui.rules.check_hardware import check_hardware
from xenbond_tui.rules.check_names import check_names
from xenbond_tui.rules.findings import Finding
from xenbond_tui.shipped import style
from xenbond_tui.value import replace

MOST_PRIMARIES = 4
"""So many slaves fit on the line that chooses the primary; with more it is among the options."""

NO_PRIMARY = ""


class BondScreen(WizardScreen):
    """Mode, link monitoring, name, primary; the other options one key away."""

    CSS = style("bond")
    NAME = "Bond"
    HELP_TEXT = """
The mode says which slave carries what. active-backup works with any switch, also
with two that know nothing of each other; it is right unless you know better. The
others need the switch to be set up to match: then both sides, or nothing works.

Modes marked ! do not go with a bridge for guests; F2 or W says why.

miimon is how often the link of each slave is checked. 0 would mean never: a
pulled cable would go unnoticed. 100 ms is right nearly always.

use_carrier says where the link state is read. The driver's carrier is right for
every driver of the last fifteen years.

F3 or M opens the other bonding options that do something in this mode."""
    TOPICS = (check_bond, check_hardware, check_names)

    WHY = Key("why", "W", "why not", typing="F2")
    MORE = Key("more", "M", "more options", typing="F3")
    KEYS: tuple[Key, ...] = (WHY, MORE)

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.mode = self.answers.bond.mode
        self.options = dict(self.answers.bond.options)

    @override
    def purpose(self) -> str:
        return f"How do {' and '.join(self.answers.bond.slaves)} work together?"

    @override
    def body(self) -> ComposeResult:
        bond = self.answers.bond
        rows = self._mode_rows()
        at = [row.id for row in rows].index(self.mode) if self.mode in MODES else 0
        yield Rows(rows, cursor=at, id="modes")
        yield Plain("", id="gap")
        name = TypedText(self.initial("name", bond.name), id="name", width=16)
        yield FieldRow("Name", name)
        miimon = self.initial("miimon", str(bond.miimon))
        yield FieldRow(
            "Check every", TypedText(miimon, id="miimon", width=6, digits=True), "ms (miimon)"
        )
        yield ChoiceRow("use_carrier", self._carrier_choice())
        yield ChoiceRow("Primary", self._primary_choice())
        yield Plain("", id="more")
        yield Plain("", id="hint")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return (None if self.typing else CHOOSE, self.WHY, self.MORE, *self.turn_keys())

    @override
    def opened(self) -> None:
        self._show_mode()
        self.query_one("#modes", Rows).focus()

    def _mode_rows(self) -> list[Row]:
        return [Row(mode.name, mode_line(mode, self.mode)) for mode in ordered_modes()]

    def _carrier_choice(self) -> PlainRadio:
        choices = [("on", "driver's carrier"), ("off", "ethtool or MII")]
        if self.host.driver.refuses_use_carrier_0:
            choices.pop()
        value = "off" if self.answers.bond.use_carrier is False else "on"
        return PlainRadio(choices, value, id="carrier")

    def _primary_choice(self) -> PlainRadio:
        slaves = self.answers.bond.slaves
        choices = [(NO_PRIMARY, "none"), *((name, name) for name in slaves[:MOST_PRIMARIES])]
        return PlainRadio(choices, self.options.get("primary", NO_PRIMARY), id="primary")

    def _show_mode(self) -> None:
        self.query_one("#modes", Rows).show_rows(self._mode_rows())
        has_primary = self.mode in MODES_WITH_ACTIVE_SLAVE
        few = len(self.answers.bond.slaves) <= MOST_PRIMARIES
        row_of(self.query_one("#primary", PlainRadio)).display = has_primary and few
        self._show_options()

    def _show_options(self) -> None:
        chosen = [f"{name} {value}" for name, value in self.options.items() if name != "primary"]
        text = ", ".join(chosen) if chosen else "as the kernel has them"
        self.set_text("#more", f"Options     {text}")

    @override
    def focus_moved(self, widget: Widget) -> None:
        if widget.id in ("name", "miimon", "carrier", "primary"):
            self.set_text("#hint", self.fill(self._about_field(widget.id)))

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Explain the mode under the cursor."""
        mode = MODES[event.row.id]
        if fits(mode):
            text = f"{mode.does}\nSwitch: {mode.switch}."
        else:
            text = f"{mode.does}\nNot for guests: {mode.why}."
        self.set_text("#hint", self.fill(text))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Choose the mode, if it goes with a bridge."""
        mode = MODES[event.row.id]
        if not fits(mode):
            self.complain(f"{mode.name} can't be chosen: F2 or W says why.")
            return
        self.mode = mode.name
        self.complain("")
        self._show_mode()

    def on_plain_radio_changed(self, event: PlainRadio.Changed) -> None:
        """Keep the explanation in step with the choice."""
        self.set_text("#hint", self.fill(self._about_field(str(event.radio.id))))

    def on_input_changed(self) -> None:
        """What was complained of may be right now."""
        self.complain("")
        if self.focused is not None and self.focused.id == "miimon":
            self.set_text("#hint", self.fill(self._about_field("miimon")))

    def _about_field(self, name: str) -> str:
        if name == "name":
            return "The bond's name as the kernel will have it; bond0 is usual."
        if name == "primary":
            return (
                "The slave that carries whenever its link is up. With none, whichever carries "
                "goes on carrying until its own link fails: fewer changes."
            )
        if name == "carrier":
            return about_carrier(self.host.driver.refuses_use_carrier_0)
        typed = self.query_one("#miimon", TypedText).value
        if not typed.strip("0"):
            return "0 checks never: a pulled cable goes unnoticed and nothing fails over."
        return (
            f"How often the link of each slave is checked: after a pulled cable the bond "
            f"fails over in about {int(typed) / 1000:g} s. 100 ms is right nearly always."
        )

    @override
    def findings(self, answers: Answers) -> tuple[Finding, ...]:
        return tuple(
            item for item in super().findings(answers) if not item.where.startswith("bridge.")
        )

    @override
    def read(self) -> tuple[Answers, str]:
        bond = self.answers.bond
        name = self.query_one("#name", TypedText)
        miimon = self.query_one("#miimon", TypedText).value
        carrier: bool | None = self.query_one("#carrier", PlainRadio).value == "on"
        if carrier and bond.use_carrier is None:
            carrier = None
        options = dict(self.options)
        if len(bond.slaves) <= MOST_PRIMARIES:
            primary = self.query_one("#primary", PlainRadio).value
            options.pop("primary", None)
            if primary and self.mode in MODES_WITH_ACTIVE_SLAVE:
                options["primary"] = primary
        bond = replace(
            bond,
            name=bond.name if name.hides else name.value.strip(),
            mode=self.mode,
            miimon=int(miimon) if miimon else bond.miimon,
            use_carrier=carrier,
            options=options,
        )
        answers = replace(self.answers, bond=bond)
        if not miimon:
            return answers, "Check every: say how many ms, 100 is usual."
        mode = MODES.get(self.mode)
        if mode is not None and not fits(mode):
            return answers, f"{mode.name} can't be used under a bridge with guests: choose another."
        return answers, self.refusal(answers)

    def action_why(self) -> None:
        """Say why each unfit mode is unfit."""
        parts = [
            f"{mode.name}\n  {mode.does}\n  Under a bridge: {mode.why}."
            for mode in MODES.values()
            if not fits(mode)
        ]
        self.cover_with(HelpScreen("Why not these modes", "\n\n".join(parts), False))

    @work
    async def action_more(self) -> None:
        """Open the other options."""
        answers, _ = self.read()
        chosen = await self.app.push_screen_wait(OptionsScreen(self.step, answers.bond))
        self.options = dict(chosen)
        self._show_options()
