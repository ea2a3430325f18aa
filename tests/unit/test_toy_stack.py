"""A new stack says only how it spells and activates; all else comes by itself."""

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
from toy_stack import FILE, OUTAGE, Toy

from xenbond_tui import planner, stacks
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.commands.plan import plan_document
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import RestoreFiles, WriteFiles

BEFORE = "eth0 192.168.0.222/24 via 192.168.0.1\nwlan0 10.0.0.7/8\n"
AFTER = (
    "wlan0 10.0.0.7/8\nbond0 of eth0 eth1 mode active-backup miimon 100\n"
    "xenbr0 of bond0 192.168.0.222/24 via 192.168.0.1\n"
)
ASKED = Answers(
    bond=BondAnswers(slaves=("eth0", "eth1")),
    bridge=BridgeAnswers(addresses=(ADDRESS,), gateway="192.168.0.1"),
)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (planner, stacks):
        monkeypatch.setattr(module, "STACKS", (*module.STACKS, Toy()))


def host(text: str = BEFORE, **more: object) -> HostFacts:
    values: dict[str, object] = {"files": {FILE: text}, "present": ("/sbin/ifup",), **more}
    return make_facts(**values)  # type: ignore[arg-type]


def bonded() -> HostFacts:
    return host(
        AFTER,
        links=(
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
            virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
            virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
        ),
        bonds=(bond(),),
        bridges=(bridge(ports=("bond0",), mac=ETH0_MAC),),
        routes=(default_route("xenbr0"),),
    )


def test_a_set_up_has_files_steps_both_ways_outage_and_what_must_be_there() -> None:
    proposal = planner.propose(host(), SetUp(ASKED))
    plan = proposal.plan
    assert plan is not None, proposal.refusals
    (change,) = (item for item in plan.changed if item.path == FILE)
    assert change.after == AFTER.encode()
    assert [type(step.action) for step in plan.forward].count(WriteFiles) == 1
    assert [type(step.action) for step in plan.rollback].count(RestoreFiles) == 1
    assert plan.outage == OUTAGE
    assert plan.expected is not None
    assert plan.expected.options == {"mode": "active-backup", "miimon": "100"}
    assert plan.summary == f"bond0 (active-backup: eth0, eth1) under xenbr0 {ADDRESS}"


def test_the_outage_is_told_once_the_same_everywhere() -> None:
    document = plan_document(planner.propose(host(), SetUp(ASKED)))
    (told,) = (item for item in document["findings"] if item["code"] == "gap")
    assert told["text"] == (
        "About 1 to 2 seconds without network while the links are made (up to 38 on a slow "
        "machine, or where the switch port has spanning tree)."
    )
    assert document["outage"] == {"seconds": [1, 38], "text": told["text"]}
    assert document["outage_text"] == told["text"]
    unknown = plan_document(planner.propose(host(live=False), SetUp(ASKED)))
    assert (unknown["outage"], unknown["outage_text"]) == (None, None)


def test_the_rules_check_it_like_any_other() -> None:
    codes = {item.code for item in planner.propose(host(), SetUp(ASKED)).findings}
    assert {"address-moves", "gap"} <= codes
    unmonitored = replace(ASKED, bond=replace(ASKED.bond, miimon=0, options={"updelay": "200"}))
    proposal = planner.propose(host(), SetUp(unmonitored))
    assert proposal.plan is None
    refused = {item.code: item.text for item in proposal.refusals}
    assert "no-link-monitoring" in refused
    assert refused["option-not-expressible"] == "Toy links has no way to say updelay."


@pytest.mark.parametrize(
    ("facts", "code", "where"),
    [
        (host(present=()), "ifup-missing", "/sbin/ifup"),
        (host(BEFORE + "eth0 10.0.0.8/8\n"), "unreadable-file", f"{FILE}:3"),
    ],
)
def test_what_it_lacks_and_what_it_can_not_read_is_refused(
    facts: HostFacts, code: str, where: str
) -> None:
    proposal = planner.propose(facts, SetUp(ASKED))
    assert proposal.plan is None
    assert (code, where) in {(item.code, item.where) for item in proposal.refusals}


def test_a_removal_goes_the_same_way() -> None:
    proposal = planner.propose(bonded(), Removal())
    assert proposal.plan is not None, proposal.refusals
    (change,) = (item for item in proposal.plan.changed if item.path == FILE)
    assert change.after == b"wlan0 10.0.0.7/8\neth0 192.168.0.222/24 via 192.168.0.1\n"
    assert proposal.plan.outage == OUTAGE
    assert {"no-redundancy", "gap"} <= {item.code for item in proposal.findings}
    assert proposal.plan.expected is not None
    assert proposal.plan.expected.nic == "eth0"
