"""Examples and test data of Debian's network stacks, fetched once and kept in `.lab/`."""

import hashlib
import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from re import Pattern

from tests.lab import archive
from tests.lab.cache import LAB, lock, remove

PACKAGES: Mapping[str, Pattern[str]] = {
    "ifupdown": re.compile(
        r"examples/(bridge|network-interfaces|pattern-matching)|tests/linux/testcase\..*"
    ),
    "ifupdown2": re.compile(r"docs/examples/(?!.*\.(py|rst)$).*"),
    "netplan.io": re.compile(r"examples/.*\.yaml|tests/ctests/fixtures/.*|tests/.*\.py"),
    "network-manager": re.compile(
        r"src/core/settings/plugins/(keyfile/tests/keyfiles|ifcfg-rh/tests/network-scripts)/.*"
    ),
    "systemd": re.compile(
        r"network/.*\.(network|netdev)(\.example)?"
        r"|test/(test-network/conf|test-network-generator-conversion)/.*\.(network|netdev|conf)"
        r"|test/fuzz/fuzz-(network|netdev)-parser/.*"
    ),
}
"""Source package → its files that say how a network is configured.

No package of Debian's has files of Red Hat's network-scripts but NetworkManager, whose tests do.
"""
OF: Mapping[str, str] = {
    "ifcfg": "network-manager",
    "ifupdown": "ifupdown",
    "ifupdown2": "ifupdown2",
    "netplan": "netplan.io",
    "networkd": "systemd",
    "networkmanager": "network-manager",
}
"""xenbond's name of a stack → the package whose files are hosts of it."""
_IN_PYTHON = re.compile(rb"'''(\s*network:\n.*?)'''", re.DOTALL)
"""netplan's tests have their YAML inside."""


def files(release: str, stack: str) -> dict[str, bytes]:
    """Path in the source → bytes, of the package that a stack's hosts are made of.

    Raises:
        NoSource: the mirror has it not.
        NoLab: it can't be had for another reason.
    """
    package = OF[stack]
    wanted = PACKAGES[package]
    recipe = f"{archive.sources(release)}{package} {wanted.pattern}"
    kind = f"corpus-{release}-{package}-"
    place = LAB / f"{kind}{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with lock(f"corpus-{release}-{package}"):
        if not place.is_dir():
            for old in LAB.glob(f"{kind}*"):
                remove(old)
            _keep(_fetched(release, package, wanted), place)
    found = {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
    return dict(_taken_out(found))


def _fetched(release: str, package: str, wanted: Pattern[str]) -> dict[str, bytes]:
    """Path below the archive's own folder → bytes."""
    found = {}
    with tempfile.TemporaryDirectory() as work:
        archive.upstream(release, Path(work), package)
        for path in sorted(Path(work).iterdir()):
            with tarfile.open(path) as tar:
                for member in tar:
                    name = member.name.partition("/")[2]
                    if member.isfile() and wanted.fullmatch(name):
                        opened = tar.extractfile(member)
                        found[name] = b"" if opened is None else opened.read()
    return found


def _keep(found: Mapping[str, bytes], place: Path) -> None:
    part = place.with_name(f"{place.name}.part")
    remove(part)
    for path, data in found.items():
        kept = part / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
    part.rename(place)


def _taken_out(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for path, data in found.items():
        if not path.endswith(".py"):
            yield path, data
            continue
        for number, text in enumerate(_IN_PYTHON.findall(data), 1):
            yield f"{path}#{number}", text.lstrip(b"\n")
