"""Which links are offered as slaves, and what the table says about the others."""

import pytest
from facts_builder import ETH0_MAC, bond, bridge, make_facts, nic, virtual

from xenbond_tui.facts.link import Link
from xenbond_tui.rules.suitable import nic_ports, unsuitable

MAC = "02:00:00:00:00:01"


@pytest.mark.parametrize(
    "link",
    [
        nic("eth0", MAC),
        nic("enp3s0", MAC, carrier=False),
        nic("eth0", MAC, addresses=("192.168.0.222/24",)),
        # The only NICs of a container or a lab guest.
        nic("eth0", MAC, kind="veth"),
        nic("ens3", MAC, kind="veth"),
    ],
    ids=lambda link: f"{link.name}-{link.kind}",
)
def test_suitable(link: Link) -> None:
    assert unsuitable(link, make_facts(links=(link,))) is None


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (virtual("lo", "loopback"), "the loopback"),
        (nic("wlan0", MAC, wireless=True), "Wi-Fi can't be in a bridge"),
        (virtual("bond1", "bond", MAC), "a bond itself"),
        (virtual("br0", "bridge", MAC), "a bridge"),
        (virtual("team0", "team", MAC), "a team (team driver)"),
        (virtual("eth0.10", "vlan", MAC), "a VLAN"),
        (virtual("dummy0", "dummy", MAC), "a dummy: no cable"),
        (virtual("ifb0", "ifb", MAC), "an ifb: no cable"),
        (virtual("tun0", "tun"), "a guest's or a VPN's port"),
        (virtual("nlmon0", "nlmon"), "a nlmon"),
        (nic("vif1.0", MAC), "a guest's port"),
        (nic("web01", MAC, bus="xen-backend vif-1-0"), "a guest's port"),
        (nic("tap0", MAC), "a guest's port"),
        (nic("veth12ab", MAC, kind="veth"), "a guest's port"),
        (nic("vnet0", MAC, kind="veth"), "a guest's port"),
        (nic("virbr0-nic", MAC), "a guest's port"),
        (nic("peth0", MAC), "in use by Xen's network-bridge script"),
        (nic("eth0", MAC, master="ovs-system"), "a port of Open vSwitch"),
        (nic("eth0", MAC, master="br0"), "port of br0"),
        (nic("eth0", ""), "no MAC"),
        (nic("eth0", MAC, physfn="0000:03:00.0"), "a VF: its card may drop guests' frames"),
    ],
    ids=lambda value: value.name if isinstance(value, Link) else "",
)
def test_unsuitable(link: Link, reason: str) -> None:
    assert unsuitable(link, make_facts(links=(link,))) == reason
    assert len(reason) <= 40


def test_a_slave_is_suitable_for_its_own_bond_only() -> None:
    link = nic("eth0", ETH0_MAC, master="bond0")
    facts = make_facts(links=(link,), bonds=(bond(slaves=("eth0",)),))
    assert unsuitable(link, facts) == "slave of bond0"
    assert unsuitable(link, facts, "bond1") == "slave of bond0"
    assert unsuitable(link, facts, "bond0") is None


def test_a_nic_in_the_bridge_being_edited_can_have_a_bond_under_it() -> None:
    link = nic("eth0", ETH0_MAC, master="xenbr0")
    guest = nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0")
    facts = make_facts(links=(link, guest), bridges=(bridge("xenbr0", ("eth0", "vif1.0")),))
    assert unsuitable(link, facts, "bond0", "xenbr1") == "port of xenbr0"
    assert unsuitable(link, facts, "bond0", "xenbr0") is None
    assert unsuitable(guest, facts, "bond0", "xenbr0") == "a guest's port"
    assert nic_ports(facts, "xenbr0") == (link,)


def test_the_root_file_system_is_never_cut_off() -> None:
    link = nic("eth0", ETH0_MAC)
    facts = make_facts(links=(link,), root_links=("eth0",))
    assert unsuitable(link, facts) == "carries the root file system"
