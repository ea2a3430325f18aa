"""The embedded host: a recorded machine in a scratch directory, behind the same doors."""

import shutil
from pathlib import Path

from xenbond_tui.apply.launch import ForkLauncher
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.render import render
from xenbond_tui.demo.runner import DemoRunner
from xenbond_tui.demo.state import StateFile, from_recording
from xenbond_tui.errors import UsageError
from xenbond_tui.host.clock import SystemClock
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import asset

DEFAULT = "debian12-dom0"
_STATE = "demo-kernel.json"


def recordings() -> dict[str, str]:
    """Name → title of every recorded machine."""
    found = {}
    for path in sorted(asset("demo").glob("*/machine.json")):
        found[path.parent.name] = from_recording(path.read_text(encoding="utf-8")).title
    return found


def unpack(name: str, directory: str) -> None:
    """Lay a recorded machine out in an empty or new directory.

    Raises:
        UsageError: there is no such recording, or the directory holds something already.
    """
    source = asset("demo", name)
    if "/" in name or not (source / "machine.json").is_file():
        raise UsageError(f"--host {name}: no such demo host. There are: {', '.join(recordings())}.")
    target = Path(directory)
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"--dir {directory}: not empty; name an empty or a new directory.")
    shutil.copytree(source / "tree", target, dirs_exist_ok=True)
    recording = (source / "machine.json").read_text(encoding="utf-8")
    state = from_recording(recording)
    for path in state.present:
        placeholder = target / path.lstrip("/")
        placeholder.parent.mkdir(parents=True, exist_ok=True)
        placeholder.touch()
    StateFile(str(target / _STATE)).save(state)
    render(state, target)


def has_demo(directory: str) -> bool:
    """Was a demo host unpacked there?"""
    return Path(directory, _STATE).is_file()


def open_demo(directory: str) -> Machine:
    """The demo host in that directory, for the screens and for the detached worker alike.

    Raises:
        UsageError: no demo host was unpacked there.
    """
    root = str(Path(directory).resolve())
    state_file = StateFile(f"{root}/{_STATE}")
    if not has_demo(root):
        raise UsageError(f"{directory}: no demo host; `xenbond demo --dir {directory}` makes one.")
    kernel = DemoKernel(root)
    runner = DemoRunner(kernel)
    machine = Machine(
        spec=f"demo:{root}",
        root=root,
        tree=RootedTree(root),
        kernel=kernel,
        runner=runner,
        clock=SystemClock(),
        launcher=ForkLauncher(),
        environ={"SSH_CONNECTION": state_file.load().ssh},
    )
    runner.machine = machine
    return machine
