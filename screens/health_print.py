"""One look at a bond on the health screen: what is printed where."""

from typing import Any

from screens.bond_view import (
    MOST_PORTS,
    MOST_PORTS_TALL,
    bridge_lines,
    settings_line,
    slave_lines,
    verdict_lines,
    vlan_lines,
)
from screens.gateway_line import GatewayLine
from screens.graphs import graph_lines
from screens.page import Page
from screens.past import Since
from screens.traffic import Traffic
from xenbond_tui.health.event import Event
from xenbond_tui.health.model import HealthState, Level, Verdict
from xenbond_tui.health.watch import Snapshot


class HealthPrint:
    """Prints looks on a page, and keeps what has to be remembered between them."""

    def __init__(self, page: Page[Any], bond: str, *, ascii_only: bool) -> None:
        self._page, self._bond, self._ascii_only = page, bond, ascii_only
        self._traffic = Traffic()
        self._gateway = GatewayLine()
        self._since = Since()
        self._level: Level | None = None
        """What the verdict's colour is of."""

    def count(self, look: Snapshot) -> None:
        """Take in what one more look saw of traffic."""
        self._traffic.add(look.when.monotonic, look.rates)

    def take(self, look: Snapshot, verdict: Verdict | None, events: tuple[Event, ...]) -> None:
        """Take in one more look that is printed, its verdict, and every event so far."""
        self._since.look(events, look, verdict)

    def show(self, look: Snapshot, verdict: Verdict | None) -> None:
        """Print a look; equal text costs nothing."""
        if look.state is None or verdict is None:
            self._gone()
            return
        page, state = self._page, look.state
        width = max(40, page.size.width - 2)
        lines = verdict_lines(state, verdict, self._since.reasons, width)
        page.set_text("#verdict", "\n".join(lines))
        self._colour(verdict.level)
        settings = settings_line(state.bond, self._since.active, width)
        page.set_text("#settings", page.fill(settings))
        self._slaves(look, state, width)
        gateway = self._gateway.text(state.gateway, width)
        tall = page.has_class("-tall")
        around = bridge_lines(state, width, MOST_PORTS_TALL if tall else MOST_PORTS)
        around += [*(vlan_lines(state, width) if tall else ()), *([gateway] if gateway else ())]
        page.set_text("#bridge", "\n".join(around))
        graphs = tall and page.has_class("-wide")
        now = look.when.monotonic
        lines = graph_lines(state, self._traffic, now, self._ascii_only) if graphs else []
        page.set_text("#graphs", "\n".join(lines))

    def _slaves(self, look: Snapshot, state: HealthState, width: int) -> None:
        header, *lines = slave_lines(state, look, self._traffic, width, self._ascii_only)
        self._page.set_text("#slaves-header", header)
        self._page.set_text("#slaves", "\n".join(lines))

    def _gone(self) -> None:
        self._page.set_text("#verdict", f"{self._bond}  GONE   There is no such bond now.")
        self._colour(Level.DOWN)
        for selector in ("#settings", "#slaves-header", "#slaves", "#graphs", "#bridge"):
            self._page.set_text(selector, "")

    def _colour(self, level: Level) -> None:
        if level is self._level:
            return
        self._level = level
        for each in Level:
            self._page.query_one("#verdict").set_class(each is level, f"-{each}")
