"""How this program is started: the one place that knows. And what it consists of when it is.

-I everywhere: neither the directory it is started in nor a PYTHON variable can put something in
place of our modules, and packages in somebody's home directory are not seen.
"""

import os
import subprocess

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.interpreter import interpreter
from xenbond_tui.host.runner import ENVIRONMENT
from xenbond_tui.value import dataclass

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
    """What is run when `own_argv` is: absolute paths, links not resolved."""

    path: tuple[str, ...]
    """Directories (and archives) that modules are taken from."""
    files: tuple[str, ...]
    """The interpreter, what the kernel maps with it, the launcher, the environment's own file."""
    packages: tuple[str, ...]
    """Directories of our packages and files."""


def own_argv(*words: str, module: str = "xenbond_tui") -> tuple[str, ...]:
    """The command line that runs this very program with `words`, by an absolute path."""
    return (interpreter(), "-I", "-m", module, *words)


def parts() -> Parts:
    """What would be run, as the interpreter itself says when it is started like that.

    Raises:
        XenbondError: it can't be started, or does not find this program.
    """
    import json

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
    if len(packages) != 2:
        raise XenbondError(f"{interpreter} -I does not find xenbond")
    launcher = f"{os.path.dirname(interpreter)}/xenbond"
    beside = (launcher, f"{prefix}/pyvenv.cfg", *(f"{os.path.dirname(packages[0])}/assets",))
    files = (interpreter, *mapped, *(name for name in beside if os.path.lexists(name)))
    return Parts(path, files, packages)
