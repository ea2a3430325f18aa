"""The same journey through the screens: keys only, on the console of a real host.

The console is a serial line in every way that matters to a screen program: TERM=linux, 80x24, and
a terminal size of 0x0. One guest; the tests are the legs of one journey and run in order.
"""

import time
from collections.abc import Iterator

import pytest

from tests.lab.channel import Running
from tests.lab.console import Console
from tests.lab.evidence import Before, active_slave, etc, network, note
from tests.lab.guest import Guest

JOURNEY = True


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


@pytest.fixture(scope="module")
def program(guest: Guest, before: Before) -> Iterator[Running]:
    running = guest.on_console("xenbond")
    yield running
    running.signal(9)


@pytest.fixture
def console(guest: Guest, program: Running) -> Iterator[Console]:
    yield guest.console
    print(f"\n{guest.console.text()}")


def test_host(guest: Guest, console: Console) -> None:
    number = guest.sh(". /etc/os-release; echo $VERSION_ID").strip()
    console.wait_for(
        r"\[Host\] > Slaves > Bond > Bridge > Review > Apply",
        rf"^ xenbond   lab   Debian {number}, ifupdown ",
        r"^ NICs +eth0 up, eth1 off",
        r"^ Bonds +none",
        r"^ > Set up",
    )


def test_slaves(console: Console) -> None:
    console.keys("enter")
    console.wait_for(
        r"^ Host > \[Slaves\]",
        r"\[x\] eth0  up .*00:50:da:7a:51:45 .*192\.168\.0\.222/24",
        r"\[x\] eth1  off .*00:14:22:36:f1:fa .*free",
    )


def test_a_choice_is_kept_over_back(console: Console) -> None:
    console.keys("down", "space")
    console.wait_for(r"> \[ \] eth1")
    console.keys("space")
    console.wait_for(r"> \[x\] eth1")
    console.keys("f10")
    console.wait_for(r"> \[Bond\] >", r"eth0 and eth1 work together")
    console.keys("f8")
    console.wait_for(r"> \[Slaves\] >", r"\[x\] eth0", r"\[x\] eth1")


def test_bond(console: Console) -> None:
    console.keys("f10")
    console.wait_for(
        r"> \[Bond\] >",
        r"\(\*\) active-backup",
        r"Name +\[bond0 ",
        r"Check every +\[100 ",
    )


def test_bridge(console: Console) -> None:
    console.keys("f10")
    console.wait_for(
        r"> \[Bridge\] >",
        r"Name +\[xenbr0 ",
        r"Address +\[192\.168\.0\.222/24 ",
        r"Gateway +\[192\.168\.0\.1 ",
        r"00:50:da:7a:51:45, eth0's",
    )


def test_review_writes_nothing(guest: Guest, console: Console, before: Before) -> None:
    console.keys("f10")
    console.wait_for(
        r"> \[Review\] >",
        r"Nothing is written yet\.",
        r"M /etc/network/interfaces",
        r"-iface eth0 inet static",
        r"\+auto bond0",
        r"No outage expected: eth1 is idle",
        r"^ +1 Set rp_filter off on eth0 during",
    )
    assert etc(guest) == before.etc
    assert network(guest) == before.network


def test_a_warning_must_be_ticked(guest: Guest, console: Console, before: Before) -> None:
    console.keys("f10")
    console.wait_for("1 warning to read and tick first")
    assert network(guest) == before.network
    console.keys("a")
    console.wait_for(r"\[x\] eth1: carrier unknown")


def test_apply_and_keep(guest: Guest, console: Console, before: Before) -> None:
    began = time.monotonic()
    console.keys("f10")
    console.wait_for(r"> \[Apply\]")
    console.wait_for(
        r"Done\. Keep it\? +Rolls back by itself in +\d:\d\d",
        r"ok +gateway 192\.168\.0\.1",
        timeout=180,
    )
    note(f"screens: up after {time.monotonic() - began:.1f} s")
    assert network(guest).addresses["xenbr0"] == ("192.168.0.222/24",)
    console.keys("k")
    console.wait_for("Kept: so it is now")
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.macs["xenbr0"] == before.network.macs["eth0"]


def test_it_ends_on_the_health_screen(console: Console) -> None:
    console.keys("enter")
    console.wait_for(r"^ bond0  HEALTHY   2 of 2 slaves up", r"^ xenbr0   192\.168\.0\.222/24")


@pytest.mark.parametrize("leg", ["first", "second"])
def test_a_pulled_cable(guest: Guest, console: Console, leg: str) -> None:
    """The active slave's cable, and then the other's: whichever the bond chose to begin with."""
    nic = int(active_slave(guest).removeprefix("eth"))
    other = 1 - nic
    with guest.pinging() as pings:
        pulled = guest.pull(nic)
        console.wait_for(
            r"^ bond0  DEGRADED ",
            rf"^ +eth{nic} has no link",
            rf"^ eth{other}   ACTIVE  up",
            rf"^ eth{nic}   backup  DOWN",
        )
        seen = time.monotonic() - pulled
        guest.run("sleep", "1")
    note(f"screens: {leg} cable pulled, shown after {seen:.2f} s; {pings[0]}")
    assert pings[0].longest_gap < 2.0
    assert pings[0].lost < pings[0].sent / 2
    guest.plug(nic)
    console.wait_for(r"^ bond0  HEALTHY   2 of 2 slaves up")
    assert active_slave(guest) == f"eth{other}"


def test_quit(console: Console, program: Running) -> None:
    console.keys("q")
    assert program.wait(10).rc == 0


def test_undo(guest: Guest, console: Console, before: Before) -> None:
    undoing = guest.on_console("xenbond", "setup")
    console.wait_for(r"^   Undo      1 change in the history")
    console.keys("down", "down")
    console.wait_for("^ > Undo")
    console.keys("enter")
    console.wait_for(r"Which change is to be undone\?", r"^ -auto bond0")
    console.keys("u")
    console.wait_for(r"Done\. Keep it\?", timeout=180)
    console.keys("k")
    console.wait_for("Kept: so it is now")
    console.keys("enter")
    console.wait_for(r"^ Bonds    none")
    console.keys("q")
    assert undoing.wait(10).rc == 0
    before.is_back(guest)
