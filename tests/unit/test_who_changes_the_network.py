"""Who only looks at the network has nothing to change it by."""

import re
from pathlib import Path

import xenbond_tui

ROOT = Path(xenbond_tui.__file__).parent.parent
WRITERS = {
    "apply/steps.py",
    "apply/worker.py",
    "drill/restore.py",
    "drill/rounds.py",
    "health/announcer.py",
}


def test_only_these_modules_ask_for_what_changes_the_network() -> None:
    """`Machine.kernel` is a KernelReader: mypy refuses a change through it."""
    sources = [*ROOT.glob("xenbond_tui/**/*.py"), *ROOT.glob("screens/*.py")]
    asking = {
        str(path.relative_to(ROOT)).removeprefix("xenbond_tui/")
        for path in sources
        if re.search(r"machine\.writer\b", path.read_text())
    }
    assert asking == WRITERS
