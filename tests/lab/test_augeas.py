"""What we wrote, read by grammars that we did not write: augeas' lenses on every golden file.

A lens that can't read what was there before says nothing about us, so only what it could read
before, and every new file, is asked of what we wrote.
"""

import re
from pathlib import Path

import pytest

from tests.lab.evidence import note
from tests.lab.judge import judge

GOLDEN = Path(__file__).parent.parent / "golden"
SCRIPTS = "/etc/sysconfig/network-scripts"
LENSES = {
    "Shellvars.lns": (f"{SCRIPTS}/ifcfg-*", "/etc/sysconfig/network"),
    "Interfaces.lns": ("/etc/network/interfaces", "/etc/network/interfaces.d/*"),
    "Systemd.lns": ("/etc/systemd/network/*.network", "/etc/systemd/network/*.netdev"),
    "Modprobe.lns": ("/etc/modprobe.d/*.conf", "/etc/modprobe.conf"),
    "Xendconfsxp.lns": ("/etc/xen/xend-config.sxp",),
}
"""Lens -> the files it is for; `*` stands for no slash."""
FAILED = re.compile(r'^/augeas/files(/\S+)/error = "', re.MULTILINE)
READ = re.compile(r'^/augeas/files(/\S+)/lens = "@?([A-Z]\w+)', re.MULTILINE)


def trees() -> dict[str, str]:
    """/stack/case/when/path -> text, of every golden file that is text."""
    found = {}
    for path in sorted(GOLDEN.rglob("*")):
        if path.is_file():
            try:
                found["/" + str(path.relative_to(GOLDEN))] = path.read_bytes().decode()
            except UnicodeDecodeError:
                continue
    return found


@pytest.fixture(scope="module")
def said(lab: None) -> tuple[dict[str, str], set[str]]:
    """Every file a lens has read, with the lens, and those it could not."""
    transforms = []
    for lens, patterns in LENSES.items():
        for pattern in patterns:
            transforms += ["--transform", f"{lens} incl /*/*/*{pattern}"]
    argv = ("augtool", "--root", "/mnt", "--noautoload", *transforms)
    files = {path: text.replace("\r\n", "\n") for path, text in trees().items()}
    done = judge("modern", files, *argv, "print", "/augeas/files").done
    assert done.rc == 0, done.err
    known = {path: lens for path, lens in READ.findall(done.out)}
    return known, set(FAILED.findall(done.out))


def test_what_could_be_read_before_can_be_read_after(said: tuple[dict[str, str], set[str]]) -> None:
    known, failed = said
    written = {path for path in known if case(path)[1] != "before"}
    assert len(written) > 100
    odd = {case(path)[0::2] for path in failed if case(path)[1] == "before"}
    assert sorted(path for path in failed & written if case(path)[0::2] not in odd) == []
    lenses = sorted({known[path] for path in written})
    note(f"augeas: {len(written - failed)} files we wrote read by {', '.join(lenses)}")


def case(path: str) -> tuple[str, str, str]:
    """A golden file's stack and case, its time (before, after, removed), and its path there."""
    _, stack, name, when, rest = path.split("/", 4)
    return f"{stack}/{name}", when, rest
