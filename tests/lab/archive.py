"""Debian's packages of any release, from the mirrors that this machine's apt names.

What is fetched is taken apart below `.lab/` and never installed. apt checks each file against the
archive's signature; it keeps its lists in a folder of ours, so the machine's own are not touched.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab.errors import NoLab, NoSource

ETC = Path("/etc")
POCKETS = ("", "-updates", "-security")
"""What is added to a release's name for the archives that belong to it."""


def sources(suite: str, etc: Path = ETC) -> str:
    """A sources.list for a release of Debian: the mirrors of this machine's own, that release.

    Only the release itself with its updates and security: other archives a machine may use
    (a tool's own, a database's) are none of the guest's business. sid has neither.

    Raises:
        NoLab: this machine is no Debian, or its apt names no mirror.
    """
    here = _codename(etc / "os-release")
    lines = []
    for options, uri, name in _entries(etc / "apt"):
        for pocket in POCKETS:
            if name == here + pocket and not (suite == "sid" and pocket):
                lines.append(f"deb {options}{uri} {suite}{pocket} main")
    if not lines:
        raise NoLab(f"no source of Debian {here} under {etc}/apt")
    return "\n".join(dict.fromkeys(lines)) + "\n"


def unpack(suite: str, into: Path, *packages: str) -> None:
    """Fetch packages of a release and take them apart into a folder.

    Raises:
        NoLab: they can't be had.
    """
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        apt = _Apt(folder, sources(suite))
        apt.run("apt-get", "-qq", "update")
        wanted = [apt.depends_on(name) if name.endswith("^") else name for name in packages]
        apt.run("apt-get", "-qq", "download", *wanted)
        for package in sorted(folder.glob("*.deb")):
            _run("dpkg-deb", "-x", str(package), str(into))


def upstream(suite: str, into: Path, *packages: str) -> None:
    """Fetch the upstream archives that source packages of a release are made of.

    Raises:
        NoSource: the mirror has them not.
        NoLab: they can't be had for another reason: apt fails, no mirror answers.
    """
    with tempfile.TemporaryDirectory() as work:
        folder, lines = Path(work), sources(suite)
        apt = _Apt(folder, "".join(f"deb-src{line[3:]}\n" for line in lines.splitlines()))
        try:
            apt.run("apt-get", "-qq", "update")
            apt.run("apt-get", "-qq", "source", "--download-only", "--tar-only", *packages)
        except NoLab as error:
            if re.search(r"\b404\b|Unable to find a source package", str(error)):
                raise NoSource(str(error)) from None
            raise
        for path in folder.glob("*.tar.?z*"):
            shutil.move(path, into)


class _Apt:
    """apt with a folder of its own for everything."""

    def __init__(self, folder: Path, sources: str) -> None:
        self._folder = folder
        for name in ("lists/partial", "cache/archives/partial", "state"):
            (folder / name).mkdir(parents=True)
        (folder / "state/status").touch()
        (folder / "sources.list").write_text(sources)
        options = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": folder / "state",
            "Dir::State::Lists": folder / "lists",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder / "cache",
            "APT::Architecture": "amd64",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        self._options = [f"-o{name}={value}" for name, value in options.items()]

    def run(self, program: str, *words: str) -> str:
        return _run(program, *self._options, *words, cwd=self._folder)

    def depends_on(self, meta: str) -> str:
        """The first package that a metapackage, given with a `^` at its end, depends on."""
        name = meta.removesuffix("^")
        said = self.run("apt-cache", "depends", "--no-recommends", "--no-suggests", name).split()
        if "Depends:" not in said:
            raise NoLab(f"apt knows no {name}")
        return said[said.index("Depends:") + 1]


def _run(*argv: str, cwd: Path | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing was said"]
        errors = [line for line in said if line.startswith("E:")] or said
        raise NoLab(f"{argv[0]} failed: {errors[0]}")
    return done.stdout


def _codename(os_release: Path) -> str:
    release = dict(
        line.split("=", 1) for line in os_release.read_text().splitlines() if "=" in line
    )
    suite = release.get("VERSION_CODENAME", "").strip('"')
    if release.get("ID") != "debian" or not suite:
        raise NoLab("it is made for Debian, whose mirrors it fetches the guests from")
    return suite


def _entries(apt: Path) -> list[tuple[str, str, str]]:
    """Options with a blank at their end, mirror and suite of each archive that has `main`."""
    found = []
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        for line in path.read_text().splitlines() if path.exists() else ():
            options, _, rest = line.removeprefix("deb ").strip().rpartition("] ")
            words = rest.split()
            if line.startswith("deb ") and len(words) >= 3 and "main" in words[2:]:
                found.append((f"{options}] " if options else "", words[0], words[1]))
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        for stanza in path.read_text().split("\n\n"):
            found += _stanza(stanza)
    return found


def _stanza(stanza: str) -> list[tuple[str, str, str]]:
    """The same for one stanza of a deb822 `.sources` file; see sources.list(5)."""
    fields: dict[str, str] = {}
    last = ""
    for line in stanza.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0] in " \t":
            fields[last] = f"{fields.get(last, '')}\n{line.strip()}"
            continue
        last, _, value = line.partition(":")
        last = last.lower()
        fields[last] = value.strip()
    if (
        "deb" not in fields.get("types", "").split()
        or "main" not in fields.get("components", "").split()
    ):
        return []
    if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
        return []
    options = []
    # A key block written into the stanza can't be said in one line; apt finds Debian's own.
    if (key := fields.get("signed-by", "")) and "\n" not in key:
        options.append(f"signed-by={key}")
    if trusted := fields.get("trusted"):
        options.append(f"trusted={trusted}")
    prefix = f"[{' '.join(options)}] " if options else ""
    return [
        (prefix, uri, suite)
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
    ]
