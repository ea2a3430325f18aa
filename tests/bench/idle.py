"""When nothing changes nothing should happen."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from tests.bench.programs import HELLO, XENBOND, at_once, demo_with_bond, on_terminal
from tests.bench.table import Pair, Row
from tests.terminal.pty_app import PtyApp

SECONDS = 4
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
        """All three at once, each started once and looked at again and again."""
        found = []
        with demo_with_bond() as host, ExitStack() as open_apps:
            apps = [
                open_apps.enter_context(on_terminal(argv))
                for argv in ((*XENBOND, "demo"), HELLO, (*XENBOND, "demo", "--dir", str(host)))
            ]
            for app, text in zip(apps, ("Set up", "Hello world", "HEALTHY"), strict=True):
                app.wait_for(text)
            at_once([partial(app.settle, 1.2, timeout=5) for app in apps])
            for _ in range(repeats):
                wizard, hello, health = at_once([partial(_rest, app) for app in apps])
                found.append([*zip(wizard, hello, strict=True), *zip(health, hello, strict=True)])
        return found


def _rest(app: PtyApp) -> tuple[float, float]:
    cpu = app.cpu_seconds
    sent = app.listen(SECONDS)
    return sent / SECONDS, (app.cpu_seconds - cpu) / SECONDS * 100
