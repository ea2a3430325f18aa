"""Hosts whose bond has something on it, as files and as they run, for several tests."""

from collections.abc import Mapping
from dataclasses import replace

from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    bond,
    bridge,
    make_facts,
    nic,
    virtual,
)
from ifupdown_cases import PRESENT
from networkd_cases import ENABLED, LIBRARY

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.proposal import Proposal

OTHER_MAC = "00:00:5e:00:53:09"
WRITTEN = "00:00:5e:00:53:aa"
GUESTS = "fe:ff:ff:ff:ff:ff"
BOND = BondAnswers(slaves=("eth0", "eth1"))
BRIDGE = BridgeAnswers(name="br10", addresses=("192.0.2.10/24",))
MANAGEMENT = nic("eth9", OTHER_MAC, addresses=("192.0.2.9/24",))
NETWORKD = "/etc/systemd/network/"
IFUPDOWN = "/etc/network/interfaces"
IFCFG = "/etc/sysconfig/network-scripts/ifcfg-"
NM = "/etc/NetworkManager/system-connections/"

BOND_OF_TWO = """\
auto bond0
iface bond0 inet manual
	bond-slaves eth0 eth1
	bond-mode active-backup
	bond-miimon 100
"""


def tree_of(files: Mapping[str, str]) -> HostFacts:
    facts = make_facts(
        files=files,
        links=(),
        live=False,
        present=(*PRESENT, ENABLED),
        unreadable={LIBRARY.format(252): "is larger than 1 MiB"},
    )
    states = {path: replace(state, mode=0o600) for path, state in facts.files.items()}
    return replace(facts, files=states)


def proposed(facts: HostFacts, stack: str, wanted: BridgeAnswers = BRIDGE) -> Proposal:
    return planner.propose(facts, SetUp(Answers(stack=stack, bond=BOND, bridge=wanted)))


def codes(proposal: Proposal) -> dict[str, str]:
    return {item.code: f"{item.where}: {item.text}" for item in proposal.findings}


def running(*above: Link, ports: tuple[str, ...] = (), files: str = BOND_OF_TWO) -> HostFacts:
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC),
        *above,
    )
    if ports:
        links = (*links, virtual("br10", "bridge", ETH0_MAC, addresses=("192.0.2.10/24",)))
    made = [bridge("br10", ports, addresses=("192.0.2.10/24",))] if ports else []
    return make_facts(
        links=links, bonds=(bond(),), bridges=made, files={IFUPDOWN: files}, present=PRESENT
    )
