"""[match] of a profile: which NIC it is for, and what can't be known (nm-settings-nmcli(5))."""

import pytest
from facts_builder import ADDRESS, ETH0_MAC, ETH1_MAC, nic
from networkmanager_cases import ANSWERS, ETC, host
from proposing import told_by

from xenbond_tui.facts.link import Link
from xenbond_tui.stacks.networkmanager import NetworkManager
from xenbond_tui.stacks.networkmanager.files import Profiles
from xenbond_tui.stacks.present import items_of

BUS = "pci 0000:00:{:02x}.0"
NICS = (
    nic("eth0", ETH0_MAC, index=2, bus=BUS.format(4), driver="e1000", addresses=(ADDRESS,)),
    nic("eth1", ETH1_MAC, index=3, bus=BUS.format(5), driver="ixgbe"),
    nic("eth2", "00:50:56:00:00:02", index=4, bus=BUS.format(6), driver="igb"),
)
PROFILE = "[connection]\nid={0}\nuuid={0}\ntype=ethernet\n[match]\n{1}\n[ipv4]\n{2}\n"
STATIC = f"method=manual\naddress1={ADDRESS},192.168.0.1"


def fits(match: str, links: tuple[Link, ...] = NICS) -> list[str]:
    """NICs a profile may be brought up on, one of which that is not known with a ?."""
    (profile,) = Profiles(host({"a": PROFILE.format("a", match, STATIC)}, links=links)).all
    return [
        f"{link.name}{'?' if profile.unsure(link) else ''}" for link in links if profile.fits(link)
    ]


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ("path=pci-0000:00:04.0;", ["eth0"]),
        ("path=pci-0000:00:04.0;pci-0000:00:06.0;", ["eth0", "eth2"]),
        ("path=pci-*;!pci-0000:00:04.0;", ["eth1", "eth2"]),
        ("path=!pci-0000:00:04.0;", ["eth1", "eth2"]),
        ("path=usb-0:1;", []),
        ("driver=ig*;", ["eth2"]),
        ("driver=ixgbe;igb;", ["eth1", "eth2"]),
        ("driver=&i*;&!igb;", ["eth1"]),
        ("driver=|e1000;|!i*;", ["eth0"]),
        ("interface-name=eth0;", ["eth0"]),
        ("interface-name=eth*;!eth1;", ["eth0", "eth2"]),
        ("interface-name=&eth*;eth2;", ["eth2"]),
        ("driver=igb;\npath=pci-0000:00:04.0;", []),
        ("driver=;", ["eth0", "eth1", "eth2"]),
        # Of the boot that will be nobody knows the command line.
        ("kernel-command-line=net.auto;", ["eth0?", "eth1?", "eth2?"]),
        ("kernel-command-line=net.auto;\ndriver=igb;", ["eth2?"]),
    ],
)
def test_a_profile_is_for_what_it_matches(match: str, found: list[str]) -> None:
    assert fits(match) == found


def test_what_is_not_known_of_a_nic_is_open() -> None:
    bare = tuple(nic(link.name, link.mac, index=link.index, bus="", driver="") for link in NICS)
    assert fits("path=pci-0000:00:04.0;", bare) == ["eth0?", "eth1?", "eth2?"]
    assert fits("driver=e1000;", bare) == ["eth0?", "eth1?", "eth2?"]
    assert fits("driver=e1000;\ninterface-name=eth1;", bare) == ["eth1?"]
    odd = (nic("eth0", ETH0_MAC, bus="virtio virtio0", driver="virtio_net"),)
    assert fits("path=pci-0000:00:04.0;", odd) == ["eth0?"]


def test_the_address_of_a_profile_by_path_is_that_nics_alone() -> None:
    """It was of every NIC: "eth2 has 192.168.0.222/24 there and keeps it"."""
    one = PROFILE.format("a", "path=pci-0000:00:04.0;", STATIC)
    two = PROFILE.format("b", "path=pci-0000:00:05.0;", "method=auto")
    facts = host({"a": one, "b": two}, links=NICS)
    told = {it.code for it in told_by(NetworkManager(), facts, ANSWERS)}
    assert not {"address-in-use", "file-may-match", "profile-for-any-nic"} & told
    of = {it.link for it in items_of(NetworkManager(), facts) if it.value == ADDRESS}
    assert of == {"eth0"}


def test_a_line_that_can_not_be_judged_is_named() -> None:
    text = PROFILE.format("a", "kernel-command-line=net.auto;", STATIC)
    told = told_by(NetworkManager(), host({"a": text}, links=NICS), ANSWERS)
    (found,) = (it for it in told if it.code == "file-may-match")
    assert found.where == f"{ETC}/a.nmconnection:6"
    assert "`kernel-command-line=net.auto;` is about eth0, eth1, eth2 can't be known" in found.text
