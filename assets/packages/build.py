"""`make deb` and `make rpm`: the one file with units, man page and completions as a package.

`build.py deb` or `build.py rpm`, after `make one-file`. The same input makes the same bytes.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.utils import formatdate
from hashlib import md5
from pathlib import Path

from xenbond_tui import __version__

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
DIST = REPO / "dist"
FILE = DIST / f"xenbond-{__version__}-x86_64"
MAINTAINER = "The xenbond project <maintainers@xenbond.invalid>"
"""Both formats want one. The project has no address: nobody ever gets this one (RFC 2606)."""
NO_TIME = 315532800
"""1980, as in the zip: when a package was made is not in it."""
_APACHE = re.compile(
    r" *Apache License\n *Version 2\.0, January 2004\n.*?END OF TERMS AND CONDITIONS\n", re.DOTALL
)
_COMMON = "The Apache License, version 2.0, is in /usr/share/common-licenses/Apache-2.0.\n"
"""Debian has that text once for all packages (policy 12.5)."""
COMPLETIONS = {
    "bash": "bash-completion/completions/xenbond",
    "zsh": "{zsh}/_xenbond",
    "fish": "fish/vendor_completions.d/xenbond.fish",
}
UNITS = ("announce/xenbond-announce@.service", "monitoring/xenbond-metrics.service")
UNITS += ("monitoring/xenbond-metrics.timer",)


def tree(root: Path, zsh: str, licences: str) -> None:
    """Lay out what both packages have.

    Args:
        root: an empty directory that stands for /.
        zsh: where its completions are looked for, below /usr/share.
        licences: the path of their text, below /usr/share.
    """
    share, assets = root / "usr/share", REPO / "assets"
    _put(FILE, root / "usr/sbin/xenbond", 0o755)
    for unit in UNITS:
        _put(assets / unit, root / "usr/lib/systemd/system" / Path(unit).name)
    manual = (assets / "man/xenbond.8").read_bytes()
    _write(share / "man/man8/xenbond.8.gz", _compressed(manual))
    for shell, place in COMPLETIONS.items():
        argv = (FILE, "completion", shell)
        said = subprocess.run(argv, capture_output=True, check=True, env={}).stdout
        _write(share / place.format(zsh=zsh), said)
    documents = share / "doc/xenbond"
    _put(REPO / "README.md", documents / "README.md")
    _put(assets / "monitoring/xenbond-alerts.yml", documents / "examples/xenbond-alerts.yml")
    _put(DIST / f"{FILE.name}.cdx.json", documents / "sbom.cdx.json")
    _put(DIST / f"{FILE.name}.licences.txt", share / licences)


def deb() -> Path:
    """Debian's package; its path."""
    made = DIST / f"xenbond_{__version__}-1_amd64.deb"
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        tree(root, "zsh/vendor-completions", "doc/xenbond/copyright")
        documents = root / "usr/share/doc/xenbond"
        licences = (documents / "copyright").read_text()
        _write(documents / "copyright", _APACHE.sub(_COMMON, licences).encode())
        changes = (REPO / "CHANGELOG.md").read_bytes()
        _write(documents / "changelog.gz", _compressed(changes))
        entry = (HERE / "changelog.in").read_text().format(
            version=__version__, maintainer=MAINTAINER, date=formatdate(NO_TIME, localtime=False)
        )  # fmt: skip
        _write(documents / "changelog.Debian.gz", _compressed(entry.encode()))
        _put(HERE / "lintian-overrides", root / "usr/share/lintian/overrides/xenbond")
        files = sorted(path for path in root.rglob("*") if path.is_file())
        sums = "".join(
            f"{md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
            f"{path.relative_to(root)}\n"
            for path in files
        )
        size = sum(-(-path.stat().st_size // 1024) for path in files)
        _write(root / "DEBIAN/md5sums", sums.encode())
        control = (HERE / "control.in").read_text()
        _write(
            root / "DEBIAN/control",
            control.format(version=__version__, maintainer=MAINTAINER, size=size).encode(),
        )
        for name in ("postinst", "prerm", "postrm"):
            _put(HERE / name, root / "DEBIAN" / name, 0o755)
        _run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, made)
    return made


def rpm() -> Path:
    """Red Hat's package; its path."""
    name = f"xenbond-{__version__}-1.x86_64.rpm"
    with tempfile.TemporaryDirectory() as scratch:
        top, root = Path(scratch), Path(scratch) / "tree"
        tree(root, "zsh/site-functions", "licenses/xenbond/LICENSE")
        rows = "".join(f"{row}\n" for row in _rows(root))
        spec = (HERE / "xenbond.spec.in").read_text()
        words = {"VERSION": __version__, "MAINTAINER": MAINTAINER}
        words |= {"TREE": os.fspath(root), "FILES": rows}
        for word, value in words.items():
            spec = spec.replace(f"@{word}@", value)
        (top / "xenbond.spec").write_text(spec)
        _run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}", top / "xenbond.spec")
        shutil.copy(top / "RPMS/x86_64" / name, DIST)
    return DIST / name


def _rows(root: Path) -> Iterator[str]:
    """The spec's %files: each file, and the directories that go with the package."""
    kinds = {"man": "%doc ", "doc": "%doc ", "licenses": "%license "}
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.is_file():
            yield f"{kinds.get(place.parts[2], '')}/{place}"
        elif "xenbond" in place.parts:
            yield f"%dir /{place}"


def _compressed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _put(source: Path, target: Path, mode: int = 0o644) -> None:
    _write(target, source.read_bytes(), mode)


def _write(target: Path, data: bytes, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    target.chmod(mode)


def _run(*argv: str | Path) -> None:
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(NO_TIME)}
    subprocess.run(argv, check=True, env=environment, stdout=subprocess.DEVNULL)


def main(kind: str) -> None:
    """Build one, and say which."""
    os.umask(0o022)
    made = {"deb": deb, "rpm": rpm}[kind]()
    sys.stdout.write(f"{made}: {made.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
