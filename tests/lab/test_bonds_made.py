"""Bonds made by sysfs, in all seven modes, as iproute2 then sees them; and the old kernels' ways.

Linux before 2.6.39 takes no port by netlink, so `host.before_netlink` does it otherwise; those
ways work to this day, and are tried here on the kernel there is.
"""

import json
from typing import Any

import pytest

from tests.lab.bonds import takes
from tests.lab.guest import Guest

SETUPS: dict[str, dict[str, str]] = {
    "balance-rr": {"packets_per_slave": "3", "mode": "balance-rr", "miimon": "100"},
    "active-backup": {
        **{"updelay": "400", "peer_notif_delay": "600", "primary_reselect": "better"},
        **{"num_grat_arp": "3", "fail_over_mac": "active", "mode": "active-backup"},
        **{"miimon": "200", "downdelay": "200"},
    },
    "by ARP": {
        **{
            "arp_validate": "all",
            "arp_interval": "200",
            "arp_ip_target": "192.168.0.1,192.168.0.9",
        },
        **{"mode": "active-backup", "miimon": "0", "arp_missed_max": "5"},
    },
    "balance-xor": {"xmit_hash_policy": "layer3+4", "mode": "balance-xor", "miimon": "100"},
    "broadcast": {"mode": "broadcast", "miimon": "100", "resend_igmp": "0"},
    "802.3ad": {
        **{"lacp_rate": "fast", "ad_select": "bandwidth", "min_links": "2", "mode": "802.3ad"},
        **{"miimon": "100", "xmit_hash_policy": "layer2+3"},
    },
    "balance-tlb": {"tlb_dynamic_lb": "0", "lp_interval": "5", "mode": "balance-tlb"},
    "balance-alb": {"mode": "balance-alb", "miimon": "100", "all_slaves_active": "1"},
}
"""In an order the kernel would not take."""
EXPECTED: dict[str, dict[str, object]] = {
    "balance-rr": {"mode": "balance-rr", "miimon": 100, "packets_per_slave": 3},
    "active-backup": {
        **{"mode": "active-backup", "miimon": 200, "updelay": 400, "downdelay": 200},
        **{"peer_notify_delay": 600, "primary_reselect": "better"},
        **{"num_peer_notif": 3, "fail_over_mac": "active"},
    },
    "by ARP": {
        **{"mode": "active-backup", "miimon": 0, "arp_interval": 200, "arp_missed_max": 5},
        **{"arp_ip_target": ["192.168.0.1", "192.168.0.9"], "arp_validate": "all"},
    },
    "balance-xor": {"mode": "balance-xor", "xmit_hash_policy": "layer3+4"},
    "broadcast": {"mode": "broadcast", "resend_igmp": 0},
    "802.3ad": {
        **{"mode": "802.3ad", "ad_lacp_rate": "fast", "ad_select": "bandwidth", "min_links": 2},
        **{"xmit_hash_policy": "layer2+3"},
    },
    "balance-tlb": {"mode": "balance-tlb", "tlb_dynamic_lb": 0, "lp_interval": 5},
    "balance-alb": {"mode": "balance-alb", "all_slaves_active": 1},
}


def inside(guest: Guest, *argv: str) -> dict[str, Any]:
    python = ("/opt/xenbond/bin/python", "-I", "/lab/inside/bonds.py")
    found: dict[str, Any] = json.loads(guest.run(*python, *argv, timeout=180).ok())
    return found


@pytest.fixture(scope="module")
def use_carrier(guest: Guest) -> int:
    """0 where the kernel takes that: Linux 6.18 and later do not."""
    return 0 if takes(guest, "use_carrier", "0") else 1


@pytest.fixture(scope="module")
def made(guest: Guest, use_carrier: int) -> dict[str, Any]:
    asked = {**SETUPS["active-backup"], "use_carrier": str(use_carrier)}
    return inside(guest, "options", json.dumps({**SETUPS, "active-backup": asked}))


@pytest.mark.parametrize("setup", SETUPS)
def test_a_bond_is_made_as_it_is_asked_for(
    made: dict[str, Any], setup: str, use_carrier: int
) -> None:
    data = made[setup]["linkinfo"]["info_data"]
    expected = dict(EXPECTED[setup])
    if setup == "active-backup":
        expected["use_carrier"] = use_carrier
    assert {name: data.get(name) for name in expected} == expected


def test_no_stray_bond_is_left(guest: Guest, made: dict[str, Any]) -> None:
    assert guest.read("/sys/class/net/bonding_masters").split() == []


def test_ports_and_bridges_as_old_kernels_take_them(guest: Guest, made: dict[str, Any]) -> None:
    found = inside(guest, "before-netlink")
    data = found.pop("bridge")["linkinfo"]["info_data"]
    assert (data["stp_state"], data["forward_delay"]) == (0, 0)
    assert found == {
        "a slave": "bond0",
        "a port": "br1",
        "no port": None,
        "another's port": "br1",
        "nothing": None,
    }
