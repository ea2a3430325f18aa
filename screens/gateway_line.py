"""The gateway's answers in one line that changes seldom: a line that changes costs bytes."""

from xenbond_tui.health.model import Gateway
from xenbond_tui.health.timeline import SILENT_PROBES

BEYOND = "  (miimon sees links only)"
_STEPS = ((600, "10 min"), (300, "5 min"), (60, "1 min"))


class GatewayLine:
    """Remembers what round trip it shows: one that is about the same is not shown again."""

    def __init__(self) -> None:
        self._shown: float | None = None

    def text(self, gateway: Gateway | None, width: int) -> str:
        """`gateway  192.168.0.1  0.3 ms, none lost in 10 min`; "" where nobody could ask."""
        if gateway is None or not gateway.sent:
            return ""
        words = f"gateway  {gateway.ip}  {self._answers(gateway)}"
        return words + BEYOND if len(words) + len(BEYOND) <= width else words

    def _answers(self, gateway: Gateway) -> str:
        if gateway.rtt is None:
            return "does not answer to ping"
        if gateway.silent >= SILENT_PROBES:
            return "DOES NOT ANSWER any more"
        self._shown = _steady(self._shown, gateway.rtt)
        return f"{_ms(self._shown)}, {_lost(gateway)}"


def _steady(shown: float | None, now: float) -> float:
    """The one shown, unless the new one differs by more than half."""
    if shown is not None and shown / 1.5 <= now <= shown * 1.5:
        return shown
    return now


def _ms(rtt: float) -> str:
    return f"{max(rtt, 0.1):.1f} ms" if rtt < 10 else f"{rtt:.0f} ms"


def _lost(gateway: Gateway) -> str:
    """In steps of time: a count of probes sent would be another one every second."""
    lost = max(0, gateway.lost - gateway.silent)
    span = next((name for least, name in _STEPS if gateway.seconds >= least - 2), "")
    return f"{lost or 'none'} lost " + (f"in {span}" if span else "so far")
