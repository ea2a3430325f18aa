"""The health screen while traffic flows, drawn once a second."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from tests.bench.programs import EVERYTHING, XENBOND, at_once, demo_with_bond, on_terminal
from tests.bench.table import Pair, Row
from tests.terminal.pty_app import PtyApp

SECONDS = 3
STEP = 2_400_000
"""Bytes a second over the active slave, growing so that every figure on the screen changes."""


class Health:
    """Health at 1 Hz, with our driver and as Textual's own would send it."""

    rows = (
        Row("health at 1 Hz", "B/s", "Textual's own driver", "<= 1 kB/s"),
        Row("health at 1 Hz, processor", "%", "Textual's own driver", "<= 1.5 %"),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Both watch the same host at once, each started once."""
        with demo_with_bond() as host:
            argv = (*XENBOND, "demo", "--dir", str(host))
            with on_terminal(argv) as ours, on_terminal(argv, EVERYTHING) as other:
                for app in (ours, other):
                    app.wait_for("HEALTHY")
                at_once([partial(app.settle, 0.5, timeout=3) for app in (ours, other)])
                seconds = count(1)
                _second(host, (ours, other), seconds)
                return [_sample(host, (ours, other), seconds) for _ in range(repeats)]


def _sample(host: Path, apps: Sequence[PtyApp], seconds: Iterator[int]) -> list[Pair]:
    cpu = [app.cpu_seconds for app in apps]
    sent = [
        sum(both)
        for both in zip(*(_second(host, apps, seconds) for _ in range(SECONDS)), strict=True)
    ]
    used = [app.cpu_seconds - before for app, before in zip(apps, cpu, strict=True)]
    return [
        (sent[0] / SECONDS, sent[1] / SECONDS),
        (used[0] / SECONDS * 100, used[1] / SECONDS * 100),
    ]


def _second(host: Path, apps: Sequence[PtyApp], seconds: Iterator[int]) -> list[int]:
    """Bytes each sends in a second in which something flows."""
    _flow(host, next(seconds))
    return at_once([partial(app.listen, 1) for app in apps])


def _flow(host: Path, second: int) -> None:
    for direction, share in (("rx", 1), ("tx", 4)):
        count = STEP * second * (second + 1) // share
        file = host / f"sys/class/net/eth0/statistics/{direction}_bytes"
        file.write_text(f"{count}\n")
