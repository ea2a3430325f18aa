"""Where the shipped data files are: inside the installed package, or beside it in a work tree."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def asset(*parts: str) -> Path:
    """Path of a file or directory under assets/."""
    installed = _PACKAGE / "assets"
    base = installed if installed.is_dir() else _PACKAGE.parent / "assets"
    return base.joinpath(*parts)
