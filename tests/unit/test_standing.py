"""What stands on bond, bridge and slaves is kept or named."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    session_over as session,
    virtual,
)
from ifupdown2_cases import PRESENT as IFUPDOWN2
from ifupdown_cases import PRESENT
from netplan_cases import PRESENT as NETPLAN
from networkd_cases import ENABLED
from networkmanager_cases import PRESENT as NM_PRESENT
from standing_cases import (
    BOND,
    BOND_OF_TWO,
    BRIDGE,
    GUESTS,
    IFCFG,
    IFUPDOWN,
    MANAGEMENT,
    NETWORKD,
    NM,
    codes,
    proposed,
    running,
    tree_of,
)
from steps_in_words import in_words

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, Removal, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import AddBridge, DeleteLink, Run, SetMaster
from xenbond_tui.plan.plan import Step
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Severity

_NETPLAN = """\
network:
  version: 2
  renderer: {}
  ethernets: {{eth0: {{}}, eth1: {{}}}}
  bonds:
    bond0: {{interfaces: [eth0, eth1], parameters: {{mode: active-backup}}}}
  vlans:
    v10: {{id: 10, link: bond0}}
  bridges:
    br10:
      interfaces: [v10]
      addresses: [192.0.2.10/24]
"""
VLAN_IN_BRIDGE: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {
        IFUPDOWN: f"""{BOND_OF_TWO}
auto vlan10
iface vlan10 inet manual
	vlan-raw-device bond0

auto br10
iface br10 inet static
	address 192.0.2.10/24
	bridge_ports vlan10
"""
    },
    "ifupdown2": {
        IFUPDOWN: f"{BOND_OF_TWO}\nauto br10\niface br10\n\taddress 192.0.2.10/24\n"
        "\tbridge-ports bond0.10\n"
    },
    "ifcfg": {
        f"{IFCFG}bond0": "DEVICE=bond0\nONBOOT=yes\nBONDING_OPTS='mode=1 miimon=100'\n",
        f"{IFCFG}eth0": "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
        f"{IFCFG}eth1": "DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\n",
        f"{IFCFG}bond0.10": "DEVICE=bond0.10\nVLAN=yes\nBRIDGE=br10\n",
        f"{IFCFG}br10": "DEVICE=br10\nTYPE=Bridge\nIPADDR=192.0.2.10\nPREFIX=24\n",
    },
    "networkd": {
        f"{NETWORKD}bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
        f"{NETWORKD}v10.netdev": "[NetDev]\nName=v10\nKind=vlan\n[VLAN]\nId=10\n",
        f"{NETWORKD}br10.netdev": "[NetDev]\nName=br10\nKind=bridge\n",
        f"{NETWORKD}bond0.network": "[Match]\nName=bond0\n[Network]\nVLAN=v10\n",
        f"{NETWORKD}v10.network": "[Match]\nName=v10\n[Network]\nBridge=br10\n",
        f"{NETWORKD}br10.network": "[Match]\nName=br10\n[Network]\nAddress=192.0.2.10/24\n",
    },
    **{
        row: {"/etc/netplan/01.yaml": _NETPLAN.format(renderer)}
        for row, renderer in (("netplan", "networkd"), ("netplan-nm", "NetworkManager"))
    },
    "networkmanager": {
        f"{NM}bond0.nmconnection": "[connection]\nid=bond0\nuuid=b0\ntype=bond\n"
        "interface-name=bond0\n[bond]\nmode=active-backup\n",
        f"{NM}v10.nmconnection": "[connection]\nid=v10\nuuid=v10\ntype=vlan\nmaster=br10\n"
        "slave-type=bridge\n[vlan]\nparent=b0\nid=10\n",
        f"{NM}br10.nmconnection": "[connection]\nid=br10\nuuid=b10\ntype=bridge\n"
        "interface-name=br10\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\n",
    },
}
_PORT = (
    "[connection]\nid={0}\nuuid={0}\ntype=ethernet\n"
    "interface-name={0}\nmaster=b0\nslave-type=bond\n"
)
STACK_OF = {"netplan-nm": "netplan"}
"""Of a row that is no stack's name."""


@pytest.mark.parametrize("stack", VLAN_IN_BRIDGE)
def test_the_bond_is_not_put_beside_its_own_vlan_into_a_bridge(stack: str) -> None:
    proposal = proposed(tree_of(VLAN_IN_BRIDGE[stack]), STACK_OF.get(stack, stack))
    assert proposal.plan is None
    said = codes(proposal)["bridge-over-vlan"]
    assert "stands on bond0" in said
    assert said.startswith("/etc/")


@pytest.mark.parametrize("stack", VLAN_IN_BRIDGE)
def test_another_bridge_beside_that_one_is_not_refused_for_it(stack: str) -> None:
    facts = tree_of(VLAN_IN_BRIDGE[stack])
    proposal = proposed(
        facts, STACK_OF.get(stack, stack), BridgeAnswers(name="xenbr0", method="none")
    )
    assert "bridge-over-vlan" not in codes(proposal)


