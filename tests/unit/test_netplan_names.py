"""netplan's ID, `set-name` and `match` are three namespaces, and a NIC's name is none of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, nic
from netplan_cases import ANSWERS, BOND, ETH0, FILE, LINKS, STACK, codes, host, planned
from proposing import plan_for, removal_for

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.health.written import said_by
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.rules.inventory import Kind

LAN_MAC = "00:00:5e:00:53:47"
LAN = f"""\
    eth1:
      match: {{macaddress: "{LAN_MAC}"}}
      set-name: lan0
      addresses: [192.0.2.1/24]
"""
WITH_LAN = (*LINKS, nic("lan0", LAN_MAC, addresses=("192.0.2.1/24",)))


def written(text: str) -> YamlText:
    return YamlText("/etc/netplan/a.yaml", text)


def after_set_up(files: str, answers: Answers = ANSWERS, **more: Any) -> str:
    plan = plan_for(STACK, host(files, **more), answers)
    (change,) = [item for item in plan.changes if item.after is not None]
    assert change.after is not None
    return change.after.decode()


def test_a_definition_of_another_nic_is_left_alone_and_the_slave_has_a_free_id() -> None:
    after = after_set_up(ETH0 + LAN, links=WITH_LAN)
    assert LAN in after
    said = written(after)
    free = said.data(("network", "ethernets", "xenbond-eth1"))
    assert free == {
        "match": {"macaddress": ETH1_MAC},
        "set-name": "eth1",
        "optional": "true",
    }
    assert said.data(("network", "bonds", "bond0", "interfaces")) == ["eth0", "xenbond-eth1"]


def test_primary_goes_by_the_free_id_too() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, options={"primary": "eth1"}))
    after = after_set_up(ETH0 + LAN, answers, links=WITH_LAN)
    assert LAN in after
    primary = ("network", "bonds", "bond0", "parameters", "primary")
    assert written(after).data(primary) == "xenbond-eth1"


def test_a_nic_whose_permanent_mac_nobody_tells_is_found_by_its_name() -> None:
    links = (LINKS[0], replace(LINKS[1], permanent_mac_source="current"), WITH_LAN[2])
    said = written(after_set_up(ETH0 + LAN, links=links))
    free = said.data(("network", "ethernets", "xenbond-eth1"))
    assert free == {"match": {"name": "eth1"}, "optional": "true"}


def test_a_free_id_is_free() -> None:
    other = "    xenbond-eth1: {match: {name: enp9s0}}\n"
    said = written(after_set_up(ETH0 + LAN + other, links=WITH_LAN))
    slaves = said.data(("network", "bonds", "bond0", "interfaces"))
    assert slaves == ["eth0", "xenbond-eth1-1"]


def test_a_stale_match_in_another_file_is_seen() -> None:
    """The two definitions are one to netplan: the second file says nothing of a match."""
    files = {
        "/etc/netplan/a.yaml": ETH0 + LAN,
        "/etc/netplan/b.yaml": "network: {ethernets: {eth1: {dhcp4: false}}}\n",
    }
    plan = plan_for(STACK, host(files, links=WITH_LAN), ANSWERS)
    after = {item.path: (item.after or b"").decode() for item in plan.changes}
    assert after["/etc/netplan/b.yaml"] == files["/etc/netplan/b.yaml"]
    assert LAN in after["/etc/netplan/a.yaml"]
    assert "xenbond-eth1" in after["/etc/netplan/a.yaml"]


def test_a_second_plan_and_a_removal_know_the_free_id_again() -> None:
    after = after_set_up(ETH0 + LAN, links=WITH_LAN)
    assert after_set_up(after, links=WITH_LAN) == after
    facts = host(after, links=WITH_LAN)
    read = STACK.read(facts)
    assert read is not None
    assert read.bond.slaves == ("eth0", "eth1")
    plan = removal_for(STACK, facts, Removal(replace(read, stack="netplan"), "eth1"))
    text = next(item.after for item in plan.changes if item.after is not None).decode()
    assert LAN in text
    said = written(text)
    assert said.data(("network", "ethernets", "xenbond-eth1", "addresses")) == ["192.168.0.222/24"]
    assert said.data(("network", "ethernets", "eth1", "addresses")) == ["192.0.2.1/24"]


def test_an_id_in_another_bond_means_its_own_nic() -> None:
    """`interfaces: [eth1]` is lan0 here, and lan0 is no slave of ours: it would be given up."""
    files = ETH0 + LAN.replace("      addresses: [192.0.2.1/24]\n", "")
    bond = "  bonds:\n    bond0:\n      interfaces: [eth0, eth1]\n"
    found = codes(files + bond, links=WITH_LAN)
    assert found["slave-given-up"] == "lan0"
    read = STACK.read(host(files + bond, links=WITH_LAN))
    assert read is not None
    assert read.bond.slaves == ("eth0", "lan0")


def test_the_nic_of_an_id_that_is_not_there_is_no_other_nic() -> None:
    files = ETH0 + LAN + "  bonds:\n    bond0:\n      interfaces: [eth0, eth1]\n"
    read = STACK.read(host(files))
    assert read is not None
    assert read.bond.slaves == ("eth0", "lan0")
    files = files.replace("      set-name: lan0\n", "")
    read = STACK.read(host(files))
    assert read is not None
    assert read.bond.slaves == ("eth0", LAN_MAC)


@pytest.mark.parametrize("key", ["set-name: bond0", "set-name: xenbr0"])
def test_the_name_that_a_nic_is_given_is_taken(key: str) -> None:
    found = codes(ETH0 + LAN.replace("set-name: lan0", key), links=WITH_LAN)
    assert found["name-taken"] == "/etc/netplan/a.yaml:10"


def test_a_slave_s_current_mac_is_its_bond_s() -> None:
    """Both slaves have eth0's MAC while the bond runs, and still one definition means one NIC."""
    files = f"""\
network:
  ethernets:
    a: {{match: {{macaddress: "{ETH0_MAC.upper()}"}}, dhcp4: true}}
    b: {{match: {{macaddress: "{ETH1_MAC}"}}}}
"""
    links = tuple(replace(link, master="bond0", mac=ETH0_MAC) for link in LINKS)
    found = codes(files, links=links)
    assert "slave-configured-by-pattern" not in found
    assert "slave-defined-twice" not in found


