"""The bond is not put into a bridge beside its own VLAN, however the files say that it is one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, nic, virtual
from standing_cases import (
    BOND,
    BOND_OF_TWO,
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
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.inventory import Item, Kind, item
from xenbond_tui.rules.over_bond import over_bond

_BR10 = "auto br10\niface br10 inet static\n\taddress 192.0.2.10/24\n"
_VLAN = "\nauto vlan10\niface vlan10 inet manual\n\tvlan-raw-device bond0\n\n"
_MAKES = "\nauto foo\niface foo inet manual\n\t"
_NETWORKD = {
    f"{NETWORKD}bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
    f"{NETWORKD}lan10.netdev": "[NetDev]\nName=lan10\nKind=vlan\n[VLAN]\nId=10\n",
    f"{NETWORKD}br10.netdev": "[NetDev]\nName=br10\nKind=bridge\n",
    f"{NETWORKD}bond0.network": "[Match]\nName=bond0\n[Network]\nVLAN=lan10\n",
    f"{NETWORKD}br10.network": "[Match]\nName=br10\n[Network]\nAddress=192.0.2.10/24\n",
}


def _refused(proposal: Proposal) -> str:
    assert proposal.plan is None
    said = codes(proposal)["bridge-over-vlan"]
    assert said.startswith("/etc/")
    assert "bond0" in said
    return said


def _networkd(vlan: str, **more: str) -> dict[str, str]:
    files = {f"{NETWORKD}{name}.network": text for name, text in more.items()}
    return {**_NETWORKD, f"{NETWORKD}v.network": f"{vlan}\n[Network]\nBridge=br10\n", **files}


@pytest.mark.parametrize(
    "match", ["Name=lan*", "Kind=vlan", "Type=vlan", "Name=!br* !bond* !eth*", "Name=en* lan1?"]
)
def test_networkd_patterns_and_kinds_are_asked_for_the_vlan_that_a_file_makes(match: str) -> None:
    facts = tree_of(_networkd(f"[Match]\n{match}"))
    assert "v.network:4: lan10" in _refused(proposed(facts, "networkd"))
    links = tuple(nic(name, mac) for name, mac in (("eth0", ETH0_MAC), ("eth1", ETH1_MAC)))
    assert "v.network:4: lan10" in _refused(proposed(replace(facts, links=links), "networkd"))


@pytest.mark.parametrize("match", ["MACAddress=00:00:5e:00:53:01", "Property=ID_X=1"])
def test_networkd_a_match_that_only_the_host_can_judge_is_refused(match: str) -> None:
    said = _refused(proposed(tree_of(_networkd(f"[Match]\n{match}")), "networkd"))
    assert "v.network:2" in said
    assert "don't tell whether lan10" in said


def test_networkd_the_first_file_by_name_counts_and_another_pattern_does_not() -> None:
    first = tree_of(_networkd("[Match]\nKind=vlan", a="[Match]\nName=lan10\n[Network]\nDHCP=no\n"))
    assert "bridge-over-vlan" not in codes(proposed(first, "networkd"))
    other = tree_of(_networkd("[Match]\nName=wan*"))
    assert "bridge-over-vlan" not in codes(proposed(other, "networkd"))


@pytest.mark.parametrize(
    ("stack", "ports"),
    [
        ("ifupdown", "bridge_ports regex vlan.*"),
        ("ifupdown", "bridge_ports eth9 regex (vlan|wan)[0-9]+ noregex eth8"),
        ("ifupdown", "bridge_ports none\n\tup brctl addif br10 vlan10"),
        ("ifupdown", "bridge_ports none\n\tpost-up ip link set vlan10 master $IFACE"),
        ("ifupdown", "bridge_ports none\n\tpost-up /sbin/ip l s dev vlan10 master br10 || true"),
        ("ifupdown2", "bridge-ports glob vlan*"),
        ("ifupdown2", "bridge-ports glob vlan[1-20]"),
        ("ifupdown2", "bridge-ports glob vlan8-12"),
        ("ifupdown2", "bridge-ports regex vlan1."),
    ],
)
def test_ifupdown_patterns_and_commands_of_ports_are_followed(stack: str, ports: str) -> None:
    facts = tree_of({IFUPDOWN: f"{BOND_OF_TWO}{_VLAN}{_BR10}\t{ports}\n"})
    assert "vlan10, a port of br10" in _refused(proposed(facts, stack))
    far = tree_of({IFUPDOWN: f"{BOND_OF_TWO}{_VLAN}{_BR10}\t{ports.replace('vlan', 'wan')}\n"})
    assert "bridge-over-vlan" not in codes(proposed(far, stack))


@pytest.mark.parametrize(
    ("command", "port"),
    [
        ("pre-up ip link add link bond0 name foo type vlan id 10", "foo"),
        ("pre-up ip link add foo link bond0 type vlan id 10", "foo"),
        ("pre-up ip link add name $IFACE link bond0 mtu 1500 type vlan id 10", "foo"),
        ("up modprobe 8021q && /sbin/ip -6 l a link bond0 dev foo type macvlan", "foo"),
        ("pre-up vconfig add bond0 10", "bond0.10"),
        ("pre-up /sbin/vconfig add bond0 10 || true", "vlan10"),
        ("pre-up vconfig add bond0 10", "vlan0010"),
        ("pre-up ip link add link eth1 name foo type vlan id 10", "foo"),
    ],
)
def test_ifupdown_commands_that_make_a_vlan_are_followed(command: str, port: str) -> None:
    for ports in (port, f"regex {port[:3]}.*"):
        text = f"{BOND_OF_TWO}{_MAKES}{command}\n\n{_BR10}\tbridge_ports {ports}\n"
        found = codes(proposed(tree_of({IFUPDOWN: text}), "ifupdown"))
        assert ", a port of br10" in found["bridge-over-vlan"]
        assert ports != port or f"{port}, a port" in found["bridge-over-vlan"]


@pytest.mark.parametrize(
    ("command", "ports"),
    [
        ("pre-up ip link add link bond0 name lan$N type vlan id 10", "lan10"),
        ("pre-up ip link add link bond0 name `cat /etc/x` type vlan id 10", "regex lan.*"),
        ("pre-up ip link add link $NIC name lan10 type vlan id 10", "lan10"),
        ("pre-up vconfig add bond0 $N", "lan10"),
    ],
)
def test_ifupdown_what_only_a_shell_can_tell_is_refused(command: str, ports: str) -> None:
    text = f"{BOND_OF_TWO}{_MAKES}{command}\n\n{_BR10}\tbridge_ports {ports}\n"
    assert "don't tell whether" in _refused(proposed(tree_of({IFUPDOWN: text}), "ifupdown"))
    away = (
        text.replace("bond0 name", "eth9 name").replace("$NIC", "eth9").replace("bond0 $", "eth9 $")
    )
    assert "bridge-over-vlan" not in codes(proposed(tree_of({IFUPDOWN: away}), "ifupdown"))


def test_ifupdown_a_vlan_made_when_a_link_goes_down_is_none() -> None:
    down = "down ip link add link bond0 name foo type vlan id 10"
    text = f"{BOND_OF_TWO}{_MAKES}{down}\n\n{_BR10}\tbridge_ports foo\n"
    assert "bridge-over-vlan" not in codes(proposed(tree_of({IFUPDOWN: text}), "ifupdown"))


def test_netplan_a_port_by_a_pattern_that_the_vlans_name_fits_too() -> None:
    text = """\