@pytest.mark.parametrize("stack", VLAN_IN_BRIDGE)
def test_a_removal_finds_the_bond_whose_vlans_are_in_bridges_and_is_refused(stack: str) -> None:
    slaves = {
        path.format(nic): text.format(nic)
        for path, text in (
            (NETWORKD + "{}.network", "[Match]\nName={}\n[Network]\nBond=bond0\n"),
            (NM + "{}.nmconnection", _PORT),
        )
        for nic in ("eth0", "eth1")
    }
    facts = tree_of({**slaves, **VLAN_IN_BRIDGE[stack]})
    facts = replace(facts, present=frozenset(INSTALLED.get(stack, facts.present)))
    name = STACK_OF.get(stack, stack)
    proposal = planner.propose(facts, Removal(Answers(stack=name), "eth0"))
    assert proposal.request.answers.bond.name == "bond0"
    assert proposal.plan is None
    # A stack whose editor finds the line says it by itself.
    (said,) = (it for it in proposal.refusals if it.code in ("link-above", "file-not-editable"))
    assert said.where.startswith("/etc/")
    assert "bond0" in said.text


def test_a_removal_does_not_choose_between_two_bonds_without_a_bridge() -> None:
    files = VLAN_IN_BRIDGE["ifupdown"][IFUPDOWN]
    two = files + files.replace("bond0", "bond1").replace("eth", "eno").replace("10", "11")
    with pytest.raises(XenbondError, match=r"bond0 and bond1, none of them under a bridge"):
        planner.propose(tree_of({IFUPDOWN: two}), Removal(Answers(stack="ifupdown")))


@pytest.mark.parametrize("kind", ["vlan", "macvlan"])
def test_a_running_bond_is_not_made_again_below_what_stands_on_it(kind: str) -> None:
    wanted = BridgeAnswers(name="xenbr0", method="none")
    number = 20 if kind == "vlan" else None
    above0 = virtual("above0", kind, ETH0_MAC, lower="bond0", vlan_id=number)
    answers = Answers(stack="ifupdown", bond=replace(BOND, mode="802.3ad"), bridge=wanted)
    proposal = planner.propose(running(above0), SetUp(answers))
    assert proposal.plan is None
    code = "link-above" if kind == "vlan" else "on-the-bond"
    assert "stands on bond0" in codes(proposal)[code]
    assert planner.propose(running(), SetUp(answers)).plan is not None


def test_a_bond_that_changes_while_it_runs_keeps_what_stands_on_it() -> None:
    vlan = virtual("vlan20", "vlan", ETH0_MAC, lower="bond0", vlan_id=20)
    files = f"{BOND_OF_TWO}\nauto br10\niface br10 inet static\n\taddress 192.0.2.10/24\n"
    facts = running(vlan, ports=("bond0",), files=f"{files}\tbridge_ports bond0\n")
    ports = [replace(item, master="br10") if item.name == "bond0" else item for item in facts.links]
    answers = Answers(stack="ifupdown", bond=replace(BOND, miimon=200), bridge=BRIDGE)
    proposal = planner.propose(replace(facts, links=tuple(ports)), SetUp(answers))
    assert proposal.plan is not None
    assert proposal.plan.outage is not None
    assert not proposal.plan.outage.expected


VLAN_OF = {"ifupdown": "vlan10", "ifupdown2": "bond0.10", "ifcfg": "bond0.10"}
"""The VLAN's name in `VLAN_IN_BRIDGE`; v10 in the other stacks."""
INSTALLED = {
    "ifupdown": PRESENT,
    "ifupdown2": IFUPDOWN2,
    "netplan": NETPLAN,
    "netplan-nm": NETPLAN,
    "networkmanager": NM_PRESENT,
}
NO_ADDRESS = BridgeAnswers(name="xenbr0", method="none")
REQUESTS = {
    "comes under a bridge": Answers(bond=BOND, bridge=NO_ADDRESS),
    "and gets another miimon": Answers(bond=replace(BOND, miimon=200), bridge=NO_ADDRESS),
    "gets another mode": Answers(bond=replace(BOND, mode="802.3ad"), bridge=NO_ADDRESS),
}
NO_WAY_UNDER_A_BRIDGE = ("networkmanager", "netplan-nm")
REFUSED = {(stack, name) for stack in NO_WAY_UNDER_A_BRIDGE for name in REQUESTS} | {
    (stack, "gets another mode") for stack in VLAN_IN_BRIDGE
}


def _host_of(stack: str) -> HostFacts:
    """The bond runs with its VLAN in br10, which has the host's address and a guest's port."""
    name = VLAN_OF.get(stack, "v10")
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC),
        virtual(name, "vlan", ETH0_MAC, lower="bond0", vlan_id=10, master="br10"),
        virtual("vif1.0", "vif", GUESTS, master="br10"),
        virtual("br10", "bridge", ETH0_MAC, addresses=("192.0.2.10/24",)),
    )
    # miimon's value is among the options that sysfs shows.
    options = {"mode": "active-backup 1", "miimon": "100", "primary": ""}
    return replace(
        tree_of(VLAN_IN_BRIDGE[stack]),
        access=Access(),
        present=frozenset((*INSTALLED.get(stack, ()), ENABLED)),
        links=links,
        bonds=(replace(bond(), options=options),),
        bridges=(bridge("br10", (name, "vif1.0"), addresses=("192.0.2.10/24",)),),
        routes=(default_route("br10", "192.0.2.1"),),
    )


