"""A removal without a gap: a set-up's way back is the way there, its way there the way back.

That the order loses nothing is proven on a real kernel, in tests/lab.
"""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from steps_in_words import CHANGE_OVER, in_words

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddRoute,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetLink,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import Gap, KernelSteps, move
from xenbond_tui.stacks.change_over.removal import afterwards, plain_mtu, way_back, way_there

OPTIONS = {"mode": "active-backup", "miimon": "100"}
ANSWERS = Answers(
    bond=BondAnswers(slaves=("eth0", "eth1")),
    bridge=BridgeAnswers(addresses=(ADDRESS,), gateway="192.168.0.1", mac=ETH0_MAC),
)
REMOVAL = Removal(ANSWERS, "eth0")
CHARGE = (Step("Reload", Run(("reload",))),)


def bonded(mtu: int = 1500) -> HostFacts:
    """eth0 and eth1 in bond0 under xenbr0, which has the address."""
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    facts = make_facts(
        links=tuple(replace(link, mtu=mtu) for link in links),
        routes=(default_route("xenbr0"),),
        bonds=(bond(),),
        bridges=(bridge(),),
    )
    return replace(facts, driver=replace(facts.driver, loaded=True))


def mirrored() -> KernelSteps:
    there = afterwards(bonded(), REMOVAL)
    return KernelSteps(there, ANSWERS, move(there, ANSWERS), OPTIONS)


def back() -> tuple[Step, ...]:
    return way_back(mirrored().up(take_charge=CHARGE), REMOVAL)


def test_the_nic_leaves_and_is_proven_before_the_bridge_loses_the_address() -> None:
    assert in_words(way_there(mirrored().down(), REMOVAL)) == [
        "sysctls 6",
        "bond0 active_slave=eth1, xenbr0 told",
        "eth0 -> None",
        "announce xenbr0",
        "eth0 up",
        "wait eth0 carrier",
        "eth0 ? 192.168.0.1",
        "eth0 + 192.168.0.222/24",
        "announce eth0",
        "+ default eth0 None",
        "flush xenbr0",
        "announce eth0",
        "eth1 down",
        "delete xenbr0",
        "delete bond0",
        "WriteFiles",
        "RestoreSysctls",
    ]


def test_the_way_back_proves_the_other_slave_before_the_address_moves() -> None:
    assert in_words(back()) == [
        "sysctls 4",
        "announce eth0",
        "RestoreFiles",
        *CHANGE_OVER,
        "RestoreNetwork",
    ]


def test_a_slave_that_has_not_left_the_bond_is_not_set_down() -> None:
    """A removal that failed early goes back the same way, with bond and bridge carrying it all."""
    downs = [
        step.action for step in back() if isinstance(step.action, SetLink) if not step.action.up
    ]
    assert {item.link for item in downs} == {"eth0", "eth1"}
    assert {item.unless_in for item in downs} == {"bond0"}


def test_a_slave_that_has_not_left_the_bond_gets_no_route_of_its_own() -> None:
    """By a slave in the bond no answer comes in; by the bridge it does."""
    by_nic = AddRoute(Route("192.168.0.1/32", None, "eth0"))
    by_bridge = AddRoute(Route("192.168.0.1/32", None, "xenbr0"))
    steps = way_back((Step("Add", by_nic), Step("Add", by_bridge)), REMOVAL)
    assert [step.action for step in steps[:2]] == [replace(by_nic, unless_in="bond0"), by_bridge]


def test_nothing_but_files_and_snapshot_can_stop_the_way_back() -> None:
    must = [step.action for step in back() if not step.best_effort]
    assert must == [RestoreFiles(), RestoreNetwork()]
    assert not any(isinstance(step.action, WriteFiles) for step in back())


def test_a_nic_that_will_need_another_mtu_is_none_for_it() -> None:
    plain_mtu(bonded(), REMOVAL)
    with pytest.raises(Gap, match="MTU of eth0"):
        plain_mtu(bonded(mtu=9000), REMOVAL)
