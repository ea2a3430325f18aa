"""xenbond as the guest runs it: a virtual environment made of the work tree and what it declares.

Only the distributions that xenbond's own metadata asks for go in, so a dependency that is used
but not declared fails here. Everything is pure Python: no wheel is built, nothing is downloaded.
"""

import hashlib
import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tests.lab.cache import LAB, REPO, lock, remove
from tests.lab.errors import NoLab
from xenbond_tui import __version__


def install(share: Path, root: Path) -> None:
    """Make `share/installed/opt/xenbond`, which the guest has as /opt/xenbond on its own disk.

    The code is a copy of the work tree as it is now: edits made while a guest runs don't reach it.
    """
    python = (root / "usr/bin/python3").readlink().name
    place = share / "installed" / "opt" / "xenbond"
    site = place / "lib" / python / "site-packages"
    shutil.copytree(_dependencies(root, python), site, copy_function=os.link)
    for package in ("xenbond_tui", "screens"):
        copied = site / package
        shutil.copytree(REPO / package, copied, ignore=shutil.ignore_patterns("__pycache__"))
        if package == "xenbond_tui" and (REPO / "assets").is_dir():
            shutil.copytree(REPO / "assets", copied / "assets")
        _compile(root, copied)
    binaries = place / "bin"
    binaries.mkdir()
    (binaries / "python").symlink_to("/usr/bin/python3")
    launcher = binaries / "xenbond"
    one_file = os.environ.get("XENBOND_LAB_RUNS") == "one-file"
    shutil.copy(_one_file() if one_file else REPO / "assets" / "bin" / "xenbond", launcher)
    launcher.chmod(0o755)
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")


def _one_file() -> Path:
    """What `make one-file` built, for guests that shall run that."""
    found = REPO / "dist" / f"xenbond-{__version__}-x86_64"
    if not found.exists():
        raise NoLab(f"{found} is not there; `make one-file` builds it")
    return found


def _dependencies(root: Path, python: str) -> Path:
    """Where the dependencies are kept on this machine, copied again when a version changed."""
    wanted = _closure()
    key = hashlib.sha256(str(sorted(wanted.items())).encode()).hexdigest()[:12]
    target = LAB / f"deps-{python}-{key}"
    with lock(f"deps-{python}"):
        if target.is_dir():
            return target
        for old in LAB.glob(f"deps-{python}-*"):
            remove(old)
        part = target.with_name(f"{target.name}.part")
        part.mkdir()
        for name in wanted:
            _copy(metadata.distribution(name), part)
        _compile(root, part)
        part.rename(target)
    return target


def _copy(distribution: metadata.Distribution, target: Path) -> None:
    for file in distribution.files or ():
        if ".." in file.parts or file.suffix == ".pyc":
            continue
        if file.suffix == ".so":
            raise NoLab(f"{distribution.name} is not pure Python: {file}")
        where = target / file
        where.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(file.locate()), where)


def _closure() -> dict[str, str]:
    """Distribution and version of all that xenbond's metadata asks for, itself left out."""
    found: dict[str, str] = {}
    walked: set[str] = set()

    def walk(requirement: Requirement) -> None:
        distribution = metadata.distribution(requirement.name)
        found[requirement.name] = distribution.version
        for text in distribution.requires or ():
            needed = Requirement(text)
            extras = requirement.extras or {""}
            applies = needed.marker is None or any(
                needed.marker.evaluate({"extra": e}) for e in extras
            )
            if applies and str(needed) not in walked:
                walked.add(str(needed))
                walk(needed)

    walk(Requirement("xenbond"))
    del found["xenbond"]
    return found


def _compile(root: Path, folder: Path) -> None:
    """Compile with the guest's Python, so that no test waits for it.

    The folder is bound into the guest's root in a mount namespace that ends with the command.
    """
    script = 'mount --bind "$1" "$2/mnt" && exec chroot "$2" python3 -I -m compileall -q /mnt'
    # A file that does not compile is reported where it is imported.
    subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(folder), str(root)],
        check=False,
        capture_output=True,
    )
