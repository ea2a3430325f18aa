"""Where modules are looked for: where they are installed, whatever the caller's directory holds.

The installed launcher and everything xenbond starts itself run Python with -I and need none of
this. `python -m xenbond_tui` looks into the current directory first, and with PYTHONPATH elsewhere.
"""

import os
import sys


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
    given = {os.path.realpath(name) for name in (sys.path[0] if sys.path else "", os.getcwd())}
    for name in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        given.add(os.path.realpath(name))
    given -= installed
    own = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    sys.path[:] = [name for name in sys.path if os.path.realpath(name) not in given]
    if own not in map(os.path.realpath, sys.path):
        # A work tree that is not installed: before what is installed, after Python's own modules.
        at = (i for i, name in enumerate(sys.path) if os.path.realpath(name) in installed)
        sys.path.insert(next(at, len(sys.path)), own)
