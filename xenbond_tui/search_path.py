"""Where modules are looked for: where they are installed, whatever the caller's directory holds.

The installed launcher and everything xenbond starts itself run Python with -I and need none of
this. `python -m xenbond_tui` looks into the current directory first, and with PYTHONPATH elsewhere.
"""

import os
import sys


def open_standard_streams() -> None:
    """What is closed of 0, 1 and 2 becomes /dev/null, as daemons do; before we open anything.

    Else a file of ours gets the number, and what is printed would go into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, which is this one.
            opened = os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            os.set_inheritable(opened, True)
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def only_installed() -> None:
    """Take those places off the path again; call it before anything but `sys` is imported.

    What the interpreter itself has imported from PYTHONPATH or PYTHONHOME before our first line
    can't be undone.
    """
    if sys.flags.isolated:
        return
    # Both are imported already, by the interpreter's start.
    import site

    installed = {os.path.realpath(name) for name in site.getsitepackages()}
    # The first one is the current directory, or the script's.
    given = {_real(sys.path[0] if sys.path else ""), _real("")}
    for name in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        given.add(_real(name))
    given -= installed
    own = os.path.dirname(os.path.dirname(_real(__file__)))
    sys.path[:] = [name for name in sys.path if _real(name) not in given]
    if own not in map(_real, sys.path):
        # A work tree that is not installed: before what is installed, after Python's own modules.
        at = (i for i, name in enumerate(sys.path) if _real(name) in installed)
        sys.path.insert(next(at, len(sys.path)), own)


def _real(name: str) -> str:
    try:
        return os.path.realpath(name)
    except OSError:
        # Relative to a current directory that is gone: no module is found there.
        return ""
