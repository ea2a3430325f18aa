"""After a slave was exchanged a removal gives the address to the NIC that had it; the rest it says.

The newest change found the address at the bridge: what another slave had then is not it.
"""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, nic
from option_cases import HOSTS, done
from test_given_back import nics
from test_left_out import ON_EVERY_STACK

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import Stack

ETH2_MAC = "02:00:00:00:0a:02"
SAID = {
    "ifcfg": (
        "IPADDR=192.0.2.10\nPREFIX=24\nGATEWAY=192.0.2.1\n",
        "BOOTPROTO=dhcp\nMTU=1400\n",
        "IPADDR=10.0.0.1\nPREFIX=24\n",
    ),
    "netplan": (
        "{addresses: [192.0.2.10/24], gateway4: 192.0.2.1}",
        "{dhcp4: true, mtu: 1400}",
        "{addresses: [10.0.0.1/24]}",
    ),
    "networkd": (
        "[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\n",
        "[Link]\nMTUBytes=1400\n\n[Network]\nDHCP=yes\n",
        "[Network]\nAddress=10.0.0.1/24\n",
    ),
    "networkmanager": (
        "[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n",
        "[ethernet]\nmtu=1400\n\n[ipv4]\nmethod=auto\n",
        "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\n",
    ),
}
IFUPDOWN = (
    "inet static\n\taddress 192.0.2.10/24\n\tgateway 192.0.2.1\n",
    "inet dhcp\n\tmtu 1400\n",
    "inet static\n\taddress 10.0.0.1/24\n",
)
MACS = (ETH0_MAC, ETH1_MAC, ETH2_MAC)


def host(stack: Stack, *, macs: bool) -> HostFacts:
    """Another system's tree: eth0 has the address, eth1 a lease and an MTU, eth2 another net."""
    facts, mode = HOSTS[stack.name][0], 0o600 if stack.name == "networkmanager" else 0o644
    texts = nics(stack, *SAID.get(stack.name, IFUPDOWN))
    files = {path: FileState(path, text.encode(), mode) for path, text in texts.items()}
    links = tuple(nic(f"eth{i}", mac, index=i + 2) for i, mac in enumerate(MACS)) if macs else ()
    return replace(
        facts,
        files={**facts.files, **files},
        links=links,
        routes=(),
        access=Access(HostKind.TREE, "/mnt"),
    )


def asked(stack: Stack, *slaves: str) -> Answers:
    """Slaves and names alone."""
    bridge = BridgeAnswers(left_out=frozenset({"address", "gateway", "dns", "search"}))
    return Answers(stack=stack.name, bond=BondAnswers(slaves=slaves), bridge=bridge)


def exchanged(
    stack: Stack, facts: HostFacts, *turns: tuple[str, ...]
) -> tuple[HostFacts, list[Plan]]:
    """The host after each of these bonds, one after the other."""
    plans = []
    for slaves in turns:
        plan = planner.propose(facts, SetUp(asked(stack, *slaves))).plan
        assert plan is not None
        facts = done(facts, plan)
        plans.append(plan)
    return facts, plans


def removed(stack: Stack, facts: HostFacts, plans: list[Plan]) -> Proposal:
    """The removal that knows of these changes."""
    earlier = tuple(
        {it.path: (it.before, it.after) for it in plan.changes if it.status != "unchanged"}
        for plan in reversed(plans)
    )
    return planner.propose(facts, Removal(Answers(stack=stack.name), earlier=earlier))


@pytest.mark.parametrize("macs", [True, False], ids=["links", "copy"])
@ON_EVERY_STACK
def test_the_address_is_the_nics_that_had_it(stack: Stack, macs: bool) -> None:
    before = host(stack, macs=macs)
    facts, plans = exchanged(stack, before, ("eth0", "eth1"), ("eth0", "eth2"))
    found = removed(stack, facts, plans)
    assert isinstance(found.request, Removal)
    assert found.request.nic == "eth0"
    assert found.plan is not None, found.refusals
    after = done(facts, found.plan)
    for path in nics(stack, *SAID.get(stack.name, IFUPDOWN)):
        if "eth1" not in path:
            assert after.files[path].data == before.files[path].data


@ON_EVERY_STACK
def test_what_the_exchanged_slave_does_not_get_back_is_said(stack: Stack) -> None:
    before = host(stack, macs=True)
    facts, plans = exchanged(stack, before, ("eth0", "eth1"), ("eth0", "eth2"))
    found = removed(stack, facts, plans)
    assert found.plan is not None, found.refusals
    after = done(facts, found.plan)
    same = {path: it.data for path, it in after.files.items()} == {
        path: it.data for path, it in before.files.items()
    }
    told = [it for it in found.findings if it.code == "not-given-back"]
    one_file = stack.name in ("ifupdown", "ifupdown2", "netplan")
    assert [it.where for it in told] == ([] if one_file else ["eth1"])
    lease = ("dhcp", "method=auto")
    assert all("/etc/" in it.text for it in told)
    assert all(any(word in it.text.lower() for word in lease) for it in told)
    assert same == one_file


@ON_EVERY_STACK
def test_by_the_mac_that_the_bridge_is_given_where_no_change_is_known(stack: Stack) -> None:
    facts, _ = exchanged(stack, host(stack, macs=True), ("eth0", "eth1"), ("eth2", "eth0"))
    found = removed(stack, facts, [])
    assert isinstance(found.request, Removal)
    assert found.request.nic == "eth0"
