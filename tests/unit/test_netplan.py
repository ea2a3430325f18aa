"""netplan: golden trees byte for byte, what is read back, the way out, odd files.

Whether netplan itself takes the golden trees is asked in tests/lab/test_netplan_judge.py.
"""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, make_facts
from hypothesis import given, settings, strategies as st
from netplan_cases import (
    ANSWERS,
    CASES,
    ETH0,
    FILE,
    LINKS,
    PRESENT,
    STACK,
    STATIC,
    after,
    below,
    codes,
    facts_of,
    host,
    planned,
    tree,
)
from proposing import plan_for, removal_for, told_by

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.files import yaml_write
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.stacks.netplan.address import MOVING, STAYING
from xenbond_tui.stacks.netplan.bond import DIALECT

# Files


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str) -> None:
    plan = plan_for(STACK, facts_of(case), CASES[case])
    written = {change.path: change.after for change in plan.changes if change.after is not None}
    golden = tree(case, "after")
    assert {path: written.get(path, tree(case, "before").get(path)) for path in golden} == golden
    assert all(change.mode == 0o600 for change in plan.changed if "netplan" in change.path)


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_read_back_and_planned_again_changes_nothing(case: str) -> None:
    facts, asked = facts_of(case, "after"), CASES[case]
    read = STACK.read(facts)
    assert read is not None
    assert read.bond == asked.bond
    assert read.bridge.name == asked.bridge.name
    assert read.bridge.method == asked.bridge.method
    assert read.bridge.addresses == asked.bridge.addresses
    assert read.bridge.gateway == asked.bridge.gateway
    assert read.bridge.mac == asked.bridge.mac
    assert [change.path for change in plan_for(STACK, facts, asked).changed] == []


@pytest.mark.parametrize("case", CASES)
def test_no_comment_is_lost(case: str) -> None:
    plan = plan_for(STACK, facts_of(case), CASES[case])
    before = b"".join(change.before or b"" for change in plan.changes).decode()
    now = b"".join(change.after or b"" for change in plan.changes).decode()
    comments = [line.partition("#")[2] for line in before.splitlines() if "#" in line]
    assert all(f"#{comment}" in now for comment in comments)


def test_a_file_others_can_read_becomes_roots_alone() -> None:
    state = FileState(FILE, ETH0.encode(), 0o644)
    facts = make_facts(files={FILE: state}, present=PRESENT, links=LINKS)
    change = plan_for(STACK, facts, ANSWERS).changed[0]
    assert (change.before_mode, change.mode) == (0o644, 0o600)
    assert "mode-tightened" in {item.code for item in told_by(STACK, facts, ANSWERS)}


def test_the_resolvers_stub_is_no_server_for_the_resolver() -> None:
    answers = replace(ANSWERS, bridge=replace(STATIC, dns=("127.0.0.53",)))
    text = planned("network:\n  ethernets:\n    eth0: {addresses: [192.168.0.222/24]}\n", answers)
    assert "127.0.0.53" not in text


def test_the_slaves_renderer_is_the_bonds_and_the_bridges() -> None:
    text = planned(ETH0.replace("    eth0:", "    renderer: NetworkManager\n    eth0:"))
    assert text.count("      renderer: NetworkManager\n") == 2


def test_a_mac_set_on_a_slave_goes_to_the_bridge() -> None:
    text = planned(below("macaddress: 02:00:00:00:00:01"))
    assert "02:00:00:00:00:01" not in text
    assert text.count(ETH0_MAC) == 2


def test_a_later_file_shadows_the_same_name_further_down() -> None:
    files = {"/lib/netplan/a.yaml": "network: {ethernets: {eth0: {dhcp4: true}}}\n", FILE: ETH0}
    assert codes(files) == {}
    assert "xenbr0" in planned(files)


# Reading


def test_a_single_nic() -> None:
    assert STACK.read(host(ETH0)) == Answers(
        stack="netplan",
        bond=BondAnswers(slaves=("eth0",)),
        bridge=BridgeAnswers(
            addresses=("192.168.0.222/24",), gateway="192.168.0.1", dns=("192.168.0.1",)
        ),
    )


def test_a_bridge_without_bond() -> None:
    read = STACK.read(facts_of("bridge-without-bond"))
    assert read is not None
    assert (read.bond.slaves, read.bridge.name) == (("eth0",), "xenbr0")


def test_a_bond_without_bridge() -> None:
    read = STACK.read(facts_of("bond-without-bridge"))
    assert read is not None
    assert read.bond == BondAnswers(
        slaves=("eth0", "eth1"),
        miimon=1000,
        options={"primary": "eth0", "num_grat_arp": "5"},
    )
    assert read.bridge.addresses == ("192.168.0.222/24",)


def test_nothing_is_configured() -> None:
    assert STACK.read(host("network: {version: 2}\n")) is None
    assert STACK.read(host("network: [\n")) is None


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("miimon", "100", "100"),
        ("miimon", "1s", "1000"),
        ("miimon", "100ms", "100"),
        ("updelay", "2min", "120000"),
        ("all_slaves_active", "yes", "on"),
        ("mode", "1", "active-backup"),
    ],
)
def test_parameters_are_read_with_their_units(option: str, text: str, value: str) -> None:
    assert DIALECT.read(option, text) == value


# Whose network it is


