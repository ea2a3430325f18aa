"""Bytes the wizard sends: what a serial line at 9600 baud (960 B/s) has to carry."""

from collections.abc import Sequence

from tests.bench.programs import EVERYTHING, XENBOND, on_terminal
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
        """One walk each in turn."""
        return [list(zip(_walk({}), _walk(EVERYTHING), strict=True)) for _ in range(repeats)]


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
