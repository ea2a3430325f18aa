"""The MTU and the addresses of two NICs: which of them the bridge has, and what is named."""

from dataclasses import replace

import ifcfg_cases
import networkmanager_cases
import pytest
from facts_builder import ETH0_MAC
from test_uses import BRIDGE, ETC, NS, PORT, asked, host, stack_of

from xenbond_tui import planner
from xenbond_tui.answers import BridgeAnswers, SetUp
from xenbond_tui.rules.inventory import Kind, files_after
from xenbond_tui.stacks import STACKS, Stack, propose

# Each stack: the files of eth0 and eth1 with these MTUs, 0 for none; eth0 with an address or not.
STATIC = replace(BRIDGE, addresses=("192.168.0.222/24",))


def wide(name: str, first: int, second: int, *, addressed: bool) -> dict[str, str]:
    if name == "ifcfg":
        address = "IPADDR=192.168.0.222\nPREFIX=24\nGATEWAY=192.168.0.1\n" if addressed else ""
        mtus = [f"MTU={mtu}\n" if mtu else "" for mtu in (first, second)]
        return {
            f"{NS}/ifcfg-eth0": f"DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\n{address}{mtus[0]}",
            f"{NS}/ifcfg-eth1": f"DEVICE=eth1\nONBOOT=yes\nBOOTPROTO=none\n{mtus[1]}",
        }
    if name.startswith("ifupdown"):
        address = "static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
        mtus = [f"\tmtu {mtu}\n" if mtu else "" for mtu in (first, second)]
        return {
            "/etc/network/interfaces": f"auto eth0\niface eth0 inet "
            f"{address if addressed else 'manual' + chr(10)}{mtus[0]}\n"
            f"auto eth1\niface eth1 inet manual\n{mtus[1]}"
        }
    if name == "netplan":
        address = ", addresses: [192.168.0.222/24], gateway4: 192.168.0.1" if addressed else ""
        mtus = [f", mtu: {mtu}" if mtu else "" for mtu in (first, second)]
        return {
            "/etc/netplan/a.yaml": "network:\n  version: 2\n  ethernets:\n"
            f"    eth0: {{optional: true{address}{mtus[0]}}}\n"
            f"    eth1: {{optional: true{mtus[1]}}}\n"
        }
    if name == "networkd":
        address = "Address=192.168.0.222/24\nGateway=192.168.0.1\n" if addressed else "LLDP=no\n"
        mtus = [f"\n[Link]\nMTUBytes={mtu}\n" if mtu else "" for mtu in (first, second)]
        parts = (("10-eth0", mtus[0], address), ("20-eth1", mtus[1], "LLDP=no\n"))
        return {
            f"/etc/systemd/network/{name}.network": (
                f"[Match]\nName={name[3:]}\n{mtu}\n[Network]\n{rest}"
            )
            for name, mtu, rest in parts
        }
    address = (
        "address1=192.168.0.222/24,192.168.0.1\nmethod=manual" if addressed else "method=disabled"
    )
    mtus = [f"\n[ethernet]\nmtu={mtu}\n" if mtu else "" for mtu in (first, second)]
    return {
        f"{ETC}/eth0.nmconnection": "[connection]\nid=eth0\nuuid=u0\ntype=ethernet\n"
        f"interface-name=eth0\n{mtus[0]}\n[ipv4]\n{address}\n",
        f"{ETC}/eth1.nmconnection": f"{PORT}{mtus[1]}\n[ipv4]\nmethod=disabled\n",
    }


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
@pytest.mark.parametrize(
    ("first", "second", "addressed", "afterwards"),
    [
        (9000, 0, True, "9000"),
        (0, 9000, True, None),
        (9000, 8000, True, "9000"),
        (9000, 9000, False, "9000"),
        (9000, 0, False, None),
        (0, 9000, False, None),
    ],
)
def test_the_mtu_is_that_of_the_nic_with_the_address_and_another_s_is_named(
    stack: Stack, first: int, second: int, addressed: bool, afterwards: str | None
) -> None:
    facts = host(stack.name, wide(stack.name, first, second, addressed=addressed))
    bridge = STATIC if addressed else BridgeAnswers(method="none", mac=ETH0_MAC)
    proposal = asked(stack.name, facts, bridge)
    assert proposal.plan is not None, proposal.refusals
    before = [item for item in stack.inventory(facts) if item.kind is Kind.MTU]
    after = stack.inventory(files_after(facts, proposal.plan.changes))
    got = {item.link: item.value for item in after if item.kind is Kind.MTU}
    assert (got.get("bond0"), got.get("xenbr0")) == (afterwards, afterwards)
    lost = {item.where for item in before if item.value != afterwards}
    assert lost <= {item.where for item in proposal.findings}


