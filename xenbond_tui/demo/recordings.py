"""The recorded machines, and how one is laid out in a directory. Quick to import."""

import shutil
from pathlib import Path

from xenbond_tui.demo.ours import make_ours
from xenbond_tui.demo.render import render
from xenbond_tui.demo.state import StateFile, from_recording
from xenbond_tui.errors import UsageError
from xenbond_tui.shipped import asset

DEFAULT = "debian12-dom0"
STATE = "demo-kernel.json"
"""The file, at the top of a demo host's directory, that holds its kernel."""


def recordings() -> dict[str, str]:
    """Name → title of every recorded machine."""
    found = {}
    for path in sorted(asset("demo").glob("*/machine.json")):
        found[path.parent.name] = from_recording(path.read_text(encoding="utf-8")).title
    return found


def has_demo(directory: str) -> bool:
    """Was a demo host unpacked there?"""
    return Path(directory, STATE).is_file()


def unpack(name: str, directory: str) -> None:
    """Lay a recorded machine out in an empty or new directory.

    Raises:
        UsageError: there is no such recording, the directory holds something already, or it is
            one that somebody else could exchange.
    """
    source = asset("demo", name)
    if name not in {path.parent.name for path in asset("demo").glob("*/machine.json")}:
        raise UsageError(f"--host {name}: no such demo host. There are: {', '.join(recordings())}.")
    make_ours(directory)
    target = Path(directory)
    if any(target.iterdir()):
        raise UsageError(f"--dir {directory}: not empty; name an empty or a new directory.")
    shutil.copytree(source / "tree", target, dirs_exist_ok=True)
    state = from_recording((source / "machine.json").read_text(encoding="utf-8"))
    for path in state.present:
        placeholder = target / path.lstrip("/")
        placeholder.parent.mkdir(parents=True, exist_ok=True)
        placeholder.touch()
    StateFile(str(target / STATE)).save(state)
    render(state, target)
