"""The shipped data files: beside the modules, in directories or a zip; in a work tree not all."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def asset(*parts: str) -> "Traversable":
    """A file or directory under assets/."""
    from importlib.resources import files

    installed = files("xenbond_tui").joinpath("assets")
    base = installed if installed.is_dir() else Path(__file__).resolve().parents[1] / "assets"
    return base.joinpath(*parts)


def style(name: str) -> str:
    """What `screens/NAME.tcss` says."""
    # Not `importlib.resources`: its import is 5 % of the time until the first text is seen.
    from pkgutil import get_data

    return (get_data("screens", f"{name}.tcss") or b"").decode()
