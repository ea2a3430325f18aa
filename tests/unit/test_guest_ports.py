"""Guests' ports: one answer to what one is, in every place that asks; and they are put back."""

import re
from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    XL_DOM0,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from ifupdown_cases import ANSWERS

from screens import xen as xen_screen
from screens.nics import nics
from xenbond_tui import xen
from xenbond_tui.answers import Removal, SetUp
from xenbond_tui.facts.guest_ports import PLUGGED, guest_ports, is_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.host.session import find_session
from xenbond_tui.plan.actions import SetMaster
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.check_removal import check_removal
from xenbond_tui.rules.suitable import nic_ports, unsuitable
from xenbond_tui.stacks.ifupdown2.stanzas import GUESTS as CONDONED
from xenbond_tui.stacks.networkmanager.places import sysctls
from xenbond_tui.stacks.networkmanager.write import GUESTS_TEXT, GUESTS_TEXTS
from xenbond_tui.stacks.steps import guests_back

PORTS = ("vif1.0", "vif1.0-emu", "tap1.0", "tap100i0", "vnet0", "veth12ab", "cali12ab")
NICS = ("eth0", "ens3", "enp1s0", "wan", "bond0", "vlan7")
MAC = "fe:ff:ff:ff:ff:ff"


def host(port: str) -> HostFacts:
    """eth0 and eth1 in bond0 under xenbr0 of a dom0, with that port beside bond0."""
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
        nic(port, MAC, master="xenbr0"),
    )
    return make_facts(
        links=links,
        routes=(default_route("xenbr0"),),
        bonds=(bond(),),
        bridges=(bridge(ports=("bond0", port)),),
        xen=XL_DOM0,
    )


@pytest.mark.parametrize("name", PORTS)
def test_every_place_knows_it(name: str) -> None:
    facts = host(name)
    (link,) = [item for item in facts.links if item.name == name]
    assert is_guest_port(link)
    assert guest_ports(facts.bridges) == (name,)
    assert unsuitable(replace(link, master=None), facts) == "a guest's port"
    assert link not in nics(facts)
    assert name in xen_screen._guests(facts)[0]
    assert link not in nic_ports(facts, "xenbr0")
    assert "guests-on-bridge" in {x.code for x in check_removal(facts, Removal(ANSWERS, "eth0"))}
    told = xen.check(facts, SetUp(replace(ANSWERS, toolstack="xl")))
    (kept,) = [item.text for item in told if item.code == "guests-kept"]
    assert name in kept


@pytest.mark.parametrize("name", NICS)
def test_a_nic_is_none(name: str) -> None:
    assert not is_guest_port(nic(name, ETH0_MAC))


def test_xen_says_so_whatever_the_name() -> None:
    assert is_guest_port(replace(nic("wan", MAC), bus="xen-backend/vif-1-0"))


@pytest.mark.parametrize("name", PORTS)
def test_the_session_does_not_come_in_by_it(name: str) -> None:
    facts = host(name)
    session = find_session(
        f"192.168.0.5 50000 {ADDRESS.partition('/')[0]} 22",
        KernelSnapshot(
            links=tuple(link for link in facts.links if link.name != "eth1"),
            routes=(),
            bonds=facts.bonds,
            bridges=facts.bridges,
        ),
    )
    assert session is not None
    assert session.nic == "eth0"


class Globbed:
    """A tree that has these files."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def glob(self, pattern: str) -> tuple[str, ...]:
        """All of them."""
        return self.paths


@pytest.mark.parametrize("name", PLUGGED)
def test_every_stack_that_names_them_in_a_file_names_it(name: str) -> None:
    assert re.match(CONDONED, f"{name}1")
    assert f"interface-name:{name}*" in GUESTS_TEXT
    path = f"/proc/sys/net/ipv4/conf/{name}1/rp_filter"
    assert path not in sysctls(Globbed(path))  # type: ignore[arg-type]


def test_networkmanager_knows_the_file_of_an_earlier_version_again() -> None:
    assert any("vif*;interface-name:tap*\n" in text for text in GUESTS_TEXTS)


@pytest.mark.parametrize("name", [*PORTS, "one-42-0"])
def test_it_is_put_back_and_up_and_its_guest_may_have_ended(name: str) -> None:
    steps: list[Step] = list(guests_back(host(name), ANSWERS))
    assert [step.label for step in steps] == [f"Put {name} back on xenbr0", f"Set {name} up"]
    assert steps[0].action == SetMaster(name, "xenbr0")
    assert all(step.best_effort for step in steps)


def test_neither_the_bond_nor_a_slave_is_put_back_by_that() -> None:
    facts = replace(host("vif1.0"), bridges=(bridge(ports=("bond0", "eth0", "eth1")),))
    assert list(guests_back(facts, ANSWERS)) == []
