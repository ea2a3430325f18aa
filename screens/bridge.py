"""Bridge: its name, the host's address on it, and what becomes of the old address."""

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.widget import Widget
from typing_extensions import override

from screens.base import WizardScreen
from screens.fields import ChoiceRow, FieldRow, TypedText, joined, row_of, words
from screens.plain import Plain
from screens.toggles import PlainRadio
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Outage
from xenbond_tui.planner import propose
from xenbond_tui.rules import announcing
from xenbond_tui.rules.check_bridge import check_bridge
from xenbond_tui.rules.check_moves import check_moves
from xenbond_tui.rules.check_names import check_names
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.host_address import address_link
from xenbond_tui.shipped import style
from xenbond_tui.value import replace

STATIC_ONLY = ("address", "gateway", "dns", "search")
"""Fields that mean nothing unless the address is static."""

KEPT = {
    "name": "name",
    "address": "addresses",
    "gateway": "gateway",
    "dns": "dns",
    "search": "search",
    "mac": "mac",
}
"""Field → the answer it is for."""

HINTS = {
    "name": "The bridge's name; guests' configurations name it. xenbr0 is usual on a dom0.",
    "method": (
        "static: the addresses below. dhcp: asked for at every start. none: the bridge only "
        "carries guests, and the host has no address on it."
    ),
    "address": "With its prefix length: 192.168.0.222/24. Several are parted by blanks.",
    "gateway": "The router to other networks. Empty: none over this bridge.",
    "dns": "The servers that resolve names. Several are parted by blanks.",
    "search": "Domains that are tried behind a short name. Usually one, or none.",
    "mac": (
        "keep: the MAC of the NIC that has the address today, so that switches, ARP and DHCP "
        "notice nothing. Or a MAC of your own."
    ),
    "mtu": "Bytes in a frame. Empty: as it is now. 9000 only if every switch port has it too.",
    "announce": (
        "A service tells switches where host and guests are after each failover. A silent guest "
        f"may be cut off for {announcing.FORGETS_S} seconds without it."
    ),
}
"""What each field is."""


TYPED_S = 0.2
"""Seconds without a key until what is typed is thought through to the end."""


def outage_of(facts: HostFacts, answers: Answers) -> Outage | None:
    """Of the plan that these answers would have; None where they would have none."""
    try:
        plan = propose(facts, SetUp(answers)).plan
    except XenbondError:
        return None
    return plan.outage if plan is not None else None


