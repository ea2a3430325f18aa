"""What the answers do not ask for goes, of either family, and is said: the same in every stack."""

import re
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, RHEL6, make_facts, nic

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.dropped import gateway_goes, stays
from xenbond_tui.stacks import STACKS, Stack, propose

IPV4, IPV6 = "192.168.0.222/24", "2001:db8::5/64"
ROUTER4, ROUTER6 = "192.168.0.1", "2001:db8::1"
FILES = {
    "ifcfg": (
        "/etc/sysconfig/network-scripts/ifcfg-eth0",
        "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.0.222\nNETMASK=255.255.255.0\n"
        "GATEWAY=192.168.0.1\nIPV6INIT=yes\nIPV6ADDR=2001:db8::5/64\nIPV6_DEFAULTGW=2001:db8::1\n",
    ),
    "ifupdown": (
        "/etc/network/interfaces",
        "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n"
        "\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n\niface eth0 inet6 static\n"
        "\taddress 2001:db8::5/64\n\tgateway 2001:db8::1\n",
    ),
    "netplan": (
        "/etc/netplan/a.yaml",
        "network:\n  version: 2\n  ethernets:\n    eth0:\n"
        "      addresses: [192.168.0.222/24, '2001:db8::5/64']\n"
        "      gateway4: 192.168.0.1\n      gateway6: '2001:db8::1'\n",
    ),
    "networkd": (
        "/etc/systemd/network/10-eth0.network",
        "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n"
        "Address=2001:db8::5/64\nGateway=2001:db8::1\n",
    ),
    "networkmanager": (
        "/etc/NetworkManager/system-connections/eth0.nmconnection",
        "[connection]\nid=eth0\nuuid=5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10\ntype=ethernet\n"
        "interface-name=eth0\n\n[ipv4]\naddress1=192.168.0.222/24,192.168.0.1\nmethod=manual\n\n"
        "[ipv6]\naddress1=2001:db8::5/64\ngateway=2001:db8::1\nmethod=manual\n",
    ),
}
FILES["ifupdown2"] = FILES["ifupdown"]
PRESENT = (
    *("/sbin/ifup", "/sbin/ifreload", "/usr/sbin/brctl", "/usr/sbin/netplan", "/usr/bin/nmcli"),
    *("/etc/network/if-pre-up.d/ifenslave", "/etc/network/if-pre-up.d/bridge"),
    "/usr/sbin/NetworkManager",
    *(
        f"/etc/systemd/system/multi-user.target.wants/{unit}.service"
        for unit in ("NetworkManager", "systemd-networkd")
    ),
)


def host(stack: Stack) -> HostFacts:
    """eth0 has an address and a gateway of both families in its file."""
    path, text = FILES[stack.name]
    present = [path for path in PRESENT if stack.name == "ifupdown2" or "ifreload" not in path]
    return make_facts(
        files={path: FileState(path, text.encode(), 0o600)},
        present=present,
        links=(nic("eth0", ETH0_MAC, addresses=(IPV4,)), nic("eth1", ETH1_MAC)),
        system=RHEL6,
    )


def asked(stack: Stack, bridge: BridgeAnswers) -> Proposal:
    answers = Answers(stack.name, BondAnswers(slaves=("eth0", "eth1")), bridge)
    return propose(stack, host(stack), SetUp(replace(answers, toolstack="none")))


def afterwards(stack: Stack, proposal: Proposal) -> BridgeAnswers:
    """What the stack itself reads in the files that would be written."""
    assert proposal.plan is not None, proposal.refusals
    states = {
        change.path: FileState(change.path, change.after, change.mode)
        for change in proposal.plan.changes
        if change.after is not None
    }
    read = stack.read(replace(host(stack), files=states))
    assert read is not None
    return read.bridge


