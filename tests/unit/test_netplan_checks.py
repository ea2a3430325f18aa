"""netplan: what is refused or warned of, with file and line."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC
from netplan_cases import ANSWERS, BOND, ETH0, FILE, STACK, below, codes, host
from proposing import told_by

from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.netplan.activate import TRY

VLAN = "  vlans:\n    office: {id: 7, link: eth0}\n"
TUNNEL = "  tunnels:\n    vx: {mode: vxlan, id: 3, link: eth0}\n"
OTHER_BRIDGE = "  bridges:\n    br9:\n      interfaces: [eth1]\n"
OTHER_BOND = "  bonds:\n    bond9:\n      interfaces:\n      - eth1\n"
PATTERN = "network:\n  ethernets:\n    all:\n      match: {name: 'eth*'}\n      dhcp4: true\n"
KEPT_DOWN = "  {}:\n    {}:\n      interfaces: []\n      activation-mode: manual\n"
TWICE = f"    up:\n      match: {{macaddress: '{ETH0_MAC}'}}\n"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (ETH0 + VLAN, "on-a-slave", f"{FILE}:9"),
        (ETH0 + TUNNEL, "slave-named-elsewhere", f"{FILE}:9"),
        (ETH0 + OTHER_BRIDGE, "slave-in-another-bridge", f"{FILE}:10"),
        (ETH0 + "    eth1: {}\n" + OTHER_BOND, "slave-of-another-bond", f"{FILE}:12"),
        (
            ETH0 + "  bridges:\n    br9: {interfaces: [bond0]}\n",
            "bond-in-another-bridge",
            f"{FILE}:9",
        ),
        (PATTERN, "slave-configured-by-pattern", f"{FILE}:4"),
        (ETH0 + TWICE, "slave-defined-twice", "eth0"),
        (below("hairpin: true"), "key-not-movable", f"{FILE}:8"),
        (below("openvswitch: {}"), "key-not-movable", f"{FILE}:8"),
        (below("activation-mode: manual"), "key-not-movable", f"{FILE}:8"),
        (ETH0 + KEPT_DOWN.format("bonds", "bond0"), "key-not-movable", f"{FILE}:11"),
        (ETH0 + KEPT_DOWN.format("bridges", "xenbr0"), "key-not-movable", f"{FILE}:11"),
        (ETH0 + "    eth1: {renderer: NetworkManager}\n", "two-renderers", "eth1"),
        (ETH0 + "  renderer: sriov\n", "unknown-renderer", "renderer"),
        (ETH0 + "  vlans:\n    xenbr0: {id: 7, link: wan}\n", "name-taken", f"{FILE}:9"),
        (ETH0 + "  vlans:\n    eth1: {id: 7, link: wan}\n", "name-taken", f"{FILE}:9"),
        (ETH0 + "    eth1:\n\t  dhcp4: true\n", "unreadable-file", f"{FILE}:9"),
        (ETH0 + "    eth0: {}\n", "unreadable-file", f"{FILE}:8"),
        (below("addresses: []").replace("addresses: [192.168.0.222/24]\n      ", ""), "", ""),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, code: str, where: str) -> None:
    found = [(item.code, item.where) for item in told_by(STACK, host(text), ANSWERS) if item.remedy]
    assert found == ([(code, where)] if code else [])


def test_a_definition_in_a_packages_file_is_refused() -> None:
    path = "/lib/netplan/00-vendor.yaml"
    assert codes({path: ETH0})["not-the-operators-file"] == f"{path}:4"


def test_a_shared_definition_is_refused_before_anything_is_written() -> None:
    text = ETH0.replace("eth0:", "eth0: &nic") + "    eth9: *nic\n"
    assert codes(text)["file-not-editable"] == f"{FILE}:4"


def test_lines_that_will_not_come_along_are_named() -> None:
    text = (
        below() + "    eth1:\n      addresses: [10.0.0.1/8]\n      wakeonlan: on\n"
        "      routes: [{to: 10.9.0.0/16, via: 10.0.0.9}]\n      dhcp6: yes\n"
    )
    found = [(item.code, item.where) for item in told_by(STACK, host(text), ANSWERS)]
    assert found[:3] == [
        ("address-dropped", f"{FILE}:9"),
        ("line-dropped", f"{FILE}:11"),
        ("line-goes", f"{FILE}:12"),
    ]


@pytest.mark.parametrize(
    ("options", "renderer", "code"),
    [
        ({"num_grat_arp": "0"}, "networkd", "value-not-expressible"),
        ({"resend_igmp": "0"}, "NetworkManager", "value-not-expressible"),
        ({"min_links": "0"}, "networkd", None),
        ({"arp_validate": "filter"}, "networkd", "value-not-expressible"),
        ({"arp_validate": "filter"}, "NetworkManager", None),
        ({"peer_notif_delay": "200"}, "networkd", "by-hand"),
        ({"peer_notif_delay": "200"}, "NetworkManager", "by-hand"),
    ],
)
def test_values_netplan_cannot_say(
    options: dict[str, str], renderer: str, code: str | None
) -> None:
    text = ETH0.replace("  version: 2\n", f"  version: 2\n  renderer: {renderer}\n")
    found = codes(text, replace(ANSWERS, bond=replace(BOND, options=options)))
    assert set(found) == ({code} if code else set())


def test_use_carrier_is_not_expressible() -> None:
    assert STACK.dialect.spelling("use_carrier") is None
    assert STACK.dialect.spelling("lacp_rate") == "lacp-rate"


def test_a_netplan_try_that_waits_is_refused() -> None:
    facts = host(ETH0)
    trying = replace(facts, present=facts.present | {TRY})
    assert "netplan-try" not in {item.code for item in told_by(STACK, facts, ANSWERS)}
    (told,) = [item for item in told_by(STACK, trying, ANSWERS) if item.code == "netplan-try"]
    assert told.severity is Severity.REFUSE
    assert TRY in told.remedy


ETC = "/etc/systemd/network"
NETWORK = "/etc/systemd/network/10-netplan-{}.network.d/x.conf"
MATCH = "[Match]\nName={}\n"


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        # What sorts before netplan's file, is taken in its place, or is read after it.
        (f"{ETC}/00-x.network", MATCH.format("bond* xen*") + "[Link]\nUnmanaged=yes\n", ":2"),
        (f"{ETC}/00-x.network", "[Match]\nKind=bridge\n[Network]\nDHCP=yes\n", ":2"),
        ("/usr/lib/systemd/network/00-x.network", MATCH.format("!lo") + "[Network]\n", ":2"),
        (f"{ETC}/10-netplan-eth1.network", MATCH.format("eth1") + "[Network]\n", ":2"),
        (f"{ETC}/10-netplan-eth1.network", MATCH.format("eth9") + "[Network]\n", ""),
        (f"{ETC}/05-x.netdev", "[NetDev]\nName=bond0\nKind=bridge\n", ":3"),
        (f"{ETC}/05-x.netdev", "[NetDev]\nName=xenbr0\nKind=bridge\n", ":3"),
        (f"{ETC}/10-netplan-bond0.netdev.d/x.conf", "[NetDev]\nKind=bridge\n", ":2"),
        (f"{ETC}/10-netplan-bond0.netdev.d/x.conf", "[Bond]\nMode=balance-rr\n", ":2"),
        (f"{ETC}/10-netplan-bond0.netdev.d/x.conf", "[Bond]\nMIIMonitorSec=0\n", ":2"),
        (f"{ETC}/10-netplan-bond0.netdev.d/x.conf", "[Bond]\nUpDelaySec=5\n", ":2"),
        (NETWORK.format("eth1"), "[Link]\nActivationPolicy=always-down\n", ":2"),
        (NETWORK.format("eth0"), "[Link]\nUnmanaged=yes\n", ":2"),
        (NETWORK.format("bond0"), "[Link]\nUnmanaged=yes\n", ":2"),
        (NETWORK.format("xenbr0"), "[Link]\nUnmanaged=yes\n", ":2"),
        (NETWORK.format("eth0"), "[Network]\nAddress=192.0.2.11/24\n", ":2"),
        (NETWORK.format("eth1"), "[Network]\nDHCP=yes\n", ":2"),
        (NETWORK.format("bond0"), "[Route]\nDestination=10.0.0.0/8\n", ":2"),
        (NETWORK.format("eth1"), "[Network]\nBridge=br9\n", ":2"),
        ("/run/systemd/network/10-netplan-eth1.network.d/x.conf", "[Network]\nDHCP=ipv4\n", ":2"),
    ],
)
def test_a_file_of_networkds_own_that_undoes_netplans_is_refused(
    path: str, text: str, where: str
) -> None:
    found = told_by(STACK, host({FILE: ETH0, path: text}), ANSWERS)
    refused = {(it.code, it.where) for it in found if it.severity is Severity.REFUSE}
    assert refused == {("networkd-beside-netplan", path + where)}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/usr/lib/systemd/network/80-vm-vt.network", MATCH.format("vt-*") + "[Network]\n"),
        (f"{ETC}/99-all.network", MATCH.format("*") + "[Network]\nDHCP=yes\n"),
        (f"{ETC}/05-wan.network", MATCH.format("wan0") + "[Network]\nDHCP=yes\n"),
        (f"{ETC}/05-br9.netdev", "[NetDev]\nName=br9\nKind=bridge\n"),
        (NETWORK.format("eth9"), "[Network]\nDHCP=yes\n"),
        (NETWORK.format("eth1"), "[Network]\nDHCP=no\nLLDP=yes\n[Link]\nMTUBytes=1400\n"),
        (NETWORK.format("eth1"), "[Network]\nBond=bond0\n"),
        (f"{ETC}/10-netplan-bond0.netdev.d/x.conf", "[Bond]\nMode=active-backup\n"),
        (f"{ETC}/10-netplan-bond0.netdev.d/x.conf", "[Bond]\nMIIMonitorSec=100ms\n"),
        (NETWORK.format("xenbr0").replace("x.conf", "xenbond-lease.conf"), "[DHCPv4]\nIAID=7\n"),
        ("/run/systemd/network/10-netplan-eth0.network", MATCH.format("eth0") + "[Network]\n"),
    ],
)
def test_other_files_of_networkds_are_no_matter(path: str, text: str) -> None:
    found = told_by(STACK, host({FILE: ETH0, path: text}), ANSWERS)
    assert not {"networkd-beside-netplan", "file-may-match", "drop-in-stays"} & {
        it.code for it in found
    }


def test_what_a_drop_in_says_besides_is_told_by_its_line() -> None:
    text = "[Network]\nKeepConfiguration=static\n"
    files = {FILE: ETH0, NETWORK.format("eth0"): text}
    files[NETWORK.format("xenbr0")] = "[Network]\nDHCPServer=yes\n"
    found = [it for it in told_by(STACK, host(files), ANSWERS) if it.code == "drop-in-stays"]
    assert [(it.where, it.severity) for it in found] == [
        (f"{NETWORK.format(name)}:2", Severity.WARN) for name in ("eth0", "xenbr0")
    ]


def test_a_file_that_may_come_before_netplans_is_told_of() -> None:
    host_bound = "[Match]\nName=eth*\nHost=other\n[Network]\nDHCP=yes\n"
    found = codes({FILE: ETH0, f"{ETC}/00-x.network": host_bound})
    assert found["file-may-match"] == f"{ETC}/00-x.network:2"


def test_what_networkmanager_has_written_to_netplan_goes_to_keys_of_its_own() -> None:
    # Ubuntu 24.04's desktop: the gateway stands in the passthrough alone.
    said = '      networkmanager: {passthrough: {ipv4.address1: "192.168.0.222/24,192.168.0.1"}}\n'
    told = [it for it in told_by(STACK, host(ETH0 + said), ANSWERS) if it.code == "key-not-movable"]
    (remedy,) = [it.remedy for it in told]
    assert "a gateway" in remedy
    assert "passthrough" in remedy
