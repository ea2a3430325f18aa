"""A NIC that no boot brings up has no address to give, whatever its file says of one."""

from collections.abc import Mapping

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, make_facts, nic

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.file_state import FileState

IFCFG = "/etc/sysconfig/network-scripts/ifcfg-{}"
KEYFILE = "/etc/NetworkManager/system-connections/{}.nmconnection"
NETWORK = "/etc/systemd/network/{}.network"
MAIN = "/etc/network/interfaces"
LEASE, STATIC = "lease", "static"


def ifcfg(idle: str, used: str) -> Mapping[str, str]:
    said = {LEASE: "BOOTPROTO=dhcp\n", STATIC: "IPADDR=192.0.2.10\nPREFIX=24\nGATEWAY=192.0.2.1\n"}
    return {
        IFCFG.format("eth0"): f"DEVICE=eth0\nONBOOT=no\n{said[idle]}",
        IFCFG.format("eth1"): f"DEVICE=eth1\nONBOOT=yes\n{said[used]}",
    }


def interfaces(idle: str, used: str) -> Mapping[str, str]:
    said = {LEASE: "dhcp\n", STATIC: "static\n\taddress 192.0.2.10/24\n\tgateway 192.0.2.1\n"}
    return {MAIN: f"iface eth0 inet {said[idle]}\nauto eth1\niface eth1 inet {said[used]}"}


def keyfiles(idle: str, used: str) -> Mapping[str, str]:
    said = {LEASE: "method=auto\n", STATIC: "method=manual\naddress1=192.0.2.10/24,192.0.2.1\n"}
    head = "[connection]\nid={0}\nuuid={0}\ntype=ethernet\ninterface-name={0}\n{1}[ipv4]\n{2}"
    return {
        KEYFILE.format("eth0"): head.format("eth0", "autoconnect=false\n", said[idle]),
        KEYFILE.format("eth1"): head.format("eth1", "", said[used]),
    }


def units(idle: str, used: str) -> Mapping[str, str]:
    said = {LEASE: "DHCP=yes\n", STATIC: "Address=192.0.2.10/24\nGateway=192.0.2.1\n"}
    down = "[Link]\nActivationPolicy=down\n"
    return {
        NETWORK.format("a"): f"[Match]\nName=eth0\n{down}[Network]\n{said[idle]}",
        NETWORK.format("b"): f"[Match]\nName=eth1\n[Network]\n{said[used]}",
    }


FILES = {
    "ifcfg": ifcfg,
    "ifupdown": interfaces,
    "ifupdown2": interfaces,
    "networkmanager": keyfiles,
    "networkd": units,
}


def resolved(stack: str, idle: str, used: str) -> BridgeAnswers:
    files = {
        path: FileState(path, text.encode(), 0o600)
        for path, text in FILES[stack](idle, used).items()
    }
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    facts = make_facts(files=files, links=links, live=False)
    left_out = frozenset({"address", "gateway", "dns", "search", "mtu"})
    asked = Answers(
        stack, BondAnswers(slaves=("eth0", "eth1")), BridgeAnswers(left_out=left_out, mac="keep")
    )
    request = planner.resolve(facts, SetUp(asked))
    assert request.answers.bond.slaves == ("eth0", "eth1"), "asked for in this order"
    return request.answers.bridge


@pytest.mark.parametrize("stack", FILES)
def test_the_static_address_of_the_nic_in_use_goes_before_an_idle_lease(stack: str) -> None:
    bridge = resolved(stack, LEASE, STATIC)
    assert (bridge.method, bridge.addresses) == ("static", ("192.0.2.10/24",))
    assert (bridge.gateway, bridge.mac) == ("192.0.2.1", ETH1_MAC)


@pytest.mark.parametrize("stack", FILES)
def test_the_lease_of_the_nic_in_use_goes_before_an_idle_static_address(stack: str) -> None:
    bridge = resolved(stack, STATIC, LEASE)
    assert (bridge.method, bridge.addresses, bridge.mac) == ("dhcp", (), ETH1_MAC)
