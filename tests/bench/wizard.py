"""Bytes the wizard sends: what a serial line at 9600 baud (960 B/s) has to carry."""

from collections.abc import Sequence
from functools import partial

from tests.bench.programs import EVERYTHING, XENBOND, at_once, on_terminal
from tests.bench.table import Pair, Row

FLOOR = "Textual's own driver"


class Wizard:
    """The wizard on the demo host, with our driver and as Textual's own would send it."""

    rows = (
        Row("first screen", "B", FLOOR),
        Row("one cursor move", "B", FLOOR, "<= 250 B"),
        Row("next screen", "B", FLOOR),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Four walks at a time: bytes are counted."""
        kinds: list[dict[str, str]] = [{}, EVERYTHING] * repeats
        walks = at_once([partial(_walk, extra) for extra in kinds], most=4)
        return [list(zip(*pair, strict=True)) for pair in zip(walks[::2], walks[1::2], strict=True)]


def _walk(extra: dict[str, str]) -> tuple[float, float, float]:
    with on_terminal((*XENBOND, "demo"), extra) as app:
        app.wait_for("Set up")
        app.settle()
        first = len(app.received)
        app.press("enter")
        app.wait_for("[Slaves]")
        app.settle()
        slaves = len(app.received)
        app.press("down")
        app.settle()
        moved = len(app.received)
        return first, moved - slaves, slaves - first
