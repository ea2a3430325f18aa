"""The kernels a guest can run: user-mode Linux of a Debian release, one row each.

Each is fetched from its own release together with that release's C library, and runs with it: no
kernel depends on which Debian the machine itself has.
"""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import archive
from tests.lab.cache import LAB, lock, remove
from tests.lab.errors import NoLab

_SHIM = Path(__file__).parent / "uml-xstate.c"


@dataclass(frozen=True, slots=True)
class Kernel:
    """A row of `KERNELS`."""

    name: str
    """As in `make lab KERNEL=7`: the version, as far as it tells kernels apart here."""
    suite: str
    """The Debian release that has it."""
    arguments: tuple[str, ...] = ()
    """More words for its command line."""
    mount_api: bool = True
    """hostfs is mounted by fsconfig(2) and wants `hostfs=PATH`; before Linux 6.9 a bare path."""
    state_completed: bool = True
    """Whether its ptrace(2) calls go through `uml-xstate.c`; Linux 6.13 and later need not."""

    def __str__(self) -> str:
        return self.name

    def option(self, path: Path | str) -> str:
        """The mount option that names a folder of the host."""
        return f"hostfs={path}" if self.mount_api else str(path)


KERNELS = {
    row.name: row
    for row in (
        Kernel("6.1", "bookworm", mount_api=False),
        Kernel("6.12", "trixie"),
        # Since Linux 6.16 a guest's system calls can be caught by seccomp(2), not ptrace(2) alone.
        Kernel("7", "sid", arguments=("seccomp=auto",), state_completed=False),
    )
}


@dataclass(frozen=True, slots=True)
class Made:
    """A kernel as it lies in `.lab/`."""

    row: Kernel
    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "linux"

    @property
    def modules(self) -> Path:
        """A folder with one folder of modules, named by the version."""
        return self.folder / "modules"

    @property
    def version(self) -> str:
        """As `uname -r` has it."""
        return next(self.modules.iterdir()).name

    def environment(self) -> dict[str, str]:
        """What the program has to be started with."""
        return {"LD_PRELOAD": str(self.folder / "xstate.so")} if self.row.state_completed else {}


def ready(row: Kernel) -> Made:
    """That kernel, fetched when it is not there: 45 MB from the mirror, 15 s.

    Raises:
        NoLab: a tool is missing, or the packages can't be had.
    """
    recipe = f"{row} {_SHIM.read_text()}".encode()
    made = Made(row, LAB / f"kernel-{row.name}-{hashlib.sha256(recipe).hexdigest()[:12]}")
    with lock(f"kernel-{row.name}"):
        if not made.folder.is_dir():
            for old in LAB.glob(f"kernel-{row.name}-*"):
                remove(old)
            part = made.folder.with_name(f"{made.folder.name}.part")
            remove(part)
            _make(Made(row, part), made.folder)
            part.rename(made.folder)
    return made


def _make(made: Made, home: Path) -> None:
    """Make it in `made.folder`, to be used from `home`."""
    for tool in ("patchelf", "depmod", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NoLab(f"{tool} is not installed; `make lab-deps` installs what the lab needs")
    unpacked = made.folder / "unpacked"
    unpacked.mkdir(parents=True)
    archive.unpack(made.row.suite, unpacked, "user-mode-linux", "libc6")
    library = next(path for path in unpacked.rglob("libc.so.6")).parent
    loader = next(path for path in library.glob("ld-linux-x86-64.so.2"))
    (made.folder / "lib").mkdir()
    for path in (library / "libc.so.6", loader):
        shutil.copy2(path, made.folder / "lib" / path.name)
    shutil.copy2(unpacked / "usr/bin/linux.uml", made.program)
    # Through the loader by hand it would not find itself again: it executes itself once more.
    _run(
        *("patchelf", "--set-interpreter", str(home / "lib" / loader.name)),
        *("--set-rpath", str(home / "lib"), str(made.program)),
    )
    shutil.move(unpacked / "usr/lib/uml/modules", made.modules)
    for version in made.modules.iterdir():
        _depmod(made.folder, version)
    remove(unpacked)
    if made.row.state_completed:
        compiler = next((name for name in ("cc", "gcc", "tcc") if shutil.which(name)), None)
        if compiler is None:
            raise NoLab("no C compiler is installed; `make lab-deps` installs what the lab needs")
        build_preloaded(compiler, _SHIM, made.folder / "xstate.so")


def build_preloaded(compiler: str, source: Path, library: Path) -> None:
    """Build a library of ours that is loaded before a kernel's own.

    Raises:
        NoLab: the compiler failed.
    """
    flags = ("-O2", "-shared", "-fPIC", "-nostdlib")
    _run(compiler, *flags, "-o", str(library), str(source))


def _depmod(folder: Path, version: Path) -> None:
    """Make the lists by which modprobe finds modules, as the package does when it is installed."""
    tree = folder / "tree"
    (tree / "lib").mkdir(parents=True)
    (tree / "lib/modules").symlink_to(version.parent)
    _run("depmod", "-b", str(tree), version.name)
    shutil.rmtree(tree)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoLab(f"{argv[0]} failed: {done.stderr.strip()[-300:]}")
