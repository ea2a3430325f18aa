"""A MAC that is written for the bridge stays, in whatever words, on every stack."""

from dataclasses import replace

import pytest
from option_cases import HOSTS, done
from test_left_out import ON_EVERY_STACK, document, full, written
from test_second_plan import up

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks import STACKS, Stack

WRITTEN = "02:00:5e:10:00:01"


def pinned(stack: Stack) -> HostFacts:
    """A host whose files pin the bridge's MAC."""
    answers = full(stack)
    answers = replace(answers, bridge=replace(answers.bridge, mac=WRITTEN))
    facts = HOSTS[stack.name][0]
    plan = planner.propose(facts, SetUp(answers)).plan
    assert plan is not None
    return done(facts, plan)


def said(facts: HostFacts) -> int:
    """How often the files say it."""
    return sum(it.data.lower().count(WRITTEN.encode()) for it in facts.files.values())


@ON_EVERY_STACK
@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("dns", ["192.168.0.99", None])
def test_it_stays_whatever_changes_and_whatever_runs(
    stack: Stack, dns: str | None, *, runs: bool
) -> None:
    facts = pinned(stack)
    assert said(facts) > 0
    if runs:
        # The bridge runs with another one: it was set by somebody since.
        facts = up(stack, facts)
    text = document(stack)
    text["bond"] = {"name": "bond0", "slaves": text["bond"]["slaves"]}
    text["bridge"] = {"name": "xenbr0", **({"dns": [dns]} if dns else {})}
    proposal = planner.propose(facts, SetUp(replace(written(text), stack=stack.name)))
    assert proposal.plan is not None, proposal.refusals
    assert proposal.request.answers.bridge.mac == WRITTEN
    assert said(done(facts, proposal.plan)) == said(facts)
    if dns is None:
        assert [it.path for it in proposal.plan.changes if it.status != "unchanged"] == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("ifupdown", "bridge_hw {}", "hwaddress ether {}"),
        ("ifupdown", "bridge_hw {}", "hwaddress {}"),
        ("ifupdown", "bridge_hw {}", "bridge-hw {}"),
        ("ifupdown2", "hwaddress {}", "hwaddress ether {}"),
        ("ifcfg", "MACADDR={}", "MACADDR='{}'"),
        ("networkd", "MACAddress={}", "MACAddress = {}"),
        ("networkmanager", "cloned-mac-address={}", "cloned-mac-address = {}"),
    ],
)
def test_it_stays_in_other_words(name: str, before: str, after: str) -> None:
    stack = next(stack for stack in STACKS if stack.name == name)
    facts = pinned(stack)
    files = {}
    for path, it in facts.files.items():
        data = it.data
        for mac in (WRITTEN, WRITTEN.upper()):
            data = data.replace(before.format(mac).encode(), after.format(mac).encode())
        files[path] = replace(it, data=data)
    assert files != facts.files
    facts = replace(facts, files=files)
    text = document(stack)
    text["bridge"] = {"name": "xenbr0"}
    proposal = planner.propose(facts, SetUp(replace(written(text), stack=stack.name)))
    assert proposal.plan is not None, proposal.refusals
    assert [it.path for it in proposal.plan.changes if it.status != "unchanged"] == []