@pytest.mark.parametrize(
    ("name", "address", "wanted"),
    [
        ("ifupdown", "10.1.2.3", "10.1.2.3/8"),
        ("ifupdown", "172.16.2.3", "172.16.2.3/16"),
        ("ifupdown", "192.168.0.222", "192.168.0.222/24"),
        ("ifupdown2", "192.168.0.222", "192.168.0.222/32"),
    ],
)
def test_an_address_without_a_mask_has_the_one_its_program_gives_it(
    name: str, address: str, wanted: str
) -> None:
    text = f"auto eth0\niface eth0 inet static\n\taddress {address}\n"
    facts = host(name, {"/etc/network/interfaces": text})
    proposal = asked(name, facts, replace(STATIC, addresses=(wanted,), gateway=None))
    assert proposal.plan is not None, proposal.refusals
    assert not [item for item in proposal.findings if item.code.endswith("-dropped")]
    after = {change.path: change.after for change in proposal.plan.changes}
    assert f"\taddress {address}\n".encode() in (after["/etc/network/interfaces"] or b"")


@pytest.mark.parametrize("name", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize("mask", ["255.0.255.0", "bad"])
def test_an_address_with_an_unreadable_mask_is_refused(name: str, mask: str) -> None:
    text = f"auto eth0\niface eth0 inet static\n\taddress 192.168.0.222\n\tnetmask {mask}\n"
    proposal = asked(name, host(name, {"/etc/network/interfaces": text}), STATIC)
    found = {item.code: item.where for item in proposal.refusals}
    assert found == {"bad-address": "/etc/network/interfaces:3"}


def test_a_host_that_has_ipv6_alone_keeps_it() -> None:
    text = "DEVICE=eth0\nONBOOT=yes\nIPV6INIT=yes\nDHCPV6C=yes\n"
    facts = ifcfg_cases.host({f"{NS}/ifcfg-eth0": text})
    written = asked("ifcfg", facts, STATIC).plan
    assert written is not None
    bridge = next(change.after for change in written.changes if "xenbr0" in change.path)
    assert b"DHCPV6C=yes\n" in (bridge or b"")
    none = asked("ifcfg", facts, BridgeAnswers(method="none", mac=ETH0_MAC))
    assert f"{NS}/ifcfg-eth0:4" in {item.where for item in none.findings}


def test_ipv6_that_is_not_asked_for_is_named_with_its_gateway() -> None:
    ipv6 = "address1=2001:db8::5/64,2001:db8::1\naddress2=2001:db8::6/64\nmethod=manual"
    text = networkmanager_cases.ETH0.replace("addr-gen-mode=eui64\nmethod=auto", ipv6)
    facts = networkmanager_cases.host({"eth0": text})
    proposal = propose(stack_of("networkmanager"), facts, SetUp(networkmanager_cases.ANSWERS))
    line = text[: text.index("address1=2001")].count("\n") + 1
    places = [item.where for item in proposal.findings if item.code != "gap"]
    path = f"{ETC}/eth0.nmconnection"
    assert places == [f"{path}:{line}", f"{path}:{line}", f"{path}:{line + 1}"]


def test_a_gateway_beside_a_lease_is_no_answer_that_would_be_ignored() -> None:
    text = (
        "auto eth0\niface eth0 inet dhcp\n\n"
        "iface eth0 inet6 static\n\taddress 2001:db8::5/64\n\tgateway 2001:db8::1\n"
    )
    facts = host("ifupdown", {"/etc/network/interfaces": text})
    answers = planner.prefill(facts)
    assert (answers.bridge.method, answers.bridge.gateway) == ("dhcp", None)
    proposal = asked("ifupdown", facts, replace(answers.bridge, mac=ETH0_MAC))
    assert proposal.plan is not None
    assert [item.code for item in proposal.findings if item.code != "gap"] == []
    after = b"".join(change.after or b"" for change in proposal.plan.changes)
    assert b"\tgateway 2001:db8::1\n" in after
