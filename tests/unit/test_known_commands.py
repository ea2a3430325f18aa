"""Every stack's plans are made of commands that are run at all, there and back."""

from dataclasses import replace

import ifcfg_cases
import ifupdown2_cases
import ifupdown_cases
import netplan_cases
import networkd_cases
import networkmanager_cases
import pytest
from proposing import plan_for, removal_for

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.apply.plan_json import plan_from_json, plan_to_json
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run
from xenbond_tui.planner import stack_named
from xenbond_tui.rules.checks import check_commands

HOSTS: dict[str, tuple[HostFacts, Answers]] = {
    **{f"ifupdown {n}": (ifupdown_cases.facts_of(n), a) for n, a in ifupdown_cases.CASES.items()},
    **{f"networkd {n}": (networkd_cases.facts_of(n), a) for n, a in networkd_cases.CASES.items()},
    **{f"netplan {n}": (netplan_cases.facts_of(n), a) for n, a in netplan_cases.CASES.items()},
    "ifcfg": (ifcfg_cases.host(), ifcfg_cases.ANSWERS),
    "ifupdown2": (ifupdown2_cases.host(), ifupdown2_cases.ANSWERS),
    "networkmanager": (
        networkmanager_cases.host({"eth0": networkmanager_cases.ETH0}),
        networkmanager_cases.ANSWERS,
    ),
}


@pytest.mark.parametrize("name", HOSTS)
def test_a_plan_runs_known_commands_only(name: str) -> None:
    facts, answers = HOSTS[name]
    plan = plan_for(stack_named(name.partition(" ")[0]), facts, answers)
    assert any(isinstance(step.action, Run) for step in (*plan.forward, *plan.rollback))
    assert list(check_commands(plan)) == []
    assert plan_from_json(plan_to_json(plan)) == plan, "who takes over from a dead worker reads it"
    at_boot = Run(("reboot",))
    assert len(list(check_commands(replace(plan, at_boot=(at_boot,))))) == 1


@pytest.mark.parametrize("case", ["crlf-no-final-newline", "installer", "cloud-init"])
def test_a_removal_runs_known_commands_only(case: str) -> None:
    facts = netplan_cases.facts_of(case, "after")
    plan = removal_for(netplan_cases.STACK, facts, Removal(netplan_cases.CASES[case], "eth0"))
    assert list(check_commands(plan)) == []
    assert plan_from_json(plan_to_json(plan)) == plan