def test_of_a_tree_without_its_nics_nothing_is_guessed() -> None:
    files = ETH0 + LAN.replace("      set-name: lan0\n", "")
    facts = host(files, links=(), live=False)
    with pytest.raises(XenbondError, match="eth1 may mean eth1 by what it matches"):
        plan_for(STACK, facts, ANSWERS)
    assert "slave-unclear" not in codes(ETH0 + LAN, links=(), live=False)
    assert "xenbond-eth1" in after_set_up(ETH0 + LAN, links=(), live=False)


def test_a_definition_that_means_the_slave_keeps_its_id() -> None:
    after = planned(ETH0 + f'    lan:\n      match: {{macaddress: "{ETH1_MAC}"}}\n')
    assert "interfaces: [eth0, lan]" in after or "- lan\n" in after
    assert "xenbond-" not in after


@pytest.mark.parametrize(
    "match", ['{name: "eth[01]"}', '{name: "eth*"}', "{driver: e1000}", '{driver: ["e1*", x]}']
)
def test_one_id_that_matches_several_nics_makes_slaves_of_all(match: str, tmp_path: Path) -> None:
    text = (
        "network:\n  version: 2\n  ethernets:\n"
        f"    nics:\n      match: {match}\n"
        "  bonds:\n    bond0:\n      interfaces: [nics]\n"
        "      parameters: {mode: active-backup, mii-monitor-interval: 100}\n"
        "  bridges:\n    xenbr0: {interfaces: [bond0], dhcp4: true}\n"
    )
    links = tuple(replace(link, driver="e1000") for link in LINKS)
    facts = host(text, links=links)
    read = STACK.read(facts)
    assert read is not None
    assert read.bond.slaves == ("eth0", "eth1")
    items = list(STACK.inventory(facts))
    assert [it.value for it in items if it.link == "bond0" and it.kind is Kind.NAMES] == [
        "eth0",
        "eth1",
    ]
    # No line has their names: nothing is compared, and nothing is said to be gone after a boot.
    below = tmp_path / FILE.lstrip("/")
    below.parent.mkdir(parents=True)
    below.write_text(text)
    written = said_by(STACK, facts, RootedTree(str(tmp_path)))["bond0"]
    assert written.slaves == {}
    assert written.options["mode"][0] == "active-backup"
    assert written.bridge == ("xenbr0", f"{FILE}:11")
