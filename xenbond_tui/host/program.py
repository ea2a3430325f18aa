"""How this program is started: the one place that knows. And what it consists of when it is.

It is packages that an interpreter finds (an installation, a virtual environment, a work tree), a
zip that an interpreter is given, or one file that is interpreter, zip and all. -I everywhere:
neither the directory it is started in nor a PYTHON variable can put something in place of our
modules, and packages in somebody's home directory are not seen. The one file has that built in.
"""

import os
import sys

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.runner import ENVIRONMENT
from xenbond_tui.value import dataclass

ONE_FILE = "/proc/self/exe"
"""Where the one file has its modules: the file that runs, wherever its path leads by now."""
KEPT = "/var/lib/xenbond/boot/xenbond"
"""The copy of the one file that is run at boot, in a directory that is root's alone."""

_ASK = """\
import importlib.util, json, sys
with open("/proc/self/maps") as maps:
    mapped = {line.split(None, 5)[5].rstrip("\\n") for line in maps if "/" in line}
found = {name: importlib.util.find_spec(name) for name in ("xenbond_tui", "screens")}
print(json.dumps({
    "path": sys.path,
    "prefix": sys.prefix,
    "mapped": sorted(name for name in mapped if name.startswith("/")),
    "packages": [found[name].submodule_search_locations[0] for name in found if found[name]],
}))
"""
_PATIENCE_S = 30.0
"""Seconds an interpreter may take to start on a slow host."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is run when `boot_argv` is: absolute paths, links not resolved."""

    path: tuple[str, ...]
    """Directories (and archives) that modules are taken from."""
    files: tuple[str, ...]
    """The interpreter, what the kernel maps with it, the launcher, the environment's own file."""
    packages: tuple[str, ...]
    """Directories of our packages and files."""


def archive() -> str:
    """The zip that our modules come from; "" where they are files."""
    return getattr(__spec__.loader, "archive", "")


def own_argv(*words: str) -> tuple[str, ...]:
    """The command line that runs this very program with `words`, by an absolute path.

    Links are not resolved: a virtual environment is found by its link.

    Raises:
        XenbondError: the one file is at its path no longer.
    """
    program = os.path.abspath(sys.executable)
    if archive() == ONE_FILE:
        if not (os.path.exists(program) and os.path.samefile(program, ONE_FILE)):
            raise XenbondError(f"{program} was moved or replaced while it ran; start it again.")
        return (program, *words)
    return (program, "-I", *((archive(),) if archive() else ("-m", "xenbond_tui")), *words)


def boot_argv(*words: str) -> tuple[str, ...]:
    """The same for when the host boots."""
    return (KEPT, *words) if archive() == ONE_FILE else own_argv(*words)


def parts() -> Parts:
    """What would be run, as the interpreter itself says when it is started like that.

    Raises:
        XenbondError: it can't be started, or does not find this program.
    """
    import json
    import subprocess

    if archive() == ONE_FILE:
        return Parts((), (KEPT,), ())
    interpreter = own_argv()[0]
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=ENVIRONMENT,
            cwd="/",
            timeout=_PATIENCE_S,
            check=True,
        )
        said = json.loads(done.stdout)
        path, packages = tuple(said["path"]), tuple(said["packages"])
        mapped, prefix = tuple(said["mapped"]), said["prefix"]
    except (OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
        raise XenbondError(f"{interpreter} can't be asked: {type(error).__name__}") from None
    if archive():
        return Parts(path, (interpreter, *mapped, archive()), ())
    if len(packages) != 2:
        raise XenbondError(f"{interpreter} -I does not find xenbond")
    launcher = f"{os.path.dirname(interpreter)}/xenbond"
    beside = (launcher, f"{prefix}/pyvenv.cfg", f"{os.path.dirname(packages[0])}/assets")
    files = (interpreter, *mapped, *(name for name in beside if os.path.lexists(name)))
    return Parts(path, files, packages)
