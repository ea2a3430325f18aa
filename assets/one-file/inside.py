"""What is inside the one file: each part's version and licence, as a text and as CycloneDX JSON."""

import json
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).resolve().parent
DISTRIBUTIONS = ("textual", "rich", "pyroute2", "ruamel.yaml", "platformdirs", "typing-extensions")
"""Of Python's packages; a test compares them with what is in the zip."""
SOURCES = {
    "python3.13": ("Python", "PSF-2.0", ("python", "python-incorporated")),
    "xz-utils": ("liblzma", "0BSD", ("liblzma",)),
    "zlib": ("zlib", "Zlib", ("zlib",)),
}
"""Debian's source package → name, licence, and the texts that `interpreter.sh` has kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the works that the file is made of."""

    name: str
    version: str
    licence: str
    """As SPDX writes it."""
    origin: str
    """A package URL."""
    text: str
    digest: str = ""
    """SHA-256 of the archive it was made from, where there is one."""


def parts(made: Path, repo: Path, version: str) -> list[Part]:
    """All of them, xenbond first.

    Args:
        made: what `build.interpreter` made.
        repo: the work tree.
        version: xenbond's.
    """
    ours = (repo / "LICENSE").read_text()
    found = [Part("xenbond", version, "Apache-2.0", f"pkg:generic/xenbond@{version}", ours)]
    for line in (HERE / "sources.txt").read_text().splitlines()[1:]:
        package, archive, digest = line.split()
        name, licence, files = SOURCES[package]
        upstream = re.sub(r"^[^_]*_(.*)\.orig\.tar\.[a-z0-9]+$", r"\1", archive)
        text = "\n".join((made / "licences" / file).read_text() for file in files)
        origin = f"pkg:deb/debian/{package}@{upstream}?arch=source"
        found.append(Part(name, upstream, licence, origin, text, digest))
    return found + _compiled_in(made) + [_distribution(name) for name in DISTRIBUTIONS]


def _compiled_in(made: Path) -> list[Part]:
    """What the compiler brings: a C library, and with Zig some functions of its own."""
    texts = made / "licences"
    if not (texts / "zig").exists():
        query = ("dpkg-query", "--show", "--showformat=${Version}", "musl-dev")
        musl = subprocess.run(query, capture_output=True, text=True, check=True).stdout
        origin = f"pkg:deb/debian/musl@{musl}?arch=amd64"
        return [Part("musl", musl, "MIT", origin, (HERE / "musl.txt").read_text())]
    (zig,) = re.findall(r"^ziglang==(\S+)", (HERE / "zig.txt").read_text(), re.MULTILINE)
    musl = (texts / "musl-version.h").read_text().split('"')[1]
    origin = f"pkg:pypi/ziglang@{zig}"
    return [
        Part("musl", musl, "MIT", f"{origin}#lib/libc/musl", (texts / "musl").read_text()),
        Part("Zig", zig, "MIT", origin, (texts / "zig").read_text()),
    ]


def _distribution(name: str) -> Part:
    known = distribution(name)
    licence = known.metadata["License-Expression"] or known.metadata["License"]
    # Of two licences to choose from it is ours.
    texts = [
        path.read_text()
        for path in known.files or ()
        if "licenses" in path.parts and "GPL" not in path.name
    ]
    if not texts:
        raise FileNotFoundError(f"{name} has no text of its licence")
    origin = f"pkg:pypi/{name}@{known.version}"
    return Part(known.metadata["Name"], known.version, licence, origin, "\n".join(texts))


def as_text(found: list[Part]) -> str:
    """For people: what is inside, then every licence in full."""
    rows = [f"{part.name:<18} {part.version:<20} {part.licence}" for part in found]
    full = [f"{'=' * 72}\n{part.name} {part.version}\n\n{part.text.strip()}\n" for part in found]
    return "\n".join(("What is inside this file, and under which licence:", "", *rows, "", *full))


def as_cyclonedx(found: list[Part], digest: str) -> str:
    """For programs: CycloneDX 1.5 (ECMA-424). `digest` is the one file's SHA-256."""
    application, *libraries = [
        {
            "type": "library",
            "bom-ref": part.origin,
            "name": part.name,
            "version": part.version,
            "purl": part.origin,
            "licenses": [{"expression": part.licence}],
        }
        | ({"hashes": [{"alg": "SHA-256", "content": part.digest}]} if part.digest else {})
        for part in found
    ]
    application |= {"type": "application", "hashes": [{"alg": "SHA-256", "content": digest}]}
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": application},
        "components": libraries,
    }
    return json.dumps(bom, indent=2) + "\n"
