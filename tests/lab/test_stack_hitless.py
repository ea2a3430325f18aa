"""Each stack: a live address moves under a bond and back, pinged every 20 ms; an SSH session lives.

Measured beside what the stack does by itself with the same files. Where Review told of a gap
nothing is asked of its length. One host; the tests are the legs of one journey and run in order.
"""

import contextlib
import json
import signal
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before, keep, network, note, until_status
from tests.lab.guest import Guest
from tests.lab.own_way import by_own_way, keep_files
from tests.lab.ssh import ADDRESS, SSH, SSHD
from tests.lab.stacks import LabStack

JOURNEY = True

LONG = ("-o", "ServerAliveInterval=0")
"""A session that neither end looks after lives as long as TCP does."""
STRICT = "for i in all default eth0; do echo 1 >/proc/sys/net/ipv4/conf/$i/rp_filter; done"
"""Some distributions' default: frames are dropped that come in by another link than the route's."""
SYSCTLS = (
    "cd /proc/sys/net; grep . ipv4/conf/*/rp_filter ipv4/conf/*/arp_ignore ipv6/conf/*/accept_dad"
)


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    host.sh(STRICT)
    host.sh(SSHD.replace("ClientAliveInterval=1", "ClientAliveInterval=0"))
    host.write("/root/answers.yaml", ANSWERS)
    return Before.of(host)


@pytest.fixture(scope="module")
def told(host: Guest, before: Before) -> str:
    """The gap that Review tells of; empty where there shall be none."""
    done = host.run("xenbond", "plan", "--answers", "/root/answers.yaml", "--json")
    findings = json.loads(done.out)["findings"]
    return next((finding["text"] for finding in findings if finding["code"] == "gap"), "")


@contextlib.contextmanager
def in_session(host: Guest) -> Iterator[list[float]]:
    """An operator's SSH session over the address that moves, a byte there and back each 20 ms.

    Yields:
        A list that holds the worst round trip, in ms, when the block has ended.
    """
    inside, (*namespace, ssh) = "/lab/inside/trips.py", SSH[:5]
    argv = (*namespace, "python3", "-I", inside, ssh, *LONG, *SSH[5:], ADDRESS, "cat")
    worst: list[float] = []
    host.sh("rm -f /run/session")
    running = host.start("sh", "-c", 'exec "$@" >/run/session', "sh", *argv)
    host.wait_until("grep -qs 'in session' /run/session")
    try:
        yield worst
    finally:
        running.signal(signal.SIGINT)
        running.wait().ok()
        trips, longest = host.read("/run/session").splitlines()[-1].split()
        assert int(trips) > 0
        worst.append(float(longest) * 1000)


def test_there(row: LabStack, host: Guest, before: Before, told: str) -> None:
    sysctls = set(host.sh(SYSCTLS).splitlines())
    with in_session(host) as worst, host.pinging() as pings:
        keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(f"{row}: hitless, there: {pings[0]}; SSH's worst round trip {worst[0]:.0f} ms")
    if told:
        note(f"{row}: Review told of it: {told}")
    else:
        assert pings[0].lost <= 1, "one may be on its way when the ping is ended"
    now = network(host)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.addresses["eth0"] == ()
    assert now.macs["xenbr0"] == before.network.macs["eth0"]
    assert [" ".join(r.split()[:5]) for r in now.routes] == ["default via 192.168.0.1 dev xenbr0"]
    assert set(host.sh(SYSCTLS).splitlines()) >= sysctls
    assert host.read("/proc/sys/net/ipv4/conf/xenbr0/rp_filter").strip() == "1"
    until_status(host, "healthy")


def test_and_back(row: LabStack, host: Guest, before: Before, told: str) -> None:
    keep_files(host)
    with in_session(host) as worst, host.pinging() as pings:
        keep(host, host.start("xenbond", "undo", "--yes"))
    note(f"{row}: hitless, back: {pings[0]}; SSH's worst round trip {worst[0]:.0f} ms")
    assert told or pings[0].lost <= 1, "one may be on its way when the ping is ended"
    before.is_back(host)


def test_the_stacks_own_way_for_comparison(row: LabStack, host: Guest, before: Before) -> None:
    """The same files laid down by hand, and the stack told in its own words."""
    pings = by_own_way(row, host)
    note(f"{row}: its own way ({row.own_way.format(files='new files')}): {pings}")
