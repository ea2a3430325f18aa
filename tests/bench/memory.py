"""Resident memory once the screen has settled."""

from collections.abc import Sequence
from functools import partial

from tests.bench.programs import HELLO, XENBOND, at_once, demo_with_bond, on_terminal
from tests.bench.table import Pair, Row

FLOOR = "Textual hello world"


class Memory:
    """Wizard and health screen."""

    rows = (
        Row("memory of the wizard", "MB", FLOOR, "<= 60 MB"),
        Row("memory of the health screen", "MB", FLOOR, "<= 60 MB"),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Six programs at a time."""
        with demo_with_bond() as host:
            each = [
                partial(_resident, HELLO, "Hello world"),
                partial(_resident, (*XENBOND, "demo"), "Set up"),
                partial(_resident, (*XENBOND, "demo", "--dir", str(host)), "HEALTHY"),
            ]
            sizes = at_once(each * repeats, most=6)
        floors, wizards, healths = sizes[::3], sizes[1::3], sizes[2::3]
        return [
            [(wizard, floor), (health, floor)]
            for floor, wizard, health in zip(floors, wizards, healths, strict=True)
        ]


def _resident(argv: tuple[str, ...], text: str) -> float:
    with on_terminal(argv) as app:
        app.wait_for(text)
        app.settle()
        return app.rss / 1e6
