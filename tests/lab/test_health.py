"""What `xenbond status` says and `xenbond watch` shows of a real bond when cables are pulled.

The bond is made with iproute2 alone, under a bridge with the host's address: this is about reading.
"""

import json
import time
from collections.abc import Iterator

import pytest

from tests.lab.evidence import note, until_status
from tests.lab.guest import Guest

MAKE = """
ip link del bond0 2>/dev/null || true
ip link add bond0 type bond mode "$1" miimon 100
for nic in eth0 eth1; do ip addr flush dev $nic; ip link set $nic down; done
ip link set eth0 master bond0; ip link set eth1 master bond0
[ -e /sys/class/net/xenbr0 ] || ip link add xenbr0 type bridge stp_state 0 forward_delay 0
ip link set bond0 master xenbr0; ip link set bond0 up; ip link set xenbr0 up
ip addr replace 192.168.0.222/24 dev xenbr0
"""

MODES = (
    *("balance-rr", "active-backup", "balance-xor"),
    *("broadcast", "802.3ad", "balance-tlb", "balance-alb"),
)


def make(guest: Guest, mode: str) -> None:
    guest.run("modprobe", "bonding").ok()
    guest.run("sh", "-ec", MAKE, "sh", mode).ok()
    guest.wait_until("[ $(grep -c 'MII Status: up' /proc/net/bonding/bond0) = 3 ]")


def slaves(bond: dict[str, object]) -> dict[str, str]:
    found = bond["slaves"]
    assert isinstance(found, list)
    return {slave["name"]: slave["mii_status"] for slave in found}


def codes(bond: dict[str, object]) -> set[str]:
    found = bond["reasons"]
    assert isinstance(found, list)
    return {reason["code"] for reason in found}


@pytest.mark.parametrize("mode", MODES)
def test_status_in_each_cable_state(guest: Guest, mode: str) -> None:
    """Both up, one pulled, both pulled, one back, both back."""
    make(guest, mode)
    # An LACP bond whose switch does not answer is never redundant.
    well = "degraded" if mode == "802.3ad" else "healthy"
    assert until_status(guest, well)["mode"] == mode
    guest.pull(0)
    guest.wait_until("[ $(grep -c 'MII Status: down' /proc/net/bonding/bond0) = 1 ]")
    bond = until_status(guest, "degraded")
    assert slaves(bond) == {"eth0": "down", "eth1": "up"}
    assert "slave-down" in codes(bond)
    guest.pull(1)
    bond = until_status(guest, "down")
    assert slaves(bond) == {"eth0": "down", "eth1": "down"}
    assert bond["active_slave"] is None
    guest.plug(0)
    bond = until_status(guest, "degraded")
    assert slaves(bond) == {"eth0": "up", "eth1": "down"}
    print(guest.run("xenbond", "status").out)
    guest.plug(1)
    until_status(guest, well)


def test_status_of_what_is_not_watched(guest: Guest) -> None:
    """Without link monitoring the kernel reports every slave up for ever: that is no health."""
    make(guest, "active-backup")
    guest.write("/sys/class/net/bond0/bonding/miimon", "0")
    bond = until_status(guest, "misconfigured")
    print(json.dumps(bond["reasons"], indent=1))


@pytest.fixture(scope="module")
def watching(guest: Guest) -> Iterator[Guest]:
    make(guest, "active-backup")
    running = guest.on_console("xenbond", "watch")
    guest.console.wait_for(r"^ bond0  HEALTHY")
    yield guest
    guest.console.keys("q")
    assert running.wait(10).rc == 0


@pytest.mark.parametrize("nic", [0, 1])
def test_watch_changes_within_a_second(watching: Guest, nic: int) -> None:
    """From before the pull is ordered to the changed screen, the console's transport included."""
    console = watching.console
    watching.write("/sys/class/net/bond0/bonding/active_slave", f"eth{nic}")
    console.wait_for(rf"^ eth{nic}   ACTIVE  up")
    pulled = watching.pull(nic)
    console.wait_for(r"^ bond0  DEGRADED ", rf"^ eth{1 - nic}   ACTIVE  up")
    shown = time.monotonic() - pulled
    plugged = watching.plug(nic)
    console.wait_for(r"^ bond0  HEALTHY   2 of 2 slaves up")
    again = time.monotonic() - plugged
    note(f"watch: eth{nic} pulled, shown after {shown:.2f} s; plugged, after {again:.2f} s")
    assert shown < 1.0
