"""`make one-file`: xenbond and its interpreter as one file that needs nothing but Linux.

The interpreter is made once, from the sources that `sources.txt` pins, and kept where the lab keeps
what it makes. `pack.py` puts the modules behind it. `build.py MACHINE FILE` writes it elsewhere.
Whatever machine it is for, it is made on x86_64.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

import inside

from tests.lab import archive
from tests.lab.cache import LAB, REPO, lock
from tests.lab.errors import NoLab
from xenbond_tui import __version__

HERE = Path(__file__).resolve().parent
MADE_BY = ("sources.txt", "interpreter.sh", "zipimport.patch", "main.c")
SUITE = "trixie"
LIBRARY = "lib/python3.13"
MACHINES = ("x86_64", "aarch64")
AARCH64, ZIG = HERE / "aarch64.sh", HERE / "zig.txt"


def interpreter() -> Path:
    """The folder for x86_64: the program `xenbond`, `python` that packs, its `lib`, `licences`."""
    said = subprocess.run(("musl-gcc", "--version"), capture_output=True, check=True).stdout
    digest = hashlib.sha256(said)
    library = ("musl-gcc", "-print-file-name=libc.a")
    said = subprocess.run(library, capture_output=True, check=True, text=True).stdout
    digest.update(Path(said.strip()).read_bytes())
    for name in MADE_BY:
        digest.update((HERE / name).read_bytes())
    return _once(LAB / f"one-file-{digest.hexdigest()[:12]}", None)


def for_aarch64(native: Path) -> Path:
    """Its folder: `xenbond` and `licences`. `native` is that for x86_64, its `python` is used."""
    digest = hashlib.sha256(native.name.encode() + AARCH64.read_bytes() + ZIG.read_bytes())
    return _once(LAB / f"one-file-aarch64-{digest.hexdigest()[:12]}", native)


def _once(target: Path, native: Path | None) -> Path:
    """What is kept, made when it is not there: for x86_64 with `native` None, else for aarch64."""
    if target.is_dir():
        return target
    with lock("one-file"):
        if target.is_dir():
            return target
        part = Path(tempfile.mkdtemp(prefix="one-file-", dir=LAB))
        try:
            _make(part, native)
            (part / "made").rename(target)
        finally:
            shutil.rmtree(part)
    return target


def _make(part: Path, native: Path | None) -> None:
    pins = [line.split() for line in (HERE / "sources.txt").read_text().splitlines()[1:]]
    sources = part / "sources"
    sources.mkdir()
    archive.upstream(SUITE, sources, *(package for package, _, _ in pins))
    for _, name, wanted in pins:
        found = hashlib.sha256((sources / name).read_bytes()).hexdigest()
        if found != wanted:
            raise NoLab(f"{name} has SHA-256 {found}, not the one in {HERE / 'sources.txt'}")
    sys.stdout.write("making the interpreter, some five minutes of one processor\n")
    sys.stdout.flush()
    argv: tuple[str | Path, ...] = (HERE / "interpreter.sh", sources, part / "build")
    if native is not None:
        pip = (sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check")
        options = ("--no-deps", "--no-compile", "--require-hashes", "--target", part / "zig")
        subprocess.run((*pip, *options, "-r", ZIG), check=True)
        argv = (AARCH64, *argv[1:], part / "zig/ziglang/zig", native / "python")
    try:
        subprocess.run(("sh", *argv), check=True)
    except subprocess.CalledProcessError:
        logs = sorted((part / "build").glob("*.log"), key=lambda log: log.stat().st_mtime_ns)
        for log in logs[-1:]:
            lines = log.read_text(errors="replace").splitlines()
            sys.stderr.write("\n".join((f"{log.name} ends:", *lines[-40:], "")))
        raise
    made = part / "made"
    made.mkdir()
    shutil.copy(part / "build/xenbond", made)
    shutil.copytree(part / "build/licences", made / "licences")
    if native is not None:
        return
    shutil.copy(part / "build/python/python", made)
    library = made / LIBRARY
    shutil.copytree(part / "build/python/Lib", library, ignore=shutil.ignore_patterns("test"))
    # Without it the interpreter complains at each start.
    (library / "lib-dynload").mkdir()


def main(machine: str = "x86_64", file: str = "") -> None:
    """Build, and say what was built."""
    if machine not in MACHINES:
        sys.exit(f"make one-file: ARCH={machine} is none of {', '.join(MACHINES)}")
    os.umask(0o022)
    out = Path(file or REPO / "dist" / f"xenbond-{__version__}-{machine}")
    try:
        native = interpreter()
        made = native if machine == "x86_64" else for_aarch64(native)
    except (NoLab, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"make one-file: {error}")
    site = Path(str(distribution("textual").locate_file("")))
    out.parent.mkdir(exist_ok=True)
    part = out.with_name(f"{out.name}.part")
    # Not -I: sets in byte code are in the order of their hashes, which the variable makes the same.
    # And nothing depends on which modules were compiled by a run before this one.
    # Which column of a line an instruction is from is a tenth of the byte code, and never shown.
    argv = (native / "python", "-PBsS", "-Xpycache_prefix=/dev/null", "-Xno_debug_ranges")
    argv = (*argv, HERE / "pack.py")
    argv = (*argv, made / "xenbond", native / LIBRARY)
    found = inside.parts(made, REPO, __version__)
    licences = out.with_name(f"{out.name}.licences.txt")
    licences.write_text(inside.as_text(found))
    environment = {"PYTHONHASHSEED": "0"}
    subprocess.run((*argv, site, REPO, licences, part), check=True, env=environment)
    part.rename(out)
    data = out.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    out.with_name(f"{out.name}.cdx.json").write_text(inside.as_cyclonedx(found, digest))
    sys.stdout.write(f"{out}: {len(data) / 1e6:.1f} MB, SHA-256 {digest}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
