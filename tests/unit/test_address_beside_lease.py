"""A static address beside a live lease: it goes along where the slave's files have it."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, address, nic
from proposing import reviewed
from sized_hosts import KINDS, MAIN

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.rules.findings import Severity

STATIC = "2001:db8::5/64"
BOTH = {
    "ifcfg": f"DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\nIPV6INIT=yes\nIPV6ADDR={STATIC}\n",
    "netplan": (
        "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n"
        f'      addresses: ["{STATIC}"]\n    eth1: {{}}\n'
    ),
    "networkd": f"[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\nAddress={STATIC}\n",
    "networkmanager": (
        "[connection]\nid=eth0\nuuid=5f2a5b1c-7a0e-4d5e-9a5b-000000000001\ntype=ethernet\n"
        f"interface-name=eth0\n\n[ipv4]\nmethod=auto\n\n[ipv6]\naddress1={STATIC}\n"
        "method=manual\n"
    ),
}


def told(stack: str, text: str) -> dict[str, Severity]:
    """What is found of addresses, of a host on which eth0 has a lease and the static address."""
    kind = KINDS[stack]
    eth0 = nic(
        "eth0", ETH0_MAC, addresses=(address("192.168.0.222/24", dynamic=True), address(STATIC))
    )
    facts = replace(kind.host(0, files={MAIN[stack]: text}), links=(eth0, nic("eth1", ETH1_MAC)))
    answers = replace(kind.answers, bridge=BridgeAnswers(method="dhcp", mac="keep"))
    found = reviewed(kind.stack, facts, answers)
    return {x.code: x.severity for x in found if STATIC in x.text}


@pytest.mark.parametrize("stack", BOTH)
def test_it_moves_with_the_files(stack: str) -> None:
    assert told(stack, BOTH[stack]) == {"address-moves": Severity.NOTE}


@pytest.mark.parametrize("stack", BOTH)
def test_what_no_file_has_would_be_lost(stack: str) -> None:
    lines = [line for line in BOTH[stack].split("\n") if STATIC not in line]
    text = "\n".join(lines).replace("method=manual", "method=ignore")
    assert told(stack, text) == {"address-lost": Severity.REFUSE}
