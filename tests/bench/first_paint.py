"""From the start of the program to the first text on an 80x24 terminal."""

import time
from collections.abc import Sequence

from tests.bench.programs import HELLO, XENBOND, on_terminal
from tests.bench.table import Pair, Row


class FirstPaint:
    """`xenbond demo` against the smallest Textual program."""

    rows = (Row("first paint of xenbond demo", "ms", "Textual hello world", "<= 1.1x"),)

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Both in turn."""
        return [
            [(_paint((*XENBOND, "demo"), "xenbond"), _paint(HELLO, "Hello world"))]
            for _ in range(repeats)
        ]


def _paint(argv: tuple[str, ...], text: str) -> float:
    with on_terminal(argv) as app:
        app.wait_for(text)
        return (time.perf_counter() - app.started) * 1000
