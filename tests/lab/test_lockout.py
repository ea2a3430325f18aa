"""The bridge of a dom0 gets a wrong address over SSH: the operator is cut off, and not for long.

By the screens first, with keys only, and the tick that it is meant: the countdown takes it back.
The SSH client runs on the console, in the switch's namespace: its terminal is the operator's, and
the program on the host loses its own when the connection dies. Then by a command without the tick:
what stops answering takes it back. One host; the tests are the legs of one journey, run in order.
"""

import time
from collections.abc import Iterator

import pytest

from tests.lab.channel import Running
from tests.lab.console import Console
from tests.lab.evidence import ANSWERS, Before, note
from tests.lab.guest import Guest
from tests.lab.layouts import BRIDGED_NIC
from tests.lab.ssh import ADDRESS, SSH, SSHD, comes_back, deadline, dies

JOURNEY = True

WRONG = ANSWERS.replace("192.168.0.", "192.168.77.")
"""An address and a gateway of another subnet than the wire's."""
APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30")
OVER = ("home", "\x0b")
"""Empties a field: to its beginning, then Ctrl+K."""


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    with Guest(files={"/etc/network/interfaces": BRIDGED_NIC}) as booted:
        booted.sh(SSHD)
        booted.write("/root/answers.yaml", WRONG)
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


@pytest.fixture(scope="module")
def session(guest: Guest, before: Before) -> Running:
    return guest.on_console(*SSH, "-tt", ADDRESS, "xenbond")


@pytest.fixture
def console(guest: Guest, session: Running) -> Iterator[Console]:
    yield guest.console
    print(f"\n{guest.console.text()}")


def test_the_session_is_known(console: Console) -> None:
    console.wait_for(
        r"^ Session  you come in over eth0 \(xenbr0\), 192\.168\.0\.222, from 192\.168\.0\.1$",
        r"^ > Set up",
        timeout=120,
    )


def test_a_wrong_address_is_typed(console: Console) -> None:
    console.keys("enter")
    console.wait_for(r"> \[Slaves\] >", r"\[x\] eth0", r"\[x\] eth1")
    console.keys("f10")
    console.wait_for(r"> \[Bond\] >")
    console.keys("f10")
    console.wait_for(r"> \[Bridge\] >", r"Address +\[192\.168\.0\.222/24 ")
    console.keys("tab", "tab", *OVER, "192.168.77.222/24")
    console.keys("tab", *OVER, "192.168.77.1")
    console.wait_for(r"Address +\[192\.168\.77\.222/24 ", r"Gateway +\[192\.168\.77\.1 ")


def test_the_tick_is_offered_and_off(console: Console) -> None:
    console.keys("f10")
    console.wait_for(
        r"> \[Review\] >",
        r"^ Keep within \[120 \]  s",
        r"^   \[ \] This change is meant to cut me off",
        timeout=120,
    )
    console.keys("a")
    for _ in range(4):
        console.keys("tab")
    console.wait_for(r"Nobody has kept it by then")
    console.keys(*OVER, "30", "tab")
    console.wait_for(r"^ Keep within \[30  \]", r"192\.168\.0\.222, by which you are logged in")
    console.keys("space")
    console.wait_for(r"^ > \[x\] This change is meant to cut me off")


def test_the_session_dies_and_the_host_comes_back(
    guest: Guest, console: Console, session: Running, before: Before
) -> None:
    console.keys("f10")
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.77.222/24", 180)
    dies(guest, session)
    active = "grep -q '\"active\"' /var/lib/xenbond/transactions/*/journal.jsonl"
    guest.wait_until(active, 180, every=0.5)
    until = deadline(guest)
    first = comes_back(guest, 180)[0]
    note(f"lock-out over the screens: answers {first - until:.1f} s after the deadline")
    assert first > until, "answered although the host had no such address"
    before.is_back(guest)


def test_the_next_start_tells_it_first(guest: Guest) -> None:
    running = guest.on_console(*SSH, "-tt", ADDRESS, "xenbond")
    try:
        words = guest.console.wait_for(
            r"^ ! A change was rolled back, ", r"^ > Set up", timeout=120
        )
        print(words)
        assert "nobody confirmed it in time" in " ".join(words.split())
        guest.console.keys("q")
        assert running.wait().rc == 0
    finally:
        running.signal(9)


def test_what_stops_answering_takes_it_back_at_once(guest: Guest, before: Before) -> None:
    """The name server answered before: that it does not any more is reason enough."""
    began = time.monotonic()
    session = guest.start(*SSH, "-tt", ADDRESS, *APPLY)
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.77.222/24", 180)
    comes_back(guest, 180)
    note(f"lock-out, a probe fails: answers {time.monotonic() - began:.1f} s after it was begun")
    print(session.wait())
    assert "DNS server 192.168.0.1" in guest.xenbond("history").ok()
    before.is_back(guest)
