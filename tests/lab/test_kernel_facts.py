"""What xenbond reads of real bonds, against `ip -j -d`, /proc and sysfs, in all seven modes.

The NICs are veth pairs: they have no permanent MAC of their own (a slave's comes from the bond)
and no driver below the kernel's. Cards with both are in the recorded captures of the unit tests.
"""

import json
from typing import Any

import pytest

from tests import full_decoding
from tests.lab.bonds import takes
from tests.lab.evidence import ANSWERS
from tests.lab.guest import Guest

SETUPS = {
    "balance-rr": ["mode", "balance-rr", "miimon", "100", "packets_per_slave", "3"],
    "active-backup": [
        *("mode", "active-backup", "miimon", "200", "updelay", "400", "downdelay", "200"),
        *("peer_notify_delay", "600", "primary_reselect", "better"),
    ],
    "active-backup by ARP": [
        *("mode", "active-backup", "arp_interval", "2000", "arp_ip_target", "192.168.0.1"),
        *("arp_missed_max", "5", "fail_over_mac", "active"),
    ],
    "balance-xor": ["mode", "balance-xor", "miimon", "100", "xmit_hash_policy", "layer3+4"],
    "broadcast": ["mode", "broadcast", "miimon", "100"],
    "802.3ad": ["mode", "802.3ad", "miimon", "100", "lacp_rate", "fast", "lacp_active", "off"],
    "balance-tlb": ["mode", "balance-tlb", "miimon", "100", "tlb_dynamic_lb", "0"],
    "balance-alb": ["mode", "balance-alb", "miimon", "100"],
}
"""Name -> arguments of `ip link add type bond`."""
WITHOUT_CARRIER = ("use_carrier", "0")
"""Joins the second where the kernel takes it: Linux 6.18 and later do not."""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def use_carrier(guest: Guest) -> int:
    """What the bond of the second set-up has of it."""
    return 0 if takes(guest, *WITHOUT_CARRIER) else 1


@pytest.fixture(scope="module")
def observed(guest: Guest, use_carrier: int) -> dict[str, Seen]:
    guest.sh(
        "modprobe bonding;"
        "ip link add eth2 address 00:14:22:36:f1:fb type veth peer name p2 netns switch;"
        "ip -n switch link set p2 master br0 up"
    )
    setups = dict(SETUPS)
    if not use_carrier:
        setups["active-backup"] = [*setups["active-backup"], *WITHOUT_CARRIER]
    done = guest.run(
        *("/opt/xenbond/bin/python", "-I", "/lab/inside/probe.py", json.dumps(setups)), timeout=180
    )
    found: dict[str, Seen] = json.loads(done.ok())
    return found


@pytest.fixture(params=SETUPS)
def seen(request: pytest.FixtureRequest, observed: dict[str, Seen]) -> Seen:
    return observed[request.param]


def the_bond(seen: Seen) -> Seen:
    (bond,) = seen["snapshot"]["bonds"]
    assert isinstance(bond, dict)
    return bond


def test_settings_are_what_iproute2_decodes(seen: Seen) -> None:
    bond, peer = the_bond(seen), seen["ip"]["bond0"]["linkinfo"]["info_data"]
    for ours in ("mode", "miimon", "updelay", "downdelay", "arp_interval", "use_carrier"):
        assert bond[ours] == peer[ours], ours
    for ours in ("primary_reselect", "fail_over_mac", "xmit_hash_policy"):
        if bond[ours] is not None and ours in peer:
            assert bond[ours] == peer[ours], ours
    assert bond["active_slave"] == peer.get("active_slave")
    options = bond["options"]
    theirs = {"peer_notif_delay": "peer_notify_delay", "lacp_active": "ad_lacp_active"}
    for ours in ("peer_notif_delay", "lacp_active", "arp_missed_max", "lp_interval", "min_links"):
        name, *_code = options[ours].split()
        assert name == str(peer[theirs.get(ours, ours)]), ours


def test_use_carrier_is_what_the_kernel_took(
    guest: Guest, observed: dict[str, Seen], use_carrier: int
) -> None:
    """And a plan that switches it off is refused where the kernel refuses it, and only there."""
    assert the_bond(observed["active-backup"])["use_carrier"] == use_carrier
    answers = ANSWERS.replace("miimon: 100\n", "miimon: 100\n  use_carrier: false\n")
    guest.write("/root/answers.yaml", answers)
    document = json.loads(
        guest.run("xenbond", "plan", "--answers", "/root/answers.yaml", "--json").out
    )
    about = [item for item in document["findings"] if item["code"].startswith("use-carrier")]
    assert [(item["severity"], item["code"]) for item in about] == [
        ("refuse", "use-carrier-refused") if use_carrier else ("note", "use-carrier-obsolete")
    ]


