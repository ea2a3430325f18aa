"""An SSH session over eth0 makes a change with a wrong address, and dies of it.

The operator is in the switch's namespace, 192.168.0.1, and gets the host back without doing
anything.
"""

import time
from collections.abc import Iterator

import pytest

from tests.lab.channel import Running
from tests.lab.evidence import ANSWERS, Before, note
from tests.lab.guest import Guest
from tests.lab.layouts import BRIDGED_NIC

WRONG = ANSWERS.replace("192.168.0.", "192.168.77.")
"""An address and a gateway of another subnet than the wire's."""
INTERFACES = {"/etc/network/interfaces": BRIDGED_NIC}
APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30")

SSHD = """\
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f /root/key
cp /root/key.pub /root/.ssh/authorized_keys
/usr/sbin/sshd -o ClientAliveInterval=1 -o ClientAliveCountMax=3 -o UseDNS=no
"""
"""Both ends notice within some 4 s that nobody is there any more."""
SSH = (
    *("ip", "netns", "exec", "switch", "ssh", "-i", "/root/key", "-o", "ConnectTimeout=5"),
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3", "-o", "LogLevel=ERROR"),
)
ADDRESS = "root@192.168.0.222"
"""With a terminal, as an operator has one: the session's programs get a SIGHUP when it dies."""

ACTIVE = "grep -q '\"active\"' /var/lib/xenbond/transactions/*/journal.jsonl"
DEADLINE = """\
import glob, json, time
for line in open(sorted(glob.glob("/var/lib/xenbond/transactions/2*/journal.jsonl"))[-1]):
    entry = json.loads(line)
    if entry["state"] == "active":
        print(entry["deadline"] - time.clock_gettime(time.CLOCK_BOOTTIME) + time.time())
"""
"""Prints the wall clock of the deadline."""


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


def dies(guest: Guest, session: Running) -> None:
    """The client gives up, nothing of the session is left on the host, and the worker lives on."""
    assert session.wait().rc == 255, "ssh's own error"
    guest.wait_until("! pgrep -f '[s]shd: root@' >/dev/null")
    guest.wait_until("! pgrep -x xenbond >/dev/null")
    guest.sh("pgrep -f '[x]enbond_tui worker'")


def comes_back(guest: Guest, within: float) -> tuple[float, ...]:
    """When each ping was answered, from now until the change has gone back and a second more."""
    over = "! pgrep -f '[x]enbond_tui worker' >/dev/null"
    with guest.pinging() as pings:
        guest.wait_until(over, timeout=within, every=1)
        guest.run("sleep", "1")
    assert pings[0].answers, pings[0]
    return pings[0].answers


def deadline(guest: Guest) -> float:
    """Until when the change could have been kept: the guest's wall clock."""
    return float(guest.run("python3", "-c", DEADLINE).ok())


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


def test_the_countdown_takes_it_back(guest: Guest, before: Before) -> None:
    session = guest.start(*SSH, "-tt", ADDRESS, *APPLY, "--cut-off-on-purpose")
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.77.222/24", 60)
    dies(guest, session)
    guest.run("timeout", "60", "sh", "-c", f"until {ACTIVE}; do sleep 0.5; done").ok()
    until = deadline(guest)
    first = comes_back(guest, 90)[0]
    note(f"lock-out, the session died: answers {first - until:.1f} s after the deadline")
    assert first > until, "answered although the host had no such address"
    before.is_back(guest)
    assert "nobody confirmed it in time" in guest.xenbond("history").ok()
