"""The recorded machines, and how one is laid out in a directory. Quick to import."""

from pathlib import Path
from typing import TYPE_CHECKING

from xenbond_tui.demo.ours import make_ours
from xenbond_tui.demo.render import render
from xenbond_tui.demo.state import StateFile, from_recording
from xenbond_tui.errors import UsageError, XenbondError
from xenbond_tui.shipped import asset

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

STATE = "demo-kernel.json"
"""The file, at the top of a demo host's directory, that holds its kernel."""


def recordings() -> dict[str, str]:
    """Name → title of every recorded machine.

    Raises:
        XenbondError: none was shipped.
    """
    found, shelf = {}, asset("demo")
    if not shelf.is_dir():
        raise XenbondError("The recorded hosts are missing. Install xenbond again.")
    for source in sorted(shelf.iterdir(), key=lambda item: item.name):
        text = source.joinpath("machine.json").read_text(encoding="utf-8")
        found[source.name] = from_recording(text).title
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
    if name not in recordings():
        raise UsageError(f"--host {name}: no such demo host. There are: {', '.join(recordings())}.")
    source = asset("demo", name)
    make_ours(directory)
    target = Path(directory)
    if any(target.iterdir()):
        raise UsageError(f"--dir {directory}: not empty; name an empty or a new directory.")
    _copy(source.joinpath("tree"), target)
    state = from_recording(source.joinpath("machine.json").read_text(encoding="utf-8"))
    for path in state.present:
        placeholder = target / path.lstrip("/")
        placeholder.parent.mkdir(parents=True, exist_ok=True)
        placeholder.touch()
    StateFile(str(target / STATE)).save(state)
    render(state, target)


def _copy(source: "Traversable", target: Path) -> None:
    """What is below a directory that is shipped, perhaps in a zip."""
    target.mkdir(exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())
