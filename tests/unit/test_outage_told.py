"""How long the host is out of reach, or why it never is: made once, told everywhere."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    default_route,
    make_facts,
    nic,
    session_over,
)
from ifupdown_cases import ANSWERS, BOND, ETH0, LO, PRESENT, STATIC

from xenbond_tui import planner
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.commands.plan import plan_document
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Outage


def host() -> HostFacts:
    return make_facts(
        files={"/etc/network/interfaces": LO + ETH0},
        present=PRESENT,
        links=(
            nic("eth0", ETH0_MAC, addresses=(ADDRESS,)),
            nic("eth1", ETH1_MAC),
        ),
        routes=(default_route(),),
        session=session_over(),
    )


@pytest.mark.parametrize(
    ("answers", "seconds", "told"),
    [
        (ANSWERS, None, "No outage expected: eth1 is idle, the bond is built on it first."),
        (
            replace(ANSWERS, bond=replace(BOND, mode="802.3ad")),
            [5, 90],
            "About 5 to 15 seconds without network while ifdown and ifup change over, because "
            "802.3ad needs all its slaves at once (up to 90 on a slow machine, or where the switch "
            "port has spanning tree).",
        ),
    ],
)
def test_the_operators_session_is_told_the_answer_itself(
    answers: Answers, seconds: list[int] | None, told: str
) -> None:
    proposal = planner.propose(host(), SetUp(answers))
    assert proposal.plan is not None
    assert proposal.plan.outage is not None
    assert proposal.plan.outage.text == told
    (session,) = (item.text for item in proposal.findings if item.code == "session-moves")
    assert session.endswith(f"and your session with it. {told}")
    document = plan_document(proposal)
    outage = {"seconds": seconds, "text": told} if seconds else None
    assert (document["outage_text"], document["outage"]) == (told, outage)
    gaps = [item.text for item in proposal.findings if item.code == "gap"]
    assert gaps == ([told] if proposal.plan.outage.expected else [])


def test_the_idle_nics_are_named_all() -> None:
    facts = host()
    third = nic("eth2", "00:14:22:36:f1:fb")
    answers = replace(ANSWERS, bond=replace(BOND, slaves=("eth0", "eth1", "eth2")))
    plan = planner.propose(
        replace(facts, links=(*facts.links, replace(third, index=9))), SetUp(answers)
    ).plan
    assert plan is not None
    assert plan.outage == Outage.none("eth1 and eth2 are idle, the bond is built on them first")


def test_the_steps_name_the_sysctl_and_the_frame_that_is_sent() -> None:
    plan = planner.propose(host(), SetUp(replace(ANSWERS, bridge=STATIC))).plan
    assert plan is not None
    labels = [step.label for step in plan.forward]
    assert labels[:2] == [
        "Set rp_filter off on eth0 during the move",
        "Send gratuitous ARP for 192.168.0.222 from eth0",
    ]
    assert "Send gratuitous ARP for 192.168.0.222 from xenbr0" in labels
