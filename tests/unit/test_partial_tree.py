"""A copy of /etc alone: which programs the host has nobody could see, so none is said to lack."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from option_cases import HOSTS

from xenbond_tui import compose, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.on_disk import load
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks import STACKS, Stack, propose

CASE = Path(__file__).parents[1] / "fixtures/hosts/dns-of-another-bond-ifcfg"
TREE = Access(HostKind.TREE, "/mnt")
SOME_PROGRAM = ("/usr/", "/sbin/", "/bin/", "/lib/")


def etc_alone(facts: HostFacts) -> HostFacts:
    """What is read of a copy of that host's /etc."""
    kept = {path: it for path, it in facts.files.items() if path.startswith("/etc/")}
    present = frozenset(path for path in facts.present if path.startswith("/etc/"))
    return replace(facts, files=kept, present=present, access=TREE, programs_known=False)


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_each_stacks_change_is_planned(stack: Stack) -> None:
    facts, answers = HOSTS[stack.name]
    proposal = propose(stack, etc_alone(facts), SetUp(replace(answers, stack=stack.name)))
    assert [item.text for item in proposal.refusals] == []
    assert proposal.plan is not None
    told = [item for item in proposal.findings if item.where.startswith(SOME_PROGRAM)]
    assert all("has no /usr" in item.text and item.remedy for item in told)


@pytest.mark.parametrize("stack", [*STACKS], ids=lambda stack: stack.name)
def test_in_a_whole_tree_what_is_missing_is_refused(stack: Stack) -> None:
    facts, answers = HOSTS[stack.name]
    facts = replace(etc_alone(facts), programs_known=True)
    proposal = propose(stack, facts, SetUp(replace(answers, stack=stack.name)))
    missing = {"ifupdown", "ifupdown2", "netplan", "ifcfg"}
    assert bool(proposal.refusals) is (stack.name in missing)


@pytest.mark.parametrize("named", [True, False])
def test_network_scripts_are_recognised_and_planned_for(tmp_path: Path, named: bool) -> None:
    shutil.copytree(CASE / "tree/etc", tmp_path / "etc")
    (tmp_path / "etc/sysconfig/network").write_text("NETWORKING=yes\n")
    facts = planner.read_host(compose.chosen(str(tmp_path)))
    answers = load(str(CASE / "a.yaml"))
    answers = answers if named else replace(answers, stack="auto")
    proposal = planner.propose(facts, SetUp(answers))
    assert [item.text for item in proposal.refusals] == []
    (told,) = [item for item in proposal.findings if item.code == "no-bridge-utils"]
    assert told.text == (
        "This copy of a host has no /usr, so whether /usr/sbin/brctl is there could not be looked "
        "for."
    )
