"""When nothing changes nothing should happen."""

from collections.abc import Sequence

from tests.bench.programs import HELLO, XENBOND, demo_with_bond, on_terminal
from tests.bench.table import Pair, Row

SECONDS = 5
FLOOR = "Textual hello world"


class Idle:
    """The wizard's first screen and the health screen of a quiet bond, left alone."""

    rows = (
        Row("wizard, left alone", "B/s", FLOOR, "0 B/s"),
        Row("wizard, left alone, processor", "%", FLOOR, "<= 0.2 %"),
        Row("health, nothing changes", "B/s", FLOOR, "0 B/s"),
        Row("health, nothing changes, processor", "%", FLOOR, "<= 0.2 %"),
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """All three in turn."""
        found = []
        with demo_with_bond() as host:
            for _ in range(repeats):
                wizard = _rest((*XENBOND, "demo"), "Set up")
                hello = _rest(HELLO, "Hello world")
                health = _rest((*XENBOND, "demo", "--dir", str(host)), "HEALTHY")
                found.append([*zip(wizard, hello, strict=True), *zip(health, hello, strict=True)])
        return found


def _rest(argv: tuple[str, ...], text: str) -> tuple[float, float]:
    with on_terminal(argv) as app:
        app.wait_for(text)
        app.settle(1.2, timeout=5)
        cpu = app.cpu_seconds
        sent = app.listen(SECONDS)
        return sent / SECONDS, (app.cpu_seconds - cpu) / SECONDS * 100