def said(proposal: Proposal) -> dict[str, str]:
    return {item.code: item.text for item in proposal.findings if item.code.endswith("-dropped")}


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
@pytest.mark.parametrize(
    ("kept", "router", "gone", "other"),
    [(IPV4, ROUTER4, IPV6, ROUTER6), (IPV6, ROUTER6, IPV4, ROUTER4)],
    ids=["without-ipv6", "without-ipv4"],
)
def test_a_family_that_is_not_asked_for_goes_with_its_gateway_and_both_are_said(
    stack: Stack, kept: str, router: str, gone: str, other: str
) -> None:
    bridge = BridgeAnswers(addresses=(kept,), gateway=router, mac=ETH0_MAC)
    proposal = asked(stack, bridge)
    after = afterwards(stack, proposal)
    assert (after.addresses, after.gateway) == ((kept,), router)
    texts = [change.after or b"" for change in proposal.plan.changes] if proposal.plan else []
    assert not [text for text in texts if other.encode() in text.split(b"#")[0]]
    found = said(proposal)
    assert gone in found["address-dropped"]
    assert other in found["gateway-dropped"]


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_no_gateway_is_none_of_either_family_and_both_are_said(stack: Stack) -> None:
    proposal = asked(stack, BridgeAnswers(addresses=(IPV4, IPV6), mac=ETH0_MAC))
    after = afterwards(stack, proposal)
    assert (after.addresses, after.gateway) == ((IPV4, IPV6), None)
    texts = [change.after or b"" for change in proposal.plan.changes] if proposal.plan else []
    left = b"\n".join(re.sub(rb"#.*", b"", text) for text in texts)
    assert not re.search(rb"192\.168\.0\.1\b|2001:db8::1\b", left)
    told = [it.text for it in proposal.findings if it.code == "gateway-dropped"]
    assert [any(way in text for text in told) for way in (ROUTER4, ROUTER6)] == [True, True]


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_what_is_asked_for_stays_and_nothing_is_said(stack: Stack) -> None:
    """The answers name one gateway: the other family's is left as it is."""
    bridge = BridgeAnswers(addresses=(IPV4, IPV6), gateway=ROUTER4, mac=ETH0_MAC)
    proposal = asked(stack, bridge)
    assert afterwards(stack, proposal).addresses == (IPV4, IPV6)
    assert proposal.plan is not None
    assert any(ROUTER6.encode() in (change.after or b"") for change in proposal.plan.changes)
    assert said(proposal) == {}


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_a_lease_says_nothing_of_ipv6_which_stays(stack: Stack) -> None:
    proposal = asked(stack, BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    assert afterwards(stack, proposal).method == "dhcp"
    assert proposal.plan is not None
    written = b"".join(change.after or b"" for change in proposal.plan.changes)
    assert b"2001:db8::5" in written
    assert b"2001:db8::1" in written
    assert b"192.168.0." not in written
    found = said(proposal)
    assert found.keys() == {"address-dropped"}
    assert IPV4 in found["address-dropped"]


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_a_bridge_without_address_has_none_of_either_family(stack: Stack) -> None:
    proposal = asked(stack, BridgeAnswers(method="none", mac=ETH0_MAC))
    assert proposal.plan is not None
    written = b"".join(change.after or b"" for change in proposal.plan.changes)
    assert b"2001:db8::" not in written
    assert b"192.168.0.222" not in written
    assert sum(item.code == "address-dropped" for item in proposal.findings) == 2


def test_of_two_families_the_other_gateway_stays_and_a_single_one_takes_its_own_along() -> None:
    both = BridgeAnswers(addresses=(IPV4, IPV6), gateway=ROUTER4)
    assert not gateway_goes(both, ROUTER6)
    assert gateway_goes(replace(both, addresses=(IPV4,)), ROUTER6)
    assert not gateway_goes(replace(both, addresses=(IPV4,)), "192.168.0.9"), "it is replaced"
    assert stays(replace(both, method="dhcp", addresses=()), IPV6)
    assert not stays(replace(both, method="dhcp", addresses=()), IPV4)


SECOND = {
    "ifcfg": (
        "/etc/sysconfig/network-scripts/ifcfg-eth1",
        "DEVICE=eth1\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=10.99.0.9\nPREFIX=24\n",
    ),
    "ifupdown": ("", "\nauto eth1\niface eth1 inet static\n\taddress 10.99.0.9/24\n"),
    "netplan": ("", "    eth1: {addresses: [10.99.0.9/24]}\n"),
    "networkd": (
        "/etc/systemd/network/20-eth1.network",
        "[Match]\nName=eth1\n\n[Network]\nAddress=10.99.0.9/24\n",
    ),
    "networkmanager": (
        "/etc/NetworkManager/system-connections/eth1.nmconnection",
        "[connection]\nid=eth1\nuuid=5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a11\ntype=ethernet\n"
        "interface-name=eth1\n\n[ipv4]\naddress1=10.99.0.9/24\nmethod=manual\n",
    ),
}
SECOND["ifupdown2"] = SECOND["ifupdown"]
"""eth1's own file, or what is below eth0's."""


@pytest.mark.parametrize("known", [True, False], ids=["NICs known", "a tree"])
@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_the_second_slave_s_address_is_named_also_where_its_file_stays(
    stack: Stack, known: bool
) -> None:
    facts = host(stack)
    first, (path, text) = FILES[stack.name][0], SECOND[stack.name]
    there = facts.files[first]
    files = {
        first: there if path else replace(there, data=there.data + text.encode()),
        **({path: FileState(path, text.encode(), 0o600)} if path else {}),
    }
    facts = replace(facts, files={**facts.files, **files})
    if not known:
        facts = replace(facts, links=(), access=Access(HostKind.TREE, "/mnt"))
    bridge = BridgeAnswers(addresses=(IPV4,), gateway=ROUTER4, mac=ETH0_MAC)
    answers = Answers(stack.name, BondAnswers(slaves=("eth0", "eth1")), bridge, "none")
    proposal = propose(stack, facts, SetUp(answers))
    assert [item for item in proposal.findings if item.text.startswith("10.99.0.9/24 ")]
