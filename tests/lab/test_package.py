"""Debian's package in a guest of each release, by apt: from its installation to its purge."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.cache import REPO
from tests.lab.evidence import ANSWERS, Before, note, until_waiting
from tests.lab.guest import Guest
from tests.lab.platforms import Platform
from tests.left_out import leave_out
from xenbond_tui import __version__

JOURNEY = True
PACKAGE = REPO / "dist" / f"xenbond_{__version__}-1_amd64.deb"
XENBOND = "/usr/sbin/xenbond"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -q -y"
GUARD = "/var/lib/xenbond/boot/xenbond"
NEWER = f"{__version__}-2"


def newer(scratch: Path) -> Path:
    """The same package as its next revision."""
    tree, made = scratch / "tree", scratch / "newer.deb"
    subprocess.run(("dpkg-deb", "-R", PACKAGE, tree), check=True)
    control = tree / "DEBIAN/control"
    control.write_text(
        control.read_text().replace(f"Version: {__version__}-1", f"Version: {NEWER}")
    )
    subprocess.run(("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, made), check=True)
    return made


@pytest.fixture(scope="module")
def host(
    lab: None, platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guest]:
    if not PACKAGE.exists():
        leave_out(f"{PACKAGE.name} is not there: `make deb` builds it")
    with Guest(stack="networkd", platform=platform) as booted:
        shutil.copy(PACKAGE, booted.share / "xenbond.deb")
        shutil.copy(newer(tmp_path_factory.mktemp("newer")), booted.share / "newer.deb")
        booted.write("/root/answers.yaml", ANSWERS)
        note(f"package: on {platform}")
        yield booted


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def version(host: Guest) -> str:
    return host.sh("dpkg-query --show --showformat='${Version}' xenbond")


def test_it_is_installed_with_units_and_completion(host: Guest, before: Before) -> None:
    print(host.sh(f"{APT} install /lab/xenbond.deb"))
    assert host.sh(f"{XENBOND} --version") == f"xenbond {__version__}\n"
    host.sh("systemctl cat xenbond-announce@bond0.service xenbond-metrics.timer")
    host.sh("bash -n /usr/share/bash-completion/completions/xenbond")
    host.sh("dpkg --verify xenbond && dpkg --audit")


def test_an_upgrade_under_an_open_change_leaves_it_open(host: Guest, before: Before) -> None:
    apply = host.start(XENBOND, "apply", "--answers", "/root/answers.yaml", "--yes")
    until_waiting(host, apply)
    print(host.sh(f"{APT} install /lab/newer.deb"))
    assert version(host) == NEWER
    for how in ("remove", "purge"):
        removed = host.run("sh", "-c", f"{APT} {how} xenbond")
        assert removed.rc != 0
        assert "a change is open. Nothing was removed." in removed.out + removed.err
        assert host.sh(f"{XENBOND} --version") == f"xenbond {__version__}\n"
        host.sh("dpkg --audit && dpkg --verify xenbond")
    host.sh(f"test -e {GUARD} && {XENBOND} undo")
    assert apply.wait(180).rc == 2
    before.is_back(host)


def test_removed_and_purged_it_leaves_no_trace(host: Guest, before: Before) -> None:
    host.sh(f"! test -e {GUARD}")
    print(host.sh(f"{APT} remove xenbond"))
    host.sh(f"! test -e {XENBOND} && test -d /var/lib/xenbond")
    print(host.sh(f"{APT} purge xenbond"))
    host.sh("! test -e /var/lib/xenbond && ! dpkg -s xenbond")
    # /usr/local has the lab's own.
    found = "find /usr /etc /var -xdev -name '*xenbond*' ! -path '/usr/local/*'"
    assert host.sh(found) == ""
