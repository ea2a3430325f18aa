"""Xen: what the toolstack must know about the bridge. Only on a dom0."""

from textual.app import ComposeResult
from textual.widget import Widget
from typing_extensions import override

from screens.base import WizardScreen
from screens.fields import ChoiceRow
from screens.keys import Key
from screens.plain import Plain
from screens.toggles import PlainRadio
from xenbond_tui import xen
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.planner import resolve
from xenbond_tui.shipped import style
from xenbond_tui.text import one_line
from xenbond_tui.value import replace

WORDS = {
    "xend": (
        "xend builds its own bridge at each start, which would fight with this one: every "
        "line that begins with (network-script is commented out. (vif-script is kept: it plugs "
        "guests in."
    ),
    "xl": (
        "xl builds no bridge; it plugs guests into the one it is told. {bridge} becomes the "
        "default; a guest whose configuration names another bridge keeps that one."
    ),
    "none": "Xen's files stay as they are. Guests are plugged in where their files say.",
}
"""What each toolstack needs, in words."""


class XenScreen(WizardScreen):
    """Which toolstack, what changes in its files, which guests' ports are kept."""

    CSS = style("xen")
    NAME = "Xen"
    HELP_TEXT = """
Two toolstacks plug guests into bridges. The old one, xend, can also build bridges
itself, and must be told not to; xl only needs to know the bridge's name.

Usually the one that was found is right. Guests that run now keep their ports: a
guest's virtual interface (vif) that is plugged into the bridge stays in it."""

    @classmethod
    @override
    def relevant(cls, facts: HostFacts, answers: Answers) -> bool:
        return facts.xen.role == "dom0"

    @override
    def purpose(self) -> str:
        return f"What must Xen on this host know about {self.answers.bridge.name}?"

    @override
    def body(self) -> ComposeResult:
        found = self.host.xen.toolstack
        choices = [("auto", f"as found: {found}")]
        choices += [(name, name) for name in ("xl", "xend", "none") if name != found]
        chosen = "auto" if self.answers.toolstack == found else self.answers.toolstack
        yield ChoiceRow("Toolstack", PlainRadio(choices, chosen, id="toolstack"))
        yield Plain("", id="words")
        yield Plain("What changes", classes="heading")
        yield Plain("", id="changes")
        yield Plain("Guests plugged in now", classes="heading")
        yield Plain("\n".join(_guests(self.host)), id="guests")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return (Key("", "Left Right", "choose"), *self.turn_keys())

    @override
    def opened(self) -> None:
        self._show()
        self.query_one("#toolstack", Widget).focus()

    def on_plain_radio_changed(self) -> None:
        """Another toolstack, other files."""
        self._show()

    def _show(self) -> None:
        answers, _ = self.read()
        chosen = answers.toolstack
        toolstack = self.host.xen.toolstack if chosen == "auto" else chosen
        words = WORDS.get(toolstack, WORDS["none"])
        self.set_text("#words", self.fill(words.format(bridge=answers.bridge.name)))
        try:
            changes = xen.changes(self.host, resolve(self.host, SetUp(answers)))
            lines = [line for change in changes for line in _changed(change)]
        except XenbondError as error:
            lines = [f"! {error}"]
        if not lines:
            lines = [f"Nothing: Xen is set up for {answers.bridge.name} already."]
        self.set_text("#changes", "\n".join(lines))

    @override
    def read(self) -> tuple[Answers, str]:
        return replace(self.answers, toolstack=self.query_one("#toolstack", PlainRadio).value), ""


def _changed(change: FileChange) -> list[str]:
    lines = [
        line
        for line in change.diff().removesuffix("\n").split("\n")
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]
    return [change.path, *(f"  {one_line(line)}" for line in lines)] if lines else []


def _guests(facts: HostFacts) -> list[str]:
    lines = []
    for bridge in facts.bridges:
        ports = guest_ports((bridge,))
        if ports:
            names = one_line(f"{', '.join(ports)} on {bridge.name}")
            lines.append(f"{names}: they are there after it, too.")
    return lines or ["None."]