def test_files_and_programs_are_the_evidence() -> None:
    evidence = STACK.owns(host(ETH0))
    assert evidence is not None
    assert evidence.links == ("eth0",)
    assert FILE in evidence.text
    made = "/run/systemd/network/10-netplan-eth0.network"
    stronger = STACK.owns(host({FILE: ETH0, made: ""}))
    assert stronger is not None
    assert stronger.weight > evidence.weight
    assert made in stronger.text


def test_without_netplan_or_nics_it_is_not_netplans() -> None:
    assert STACK.owns(host(ETH0, present=())) is None
    assert STACK.owns(host("network: {version: 2, renderer: NetworkManager}\n")) is None


# The way out


@pytest.mark.parametrize("case", ["crlf-no-final-newline", "installer", "cloud-init"])
def test_what_was_moved_comes_back(case: str) -> None:
    """All but the second slave's own, which is left without address."""
    plan = removal_for(STACK, facts_of(case, "after"), Removal(CASES[case], "eth0"))
    for path, text in tree(case, "before").items():
        if "netplan" in path:
            now, was = after(plan, path), text.decode()
            assert STACK.read(host({path: now})) == STACK.read(host({path: was}))
            assert "bond0" not in now
            assert "bridges" not in now
            comments = [line.strip() for line in was.splitlines() if "#" in line]
            assert [line.strip() for line in now.splitlines() if "#" in line] == comments


def test_a_change_and_its_removal_leave_the_file_as_it_was() -> None:
    text = ETH0 + "    eth1:\n      optional: true\n"
    there = planned(text)
    plan = removal_for(STACK, host(there), Removal(ANSWERS, "eth0"))
    assert after(plan) == text
    assert plan.expected is not None
    assert plan.expected.nic == "eth0"
    assert plan.outage


NM = ETH0.replace("  version: 2\n", "  version: 2\n  renderer: NetworkManager\n")


@pytest.mark.parametrize("slave", ["", "    eth1:\n      optional: true\n"], ids=["none", "bare"])
def test_with_networkmanager_a_free_nic_has_no_profile_of_link_local_addresses(slave: str) -> None:
    plan = removal_for(STACK, host(planned(NM + slave)), Removal(ANSWERS, "eth0"))
    assert after(plan) == NM


def test_with_networkmanager_what_is_said_of_a_free_nic_stays() -> None:
    text = NM + "    eth1:\n      mtu: 9000\n"
    plan = removal_for(STACK, host(planned(text)), Removal(ANSWERS, "eth0"))
    assert "mtu: 9000" in after(plan)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("  vlans:\n    office: {id: 7, link: xenbr0}\n", "office needs xenbr0"),
        ("      hairpin: true\n", "hairpin of xenbr0 has no place"),
    ],
)
def test_lines_without_a_place_on_a_nic_stop_a_removal(more: str, word: str) -> None:
    text = planned(ETH0) + more
    line = len(text.splitlines())
    with pytest.raises(XenbondError, match=f"{FILE}:{line}: {word}"):
        removal_for(STACK, host(text), Removal(ANSWERS, "eth0"))


def test_there_must_be_a_bond_to_remove() -> None:
    with pytest.raises(XenbondError, match="No file of netplan defines bond0"):
        removal_for(STACK, host(ETH0), Removal(ANSWERS, "eth0"))


# Odd files

NAMES = st.sampled_from(["eth0", "eth1", "bond0", "xenbr0", "v1", "renderer"])
KEYS_OF = st.sampled_from([*MOVING, *sorted(STAYING), "link", "interfaces", "parameters"])
VALUES: st.SearchStrategy[Data] = st.recursive(
    st.sampled_from(["5", "x", "", "true", "192.168.0.222/24", "eth0", "networkd", "eth*"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS_OF | NAMES, inner, max_size=2),
    max_leaves=4,
)
SECTIONS = st.sampled_from(["ethernets", "bonds", "bridges", "vlans", "renderer", "version"])
LINKS_OF = st.dictionaries(NAMES, st.dictionaries(KEYS_OF, VALUES, max_size=4) | VALUES, max_size=3)
FILES = st.dictionaries(SECTIONS, LINKS_OF | VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(FILES, st.booleans(), st.sampled_from(sorted(CASES)))
def test_an_odd_file_is_refused_or_planned_once_and_for_all(
    network: dict[str, Data], flow: bool, case: str
) -> None:
    whole: Data = {"network": network}
    lines = [yaml_write.flow(whole)] if flow else yaml_write.entry("network", network, 0, 2)
    facts, asked = host("\n".join(lines) + "\n"), CASES[case]
    STACK.owns(facts)
    STACK.read(facts)
    if any(item.severity == "refuse" for item in told_by(STACK, facts, asked)):
        return
    changes = plan_for(STACK, facts, asked).changes
    texts = {item.path: item.after.decode() for item in changes if item.after is not None}
    assert [item.path for item in plan_for(STACK, host(texts), asked).changed] == []


def test_a_definition_by_a_pattern_alone_is_netplans() -> None:
    """Of a tree nobody knows which NICs it matches; whose network it is, is known all the same."""
    text = 'network:\n  ethernets:\n    all:\n      match: {name: "eth*"}\n      dhcp4: true\n'
    facts = host(text)
    evidence = STACK.owns(replace(facts, links=(), access=Access(HostKind.TREE, "/mnt")))
    assert evidence is not None
    assert evidence.links == ("all",)
    assert FILE in evidence.text
    nobody = text.replace("eth*", "wlan*")
    assert STACK.owns(host(nobody)) is None
