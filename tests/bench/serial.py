"""The wizard on a serial line: seconds from a key to the last cell of the screen it leads to."""

import time
from collections.abc import Sequence
from functools import partial

from tests.bench.programs import ENV, EVERYTHING, XENBOND, at_once
from tests.bench.table import Pair, Row
from tests.terminal.pty_app import PtyApp

BAUD = 9600
STEPS = ("Slaves", "Bond", "Bridge", "Xen", "Review")
FLOOR = "Textual's own driver"
_BITS = 10
"""Of one byte: start, eight, stop."""
_PIECE = 48
"""Bytes read at once: a twentieth of a second."""


class SerialLine(PtyApp):
    """A terminal that takes no more bytes than its line carries; the program waits meanwhile."""

    _free_at = 0.0

    def pump(self, timeout: float) -> bool:
        """As of any terminal, at the line's pace."""
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        before, began = len(self.received), time.monotonic()
        came = super().pump(timeout)
        seconds = (len(self.received) - before) * _BITS / BAUD
        self._free_at = max(began, self._free_at) + seconds
        return came

    def read(self, most: int) -> bytes:
        """A short piece of what has come."""
        return super().read(min(most, _PIECE))


class Serial:
    """Each screen of the wizard at 9600 baud, with our driver and as Textual's own would send."""

    rows = (
        Row(f"wizard at {BAUD} baud: first screen", "s", FLOOR),
        Row("  one cursor move", "s", FLOOR),
        *(Row(f"  to {step}", "s", FLOOR) for step in STEPS),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Three walks of ours while the other's only one goes on: that takes a minute by itself."""
        ours, others = at_once([partial(_walks, {}, min(repeats, 3)), partial(_walks, EVERYTHING)])
        return [list(zip(walk, others[0], strict=True)) for walk in ours]


def _walks(extra: dict[str, str], count: int = 1) -> list[list[float]]:
    return [_walk(extra) for _ in range(count)]


def _walk(extra: dict[str, str]) -> list[float]:
    with SerialLine((*XENBOND, "demo"), ENV | {"TERM": "vt220"} | extra) as app:
        took = [_until_rest(app, "Set up")]
        for step in STEPS:
            app.press("enter" if step == "Slaves" else "f10")
            took.append(_until_rest(app, f"[{step}]"))
            if step == "Slaves":
                app.press("down")
                took.append(_until_rest(app, f"[{step}]"))
        first, slaves, move, *rest = took
        return [first, move, slaves, *rest]


def _until_rest(app: SerialLine, text: str) -> float:
    """Seconds until that is on the screen and nothing comes any more; the silence not counted."""
    began = last = time.monotonic()
    came = 0
    while text not in app.text or "Making the plan." in app.text or time.monotonic() < last + 1.0:
        if app.pump(0.2):
            last = time.monotonic()
            came = len(app.received)
        if time.monotonic() > began + 120:
            raise RuntimeError(f"{text} did not come within 120 s; {came} bytes did")
    return last - began
