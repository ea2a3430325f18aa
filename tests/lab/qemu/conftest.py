"""The machine, shared by all tests of this folder, and the bond each file begins with."""

from collections.abc import Iterator

import pytest

from tests.lab.errors import NoLab
from tests.lab.evidence import note
from tests.lab.qemu.machine import Machine
from tests.left_out import leave_out

HOST, HOST6 = "192.168.0.222", "fd00::222"
GUEST, GUEST_MAC = "192.168.0.50", "00:16:3e:00:00:50"
CLEAR = """
ip link del bond0 2>/dev/null || true
ip link del xenbr0 2>/dev/null || true
ip link del vif1.0 2>/dev/null || true
"""
MAKE = f"""{CLEAR}
ip link add bond0 type bond mode "$1" miimon 100
for nic in eth0 eth1; do ip link set $nic down; ip link set $nic master bond0; done
ip link add xenbr0 type bridge stp_state 0 forward_delay 0
ip link set bond0 master xenbr0
ip link set bond0 up
ip link set xenbr0 up
ip addr add {HOST}/24 dev xenbr0
ip addr add {HOST6}/64 dev xenbr0 nodad
ip route add default via 192.168.0.1
"""
# What a guest of Xen's has on its side of the bridge. It asks nobody anything by itself: it knows
# the gateway's MAC for good, and has no IPv6.
MAKE_GUEST = f"""
ip netns add guest 2>/dev/null || true
ip netns exec guest sysctl -q net.ipv6.conf.default.disable_ipv6=1
ip link add vif1.0 type veth peer name eth0 address {GUEST_MAC} netns guest
ip link set vif1.0 master xenbr0 up
ip -n guest addr add {GUEST}/24 dev eth0
ip -n guest link set eth0 up
ip -n guest neigh replace 192.168.0.1 lladdr 52:54:00:ff:ff:01 nud permanent dev eth0
"""


@pytest.fixture(scope="session")
def machine(lab: None) -> Iterator[Machine]:
    """One machine; left out, saying why, where QEMU is not to be had."""
    try:
        booted = Machine()
    except NoLab as why:
        leave_out(f"no QEMU here: {why}")
    with booted:
        note(f"qemu: booted in {booted.boot_seconds:.1f} s")
        yield booted


def make_bond(machine: Machine, mode: str = "active-backup") -> None:
    """A bond of both NICs under a bridge with the host's address, made anew."""
    machine.plug(0, 1)
    machine.run("sh", "-ec", MAKE, "sh", mode).ok()
    machine.wait_until("[ $(grep -c 'MII Status: up' /proc/net/bonding/bond0) = 3 ]", 60)
    machine.wait_until("ping -c1 -W1 192.168.0.1 >/dev/null", 60)


@pytest.fixture(scope="module")
def bonded(machine: Machine) -> Machine:
    """The machine with an active-backup bond, for the tests of a file."""
    make_bond(machine)
    return machine
