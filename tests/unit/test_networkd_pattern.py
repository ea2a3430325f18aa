"""networkd: one file makes several NICs slaves. What a set-up takes, a removal gives back."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, bond, nic
from networkd_cases import ANSWERS, DIRECTORY, host
from proposing import plan_for, removal_for

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.inventory import files_after
from xenbond_tui.stacks.networkd import Networkd
from xenbond_tui.stacks.networkd.files import Configuration
from xenbond_tui.stacks.networkd.match import subject, unit_of

MACS = {
    "eth0": ETH0_MAC,
    "eth1": ETH1_MAC,
    "eth2": "00:50:da:7a:51:02",
    "enp9": "00:50:da:7a:51:09",
}
LINKS = tuple(
    nic(name, mac, index=2 + at, driver="e1000" if name < "ena" else "igb")
    for at, (name, mac) in enumerate(sorted(MACS.items()))
)
NETDEV = "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\nMIIMonitorSec=100ms\n"
ADDRESSED = (
    "[Match]\nName=bond0\n\n[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n"
    "DNS=192.168.0.1\n"
)
PATTERNS = [
    "Name=eth*",
    "Name=eth[01]",
    "Name=eth?\nType=ether",
    "Name=!enp* bond* xenbr* lo",
    f"PermanentMACAddress={ETH0_MAC} {ETH1_MAC}",
    "Name=eth0 eth1",
]
FURTHER = ["", "DHCP=yes\n", "LLDP=yes\n", "LinkLocalAddressing=no\n"]


def of(pattern: str, more: str = "", **files: str) -> HostFacts:
    """bond0 has the host's address; one file makes its slaves."""
    text = f"[Match]\n{pattern}\n\n[Network]\nBond=bond0\n{more}"
    return host(
        {"20-s.network": text, "bond0.netdev": NETDEV, "bond0.network": ADDRESSED, **files},
        links=LINKS,
        live=False,
    )


def after_set_up(facts: HostFacts) -> HostFacts:
    return files_after(facts, plan_for(Networkd(), facts, ANSWERS).changes)


def after_removal(facts: HostFacts, nic_: str = "eth0") -> HostFacts:
    request = Removal(replace(ANSWERS, bridge=replace(ANSWERS.bridge, name="xenbr0")), nic_)
    plan = removal_for(Networkd(), replace(facts, bonds=(bond(),)), request)
    return files_after(facts, plan.changes)


def words(facts: HostFacts) -> str:
    return "\n".join(
        it.data.decode() for path, it in facts.files.items() if path.startswith(DIRECTORY)
    )


def given(facts: HostFacts, name: str) -> str:
    """What the file that counts for a link says; "" where none is about it."""
    unit = unit_of(Configuration(facts), subject(facts, name))
    return "" if unit is None else facts.files[unit.path].data.decode()


@pytest.mark.parametrize("nic_", ["eth0", "eth1"])
@pytest.mark.parametrize("more", FURTHER)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_bond_by_a_pattern_is_set_up_and_removed(pattern: str, more: str, nic_: str) -> None:
    facts = after_set_up(of(pattern, more))
    assert "Bridge=xenbr0" in given(facts, "bond0")
    left = after_removal(facts, nic_)
    assert "bond0" not in words(left).replace("# ", "")
    assert "xenbr0" not in words(left)
    assert "Address=192.168.0.222/24" in given(left, nic_)
    assert "Gateway=192.168.0.1" in given(left, nic_)
    for name in {"eth0", "eth1"} - {nic_}:
        assert "192.168.0.222" not in given(left, name)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_nic_that_was_a_slave_asks_for_an_address_by_a_later_file(pattern: str) -> None:
    later = "[Match]\nName=e*\n\n[Network]\nDHCP=yes\n"
    left = after_removal(after_set_up(of(pattern, **{"90-any.network": later})))
    assert "DHCP" not in given(left, "eth1")
    assert "LinkLocalAddressing=no" in given(left, "eth1")


def test_the_bond_of_a_drop_in_is_refused_by_its_name() -> None:
    drop = {"20-s.network.d/x.conf": "[Network]\nLLDP=yes\n"}
    with pytest.raises(XenbondError, match=r"20-s\.network\.d/x\.conf"):
        after_removal(after_set_up(of("Name=eth*", **drop)))
