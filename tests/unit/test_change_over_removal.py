"""A removal without a gap: the transition of a set-up in the other direction.

That the order loses nothing is proven on a real kernel, in tests/lab.
"""

import importlib
import pkgutil
from collections.abc import Iterator
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

from xenbond_tui import stacks
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    Run,
    SetLink,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks import STACKS
from xenbond_tui.stacks.change_over.conditions import NeedsOutage, afterwards, move, plain_mtu
from xenbond_tui.stacks.change_over.transition import Direction, Transition

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


class Reloading(Transition):
    """Of a stack whose daemon takes charge of bond and bridge by a reload."""

    def hand_over(self) -> tuple[Step, ...]:
        """Of both."""
        return CHARGE


class Late(Transition):
    """Of a stack whose programs read the old files."""

    files_last = True


def parted(kind: type[Transition] = Transition) -> Transition:
    there = afterwards(bonded(), REMOVAL)
    return kind(there, ANSWERS, move(there, ANSWERS), direction=Direction.PART)


def back() -> tuple[Step, ...]:
    return parted(Reloading).rollback()


def test_the_nic_leaves_and_is_proven_before_the_bridge_loses_the_address() -> None:
    assert in_words(parted(Late).forward()) == [
        "sysctls 6",
        "bond0 active_slave=eth1",
        "eth0 -> None",
        "announce xenbr0",
        "eth0 up",
        "wait eth0 carrier",
        "eth0 ? 192.168.0.1",
        "eth0 + 192.168.0.222/24",
        "announce eth0",
        "+ default eth0 None",
        "sysctls 1",
        "flush xenbr0",
        "announce eth0",
        "eth1 down",
        "announce eth0",
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


def test_the_files_come_first_where_nobody_reads_the_old_ones() -> None:
    """A full disk is found while nothing has moved."""
    assert in_words(parted().forward())[0] == "WriteFiles"
    assert in_words(parted().forward()).count("WriteFiles") == 1


def test_what_the_address_can_not_do_without_must_succeed() -> None:
    must = [in_words((step,))[0] for step in parted().forward() if not step.best_effort]
    assert must == [
        "WriteFiles",
        "eth0 -> None",
        "wait eth0 carrier",
        "eth0 ? 192.168.0.1",
        "eth0 + 192.168.0.222/24",
        "RestoreSysctls",
    ]


def kinds(kind: type[Transition]) -> Iterator[type[Transition]]:
    """It and what the stacks make of it."""
    yield kind
    for own in kind.__subclasses__():
        if own.__module__.startswith("xenbond_tui."):
            yield from kinds(own)


def test_every_stack_goes_by_the_one_order() -> None:
    """It may do a stage its own way, but the stages are one list."""
    for module in pkgutil.walk_packages(stacks.__path__, "xenbond_tui.stacks."):
        # What writes is loaded when something is to be written.
        importlib.import_module(module.name)
    found = list(kinds(Transition))
    assert {kind.__module__.split(".")[2] for kind in found} == {
        "change_over",
        *(stack.name for stack in STACKS if stack.name != "netplan"),
    }
    for kind in found:
        assert kind._stages is Transition._stages
        assert kind.forward is Transition.forward
        assert kind.rollback is Transition.rollback


def test_nothing_but_files_and_snapshot_can_stop_the_way_back() -> None:
    must = [step.action for step in back() if not step.best_effort]
    assert must == [RestoreFiles(), RestoreSysctls(), RestoreNetwork()]
    assert not any(isinstance(step.action, WriteFiles) for step in back())


def test_a_nic_that_will_need_another_mtu_is_none_for_it() -> None:
    plain_mtu(bonded(), REMOVAL)
    with pytest.raises(NeedsOutage, match="MTU of eth0"):
        plain_mtu(bonded(mtu=9000), REMOVAL)


def test_an_address_comes_back_without_the_label_that_names_the_bridge() -> None:
    facts = bonded()
    labelled = replace(facts.links[3].addresses[0], label="xenbr0:1")
    links = (*facts.links[:3], replace(facts.links[3], addresses=(labelled,)))
    there = afterwards(replace(facts, links=links), REMOVAL)
    assert [(link.name, link.mac, link.master) for link in there.links] == [
        ("eth0", ETH0_MAC, None),
        ("eth1", ETH1_MAC, None),
    ]
    (held,), none = (link.addresses for link in there.links)
    assert (held.cidr, held.label, none) == (ADDRESS, "", ())


@pytest.mark.parametrize(
    ("facts", "removal", "why"),
    [
        (replace(bonded(), bonds=()), REMOVAL, "bond0 does not run under xenbr0"),
        (replace(bonded(), bridges=()), REMOVAL, "bond0 does not run under xenbr0"),
        (replace(bonded(), bridges=()), replace(REMOVAL, bridged=False), "bond0 is in no bridge"),
        (replace(bonded(), bonds=(bond(slaves=("eth0",)),)), REMOVAL, "other slaves than"),
        (replace(bonded(), bridges=(replace(bridge(), stp=True),)), REMOVAL, "spanning tree"),
        (
            bonded(),
            replace(REMOVAL, answers=replace(ANSWERS, bridge=BridgeAnswers(method="none"))),
            "eth0 gets no address",
        ),
        (
            bonded(),
            replace(REMOVAL, answers=replace(ANSWERS, bridge=BridgeAnswers(method="dhcp"))),
            "a new lease is asked for",
        ),
    ],
)
def test_why_a_removal_needs_an_outage(facts: HostFacts, removal: Removal, why: str) -> None:
    with pytest.raises(NeedsOutage, match=why):
        afterwards(facts, removal)