def test_what_the_kernel_answers_is_decoded_as_the_library_does(seen: Seen) -> None:
    payloads = {
        kind: [bytes.fromhex(data) for data in items] for kind, items in seen["raw"].items()
    }
    told, expected = full_decoding.ours(payloads), full_decoding.the_librarys(payloads)
    assert told["options"]["bond0"].keys() == expected["options"]["bond0"].keys()
    for kind, items in expected.items():
        assert told[kind] == items


def test_slaves_are_what_iproute2_decodes(seen: Seen) -> None:
    slaves = {slave["name"]: slave for slave in the_bond(seen)["slaves"]}
    assert sorted(slaves) == ["eth1", "eth2"]
    for name, slave in slaves.items():
        peer = seen["ip"][name]["linkinfo"]["info_slave_data"]
        assert slave["mii_status"] == peer["mii_status"].lower()
        assert slave["link_failure_count"] == peer["link_failure_count"]
        assert slave["permanent_mac"] == peer["perm_hwaddr"]
        assert slave["queue_id"] == peer["queue_id"]
        assert slave["aggregator_id"] == peer.get("ad_aggregator_id")


def test_every_line_of_proc_is_understood(seen: Seen) -> None:
    assert the_bond(seen)["not_understood"] == []
    assert the_bond(seen)["driver"] == f"v{seen['release']}", seen["proc"].splitlines()[0]


def test_the_cheap_way_says_the_same(seen: Seen) -> None:
    """sysfs and /proc alone, as `xenbond status` reads, against the full snapshot."""
    full, cheap = the_bond(seen), seen["cheap"]
    only_netlink = set(full["options"]) - set(cheap["options"])
    assert only_netlink <= {"coupled_control", "broadcast_neighbor", "lacp_strict", "ns_ip6_target"}
    options = {k: v for k, v in full["options"].items() if k not in only_netlink}
    assert {**full, "options": options} == cheap


def test_links_are_what_iproute2_decodes(seen: Seen) -> None:
    links = {link["name"]: link for link in seen["snapshot"]["links"]}
    assert sorted(links) == sorted(seen["ip"])
    for name, peer in seen["ip"].items():
        link = links[name]
        assert link["index"] == peer["ifindex"]
        assert link["mtu"] == peer["mtu"]
        assert link["master"] == peer.get("master")
        assert link["admin_up"] == ("UP" in peer["flags"])
        assert link["carrier"] == ("LOWER_UP" in peer["flags"] if link["admin_up"] else None)
        assert link["operstate"] == peer["operstate"].lower()
        if name != "lo":
            assert link["mac"] == peer["address"]
        shown = {f"{a['local']}/{a['prefixlen']}" for a in peer["addr_info"]}
        assert {f"{a['ip']}/{a['prefixlen']}" for a in link["addresses"]} == shown


def test_a_slave_keeps_its_permanent_mac(seen: Seen) -> None:
    """While enslaved both slaves wear one MAC; a veth's own is known to the bond alone."""
    links = {link["name"]: link for link in seen["snapshot"]["links"]}
    assert links["eth1"]["permanent_mac"] == "00:14:22:36:f1:fa"
    assert links["eth2"]["permanent_mac"] == "00:14:22:36:f1:fb"
    assert links["eth2"]["permanent_mac_source"] == "bond"
    assert links["eth0"]["permanent_mac_source"] == "current"


def test_lacp_without_a_partner(observed: dict[str, Seen]) -> None:
    seen = observed["802.3ad"]
    lacp = the_bond(seen)["lacp"]
    info = seen["ip"]["bond0"]["linkinfo"]["info_data"]["ad_info"]
    assert lacp["aggregator_id"] == info["aggregator"]
    assert lacp["ports"] == info["num_ports"]
    assert lacp["actor_key"] == info["actor_key"]
    assert lacp["partner_key"] == info["partner_key"]
    assert lacp["partner_mac"] == info["partner_mac"] == "00:00:00:00:00:00"
    assert lacp["rate"] == "fast"