class BridgeScreen(WizardScreen):
    """Name, address, gateway, DNS, MAC and MTU of the bridge."""

    CSS = style("bridge")
    NAME = "Bridge"
    PURPOSE = "What is the bridge called, and which address does this host have on it?"
    HELP_TEXT = """
The bridge is where guests are plugged in, and where this host has its address
from now on: a slave has none. The fields open with what the host has
today, so usually there is nothing to type.

Up, Down and Tab go from field to field; Left and Right choose the method."""
    TOPICS = (check_names, check_bridge, check_moves)

    @override
    def body(self) -> ComposeResult:
        bridge = self.answers.bridge
        mtu = "" if bridge.mtu is None else str(bridge.mtu)
        yield self._field("Name", "name", bridge.name, 16)
        choices = [("static", "static"), ("dhcp", "dhcp"), ("none", "none")]
        method = self.step.typed.get("method", bridge.method)
        yield ChoiceRow("Method", PlainRadio(choices, method, id="method"))
        yield self._field("Address", "address", joined(bridge.addresses), 44)
        yield self._field("Gateway", "gateway", bridge.gateway or "", 44)
        yield self._field("DNS", "dns", joined(bridge.dns), 44)
        yield self._field("Search", "search", joined(bridge.search), 44)
        yield self._field("MAC", "mac", bridge.mac, 18, self._kept_mac())
        yield self._field("MTU", "mtu", mtu, 6, "bytes; empty: as it is now", digits=True)
        if not announcing.unfit(self.host, self.answers):
            # Until somebody chooses otherwise it follows what was chosen on Bond.
            chosen = self.step.typed.get("announce") or self._proposed
            ticks = [("yes", "yes, by a service, after each failover"), ("no", "no")]
            yield ChoiceRow("Announce", PlainRadio(ticks, chosen, id="announce"))
        yield Plain("", id="hint")
        yield Plain("What becomes of the old address", classes="heading")
        yield Plain("", id="moves")
        yield Plain("", id="outage")
        yield Plain("", id="problem")

    @property
    def _proposed(self) -> str:
        return "yes" if announcing.proposed(self.host, self.answers) else "no"

    @property
    def _announce(self) -> str:
        """Yes or no; "" where there is no such choice."""
        found = self.query("#announce").results(PlainRadio)
        return next((choice.value for choice in found), "")

    def _field(
        self, label: str, name: str, value: str, width: int, after: str = "", digits: bool = False
    ) -> FieldRow:
        field = TypedText(self.initial(name, value), id=name, width=width, digits=digits)
        return FieldRow(label, field, after)

    def _kept_mac(self) -> str:
        holder = address_link(self.host, self.answers)
        return f"{holder.mac}, {holder.name}'s" if holder is not None and holder.mac else ""

    @override
    def opened(self) -> None:
        self._show_method()
        self.query_one("#name", TypedText).focus()

    @property
    def method(self) -> str:
        """static, dhcp or none."""
        return self.query_one("#method", PlainRadio).value

    def _show_method(self) -> None:
        for name in STATIC_ONLY:
            field = self.query_one(f"#{name}", TypedText)
            row_of(field).display = self.method == "static"
        self._show_moves()

    @override
    def complain(self, text: str) -> None:
        super().complain(text)
        # At 80x24 there is room for one of them, and what is wrong comes first.
        self.query_one("#outage").display = not text

    def _show_moves(self) -> None:
        answers, _ = self.read()
        findings = [
            item
            for item in check_moves(self.host, answers)
            if item.severity is not Severity.REFUSE or item.code == "address-lost"
        ]
        lines = [
            self.fill(f"{'-' if item.severity is Severity.NOTE else '!'} {item.text}", "  ")
            for item in findings
        ]
        self.set_text("#moves", "\n".join(lines) or "- No slave has an address: nothing moves.")
        self.ask_outage(answers)

    @work(exclusive=True)
    async def ask_outage(self, answers: Answers) -> None:
        """Say whether that takes an outage: the plan knows, which takes a moment to make."""
        await asyncio.sleep(TYPED_S)
        outage = await asyncio.to_thread(outage_of, self.host, answers)
        if self.is_running:
            self.set_text("#outage", self.fill(f"- {outage.text}", "  ") if outage else "")

    @override
    def resized(self) -> None:
        if self.ready:
            self._show_moves()

    @override
    def focus_moved(self, widget: Widget) -> None:
        if widget.id in HINTS:
            self.set_text("#hint", self.fill(HINTS[widget.id]))

    def on_plain_radio_changed(self) -> None:
        """Show the fields this method has."""
        self.complain("")
        self._show_method()

    def on_input_changed(self) -> None:
        """What was complained of may be right now, and other things may move."""
        self.complain("")
        self._show_moves()

    @override
    def typed(self) -> dict[str, str]:
        kept = self._announce if self._announce != self._proposed else ""
        return {**super().typed(), "method": self.method, "announce": kept}

    @override
    def read(self) -> tuple[Answers, str]:
        value = {item.id: item.value.strip() for item in self.query(TypedText)}
        static = self.method == "static"
        bridge = replace(
            self.answers.bridge,
            name=value["name"],
            method=self.method,
            addresses=words(value["address"]) if static else (),
            gateway=(value["gateway"] or None) if static else None,
            dns=words(value["dns"]) if static else (),
            search=words(value["search"]) if static else (),
            mac=value["mac"] or "keep",
            mtu=int(value["mtu"]) if value["mtu"] else None,
            announce=self._announce == "yes" if self._announce else None,
        )
        # What can't be shown stays what it is: `next` does not go on with it.
        kept = {KEPT[item.id] for item in self.query(TypedText) if item.hides and item.id in KEPT}
        same = {name: getattr(self.answers.bridge, name) for name in kept}
        answers = replace(self.answers, bridge=replace(bridge, **same))
        return answers, self.refusal(answers)
