"""A live address moves under a bond and back without losing a frame, by the real ifupdown.

A neighbour's session lives through it, and one by the default route; and where it must not begin.
Each run shows the former on every stack, in `test_stack_journey.py`, and that no IPv6 address is
left unusable in `test_hitless_addresses.py`. One guest; the tests are the legs of one journey and
run in order.
"""

import contextlib
import json
import signal
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before, hitless, keep, network, note, until_status
from tests.lab.guest import Guest

JOURNEY = True

SERVER = """\
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(64):
            self.request.sendall(data)
socketserver.ThreadingTCPServer(("192.168.0.222", 7), Echo).serve_forever()
"""
CLIENT = """\
import signal, socket, sys, time
stop = []
signal.signal(signal.SIGINT, lambda *_: stop.append(1))
session = socket.create_connection(("192.168.0.222", 7), source_address=(sys.argv[1], 0))
session.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
session.settimeout(60)
worst = trips = 0
while not stop:
    began = time.monotonic()
    session.sendall(b"x")
    assert session.recv(64) == b"x"
    worst, trips = max(worst, time.monotonic() - began), trips + 1
    time.sleep(0.02)
print(trips, worst)
"""
NEAR, FAR = "192.168.0.1", "10.9.9.9"
"""Who talks to the host: a neighbour, and one that the host answers by its default route."""
STRICT = "for i in all default eth0; do echo 1 >/proc/sys/net/ipv4/conf/$i/rp_filter; done"
"""Some distributions' default: frames are dropped that come in by another link than the route's."""
SYSCTLS = (
    "cd /proc/sys/net; grep . ipv4/conf/*/rp_filter ipv4/conf/*/arp_ignore ipv6/conf/*/accept_dad"
)


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    guest.sh(STRICT)
    guest.sh(f"ip -n switch addr add {FAR}/32 dev lo")
    guest.write("/root/server.py", SERVER)
    guest.write("/root/client.py", CLIENT)
    guest.write("/root/answers.yaml", ANSWERS)
    guest.start("python3", "/root/server.py")
    guest.wait_until("ss -Hltn sport = 7 | grep -q .")
    return Before.of(guest)


@contextlib.contextmanager
def tcp_sessions(guest: Guest) -> Iterator[list[float]]:
    """Two sessions through the switch, near and far, a byte there and back each 20 ms.

    Yields:
        A list that holds the worst round trip of each, in ms, when the block has ended.
    """
    worst: list[float] = []
    inside = ("ip", "netns", "exec", "switch", "python3", "/root/client.py")
    both = [guest.start(*inside, source) for source in (NEAR, FAR)]
    guest.wait_until('[ "$(ss -Htn state established sport = 7 | wc -l)" = 2 ]')
    try:
        yield worst
    finally:
        for running in both:
            running.signal(signal.SIGINT)
            trips, longest = running.wait().ok().split()
            assert int(trips) > 0
            worst.append(float(longest) * 1000)


def in_charge(guest: Guest) -> set[str]:
    """The links ifupdown says it has brought up."""
    return set(guest.sh("ifquery --state | cut -d= -f1").split())


@pytest.mark.long
def test_there(guest: Guest, before: Before) -> None:
    sysctls = set(guest.sh(SYSCTLS).splitlines())
    with guest.pinging() as pings, tcp_sessions(guest) as worst:
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(
        f"hitless, there: {pings[0]}; worst round trip of a TCP session {worst[0]:.0f} ms, "
        f"of one by the default route {worst[1]:.0f} ms"
    )
    hitless(guest, pings[0])
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.addresses["eth0"] == ()
    assert now.macs["xenbr0"] == before.network.macs["eth0"]
    assert [" ".join(r.split()[:5]) for r in now.routes] == ["default via 192.168.0.1 dev xenbr0"]
    assert in_charge(guest) >= {"lo", "eth0", "bond0", "xenbr0"}
    assert set(guest.sh(SYSCTLS).splitlines()) >= sysctls
    assert guest.read("/proc/sys/net/ipv4/conf/xenbr0/rp_filter").strip() == "1"
    until_status(guest, "healthy")


@pytest.mark.long
def test_no_link_was_left_without_ipv6(guest: Guest) -> None:
    (link,) = json.loads(guest.sh("ip -j -6 addr show dev xenbr0 scope link"))
    (address,) = link["addr_info"]
    assert not address.get("dadfailed")
    assert not address.get("tentative")


@pytest.mark.long
def test_and_back(guest: Guest, before: Before) -> None:
    sysctls = {line for line in guest.sh(SYSCTLS).splitlines() if "eth" in line or "/all/" in line}
    with guest.pinging() as pings, tcp_sessions(guest) as worst:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    note(
        f"hitless, back: {pings[0]}; worst round trip of a TCP session {worst[0]:.0f} ms, "
        f"of one by the default route {worst[1]:.0f} ms"
    )
    hitless(guest, pings[0])
    assert in_charge(guest) == {"lo", "eth0"}
    assert set(guest.sh(SYSCTLS).splitlines()) >= sysctls
    before.is_back(guest)


def test_a_second_nic_that_leads_nowhere_is_found_before_anything_moves(
    guest: Guest, before: Before
) -> None:
    """eth1 has a link, but in a VLAN of its own: with it the host would be cut off."""
    # Without ARP: the switch is the gateway too, and would answer on any port of its own.
    guest.sh("ip -n switch link set p1 nomaster arp off; ip link set eth1 up")
    was = Before.of(guest)
    with guest.pinging() as pings:
        done = guest.xenbond("apply", "--answers", "/root/answers.yaml", "--yes", timeout=300)
    note(f"hitless, a second NIC that leads nowhere: {pings[0]}")
    assert done.rc == 2
    assert "192.168.0.1 does not answer through bond0" in done.out + done.err
    hitless(guest, pings[0])
    was.is_back(guest)
    guest.sh("ip link set eth1 down; ip -n switch link set p1 master br0 arp on")
    before.is_back(guest)
