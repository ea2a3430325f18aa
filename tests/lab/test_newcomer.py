"""A newcomer's first hour: one file on a host that has no Python and no network, at its console.

Nothing was ever configured on that host but lo, and every file of Python's is gone from its disk
before the one file is copied there from what is plugged in. One guest; the tests are the legs of
one journey and run in order.
"""

import shutil
import time
from collections.abc import Iterator

import pytest

from tests.lab.cache import REPO
from tests.lab.console import Console
from tests.lab.evidence import active_slave, etc, network, note
from tests.lab.guest import Guest
from tests.left_out import leave_out
from xenbond_tui import __version__

JOURNEY = True
FILE = REPO / "dist" / f"xenbond-{__version__}-x86_64"
PLACE = "/usr/local/sbin/xenbond"
NO_NETWORK = {"/etc/network/interfaces": "auto lo\niface lo inet loopback\n"}
NO_PYTHON = """
rm -r /opt/xenbond /usr/local/bin/xenbond
find / -xdev -name '*python*' -prune -exec rm -r {} +
"""


@pytest.fixture(scope="module")
def host(lab: None) -> Iterator[Guest]:
    if not FILE.exists():
        leave_out(f"{FILE.name} is not there: `make one-file` builds it")
    with Guest(files=NO_NETWORK) as booted:
        (booted.share / "stick").mkdir()
        shutil.copy(FILE, booted.share / "stick/xenbond")
        # What answers the tests' commands has begun before, and goes on.
        booted.sh(NO_PYTHON)
        yield booted


@pytest.fixture
def console(host: Guest) -> Iterator[Console]:
    yield host.console
    print(f"\n{host.console.text()}")


@pytest.fixture(scope="module")
def before(host: Guest) -> tuple[object, object]:
    return etc(host), network(host)


@pytest.fixture(scope="module")
def began(host: Guest, before: tuple[object, object]) -> float:
    """When the file was about to be copied."""
    return time.monotonic()


def no_python(guest: Guest) -> bool:
    done = guest.run("sh", "-c", "command -v python3 python || find / -xdev -name 'python3*'")
    return (done.rc, done.out) == (0, "")


def test_one_file_is_copied_and_starts(host: Guest, console: Console, began: float) -> None:
    assert no_python(host)
    assert (network(host).up, network(host).routes) == (("lo",), ())
    host.sh(f"cp /lab/stick/xenbond {PLACE} && chmod 755 {PLACE}")
    copied = int(host.sh(f"stat -c %s {PLACE}"))
    assert copied == FILE.stat().st_size
    host.on_console(PLACE)
    console.wait_for(r"^ NICs +eth0 off, eth1 off", r"^ Bonds +none", r"^ > Set up")
    taken = time.monotonic() - began
    note(f"newcomer: {copied:,} bytes; copied, started and asked after {taken:.1f} s")


def test_two_nics_and_an_address_are_all_it_asks(console: Console) -> None:
    console.keys("enter")
    console.wait_for(r"\[Slaves\]", r"> \[ \] eth0  off")
    console.keys("space", "down", "space")
    console.wait_for(r"\[x\] eth0", r"> \[x\] eth1")
    console.keys("f10")
    console.wait_for(r"> \[Bond\] >", r"\(\*\) active-backup")
    console.keys("f10")
    console.wait_for(r"> \[Bridge\] >", r"No slave has an address: nothing moves")
    console.keys("tab", "tab")
    console.wait_for(r"With its prefix length")
    console.keys("192.168.0.222/24", "tab")
    console.wait_for(r"Address +\[192\.168\.0\.222/24 ")
    console.keys("192.168.0.1")
    console.wait_for(r"Gateway +\[192\.168\.0\.1 ")


def test_it_is_shown_before_it_is_done(
    host: Guest, console: Console, before: tuple[object, object]
) -> None:
    console.keys("f10")
    console.wait_for(r"> \[Review\] >", r"M /etc/network/interfaces", r"\+auto bond0")
    assert (etc(host), network(host)) == before
    console.keys("a")
    console.wait_for(r"\[x\] eth0: carrier unknown", r"\[x\] eth1: carrier unknown")


def test_it_is_set_up(host: Guest, console: Console, began: float) -> None:
    console.keys("f10")
    console.wait_for(r"Done\. Keep it\? +Rolls back by itself in +\d:\d\d", timeout=180)
    assert network(host).addresses["xenbr0"] == ("192.168.0.222/24",)
    console.keys("k")
    console.wait_for("Kept: so it is now")
    note(f"newcomer: the network is up and kept after {time.monotonic() - began:.1f} s")
    host.run("ping", "-c3", "-i0.1", "192.168.0.1").ok()
    console.keys("enter")
    console.wait_for(r"^ bond0  HEALTHY   2 of 2 slaves up", r"^ xenbr0   192\.168\.0\.222/24")


def test_a_pulled_cable(host: Guest, console: Console) -> None:
    nic = int(active_slave(host).removeprefix("eth"))
    with host.pinging() as pings:
        pulled = host.pull(nic)
        console.wait_for(r"^ bond0  DEGRADED ", rf"^ eth{1 - nic}   ACTIVE  up")
        seen = time.monotonic() - pulled
        host.run("sleep", "1")
    note(f"newcomer: cable pulled, shown after {seen:.2f} s; {pings[0]}")
    assert pings[0].longest_gap < 2.0
    host.plug(nic)
    console.wait_for(r"^ bond0  HEALTHY   2 of 2 slaves up")


def test_undo_and_no_trace(
    host: Guest, console: Console, before: tuple[object, object], began: float
) -> None:
    console.keys("q")
    undoing = host.on_console(PLACE, "setup")
    console.wait_for(r"^   Undo      1 change in the history")
    console.keys("down", "down")
    console.wait_for("^ > Undo")
    console.keys("enter")
    console.wait_for(
        r"Which change is to be undone\?",
        r"^ -auto bond0",
        r"\[ \] This change is meant to cut me off",
    )
    # Without the network that it had made no gateway answers: so it is meant to be.
    console.keys("tab", "tab", "tab", "space")
    console.wait_for(r"\[x\] This change is meant to cut me off")
    console.keys("u")
    console.wait_for(r"Done\. Keep it\?", timeout=180)
    console.keys("k")
    console.wait_for("Kept: so it is now")
    console.keys("enter")
    console.wait_for(r"^ Bonds    none")
    console.keys("q")
    assert undoing.wait(30).rc == 0
    note(f"newcomer: all of it undone after {time.monotonic() - began:.1f} s")
    # As the README says; then nothing is left of it, and never was there any Python.
    host.sh(f"rm -r {PLACE} /var/lib/xenbond")
    assert (etc(host), network(host)) == before
    assert host.sh("find / -xdev -name '*xenbond*'") == ""
    assert no_python(host)
