"""A host on which ifreload can't work is told so before anything is written."""

from dataclasses import replace

import pytest
from ifupdown2_cases import AFTER, LO, STACK, host
from ifupdown_cases import ANSWERS
from proposing import removal_for, told_by

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, Severity

ADDON = "/usr/share/ifupdown2/addons/vrf.py"
TABLES = "/etc/iproute2/rt_tables.d"


def with_paths(facts: HostFacts, *paths: str, live: bool = True) -> HostFacts:
    access = Access() if live else Access(HostKind.TREE, "/mnt")
    return replace(facts, present=facts.present.union(paths), access=access)


def found(facts: HostFacts) -> list[Finding]:
    return [item for item in told_by(STACK, facts, ANSWERS) if item.code == "ifreload-fails-here"]


def test_without_the_directory_it_writes_into_a_set_up_is_refused() -> None:
    (finding,) = found(with_paths(host(), ADDON))
    assert finding.severity is Severity.REFUSE
    assert finding.where == TABLES
    assert finding.remedy == f"mkdir -p {TABLES}"


@pytest.mark.parametrize("paths", [(ADDON, TABLES), (), (TABLES,)], ids=str)
def test_with_it_or_without_that_addon_nothing_is_said(paths: tuple[str, ...]) -> None:
    assert not found(with_paths(host(), *paths))


def test_a_tree_of_another_host_is_warned_of_for_nothing_is_run_there() -> None:
    (finding,) = found(with_paths(host(), ADDON, live=False))
    assert finding.severity is Severity.WARN


def test_a_removal_is_refused_too() -> None:
    facts = with_paths(host(AFTER.removeprefix(LO)), ADDON)
    with pytest.raises(XenbondError, match=f"This directory is missing.*mkdir -p {TABLES}"):
        removal_for(STACK, facts, Removal(ANSWERS, "eth0"))


def test_both_are_looked_for() -> None:
    assert {ADDON, TABLES} <= set(STACK.probes())
