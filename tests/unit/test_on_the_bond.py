"""A bond that comes under a bridge keeps its VLANs, and nothing else that stands on it.

A bridge takes every frame of its port but those of a VLAN (vlan_do_receive comes first in
__netif_receive_skb_core, net/core/dev.c), and a macvlan can't be on a port at all (EBUSY).
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, nic, virtual
from ifupdown_cases import PRESENT as DEBIAN
from netplan_cases import PRESENT as NETPLAN
from networkmanager_cases import PRESENT as NM_PRESENT
from standing_cases import (
    BOND,
    BRIDGE,
    IFCFG,
    IFUPDOWN,
    NETWORKD,
    NM,
    codes,
    proposed,
    running,
    tree_of,
)

from xenbond_tui import planner
from xenbond_tui.answers import Answers, Removal, SetUp
from xenbond_tui.facts.host import HostFacts

PRESENT = {"netplan": NETPLAN, "networkmanager": NM_PRESENT, "ifupdown": DEBIAN}
_BOND = "[connection]\nid=b\nuuid=b0\ntype=bond\ninterface-name=bond0\n"
_ABOVE = "[connection]\nid=u\nuuid=u\ntype={0}\ninterface-name=up0\n\n[{0}]\nid=7\nparent=b0\n"
_SLAVES = "[Match]\nName=eth0 eth1\n[Network]\nBond=bond0\n"
_BONDS = "  ethernets: {eth0: {}, eth1: {}}\n  bonds: {bond0: {interfaces: [eth0, eth1]}}\n"


def _networkd(key: str) -> Mapping[str, str]:
    return {
        f"{NETWORKD}bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
        f"{NETWORKD}slaves.network": _SLAVES,
        f"{NETWORKD}bond0.network": f"[Match]\nName=bond0\n[Network]\n{key}=up0\n",
    }


def _nm(kind: str) -> Mapping[str, str]:
    return {f"{NM}b.nmconnection": _BOND, f"{NM}u.nmconnection": _ABOVE.format(kind)}


def _netplan(above: str) -> Mapping[str, str]:
    return {"/etc/netplan/01.yaml": f"network:\n{_BONDS}{above}\n"}


def _ifcfg(keys: str) -> Mapping[str, str]:
    bond = "DEVICE=bond0\nBONDING_OPTS=mode=1\n"
    return {f"{IFCFG}bond0": bond, f"{IFCFG}up0": f"DEVICE=up0\n{keys}\n"}


CASES = [
    ("networkd", _networkd("MACVLAN"), "a macvlan"),
    ("networkd", _networkd("IPVLAN"), "an ipvlan"),
    ("networkd", _networkd("VXLAN"), "a VXLAN"),
    ("networkd", _networkd("Tunnel"), "a tunnel"),
    ("networkd", _networkd("VLAN"), ""),
    ("networkmanager", _nm("macvlan"), "a macvlan"),
    ("networkmanager", _nm("vxlan"), "a VXLAN"),
    ("networkmanager", _nm("ip-tunnel"), "a tunnel"),
    ("networkmanager", _nm("vlan"), ""),
    ("netplan", _netplan("  tunnels: {up0: {mode: vxlan, id: 5, link: bond0}}"), "a VXLAN"),
    ("netplan", _netplan("  vlans: {up0: {id: 5, link: bond0}}"), ""),
    ("ifcfg", _ifcfg("MACVLAN_PARENT=bond0"), "a macvlan"),
    ("ifcfg", _ifcfg("TYPE=xDSL\nETH=bond0"), "PPPoE"),
    ("ifcfg", _ifcfg("VLAN=yes\nPHYSDEV=bond0"), ""),
]


def _host(stack: str, files: Mapping[str, str]) -> HostFacts:
    facts = tree_of(files)
    return replace(facts, present=frozenset({*PRESENT.get(stack, facts.present)}))


@pytest.mark.parametrize(("stack", "files", "kind"), CASES)
def test_what_is_no_vlan_is_refused_by_its_name(
    stack: str, files: Mapping[str, str], kind: str
) -> None:
    proposal = proposed(_host(stack, files), stack)
    said = codes(proposal).get("on-the-bond", "")
    if not kind:
        assert said == ""
        return
    assert proposal.plan is None
    assert f"up0 ({kind}) stands on bond0" in said
    assert said.startswith("/etc/")
    remedy = next(it.remedy for it in proposal.findings if it.code == "on-the-bond")
    assert remedy == "Configure it on br10 in its place, or take it away."


def test_a_bond_that_is_in_the_bridge_already_changes_nothing_for_it() -> None:
    files = {**_networkd("MACVLAN")}
    files[f"{NETWORKD}bond0.network"] += "Bridge=br10\n"
    files[f"{NETWORKD}br10.netdev"] = "[NetDev]\nName=br10\nKind=bridge\n"
    assert "on-the-bond" not in codes(proposed(_host("networkd", files), "networkd"))


@pytest.mark.parametrize(("kind", "refused"), [("macvlan", True), ("vxlan", True), ("vlan", False)])
def test_what_runs_on_the_bond_counts_as_what_is_written(kind: str, refused: bool) -> None:
    above = virtual("up0", kind, ETH0_MAC, lower="bond0")
    proposal = proposed(running(above), "ifupdown")
    assert ("on-the-bond" in codes(proposal)) is refused


def test_a_port_that_is_a_tunnel_over_the_bond_is_no_vlan() -> None:
    files = _netplan(
        "  tunnels: {up0: {mode: vxlan, id: 5, link: bond0}}\n"
        "  bridges: {br10: {interfaces: [up0], addresses: [192.0.2.10/24]}}"
    )
    said = codes(proposed(_host("netplan", files), "netplan"))
    assert "br10 joins that network and the untagged LAN" in said["bridge-over-vlan"]


# A MAC that networkd gives the bridge

LINK_MAC = {
    f"{NETWORKD}br10.netdev": "[NetDev]\nName=br10\nKind=bridge\n",
    f"{NETWORKD}eth0.network": "[Match]\nName=eth0\n[Network]\nBridge=br10\n",
    f"{NETWORKD}br10.network": "[Match]\nName=br10\n[Link]\nMACAddress=02:00:00:00:00:AA\n"
    "[Network]\nAddress=192.0.2.10/24\n",
}


@pytest.mark.parametrize(
    ("asked", "mac"), [("keep", "02:00:00:00:00:aa"), ("02:00:00:00:00:bb", "02:00:00:00:00:bb")]
)
def test_the_mac_of_the_bridges_network_file_is_the_one_that_is_written_for_it(
    asked: str, mac: str
) -> None:
    facts = replace(tree_of(LINK_MAC), links=(nic("eth0", ETH0_MAC),))
    wanted = Answers(stack="networkd", bond=BOND, bridge=replace(BRIDGE, mac=asked))
    facts = replace(facts, links=(*facts.links, nic("eth1", "00:00:5e:00:53:02")))
    plan = planner.propose(facts, SetUp(wanted)).plan
    assert plan is not None
    after = {change.path: (change.after or b"").decode() for change in plan.changes}
    assert f"MACAddress={mac}\n" in after[f"{NETWORKD}br10.netdev"]
    assert f"[Link]\nMACAddress={mac}\n" in after[f"{NETWORKD}br10.network"].lower().replace(
        "[link]\nmacaddress", "[Link]\nMACAddress"
    )


# Options of a bridge, when it goes

OPTIONS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "ifupdown": (
        {
            IFUPDOWN: "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n\n"
            "auto br10\niface br10 inet static\n\taddress 192.0.2.10/24\n\tbridge_ports bond0\n"
            "\tbridge_ageing 100\n"
        },
        "bridge_ageing 100",
    ),
    "networkd": (
        {
            **_networkd("LLDP"),
            f"{NETWORKD}bond0.network": "[Match]\nName=bond0\n[Network]\nBridge=br10\n"
            "[Bridge]\nCost=50\n",
            f"{NETWORKD}br10.netdev": "[NetDev]\nName=br10\nKind=bridge\n",
            f"{NETWORKD}br10.network": "[Match]\nName=br10\n[Network]\nAddress=192.0.2.10/24\n",
        },
        "Cost=50",
    ),
}


@pytest.mark.parametrize("stack", OPTIONS)
def test_an_option_of_the_bridge_goes_with_it_and_is_of_use_to_no_nic(stack: str) -> None:
    files, line = OPTIONS[stack]
    proposal = planner.propose(_host(stack, files), Removal(Answers(stack=stack), "eth0"))
    (told,) = [it for it in proposal.findings if f"`{line}`" in it.text]
    assert (told.code, told.remedy) == ("line-goes", "")
    assert told.text.endswith("eth0 is in no bridge, and is none.")


# Bond or bridge that something else than the kernel makes

_OVS = "DEVICE=bond0\nDEVICETYPE=ovs\nTYPE=OVSBond\nOVS_BRIDGE=br10\n"
_TEAM = "[connection]\nid=t\nuuid=t\ntype=team\ninterface-name=bond0\n"
_SWITCH = "[connection]\nid=r\nuuid=r\ntype=ovs-bridge\ninterface-name=br10\n"
MADE = [
    ("ifcfg", {f"{IFCFG}bond0": _OVS}, "name-taken", f"{IFCFG}bond0:2"),
    (
        "ifcfg",
        {f"{IFCFG}br10": "DEVICE=br10\nTYPE=OVSBridge\n"},
        "name-taken",
        f"{IFCFG}br10:2",
    ),
    ("networkmanager", {f"{NM}t.nmconnection": _TEAM}, "name-taken", f"{NM}t.nmconnection"),
    ("networkmanager", {f"{NM}r.nmconnection": _SWITCH}, "name-taken", f"{NM}r.nmconnection"),
    (
        "netplan",
        _netplan("  bridges: {br10: {openvswitch: {}, interfaces: [bond0]}}"),
        "bridge-made-otherwise",
        "/etc/netplan/01.yaml:4",
    ),
]


@pytest.mark.parametrize(("stack", "files", "code", "where"), MADE)
def test_what_is_no_bond_or_bridge_of_the_kernels_is_not_edited(
    stack: str, files: Mapping[str, str], code: str, where: str
) -> None:
    proposal = proposed(_host(stack, files), stack)
    assert proposal.plan is None
    assert (code, where) in {(it.code, it.where) for it in proposal.refusals}
