"""A guest that lies, on a real bond under a real bridge: nobody else suffers, no verdict lies."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.lab.bonds import codes, make_bond, status
from tests.lab.channel import Running
from tests.lab.evidence import active_slave, note
from tests.lab.guest import Guest
from tests.security.hostile_frames import neighbour
from xenbond_tui.rules.announced import MACS_PER_PORT

GATEWAY, HOST = "192.168.0.1", "192.168.0.222"
SILENT = "00:16:3e:00:00:02"
QUIET = ["not-announced"]
"""What status says of this bond at rest: it has a primary, and no announcement service runs."""
COUNT = 1024
PYTHON = ("/opt/xenbond/bin/python", "-I")
# Two guests as Xen's would be: vif1.0's lies; vif2.0's has spoken once. The bridge passes LLDP on,
# which it would not by itself: the worst that an administrator can have asked for.
GUESTS = f"""
for n in 1 2; do
  ip netns add guest$n
  ip link add vif$n.0 type veth peer name eth0 address 00:16:3e:00:00:0$n netns guest$n
  ip link set vif$n.0 master xenbr0 up
  ip -n guest$n link set eth0 up
done
ip -n guest2 addr add 192.168.0.52/24 dev eth0
ip link set xenbr0 type bridge group_fwd_mask 0x4000
ip netns exec guest2 ping -c1 -W5 {GATEWAY}
"""

IN_SWITCH = ("ip", "netns", "exec", "switch")
SPEAKING_SWITCH = f"""
import socket, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("p1", 0))
while True:
    wire.send(bytes.fromhex("{neighbour(1).hex()}"))
    time.sleep(0.2)
"""
"""A real one tells each 30 s; nobody waits so long here."""


@pytest.fixture(scope="module")
def housing(guest: Guest) -> Guest:
    """The host with a guest that lies, and one that keeps still."""
    make_bond(guest, "active-backup", "primary", "eth0")
    guest.sh(GUESTS)
    return guest


@contextmanager
def running(guest: Guest, *argv: str) -> Iterator[Running]:
    started = guest.start(*argv)
    try:
        yield started
    finally:
        started.signal(signal.SIGTERM)
        print(started.wait())


def mac(guest: Guest, link: str, *namespace: str) -> str:
    return guest.run("ip", *namespace, "-j", "link", "show", link).ok().split('"address":"')[1][:17]


@contextmanager
def lying(guest: Guest) -> Iterator[str]:
    """The gateway's MAC; vif1.0's guest lies as long as the block runs."""
    theirs, own = mac(guest, "br0", "-n", "switch"), mac(guest, "xenbr0")
    script = ("/lab/inside/hostile_guest.py", "eth0", str(COUNT), GATEWAY, HOST, own, theirs)
    with running(guest, "ip", "netns", "exec", "guest1", *PYTHON, *script):
        guest.wait_until(f"[ $(bridge fdb show br xenbr0 | grep -c 'dev vif1.0') -gt {COUNT} ]")
        yield theirs


def seen(guest: Guest, seconds: int) -> dict[str, Any]:
    """What is around the bond, as xenbond finds it in so many seconds."""
    done = guest.run(*PYTHON, "/lab/inside/surroundings.py", str(seconds))
    found: dict[str, Any] = json.loads(done.ok())
    return found


def test_announce_tells_the_switch_of_the_silent_guest_and_of_few_of_the_liars(
    housing: Guest,
) -> None:
    housing.sh("rm -f /run/taught")
    listening = (*PYTHON, "/lab/inside/learning_frames.py", "/run/taught", "br0")
    with lying(housing) as gateway:
        own = {mac(housing, link) for link in ("xenbr0", "eth0", "eth1", "vif1.0", "vif2.0")}
        announcing = housing.start("xenbond", "announce", "bond0")
        listener = housing.start("ip", "netns", "exec", "switch", *listening)
        housing.wait_until("[ -e /run/taught ]", every=0.05)
        # It has looked at the bridge once at least, 10 s apart.
        housing.sh("sleep 25")
        housing.pull(0)
        housing.wait_until("grep -q eth1 /sys/class/net/bond0/bonding/active_slave", every=0.05)
        housing.sh("sleep 5")
        housing.plug(0)
        for process in (announcing, listener):
            process.signal(signal.SIGTERM)
        done = announcing.wait()
        taught = json.loads(listener.wait().ok())
    print(done)
    assert done.rc == 0
    liars = [item for item in taught if item.startswith("02:66:66")]
    note(f"hostile guest: {len(taught)} MACs announced, {len(liars)} of {COUNT} invented ones")
    assert SILENT in taught
    assert 0 < len(liars) <= MACS_PER_PORT
    assert gateway not in taught
    assert not own & {*taught}
    assert "not announced:" in done.err
    assert "vif1.0" in done.err
    assert "Traceback" not in done.err
    assert done.err.count("\n") <= 3, "it is said, and not again and again"


def test_forged_lldp_and_echo_replies_hide_no_silent_gateway(housing: Guest) -> None:
    before = seen(housing, 6)
    assert before["answered"] >= 3, before
    assert before["codes"] == QUIET, before
    with lying(housing):
        housing.sh(f"ip -n switch addr del {GATEWAY}/24 dev br0")
        try:
            silent = seen(housing, 12)
        finally:
            housing.sh(f"ip -n switch addr add {GATEWAY}/24 dev br0")
    note(f"hostile guest: while the gateway is silent: {silent}")
    assert silent["answered"] == 0, "no forged echo reply counts"
    assert silent["switches"] == [], "nor does LLDP of a guest's"


def test_lldp_of_the_switch_is_heard_all_the_same(housing: Guest) -> None:
    """By the slave that is not active: a bridge that passes LLDP on keeps the other's to itself."""
    with lying(housing), running(housing, *IN_SWITCH, *PYTHON, "-c", SPEAKING_SWITCH):
        found = seen(housing, 6)
    assert found["switches"] == ["sw1"], found


def test_status_is_the_same_under_attack(housing: Guest) -> None:
    with lying(housing):
        code, bond = status(housing)
    assert (code, bond["verdict"], codes(bond)) == (0, "healthy", QUIET)
    assert active_slave(housing) in ("eth0", "eth1")


def test_a_guest_that_sends_as_the_gateway_is_told(housing: Guest) -> None:
    # What the last attack left: the bridge sends there what is meant for the gateway.
    housing.sh(f"ip neigh flush dev xenbr0; ping -c1 -W5 {GATEWAY}")
    with lying(housing):
        found = seen(housing, 12)
    assert "gateway-inside" in found["codes"], found


def test_a_guest_that_answers_proves_no_failover(housing: Guest) -> None:
    """Whatever the cables do, it answers: a drill of that would always pass."""
    housing.sh("ping -c1 -W5 192.168.0.52")
    done = housing.xenbond(
        "drill", "bond0", "--how", "switch", "--yes", "--probe", "192.168.0.52", timeout=120
    )
    assert done.rc == 2
    assert "192.168.0.52 is behind vif2.0, a port of xenbr0" in done.out + done.err
