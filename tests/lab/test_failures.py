"""Changes that go wrong on the way, on a real host: the old state comes back without a person."""

import pytest

from tests.lab.evidence import ANSWERS, Before, network, note
from tests.lab.guest import Guest

APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    guest.write("/root/answers.yaml", ANSWERS)
    return Before.of(guest)


def test_the_stack_fails_both_ways(guest: Guest, before: Before) -> None:
    """ifup fails going there and coming back: what is left is done over netlink."""
    guest.sh("mv /sbin/ifup /sbin/ifup.real; printf '#!/bin/sh\\nexit 1\\n' >/sbin/ifup")
    guest.sh("chmod +x /sbin/ifup")
    with guest.pinging() as pings:
        applied = guest.run(*APPLY, timeout=180)
        guest.sh("mv /sbin/ifup.real /sbin/ifup")
    print(applied)
    note(f"ifup fails both ways: back by netlink; {pings[0]}")
    assert applied.rc == 2
    before.is_back(guest)


def until_it_moves(guest: Guest) -> None:
    """The bridge has the address: a change is well under way."""
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24", 180)


def test_the_worker_is_killed_and_who_watches_takes_it_back(guest: Guest, before: Before) -> None:
    """As by the kernel, short of memory."""
    applying = guest.start(*APPLY)
    until_it_moves(guest)
    guest.sh("pkill -9 -f '[x]enbond(_tui)? worker'")
    applied = applying.wait(180)
    print(applied)
    assert applied.rc == 2
    assert "The background process was killed: the change is rolled back." in applied.out
    before.is_back(guest)


def test_the_worker_is_killed_and_nobody_watches(guest: Guest, before: Before) -> None:
    """The next xenbond takes back what is left."""
    applying = guest.start(*APPLY)
    until_it_moves(guest)
    guest.sh("pkill -9 -f '[x]enbond(_tui)? apply'; pkill -9 -f '[x]enbond_tui worker'")
    applying.wait()
    assert "bond0" in network(guest).macs
    assert guest.xenbond("recover", timeout=180).rc == 0
    before.is_back(guest)
