"""What the wizard opens with: the NICs, the name and the address that are proposed."""

from dataclasses import replace

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    address,
    default_route,
    nic,
    virtual,
)
from planner_hosts import BRIDGED, INTERFACES, debian, dom0

from xenbond_tui import planner


def test_the_wizard_opens_with_the_nic_that_has_the_address_and_a_free_one() -> None:
    answers = planner.prefill(debian())
    assert answers.bond.slaves == ("eth0", "eth1")
    assert answers.bridge.addresses == ("192.168.0.222/24",)
    assert answers.bridge.gateway == "192.168.0.1"
    assert answers.bridge.dns == ("192.168.0.1",)


def test_a_free_nic_with_carrier_is_preferred_to_one_without() -> None:
    facts = debian(
        links=(
            nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",), index=2),
            nic("eth1", ETH1_MAC, carrier=False, index=3),
            nic("eth2", "00:14:22:36:f1:fb", index=4),
        ),
        routes=(default_route(),),
    )
    assert planner.prefill(facts).bond.slaves == ("eth0", "eth2")


def test_a_nic_with_an_address_of_its_own_is_never_proposed() -> None:
    facts = debian(
        links=(
            nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",), index=2),
            nic("eth1", ETH1_MAC, addresses=("10.0.0.1/8",), index=3),
        ),
        routes=(default_route(),),
    )
    assert "eth1" not in planner.prefill(facts).bond.slaves


def test_a_leased_address_is_prefilled_as_dhcp() -> None:
    leased = address("10.1.2.3/16", dynamic=True)
    facts = debian(
        files={"/etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n"},
        links=(nic("eth0", ETH0_MAC, addresses=(leased,), index=2), nic("eth1", ETH1_MAC, index=3)),
        routes=(default_route("eth0", "10.1.0.1"),),
    )
    bridge = planner.prefill(facts).bridge
    assert (bridge.method, bridge.addresses, bridge.gateway) == ("dhcp", (), None)


def test_an_address_that_no_file_names_is_prefilled_as_it_runs() -> None:
    ours = ("192.168.0.222/24", address("2001:db8::5/64", dynamic=True), "2001:db8::9/64")
    facts = debian(
        files={"/etc/network/interfaces": "auto lo\niface lo inet loopback\n"},
        links=(nic("eth0", ETH0_MAC, addresses=ours, index=2), nic("eth1", ETH1_MAC, index=3)),
        routes=(replace(default_route("eth0", "2001:db8::1"), family=6), default_route()),
    )
    answers = planner.prefill(facts)
    assert answers.stack == "auto"
    assert answers.bridge.method == "static"
    assert answers.bridge.addresses == ("192.168.0.222/24", "2001:db8::9/64")
    assert (answers.bridge.gateway, answers.bridge.dns) == ("192.168.0.1", ("192.168.0.1",))


def test_a_lease_that_no_file_names_is_prefilled_as_dhcp_whatever_ipv6_has() -> None:
    ours = (address("10.1.2.3/16", dynamic=True), "2001:db8::9/64")
    facts = debian(
        files={"/etc/network/interfaces": "auto lo\niface lo inet loopback\n"},
        links=(nic("eth0", ETH0_MAC, addresses=ours, index=2), nic("eth1", ETH1_MAC, index=3)),
        routes=(default_route("eth0", "10.1.0.1"),),
    )
    bridge = planner.prefill(facts).bridge
    assert (bridge.method, bridge.addresses, bridge.gateway) == ("dhcp", (), None)


@pytest.mark.parametrize("master", [None, "bond0"])
def test_the_one_slave_that_is_written_stays_and_gets_a_free_one_beside_it(
    master: str | None,
) -> None:
    text = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth1\n\tbond-mode active-backup\n"
    facts = debian(
        files={"/etc/network/interfaces": f"{INTERFACES}\n{text}"},
        links=(
            nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",), index=2),
            nic("eth1", ETH1_MAC, master=master, index=3),
            nic("eth2", "00:14:22:36:f1:fb", index=4),
            *((virtual("bond0", "bond", ETH1_MAC),) if master else ()),
        ),
        routes=(default_route(),),
    )
    assert planner.prefill(facts).bond.slaves == ("eth1", "eth2")


@pytest.mark.parametrize(
    "text", [BRIDGED, BRIDGED.replace("bridge_ports eth0", "bridge_ports none")]
)
def test_a_bridged_dom0_opens_with_the_bridges_nic_and_a_free_one(text: str) -> None:
    answers = planner.prefill(dom0(nic("eth1", ETH1_MAC, index=3), text=text))
    assert answers.bond.slaves == ("eth0", "eth1")
    assert answers.bridge.name == "xenbr0"
    assert answers.bridge.addresses == ("192.168.0.222/24",)


def test_two_nics_of_one_bridge_are_both_proposed_and_no_third() -> None:
    second = nic("eth1", ETH1_MAC, master="xenbr0", index=3)
    third = nic("eth2", "00:14:22:36:f1:fb", index=5)
    text = BRIDGED.replace("bridge_ports eth0", "bridge_ports eth0 eth1")
    facts = dom0(second, third, ports=("eth0", "eth1", "vif1.0"), text=text)
    assert planner.prefill(facts).bond.slaves == ("eth0", "eth1")


def test_wifi_with_the_address_is_not_proposed_as_a_slave() -> None:
    text = "auto lo\niface lo inet loopback\n\nauto wlan0\niface wlan0 inet dhcp\n"
    links = (
        nic("wlan0", ETH0_MAC, wireless=True, addresses=("192.168.0.222/24",), index=2),
        nic("eth1", ETH1_MAC, index=3),
    )
    facts = debian(
        files={"/etc/network/interfaces": text}, links=links, routes=(default_route("wlan0"),)
    )
    assert "wlan0" not in planner.prefill(facts).bond.slaves
