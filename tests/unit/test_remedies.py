"""What a finding advises can be followed, names whom it is about, and leads on."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, bridge, make_facts, nic, virtual
from ifupdown2_cases import PRESENT as IFUPDOWN2
from ifupdown_cases import PRESENT
from netplan_cases import PRESENT as NETPLAN
from networkmanager_cases import PRESENT as NM_PRESENT
from standing_cases import BOND, BRIDGE, IFCFG, IFUPDOWN, NETWORKD, NM, codes, proposed, tree_of

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal

MODPROBE = "/etc/modprobe.d/bonding.conf"


INSTALLED = {"ifupdown2": IFUPDOWN2, "netplan": NETPLAN, "networkmanager": NM_PRESENT}


def _installed(stack: str, files: Mapping[str, str]) -> HostFacts:
    facts = tree_of(files)
    return replace(facts, present=frozenset(INSTALLED.get(stack, facts.present)))


def _remedy(proposal: Proposal, code: str) -> str:
    return next(item.remedy for item in proposal.findings if item.code == code)


def test_where_the_bridge_is_made_again_nothing_is_said_of_a_bond_that_does_not_run() -> None:
    links = (
        *(nic(name, mac, master="br10") for name, mac in (("eth0", ETH0_MAC), ("eth1", ETH1_MAC))),
        virtual("br10", "bridge", ETH0_MAC, addresses=("192.0.2.10/24",)),
        virtual("br10.7", "vlan", ETH0_MAC, lower="br10", vlan_id=7),
    )
    made = bridge("br10", ("eth0", "eth1"), addresses=("192.0.2.10/24",))
    text = "auto br10\niface br10 inet static\n\taddress 192.0.2.10/24\n\tbridge_ports eth0 eth1\n"
    facts = make_facts(links=links, bridges=(made,), files={IFUPDOWN: text}, present=PRESENT)
    proposal = planner.propose(facts, SetUp(Answers(stack="ifupdown", bond=BOND, bridge=BRIDGE)))
    assert "stands on br10" in codes(proposal)["link-above"]
    assert "bond0" not in _remedy(proposal, "link-above")


def test_beside_a_lease_no_address_can_be_named_so_that_is_not_advised() -> None:
    files = {f"{IFCFG}eth0": "DEVICE=eth0\nBOOTPROTO=dhcp\nIPADDR1=198.51.100.5\nPREFIX1=24\n"}
    proposal = proposed(tree_of(files), "ifcfg", BridgeAnswers(method="dhcp"))
    assert "in place of dhcp" in _remedy(proposal, "address-dropped")


def test_an_option_of_a_former_port_is_the_bonds_and_not_the_bridges() -> None:
    port = (
        "[connection]\nid=eth0\nuuid=e0\ntype=ethernet\ninterface-name=eth0\nmaster=r\n"
        "slave-type=bridge\n[bridge-port]\npath-cost=50\n"
    )
    made = "[connection]\nid=r\nuuid=r\ntype=bridge\ninterface-name=br10\n"
    made += "[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\n"
    files = {f"{NM}eth0.nmconnection": port, f"{NM}r.nmconnection": made}
    facts = _installed("networkmanager", files)
    facts = replace(facts, links=(nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC)))
    proposal = proposed(facts, "networkmanager")
    assert "path-cost=50" in codes(proposal)["line-dropped"]
    assert _remedy(proposal, "line-dropped").startswith("Write it for bond0")


_THREE_NICS = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC), nic("eth2", "00:00:5e:00:53:33"))


def _slaves_by_a_pattern() -> HostFacts:
    profile = "[connection]\nid=p\nuuid=p\ntype=ethernet\nmulti-connect=3\nmaster=bond0\n"
    profile += "slave-type=bond\n[match]\ninterface-name=eth*;\n"
    made = (
        "[connection]\nid=b\nuuid=b\ntype=bond\ninterface-name=bond0\n[bond]\nmode=active-backup\n"
    )
    files = {f"{NM}p.nmconnection": profile, f"{NM}b.nmconnection": made}
    return _installed("networkmanager", files)


def test_a_nic_that_a_pattern_makes_a_slave_is_given_up_in_one_sentence() -> None:
    facts = _slaves_by_a_pattern()
    found = proposed(replace(facts, links=_THREE_NICS), "networkmanager").findings
    assert [it.code for it in found if "eth2" in it.text] == ["slave-given-up"]
    unseen = proposed(facts, "networkmanager").findings
    told = [it for it in unseen if it.code in ("slave-given-up", "line-goes")]
    assert [it.code for it in told] == ["line-goes"]
    assert told[0].text.startswith("`master=bond0` is taken out: bond0 gets")


def test_a_definition_of_several_nics_is_to_be_replaced_and_not_added_to() -> None:
    text = 'network:\n  ethernets:\n    all: {match: {name: "eth*"}, dhcp4: true}\n'
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    facts = replace(_installed("netplan", {"/etc/netplan/01.yaml": text}), links=links)
    remedy = _remedy(proposed(facts, "netplan"), "slave-configured-by-pattern")
    assert "in the place of all" in remedy


def test_a_nic_that_is_given_up_stays_a_slave_where_the_advice_is_followed() -> None:
    facts = replace(_slaves_by_a_pattern(), links=_THREE_NICS)
    assert _remedy(proposed(facts, "networkmanager"), "slave-given-up").startswith("Add eth2 to")
    three = replace(BOND, slaves=("eth0", "eth1", "eth2"))
    asked = SetUp(Answers(stack="networkmanager", bond=three, bridge=BRIDGE))
    followed = planner.propose(facts, asked)
    assert followed.plan is not None
    assert "slave-given-up" not in codes(followed)
    there = {item.path for item in followed.plan.changed}
    assert {f"{NM}bond0-eth{number}.nmconnection" for number in range(3)} <= there


ALL = '  all: {match: {name: "eth*"}, dhcp4: true}'


@pytest.mark.parametrize(
    ("definitions", "remedy", "followed"),
    [
        (
            f"  eth0: {{dhcp4: true}}\n  {ALL}",
            "Keep eth0, with all that holds for eth0. Write a definition for eth1 each in the "
            "place of all.",
            "  eth0: {dhcp4: true}\n    eth1: {dhcp4: true}",
        ),
        (
            f'{ALL}\n    most: {{match: {{name: "e*"}}}}',
            "Keep eth0, with all that holds for eth0. Write a definition for eth1 each in the "
            "place of all. Write a definition for eth1 each in the place of most.",
            "  eth0: {dhcp4: true}\n    eth1: {dhcp4: true}",
        ),
        (
            f'  a: {{match: {{macaddress: "{ETH0_MAC}"}}, dhcp4: true}}\n    eth0: {{mtu: 1500}}',
            "Keep a, with all that holds for eth0, and take eth0 out.",
            f'  a: {{match: {{macaddress: "{ETH0_MAC}"}}, dhcp4: true, mtu: 1500}}',
        ),
    ],
)
def test_a_nic_with_two_definitions_has_one_when_the_advice_is_followed(
    definitions: str, remedy: str, followed: str
) -> None:
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    head = "network:\n  ethernets:\n  "
    facts = _installed("netplan", {"/etc/netplan/01.yaml": f"{head}{definitions}\n"})
    found = proposed(replace(facts, links=links), "netplan")
    assert _remedy(found, "slave-defined-twice") == remedy
    facts = _installed("netplan", {"/etc/netplan/01.yaml": f"{head}{followed}\n"})
    assert proposed(replace(facts, links=links), "netplan").plan is not None


def test_names_that_no_link_can_have_are_no_vlans_on_a_slave() -> None:
    own = "[Match]\nName=eth0\n[Network]\nVLAN=a/b eth0.12345678901234\nVLAN=ok10\n"
    found = proposed(tree_of({f"{NETWORKD}eth0.network": own}), "networkd").findings
    assert [it.text.split()[0] for it in found if it.code == "on-a-slave"] == ["ok10"]
    text = own.replace("VLAN=ok10", "VXLAN=vx10\nTunnel=tun10\nMACVLAN=mac10")
    above = [it for it in proposed(tree_of({f"{NETWORKD}eth0.network": text}), "networkd").findings]
    said = {it.text.partition(" stands")[0]: it.remedy for it in above if it.code == "on-a-slave"}
    assert [*said] == ["vx10 (a VXLAN)", "tun10 (a tunnel)", "mac10 (a macvlan)"]
    assert {remedy.partition(" in its")[0] for remedy in said.values()} == {"Configure it on br10"}
    said = [it.text for it in found if it.code == "line-without-effect"]
    assert [text.split("effect: ")[1].split()[0] for text in said] == ["a/b", "eth0.12345678901234"]


FILTERING: Mapping[str, Mapping[str, str]] = {
    "networkd": {
        f"{NETWORKD}bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
        f"{NETWORKD}br10.netdev": "[NetDev]\nName=br10\nKind=bridge\n[Bridge]\nVLANFiltering=yes\n",
        f"{NETWORKD}eth.network": "[Match]\nName=eth0 eth1\n[Network]\nBond=bond0\n",
        f"{NETWORKD}bond0.network": "[Match]\nName=bond0\n[Network]\nBridge=br10\n",
        f"{NETWORKD}br10.network": "[Match]\nName=br10\n[Network]\nAddress=192.0.2.10/24\n",
    },
    "ifupdown2": {
        IFUPDOWN: "auto bond0\niface bond0\n\tbond-slaves eth0 eth1\n\nauto br10\niface br10\n"
        "\taddress 192.0.2.10/24\n\tbridge-ports bond0\n\tbridge-vlan-aware yes\n"
    },
    "ifcfg": {
        f"{IFCFG}bond0": "DEVICE=bond0\nBONDING_OPTS='mode=1 miimon=100'\nBRIDGE=br10\n",
        f"{IFCFG}eth0": "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
        f"{IFCFG}eth1": "DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\n",
        f"{IFCFG}br10": "DEVICE=br10\nTYPE=Bridge\nIPADDR=192.0.2.10\nPREFIX=24\n"
        "BRIDGING_OPTS=vlan_filtering=1\n",
    },
    "networkmanager": {
        f"{NM}b.nmconnection": "[connection]\nid=b\nuuid=b\ntype=bond\ninterface-name=bond0\n"
        "master=r\nslave-type=bridge\n[bond]\nmode=active-backup\n",
        f"{NM}r.nmconnection": "[connection]\nid=r\nuuid=r\ntype=bridge\ninterface-name=br10\n"
        "[bridge]\nvlan-filtering=true\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\n",
        **{
            f"{NM}{name}.nmconnection": f"[connection]\nid={name}\nuuid={name}\ntype=ethernet\n"
            f"interface-name={name}\nmaster=b\nslave-type=bond\n"
            for name in ("eth0", "eth1")
        },
    },
}


@pytest.mark.parametrize("stack", FILTERING)
def test_a_bridge_that_sorts_vlans_is_not_replaced_by_a_nic(stack: str) -> None:
    proposal = planner.propose(
        _installed(stack, FILTERING[stack]), Removal(Answers(stack=stack), "eth0")
    )
    assert proposal.plan is None
    said = codes(proposal)["bridge-filters-vlans"]
    assert said.startswith("/etc/")
    off = {
        path: text.replace("Filtering=yes", "Filtering=no")
        .replace("aware yes", "aware no")
        .replace("filtering 1", "filtering 0")
        .replace("vlan_filtering=1", "vlan_filtering=0")
        .replace("filtering=true", "filtering=false")
        for path, text in FILTERING[stack].items()
    }
    again = planner.propose(_installed(stack, off), Removal(Answers(stack=stack), "eth0"))
    assert "bridge-filters-vlans" not in codes(again)


SECOND: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {IFUPDOWN: "auto bond1\niface bond1 inet manual\n\tbond-slaves eth2 eth3\n"},
    "ifupdown2": {IFUPDOWN: "auto bond1\niface bond1\n\tbond-slaves eth2 eth3\n"},
    "ifcfg": {f"{IFCFG}bond1": "DEVICE=bond1\nTYPE=Bond\nBOOTPROTO=none\n"},
    "networkd": {f"{NETWORKD}bond1.netdev": "[NetDev]\nName=bond1\nKind=bond\n"},
    "netplan": {"/etc/netplan/01.yaml": "network:\n  bonds:\n    bond1: {interfaces: []}\n"},
    "networkmanager": {
        f"{NM}b.nmconnection": "[connection]\nid=b\nuuid=b\ntype=bond\ninterface-name=bond1\n"
    },
}


@pytest.mark.parametrize("stack", SECOND)
def test_module_options_of_all_bonds_stay_while_the_files_make_another(stack: str) -> None:
    line = "options bonding mode=4 miimon=50\n"
    wanted = BridgeAnswers(addresses=("192.0.2.10/24",))
    proposal = proposed(_installed(stack, {**SECOND[stack], MODPROBE: line}), stack, wanted)
    assert proposal.plan is not None
    assert MODPROBE not in {change.path for change in proposal.plan.changed}
    assert "module-options-contradict" not in codes(proposal)
    alone = proposed(_installed(stack, {MODPROBE: line, **_nothing(stack)}), stack, wanted)
    assert "module-options-contradict" in codes(alone)


def _nothing(stack: str) -> Mapping[str, str]:
    return {IFUPDOWN: "auto lo\niface lo inet loopback\n"} if stack.startswith("ifup") else {}
