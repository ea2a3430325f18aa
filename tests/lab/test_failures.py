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


def test_the_worker_is_killed(guest: Guest, before: Before) -> None:
    """As by the kernel, short of memory: the next xenbond takes back what is left."""
    applying = guest.start(*APPLY)
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24", 180)
    guest.sh("pkill -9 -f '[x]enbond_tui worker'")
    assert "bond0" in network(guest).macs
    recovered = guest.xenbond("recover", timeout=180)
    assert recovered.rc == 0
    print(applying.wait())
    before.is_back(guest)
