"""Every bonding option on every stack: a host of each, and a bond that has the option."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import ifcfg_cases
import ifupdown2_cases
import ifupdown_cases
import netplan_cases
import networkd_cases
import networkmanager_cases
from ifupdown2_cases import ANSWERS as IFUPDOWN2_ANSWERS

from tests.option_values import ARP
from xenbond_tui.answers import Answers, BondAnswers, SetUp
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.options.option import Option
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks import STACKS, Stack, propose

NETWORK = "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\n"
HOSTS: Mapping[str, tuple[HostFacts, Answers]] = {
    "ifcfg": (ifcfg_cases.host(), ifcfg_cases.ANSWERS),
    "ifupdown": (ifupdown_cases.facts_of("installer"), ifupdown_cases.ANSWERS),
    "ifupdown2": (ifupdown2_cases.host(), IFUPDOWN2_ANSWERS),
    "netplan": (netplan_cases.facts_of("installer"), netplan_cases.ANSWERS),
    "networkd": (
        networkd_cases.host(
            {"a.network": "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\n"},
            systemd=257,
        ),
        networkd_cases.ANSWERS,
    ),
    "networkmanager": (
        networkmanager_cases.host({"eth0": networkmanager_cases.ETH0}),
        networkmanager_cases.ANSWERS,
    ),
}
"""Stack → a host with one NIC in use, and what is asked for."""


def bond_with(option: Option, value: str, bond: BondAnswers) -> BondAnswers:
    """A bond that has the option, in a mode that takes it, and what it needs beside it."""
    mode = option.modes[0] if option.modes else "active-backup"
    if "active-backup" in option.modes:
        mode = "active-backup"
    match option.name:
        case "mode":
            return replace(bond, mode=value)
        case "miimon":
            return replace(bond, miimon=int(value))
        case "use_carrier":
            return replace(bond, use_carrier=value == "on")
        case name if name.startswith(("arp_", "ns_")):
            return replace(bond, mode=mode, miimon=0, options={**ARP, name: value})
    return replace(bond, mode=mode, options={option.name: value})


def sayable(stack: Stack, bond: BondAnswers) -> Plan | None:
    """The plan where the stack's files can say it on this host; else it is refused, by name."""
    facts, answers = HOSTS[stack.name]
    proposal = propose(stack, facts, SetUp(replace(answers, bond=bond)))
    refused = {item.where for item in proposal.findings if item.code == "value-not-expressible"}
    assert refused <= set(bond.every_option)
    if refused or not all(stack.dialect.spelling(option) for option in bond.every_option):
        return None
    assert proposal.plan is not None, proposal.refusals
    return proposal.plan


def cases() -> Iterator[tuple[Stack, Option]]:
    """Every stack with every option it has a word for."""
    for stack in STACKS:
        for option in OPTIONS.values():
            if stack.dialect.spelling(option.name) is not None:
                yield stack, option


def done(facts: HostFacts, plan: Plan) -> HostFacts:
    """The host once the plan's files are written."""
    files = dict(facts.files)
    for change in plan.changes:
        files.pop(change.path, None)
        if change.after is not None:
            files[change.path] = FileState(change.path, change.after, change.mode)
    return replace(facts, files=files)
