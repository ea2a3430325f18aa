"""A bond that the files have in one bridge is not put into another one without a word.

And a bridge that has another port is not taken away from under it.
"""

from collections.abc import Mapping

import pytest
from test_left_out import ON_EVERY_STACK
from test_to_remove import IFUPDOWN, ND, NM, NS, PROFILE, host

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.stacks import Stack

_BR5 = "auto br5\niface br5 inet static\n address 198.51.100.1/24\n bridge_ports bond0\n"
IN_BR5: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {"/etc/network/interfaces": IFUPDOWN + _BR5},
    "ifupdown2": {"/etc/network/interfaces": IFUPDOWN + _BR5},
    "ifcfg": {
        f"{NS}bond0": 'DEVICE=bond0\nBRIDGE=br5\nBONDING_OPTS="mode=1 miimon=100"\n',
        f"{NS}br5": "DEVICE=br5\nTYPE=Bridge\nIPADDR=198.51.100.1\nPREFIX=24\n",
    },
    "netplan": {
        "/etc/netplan/02.yaml": "network:\n  bridges:\n"
        "    br5: {interfaces: [bond0], addresses: [198.51.100.1/24]}\n"
    },
    "networkd": {
        f"{ND}bond0.network": "[Match]\nName=bond0\n[Network]\nBridge=br5\n",
        f"{ND}br5.netdev": "[NetDev]\nName=br5\nKind=bridge\n",
        f"{ND}br5.network": "[Match]\nName=br5\n[Network]\nAddress=198.51.100.1/24\n",
    },
    "networkmanager": {
        f"{NM}bond0.nmconnection": PROFILE.format("bond0", "bond", "master=br5\nslave-type=bridge"),
        f"{NM}br5.nmconnection": PROFILE.format("br5", "bridge", "")
        + "[ipv4]\nmethod=manual\naddress1=198.51.100.1/24\n",
    },
}


@pytest.mark.parametrize(
    "bridge",
    [BridgeAnswers(), BridgeAnswers(addresses=("198.51.100.9/24",))],
    ids=["left out", "with an address"],
)
@ON_EVERY_STACK
def test_the_bridge_that_has_the_bond_is_named_and_nothing_is_planned(
    stack: Stack, bridge: BridgeAnswers
) -> None:
    """br5 would keep the address and have no port."""
    facts = host(stack, live=True, beside=IN_BR5)
    asked = Answers(stack.name, BondAnswers(slaves=("eth0", "eth1")), bridge)
    proposal = planner.propose(facts, SetUp(asked))
    (found,) = (it for it in proposal.refusals if it.code == "bond-in-another-bridge")
    assert "bond0 is a port of br5 there." in found.text
    assert "Name the bridge br5" in found.remedy
    assert proposal.plan is None


ANOTHER_PORT: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {"/etc/network/interfaces": IFUPDOWN + _BR5.replace("bond0", "bond0 eth5")},
    "ifupdown2": {"/etc/network/interfaces": IFUPDOWN + _BR5.replace("bond0", "bond0 eth5")},
    "ifcfg": {**IN_BR5["ifcfg"], f"{NS}eth5": "DEVICE=eth5\nBRIDGE=br5\n"},
    "netplan": {
        "/etc/netplan/01.yaml": "network:\n  ethernets: {eth0: {}, eth1: {}, eth5: {}}\n"
        "  bonds: {bond0: {interfaces: [eth0, eth1]}}\n  bridges:\n"
        "    br5: {interfaces: [bond0, eth5], addresses: [198.51.100.1/24]}\n"
    },
    "networkd": {
        **IN_BR5["networkd"],
        f"{ND}eth5.network": "[Match]\nName=eth5\n[Network]\nBridge=br5\n",
    },
    "networkmanager": {
        **IN_BR5["networkmanager"],
        f"{NM}eth5.nmconnection": PROFILE.format(
            "eth5", "ethernet", "master=br5\nslave-type=bridge"
        ),
    },
}


@ON_EVERY_STACK
def test_a_bridge_with_another_port_is_not_removed(stack: Stack) -> None:
    """eth5 would be left without its network, and its file would name a bridge that is no more."""
    facts = host(stack, beside=ANOTHER_PORT)
    proposal = planner.propose(facts, Removal(Answers(stack=stack.name), bond="bond0"))
    assert proposal.plan is None
    assert any(
        "eth5" in it.text or "br5" in it.text for it in proposal.refusals if it.where[:5] == "/etc/"
    )
