"""systemd.link(5) for every stack: the MTU goes along, and a NIC that gets a name is refused."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, nic
from test_uses import BRIDGE, FILES, asked, host

from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState, UnreadableFile
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import STACKS

PATH = "/etc/systemd/network/10-first.link"
BY_MAC = f"[Match]\nPermanentMACAddress={ETH0_MAC.upper()}\n"
ON_EVERY_STACK = pytest.mark.parametrize("name", [stack.name for stack in STACKS])


def tree(name: str, files: Mapping[str, str], mode: int = 0o644) -> HostFacts:
    """Another system's files: nothing is known of its NICs."""
    facts = host(name, files)
    states = {path: FileState(path, text.encode(), mode) for path, text in files.items()}
    return replace(
        facts,
        files={**facts.files, **states},
        links=(),
        routes=(),
        access=Access(HostKind.TREE, "/mnt"),
    )


def told(proposal: Proposal) -> dict[str, str]:
    """Code → place of what a .link file is named for."""
    found = (it for it in proposal.findings if ".link" in it.where)
    return {it.code: it.where for it in found}


def written(proposal: Proposal) -> str:
    assert proposal.plan is not None, proposal.refusals
    return "\n".join((it.after or b"").decode() for it in proposal.plan.changes)


@ON_EVERY_STACK
@pytest.mark.parametrize("size", ["9000", "9K"])
def test_the_mtu_of_a_slave_goes_along(name: str, size: str) -> None:
    """A NIC with 9000 that becomes a slave of a bond with 1500 has 1500."""
    proposal = asked(name, host(name, {PATH: f"{BY_MAC}[Link]\nMTUBytes={size}\n"}))
    assert told(proposal) == {}
    assert ("9216" if size == "9K" else size) in written(proposal)


@ON_EVERY_STACK
def test_an_mtu_that_is_not_asked_for_is_named(name: str) -> None:
    link = f"{BY_MAC}[Link]\nWakeOnLan=magic\nMTUBytes=9000\n"
    proposal = asked(name, host(name, {PATH: link}), replace(BRIDGE, mtu=1500))
    assert told(proposal) == {"line-goes": f"{PATH}:5"}
    assert "9000" not in written(proposal)


@ON_EVERY_STACK
def test_the_stack_s_own_mtu_counts(name: str) -> None:
    link = f"{BY_MAC}[Link]\nMTUBytes=9000\n"
    own = {
        "ifcfg": "MTU=4000\n",
        "ifupdown": "\tmtu 4000\n",
        "ifupdown2": "\tmtu 4000\n",
        "netplan": "      mtu: 4000\n",
        "networkd": "[Link]\nMTUBytes=4000\n",
        "networkmanager": "[ethernet]\nmtu=4000\n",
    }[name]
    path, text = FILES[name]
    at = "\tgateway 192.168.0.1\n"
    more = text.replace(at, f"{at}{own}", 1) if name.startswith("ifupdown") else f"{text}{own}"
    proposal = asked(name, host(name, {PATH: link, path: more}))
    assert "4000" in written(proposal)
    assert "9000" not in written(proposal)
    assert told(proposal) == {}


@ON_EVERY_STACK
def test_a_nic_that_gets_another_name_at_the_next_boot_is_refused(name: str) -> None:
    proposal = asked(name, host(name, {PATH: f"{BY_MAC}[Link]\nName=lan0\n"}))
    assert told(proposal) == {"renamed-at-boot": f"{PATH}:2"}
    assert "lan0" in proposal.refusals[0].text


@pytest.mark.parametrize(
    "text",
    [
        f"[Match]\nMACAddress={ETH0_MAC} 02:00:00:00:00:99\n[Link]\nName=eth0\n",
        "[Match]\nOriginalName=eth9\n[Link]\nName=eth0\n",
        "[Match]\nOriginalName=*\n[Link]\nNamePolicy=keep kernel slot path\n",
        "[Match]\nOriginalName=eth7\n[Link]\nName=lan0\n",
        "[Match]\nOriginalName=!eth*\n[Link]\nName=lan0\n",
        "[Match]\nDriver=ixgbe\n[Link]\nName=lan0\nMTUBytes=9000\n",
        "[Match]\nPath=pci-0000:99:00.0\n[Link]\nName=lan0\n",
        "[Match]\nPermanentMACAddress=02:00:00:00:00:99\n[Link]\nName=lan0\n",
        "[Link]\nName=lan0\n",
    ],
)
def test_what_is_about_another_nic_or_says_what_is_says_nothing(text: str) -> None:
    facts = host("ifupdown", {PATH: text})
    links = tuple(replace(link, bus="pci 0000:00:03.0") for link in facts.links[:1])
    facts = replace(facts, links=(*links, *facts.links[1:]))
    proposal = asked("ifupdown", facts)
    assert {**told(proposal)}.keys() <= {"named-by-mac"}
    assert "9000" not in written(proposal)


