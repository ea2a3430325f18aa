"""An SSH session over the bridge of a dom0 makes a change with a wrong address, and dies of it.

What stopped answering takes it back here; `test_stack_edit.py` has the countdown. The operator gets
the host back without doing anything.
"""

import time
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before, note
from tests.lab.guest import Guest
from tests.lab.layouts import BRIDGED_NIC
from tests.lab.ssh import ADDRESS, SSH, SSHD, comes_back, deadline, dies

WRONG = ANSWERS.replace("192.168.0.", "192.168.77.")
"""An address and a gateway of another subnet than the wire's."""
INTERFACES = {"/etc/network/interfaces": BRIDGED_NIC}
APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30")

__all__ = ["ADDRESS", "INTERFACES", "SSH", "comes_back", "deadline", "dies", "prepare"]


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    with Guest(files=INTERFACES) as booted:
        prepare(booted)
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


def prepare(guest: Guest) -> None:
    guest.sh(SSHD)
    guest.write("/root/answers.yaml", WRONG)


def test_what_stops_answering_takes_it_back_at_once(guest: Guest, before: Before) -> None:
    """The name server answered before: that it does not any more is reason enough."""
    began = time.monotonic()
    session = guest.start(*SSH, "-tt", ADDRESS, *APPLY)
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.77.222/24", 60)
    comes_back(guest, 60)
    note(f"lock-out, a probe fails: answers {time.monotonic() - began:.1f} s after it was begun")
    print(session.wait())
    assert "DNS server 192.168.0.1" in guest.xenbond("history").ok()
    before.is_back(guest)
