"""Debian's package in a guest: installed, upgraded under an open change, removed and purged."""

import shutil
from collections.abc import Iterator

import pytest

from tests.lab.cache import REPO
from tests.lab.evidence import ANSWERS, Before, until_waiting
from tests.lab.guest import Guest
from xenbond_tui import __version__

JOURNEY = True
PACKAGE = REPO / "dist" / f"xenbond_{__version__}-1_amd64.deb"
XENBOND = "/usr/sbin/xenbond"
INSTALL = "dpkg -i /lab/xenbond.deb"
GUARD = "/var/lib/xenbond/boot/xenbond"

pytestmark = pytest.mark.skipif(not PACKAGE.exists(), reason="`make deb` was not run")


@pytest.fixture(scope="module")
def host(lab: None) -> Iterator[Guest]:
    with Guest(stack="networkd") as booted:
        shutil.copy(PACKAGE, booted.share / "xenbond.deb")
        booted.write("/root/answers.yaml", ANSWERS)
        yield booted


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def test_it_is_installed_with_units_and_completion(host: Guest, before: Before) -> None:
    print(host.sh(INSTALL))
    assert host.sh(f"{XENBOND} --version") == f"xenbond {__version__}\n"
    host.sh("systemctl cat xenbond-announce@bond0.service xenbond-metrics.timer")
    host.sh("bash -n /usr/share/bash-completion/completions/xenbond")
    host.sh("dpkg --verify xenbond && dpkg --audit")


def test_an_upgrade_under_an_open_change_leaves_it_open(host: Guest, before: Before) -> None:
    apply = host.start(XENBOND, "apply", "--answers", "/root/answers.yaml", "--yes")
    until_waiting(host, apply)
    print(host.sh(INSTALL))
    removed = host.run("dpkg", "--remove", "xenbond")
    assert removed.rc != 0
    assert "a change is open. Nothing was removed." in removed.out + removed.err
    assert host.sh(f"{XENBOND} --version") == f"xenbond {__version__}\n"
    host.sh(f"test -e {GUARD} && {XENBOND} undo")
    assert apply.wait(180).rc == 2
    before.is_back(host)


def test_removed_and_purged_it_leaves_no_trace(host: Guest, before: Before) -> None:
    host.sh(f"! test -e {GUARD}")
    print(host.sh("dpkg --remove xenbond"))
    host.sh(f"! test -e {XENBOND} && test -d /var/lib/xenbond")
    print(host.sh("dpkg --purge xenbond"))
    host.sh("! test -e /var/lib/xenbond && ! dpkg -s xenbond")
    # /usr/local has the lab's own.
    found = "find /usr /etc /var -xdev -name '*xenbond*' ! -path '/usr/local/*'"
    assert host.sh(found) == ""