def test_of_all_that_match_the_first_counts_with_its_drop_ins() -> None:
    files = {
        "/etc/systemd/network/20-second.link": f"{BY_MAC}[Link]\nName=lan0\nMTUBytes=4000\n",
        PATH: BY_MAC,
        f"{PATH}.d/jumbo.conf": "[Link]\nMTUBytes=9000\n",
        "/usr/lib/systemd/network/10-first.link": f"{BY_MAC}[Link]\nName=lan1\n",
    }
    proposal = asked("netplan", host("netplan", files))
    assert told(proposal) == {}
    assert "mtu: 9000" in written(proposal)


@ON_EVERY_STACK
def test_a_mac_that_the_bond_has_too_gives_it_the_nic_s_name(name: str) -> None:
    """MACAddress= matches every link with it; PermanentMACAddress= the NIC alone."""
    link = f"[Match]\nMACAddress={ETH0_MAC}\n[Link]\nName=eth0\n"
    assert told(asked(name, host(name, {PATH: link}))) == {"named-by-mac": f"{PATH}:2"}
    assert told(asked(name, host(name, {PATH: link.replace("MAC", "PermanentMAC", 1)}))) == {}


@ON_EVERY_STACK
def test_of_a_tree_what_may_be_about_a_slave_is_named(name: str) -> None:
    facts = tree(name, {PATH: f"{BY_MAC}[Link]\nMTUBytes=9000\n"})
    assert told(asked(name, facts)) == {"file-may-match": f"{PATH}:2"}
    facts = tree(name, {PATH: f"{BY_MAC}[Link]\nName=eth0\nMTUBytes=9000\n"})
    proposal = asked(name, facts)
    assert told(proposal) == {}
    assert "9000" in written(proposal)


@ON_EVERY_STACK
def test_a_link_file_that_can_not_be_read_is_refused_by_its_name(name: str) -> None:
    facts = host(name, {})
    unreadable = {PATH: UnreadableFile(PATH, "is a directory", directory=True)}
    (refusal,) = asked(name, replace(facts, unreadable=unreadable)).refusals
    assert refusal.where == PATH


def test_what_netplan_makes_of_its_files_at_each_boot_is_not_said_twice() -> None:
    path = "/run/systemd/network/10-netplan-lan.link"
    link = f"{BY_MAC}[Link]\nName=lan0\nMTUBytes=9000\n"
    assert told(asked("netplan", host("netplan", {path: link}))) == {}


ANY = (
    "[connection]\nid=any\nuuid=a\ntype=ethernet\n{}\n"
    "[ipv4]\nmethod=manual\naddress1=192.168.0.222/24,192.168.0.1\n"
    "[ipv6]\nmethod=manual\naddress1=2001:db8::5/64\n"
)
PROFILE = "/etc/NetworkManager/system-connections/any.nmconnection"


@pytest.mark.parametrize("running", [True, False], ids=["running", "tree"])
@pytest.mark.parametrize("more", ["", "[match]\ninterface-name=e*;\n"])
def test_a_profile_that_names_no_nic_and_is_free_then_is_told(more: str, running: bool) -> None:
    files = {FILES["networkmanager"][0]: "", PROFILE: ANY.format(more)}
    facts = host("networkmanager", files) if running else tree("networkmanager", files, 0o600)
    facts = replace(facts, files={path: it for path, it in facts.files.items() if it.data})
    proposal = asked("networkmanager", facts)
    found = [it for it in proposal.findings if it.code == "profile-for-any-nic"]
    assert [it.where for it in found] == [PROFILE]
    assert "192.168.0.222" in written(proposal)
    after = {it.path: it.after for it in proposal.plan.changes} if proposal.plan else {}
    assert b"autoconnect-priority=1" in (
        after["/etc/NetworkManager/system-connections/bond0-eth0.nmconnection"] or b""
    )


@pytest.mark.parametrize(
    "more",
    ["interface-name=eth5", "autoconnect=false", "[ethernet]\nmac-address=02:00:00:00:00:99"],
)
def test_a_profile_that_is_not_free_is_not_told(more: str) -> None:
    facts = host("networkmanager", {PROFILE: ANY.format(more).replace(".222", ".99")})
    facts = replace(facts, links=(*facts.links, nic("eth5", "02:00:00:00:00:99")))
    codes = {it.code for it in asked("networkmanager", facts).findings}
    assert "profile-for-any-nic" not in codes
