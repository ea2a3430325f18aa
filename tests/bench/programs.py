"""The programs that are measured, and the terminal they run on."""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tests.terminal.pty_app import PtyApp
from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.apply.begin import begin
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.waiting import confirm
from xenbond_tui.commands.demo import DEFAULT
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack

XENBOND = (sys.executable, "-I", "-m", "xenbond_tui")
HELLO = (
    *(sys.executable, "-I", "-c"),
    "from textual.app import App\n"
    "from textual.widgets import Static\n"
    "class Hello(App):\n"
    "    def compose(self):\n"
    "        yield Static('Hello world')\n"
    "Hello().run(mouse=False)\n",
)
T = TypeVar("T")
_TWICE = (
    "import sys, time\n"
    "from xenbond_tui.cli import run\n"
    "run(sys.argv[1:])\n"
    "began = time.perf_counter()\n"
    "run(sys.argv[1:])\n"
    "sys.__stderr__.write(f'{(time.perf_counter() - began) * 1000}')\n"
)
EVERYTHING = {"XENBOND_FULL_REDRAW": "1"}
"""What makes xenbond write to the terminal as Textual's own driver does."""
ENV = {"PATH": os.environ.get("PATH", ""), "TERM": "xterm-256color", "LANG": "C.UTF-8"}


def machine() -> str:
    """Processor, how many, kernel, Python, and how busy it was in the last minutes."""
    cpus = Path("/proc/cpuinfo").read_text().splitlines()
    models = {row.partition(":")[2].strip() for row in cpus if row.startswith("model name")}
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} x {' and '.join(sorted(models)) or platform.machine()}, "
        f"Linux {platform.release()}, Python {platform.python_version()}; load {load}"
    )


def took(argv: Sequence[str]) -> float:
    """Milliseconds of a whole process; whatever it exits with."""
    began = time.perf_counter()
    subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def took_inside(*command: str) -> float:
    """Milliseconds of one command of ours in a process that has carried it out once before.

    What is left is the work itself, without the interpreter's start and what is loaded.
    """
    argv = (sys.executable, "-I", "-c", _TWICE, *command)
    done = subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return float(done.stderr.split()[-1])


def at_once(calls: Sequence[Callable[[], T]], most: int = 8) -> list[T]:
    """What each gives, in order, so many at a time.

    For what waits, or counts bytes: never for what is timed against the clock.
    """
    with ThreadPoolExecutor(most) as pool:
        return [*pool.map(lambda call: call(), calls)]


def on_terminal(argv: tuple[str, ...], extra: dict[str, str] | None = None) -> PtyApp:
    """A program on an 80x24 terminal of 256 colours."""
    return PtyApp(argv, ENV | (extra or {}))


@contextmanager
def demo_with_bond() -> Iterator[Path]:
    """A demo host on which bond0 runs under xenbr0."""
    with tempfile.TemporaryDirectory(prefix="xenbond-bench-") as scratch:
        unpack(DEFAULT, scratch)
        machine = open_demo(scratch)
        facts = planner.read_host(machine)
        answers = planner.prefill(facts)
        answers = replace(answers, bond=replace(answers.bond, slaves=("eth0", "eth1")))
        plan = planner.propose(facts, SetUp(answers)).plan
        if plan is None:
            raise RuntimeError("the demo host refuses eth0 and eth1")
        change = begin(machine, plan)
        end = time.monotonic() + 30
        while Store(machine).record(change).state != "active":
            if time.monotonic() > end:
                raise RuntimeError("the demo's change did not become active within 30 s")
            time.sleep(0.05)
        confirm(machine)
        yield Path(scratch)
