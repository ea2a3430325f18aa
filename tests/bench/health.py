"""The health screen while traffic flows, drawn once a second."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.programs import EVERYTHING, XENBOND, demo_with_bond, on_terminal
from tests.bench.table import Pair, Row

SECONDS = 5
STEP = 2_400_000
"""Bytes a second over the active slave, growing so that every figure on the screen changes."""


class Health:
    """Health at 1 Hz, with our driver and as Textual's own would send it."""

    rows = (
        Row("health at 1 Hz", "B/s", "Textual's own driver", "<= 1 kB/s"),
        Row("health at 1 Hz, processor", "%", "Textual's own driver", "<= 1.5 %"),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Both in turn."""
        with demo_with_bond() as host:
            return [
                list(zip(_watch(host, {}), _watch(host, EVERYTHING), strict=True))
                for _ in range(repeats)
            ]


def _watch(host: Path, extra: dict[str, str]) -> tuple[float, float]:
    with on_terminal((*XENBOND, "demo", "--dir", str(host)), extra) as app:
        app.wait_for("HEALTHY")
        app.settle(0.5, timeout=3)
        _flow(host, 1)
        app.listen(1)
        sent, cpu = 0, app.cpu_seconds
        for second in range(SECONDS):
            _flow(host, second + 2)
            sent += app.listen(1)
        return sent / SECONDS, (app.cpu_seconds - cpu) / SECONDS * 100


def _flow(host: Path, second: int) -> None:
    for direction, share in (("rx", 1), ("tx", 4)):
        count = STEP * second * (second + 1) // share
        file = host / f"sys/class/net/eth0/statistics/{direction}_bytes"
        file.write_text(f"{count}\n")
