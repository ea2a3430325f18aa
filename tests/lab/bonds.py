"""Bonds made in a guest with iproute2 alone: for tests about reading and drilling them."""

import json
from typing import Any

from tests.lab.guest import Guest

MODES = (
    *("balance-rr", "active-backup", "balance-xor"),
    *("broadcast", "802.3ad", "balance-tlb", "balance-alb"),
)
WITH_ACTIVE_SLAVE = ("active-backup", "balance-tlb", "balance-alb")

_MAKE = """
ip link del bond0 2>/dev/null || true
ip link add bond0 type bond miimon 100 "$@"
for nic in eth0 eth1; do ip addr flush dev $nic; ip link set $nic down; done
ip link set eth0 master bond0; ip link set eth1 master bond0
[ -e /sys/class/net/xenbr0 ] || ip link add xenbr0 type bridge stp_state 0 forward_delay 0
ip link set bond0 master xenbr0; ip link set bond0 up; ip link set xenbr0 up
ip addr replace 192.168.0.222/24 dev xenbr0
ip route replace default via 192.168.0.1
"""


def make_bond(guest: Guest, mode: str, *options: str) -> None:
    """Make bond0 of eth0 and eth1 anew, under xenbr0 with the host's address; wait for its links.

    Args:
        guest: where; whatever bond0 was there is gone.
        mode: its mode.
        options: more of `ip link add type bond`.
    """
    guest.run("modprobe", "bonding").ok()
    guest.run("sh", "-ec", _MAKE, "sh", "mode", mode, *options).ok()
    until_up(guest, 2)
    # The bridge hears of the bond's carrier a moment later.
    guest.wait_until("[ $(cat /sys/class/net/bond0/brport/state) = 3 ]", every=0.05)


def takes(guest: Guest, option: str, value: str) -> bool:
    """Whether this kernel makes a bond with that option of `ip link add type bond`."""
    guest.run("modprobe", "bonding").ok()
    taken = guest.run("ip", "link", "add", "asked", "type", "bond", option, value).rc == 0
    if taken:
        guest.run("ip", "link", "del", "asked").ok()
    return taken


def until_up(guest: Guest, number: int) -> None:
    """Wait until the bond takes exactly so many slaves for up."""
    up = "grep -A1 '^Slave Interface' /proc/net/bonding/bond0 | grep -c 'MII Status: up'"
    guest.wait_until(f"[ $({up}) = {number} ]", every=0.05)


def status(guest: Guest) -> tuple[int, dict[str, Any]]:
    """Exit code of `xenbond status --json`, and its only bond."""
    done = guest.run("xenbond", "status", "--json")
    (bond,) = json.loads(done.out)["bonds"]
    return done.rc, bond


def codes(bond: dict[str, Any]) -> list[str]:
    """The codes of a bond's reasons, worst first."""
    return [reason["code"] for reason in bond["reasons"]]