class Kernel:
    """Links only: who stands on whom, and goes with it."""

    def __init__(self, facts: HostFacts) -> None:
        self.links = {link.name: link for link in facts.links}

    def carry_out(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step.action:
                case DeleteLink(name):
                    self._delete(name)
                case AddBridge(name, mac):
                    self.links.setdefault(name, virtual(name, "bridge", mac))
                case SetMaster(name, master) if name in self.links:
                    self.links[name] = replace(self.links[name], master=master)
                case Run(argv) if argv[0].endswith("ifdown"):
                    self._delete(argv[-1])

    def _delete(self, name: str) -> None:
        if self.links.pop(name, None) is None:
            return
        for link in tuple(self.links.values()):
            if link.lower == name:
                self._delete(link.name)
            elif link.master == name:
                self.links[link.name] = replace(link, master=None)


def _is_named(proposal: Proposal, stack: str, wanted: str) -> None:
    """What stands where, what goes with it, why, and which answers would do."""
    name = VLAN_OF.get(stack, "v10")
    (found,) = [item for item in proposal.findings if item.severity is Severity.REFUSE]
    assert (found.code, found.where) == ("link-above", name)
    assert f"{name} (VLAN 10) stands on bond0" in found.text
    assert f"{name} would be gone, and br10 would be without it" in found.text
    if stack in NO_WAY_UNDER_A_BRIDGE:
        assert "bond0 is there already, and not under xenbr0" in found.text
        assert "can't come under a bridge here while it runs" in found.remedy
    else:
        assert wanted == "gets another mode"
        assert "mode can't be changed while bond0 runs" in found.text
        assert "(slaves, miimon, primary, a new bridge with the address and MAC" in found.remedy
    assert f"ake {name} away first" in found.remedy


@pytest.mark.parametrize("wanted", REQUESTS)
@pytest.mark.parametrize("stack", VLAN_IN_BRIDGE)
def test_what_stands_on_the_bond_is_there_after_each_step_or_it_is_refused(
    stack: str, wanted: str
) -> None:
    facts = _host_of(stack)
    proposal = planner.propose(
        facts, SetUp(replace(REQUESTS[wanted], stack=STACK_OF.get(stack, stack)))
    )
    if (stack, wanted) in REFUSED:
        assert proposal.plan is None
        _is_named(proposal, stack, wanted)
        return
    plan = proposal.plan
    assert plan is not None, proposal.refusals
    assert plan.outage is not None
    assert not plan.outage.expected
    kernel = Kernel(facts)
    standing = {name: kernel.links[name] for name in ("bond0", VLAN_OF.get(stack, "v10"), "br10")}
    for count in range(len(plan.forward) + 1):
        kernel = Kernel(facts)
        kernel.carry_out(plan.forward[:count])
        there = {name: kernel.links.get(name) for name in standing}
        assert there | {"bond0": None} == standing | {"bond0": None}
        kernel.carry_out(plan.rollback)
        assert {name: kernel.links.get(name) for name in standing} == standing
        assert "xenbr0" not in kernel.links
    kernel.carry_out(plan.forward)
    there = {name: kernel.links.get(name) for name in standing}
    assert there == standing | {"bond0": replace(standing["bond0"], master="xenbr0")}


def test_an_address_of_the_bond_moves_while_the_bond_runs() -> None:
    text = BOND_OF_TWO.replace("inet manual", "inet static\n\taddress 192.0.2.10/24")
    vlan = virtual("vlan20", "vlan", ETH0_MAC, lower="bond0", vlan_id=20)
    facts = running(vlan, files=text)
    links = (
        replace(link, addresses=(address("192.0.2.10/24"),)) if link.name == "bond0" else link
        for link in facts.links
    )
    proposal = proposed(replace(facts, links=tuple(links), routes=()), "ifupdown")
    assert proposal.plan is not None
    assert proposal.plan.outage is not None
    assert not proposal.plan.outage.expected
    words = in_words(proposal.plan.forward)
    given, port, off = (
        words.index(word) for word in ("br10 + 192.0.2.10/24", "bond0 -> br10", "flush bond0")
    )
    assert given < port < off
    back = in_words(proposal.plan.rollback)
    assert back.index("bond0 + 192.0.2.10/24") < back.index("bond0 -> None")


@pytest.mark.parametrize("used", [False, True])
def test_a_change_that_nobody_is_reached_by_is_no_outage(*, used: bool) -> None:
    links = (MANAGEMENT, nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    route = default_route("eth1" if used else "eth9", "192.0.2.1")
    facts = make_facts(
        links=links, routes=(route,), session=session("eth9"), present=PRESENT, files={IFUPDOWN: ""}
    )
    plan = proposed(facts, "ifupdown", NO_ADDRESS).plan
    assert plan is not None
    assert plan.outage is not None
    assert plan.outage.expected is used
