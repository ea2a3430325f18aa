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
    from importlib.resources import files

    return files("screens").joinpath(f"{name}.tcss").read_text(encoding="utf-8")
