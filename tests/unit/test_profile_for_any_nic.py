"""A profile that names no NIC is the host's only one on many: its words count as any other's."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from facts_builder import ADDRESS, ETH0_MAC, ETH1_MAC, nic
from networkmanager_cases import LINKS, after, host

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.inventory import Kind
from xenbond_tui.stacks.networkmanager import NetworkManager

ASKED = """\
version: 1
stack: networkmanager
bond: {name: bond0, slaves: [eth0, eth1]}
bridge: {name: xenbr0}
"""
HEAD = "[connection]\nid=any\nuuid=a\ntype=ethernet\n"
MANY = f"{HEAD}multi-connect=3\n"
PATTERN = f"{HEAD}\n[match]\ninterface-name=eth0\n"
BEGINS = f"{HEAD}\n[match]\ninterface-name=eth*;!eth3\n"
LEASE = "\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod={}\n"
STATIC = "\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n\n[ipv6]\nmethod=ignore\n"
OWN = (
    "[connection]\nid=eth1\nuuid=b\ntype=ethernet\ninterface-name=eth1\n"
    "\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n"
)


def bridge_of(profiles: dict[str, str], links: Iterable[Link] = LINKS) -> str:
    """The bridge's profile, where the answers leave the address out."""
    facts = host(profiles, links, live=False)
    proposal = planner.propose(facts, SetUp(loads(ASKED, "host.yaml")))
    assert proposal.plan is not None, proposal.findings
    (path,) = (path for path in after(facts, proposal.plan.changes) if "xenbr0" in path)
    return after(facts, proposal.plan.changes)[path]


@pytest.mark.parametrize("known", [True, False], ids=["links", "copy"])
@pytest.mark.parametrize("ipv6", ["auto", "ignore", "disabled"])
@pytest.mark.parametrize(
    "head", [HEAD, MANY, PATTERN, BEGINS], ids=["any", "many", "pattern", "begins"]
)
def test_the_bridge_asks_for_the_lease_that_it_asked_for(
    head: str, ipv6: str, *, known: bool
) -> None:
    said = bridge_of({"any": head + LEASE.format(ipv6)}, links=LINKS if known else ())
    assert "[ipv4]\nmethod=auto\n" in said
    assert f"[ipv6]\nmethod={ipv6}\n" in said


def test_the_bridge_has_the_static_address_that_it_had() -> None:
    assert "192.0.2.10/24,192.0.2.1" in bridge_of({"any": PATTERN + STATIC})


def test_a_nics_own_profile_has_the_address_rather_than_one_for_any() -> None:
    links = (nic("eth0", ETH0_MAC, index=2), nic("eth1", ETH1_MAC, index=3))
    said = bridge_of({"any": PATTERN + LEASE.format("auto"), "eth1": OWN}, links=links)
    assert "192.0.2.10/24,192.0.2.1" in said


@pytest.mark.parametrize("first", ["any", "zany"])
@pytest.mark.parametrize("head", [HEAD, MANY, PATTERN, BEGINS])
def test_its_own_profile_goes_before_one_for_any_whatever_the_files_are_called(
    head: str, first: str
) -> None:
    own = OWN.replace("eth1", "eth0")
    said = bridge_of({first: head + LEASE.format("auto"), "eth0": own})
    assert "[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n" in said
    # A greater priority goes before that: NetworkManager takes that one for certain.
    greater = f"{HEAD}autoconnect-priority=5\n{LEASE.format('auto')}"
    assert "[ipv4]\nmethod=auto\n" in bridge_of({first: greater, "eth0": own})


def test_a_lease_that_runs_is_kept_beside_a_nics_own_profile() -> None:
    links = (
        nic("eth0", ETH0_MAC, addresses=(ADDRESS,), index=2),
        nic("eth1", ETH1_MAC, index=3),
    )
    facts = host({"any": PATTERN + LEASE.format("auto"), "eth1": OWN}, links, active={2: "a"})
    asked = planner.propose(facts, SetUp(loads(ASKED, "host.yaml"))).request.answers
    assert asked.bridge.method == "dhcp"


@pytest.mark.parametrize("said", ["", f"[ethernet]\nmac-address={ETH0_MAC}\n"], ids=["any", "mac"])
def test_a_nics_profile_is_never_bonds_or_bridges_though_they_have_its_mac(said: str) -> None:
    """ "Wired connection 1" after a set-up: the bond looked like a port of itself."""
    port = f"{HEAD}master=bond0\nslave-type=bond\n\n{said}"
    bond = "[connection]\nid=b\nuuid=b\ntype=bond\ninterface-name=bond0\nmaster=xenbr0\n"
    links = [
        *(replace(link, master="bond0") for link in LINKS),
        nic("bond0", ETH0_MAC, kind="bond", master="xenbr0"),
        nic("xenbr0", ETH0_MAC, kind="bridge"),
    ]
    found = NetworkManager().inventory(host({"port": port, "bond": bond}, links))
    masters = {it.link: it.value for it in found if it.kind is Kind.MASTER}
    assert masters.pop("bond0") == "xenbr0"
    assert {*masters} <= {"", "eth0", "eth1"}
