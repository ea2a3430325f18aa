"""netplan: what is refused or warned of, with file and line."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC
from netplan_cases import ANSWERS, BOND, ETH0, FILE, STACK, below, codes, host
from proposing import told_by

from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.netplan.programs import TRY

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