network:
  version: 2
  ethernets:
    eth0: {}
    eth1: {}
    lan: {match: {name: "lan*"}}
  bonds:
    bond0: {interfaces: [eth0, eth1], parameters: {mode: active-backup}}
  vlans:
    lan10: {id: 10, link: bond0}
  bridges:
    br10: {interfaces: [lan], addresses: [192.0.2.10/24]}
"""
    said = _refused(proposed(tree_of({"/etc/netplan/01.yaml": text}), "netplan"))
    assert "01.yaml:12" in said
    assert "don't tell whether lan10" in said


_KEYFILES = {
    f"{NM}bond0.nmconnection": "[connection]\nid=b\nuuid=b0\ntype=bond\ninterface-name=bond0\n"
    "[bond]\nmode=active-backup\n",
    f"{NM}br10.nmconnection": "[connection]\nid=r\nuuid=b10\ntype=bridge\ninterface-name=br10\n"
    "[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\n",
}


def test_networkmanager_a_vlan_that_names_the_link_below_by_its_mac() -> None:
    vlan = (
        "[connection]\nid=v\nuuid=v\ntype=vlan\ninterface-name=lan10\ncontroller=b10\n"
        f"port-type=bridge\n[ethernet]\nmac-address={ETH0_MAC.upper()}\n[vlan]\nid=10\n"
    )
    facts = tree_of({**_KEYFILES, f"{NM}v.nmconnection": vlan})
    assert "don't tell whether lan10" in _refused(proposed(facts, "networkmanager"))
    nics = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    known = proposed(replace(facts, links=nics), "networkmanager")
    assert "v.nmconnection:6: lan10, a port of br10, stands on eth0" in _refused(known)


@pytest.mark.parametrize(
    ("lines", "sure"),
    [
        ("PHYSDEV=bond0\nBRIDGE=br10\n", True),
        ('PHYSDEV="$BOND"\nBRIDGE=br10\n', False),
        ("PHYSDEV=bond0\nBRIDGE=br$N\n", False),
    ],
)
def test_ifcfg_a_value_that_a_shell_makes_is_refused(lines: str, sure: bool) -> None:
    files = {
        f"{IFCFG}bond0": "DEVICE=bond0\nONBOOT=yes\nBONDING_OPTS='mode=1 miimon=100'\n",
        f"{IFCFG}lan": f"DEVICE=lan\nVLAN=yes\n{lines}",
        f"{IFCFG}br10": "DEVICE=br10\nTYPE=Bridge\nIPADDR=192.0.2.10\nPREFIX=24\n",
    }
    said = _refused(proposed(tree_of(files), "ifcfg"))
    assert ("don't tell whether lan" in said) is not sure


def _over(items: Iterable[Item]) -> list[str]:
    request = SetUp(Answers(bond=BOND, bridge=BRIDGE))
    return [found.where for found in over_bond(tree_of({}), items, request)]


def test_a_vlan_of_a_vlan_and_one_of_a_slave_count_and_a_circle_ends() -> None:
    lowers: Mapping[str, str] = {
        **{"outer": "bond0", "inner": "outer", "v": "eth1", "a": "b", "b": "a", "x": "eth9"}
    }
    items = [item(("/f", 1), name, Kind.LOWER, lower) for name, lower in lowers.items()]
    ports = [item((f"/{name}", 0), "br10", Kind.PORT, name) for name in ("inner", "v", "a", "x")]
    assert _over([*items, *ports]) == ["/inner", "/v"]


def test_what_runs_counts_where_no_file_says_so() -> None:
    vlan = virtual("vlan10", "vlan", ETH0_MAC, lower="bond0", vlan_id=10, master="br10")
    answers = Answers(stack="ifupdown", bond=BOND, bridge=BRIDGE)
    proposal = planner.propose(running(vlan, ports=("vlan10",)), SetUp(answers))
    assert "vlan10, a port of br10" in codes(proposal)["bridge-over-vlan"]
    files = f"{BOND_OF_TWO}\n{_BR10}\tbridge_ports vlan10\n"
    proposal = planner.propose(running(replace(vlan, master=None), files=files), SetUp(answers))
    assert "interfaces:10: vlan10" in codes(proposal)["bridge-over-vlan"]
