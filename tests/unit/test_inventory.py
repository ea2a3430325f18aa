"""Nothing that a host's files say vanishes unsaid: it is kept, moved, or named by file and line.

Every golden host is set up and taken apart again; then each with every kind of line that its stack
knows planted in the files of its slaves. What counts is found in the bytes alone, by no reader.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import ifupdown2_cases
import ifupdown_cases
import netplan_cases
import networkd_cases
import networkmanager_cases
import pytest
import test_ifcfg
from facts_builder import ETH0_MAC, ETH1_MAC
from vanished import vanished

from xenbond_tui.answers import Answers, Removal, Request, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import STACKS, Stack, propose

_DEAD = frozenset({"/etc/sysconfig/network-scripts/ifcfg-eth0:16"})
"""Of odd-quoting: a value that a later line of the same file overrides."""


@dataclass(frozen=True)
class Case:
    """One host and what is asked of it."""

    name: str
    stack: Stack
    facts: HostFacts
    answers: Answers


def stack_of(name: str) -> Stack:
    return next(stack for stack in STACKS if stack.name == name)


def cases() -> Iterator[Case]:
    for name, answers in ifupdown_cases.CASES.items():
        yield Case(name, stack_of("ifupdown"), ifupdown_cases.facts_of(name), answers)
    for name, answers in netplan_cases.CASES.items():
        yield Case(name, stack_of("netplan"), netplan_cases.facts_of(name), answers)
    for name, answers in networkd_cases.CASES.items():
        yield Case(name, stack_of("networkd"), networkd_cases.facts_of(name), answers)
    for name in test_ifcfg.CASES:
        yield Case(name, stack_of("ifcfg"), *test_ifcfg.golden(name))
    facts = networkmanager_cases.host({"eth0": networkmanager_cases.ETH0})
    yield Case("installer", stack_of("networkmanager"), facts, networkmanager_cases.ANSWERS)
    answers = replace(ifupdown_cases.ANSWERS, stack="ifupdown2")
    yield Case("installer", stack_of("ifupdown2"), ifupdown2_cases.host(), answers)


CASES = {f"{case.stack.name}-{case.name}": case for case in cases()}


def proposed(case: Case, request: Request, facts: HostFacts | None = None) -> Proposal:
    return propose(case.stack, facts or case.facts, request)


def written(facts: HostFacts, changes: tuple[FileChange, ...]) -> dict[str, bytes]:
    """Path → bytes of every file afterwards."""
    after = {path: state.data for path, state in facts.files.items()}
    for change in changes:
        after.pop(change.path, None)
        if change.after is not None:
            after[change.path] = change.after
    return after


def unsaid(facts: HostFacts, proposal: Proposal) -> list[str]:
    """Every word with a dot or colon that is in no file afterwards, and whose line nobody names."""
    assert proposal.plan is not None
    found = vanished(
        {path: state.data for path, state in facts.files.items()},
        written(facts, proposal.plan.changes).values(),
        (f"{item.where} {item.text}" for item in proposal.findings),
    )
    lines = {place: words for place, words in found.items() if place not in _DEAD}
    return [f"{place}: {word}" for place, words in lines.items() for word in words]


@pytest.mark.parametrize("name", CASES)
def test_every_golden_host_keeps_moves_or_names_all_there_is(name: str) -> None:
    case = CASES[name]
    proposal = proposed(case, SetUp(case.answers))
    assert unsaid(case.facts, proposal) == []


@pytest.mark.parametrize("name", CASES)
def test_every_golden_host_is_taken_apart_again_and_nothing_is_lost(name: str) -> None:
    case = CASES[name]
    plan = proposed(case, SetUp(case.answers)).plan
    assert plan is not None
    files = {
        path: FileState(path, data, 0o600)
        for path, data in written(case.facts, plan.changes).items()
    }
    there = replace(case.facts, files=files, access=Access(HostKind.TREE, "/mnt"))
    proposal = proposed(case, Removal(case.answers, case.answers.bond.slaves[0]), there)
    if proposal.plan is not None:
        # Bond and bridge had a slave's MAC, which that one has by itself.
        macs = (ETH0_MAC, ETH1_MAC)
        lines = [text for text in unsaid(there, proposal) if not text.lower().endswith(macs)]
        assert lines == []
    else:
        assert all(re.search(r"/\S+:\d+", item.text) for item in proposal.refusals)


_THE_SAME = re.compile(
    # network-scripts know dhcp and bootp, and take every other word for none (ifup-eth).
    r"BOOTPROTO='static'; USERCTL=\"no\""
    # The NIC alone, by its own MAC, of which bond and bridge have a copy.
    r"|MACAddress=00:50:da:7a:51:45"
    # Has got `optional: true`, so it is no empty map any more: nothing was said, nothing is lost.
    r"|eth1: \{\}"
    # Overridden by a later line of the same file: the shell has never had it.
    r"|GATEWAY=192\.168\.0\.9"
)
"""Lines in the place of which another one says the same after set-up and removal."""


def lines_of(files: Mapping[str, bytes]) -> Counter[str]:
    texts = b"\n".join(files.values()).decode("utf-8", "replace").split("\n")
    lines = (" ".join(line.split()) for line in texts)
    return Counter(line for line in lines if line and not line.startswith(("#", ";")))


def said_before(case: Case) -> bytes:
    return b"\n".join(state.data for state in case.facts.files.values())


NEW = [
    name
    for name, case in CASES.items()
    if case.answers.bond.name.encode() not in said_before(case)
    and case.answers.bridge.name.encode() not in said_before(case)
]
"""Hosts that have neither bond nor bridge before: else those go, too."""


@pytest.mark.parametrize("name", NEW)
def test_a_host_that_is_set_up_and_taken_apart_says_what_it_said_before(name: str) -> None:
    """Every line of it, unless a finding of the two plans names that line."""
    case = CASES[name]
    before = {path: state.data for path, state in case.facts.files.items()}
    answers = case.answers
    first = proposed(case, SetUp(answers))
    assert first.plan is not None
    files = {
        path: FileState(path, data, 0o600)
        for path, data in written(case.facts, first.plan.changes).items()
    }
    there = replace(case.facts, files=files, access=Access(HostKind.TREE, "/mnt"))
    second = proposed(case, Removal(answers, answers.bond.slaves[0]), there)
    assert second.plan is not None, second.refusals
    told = " ".join(f"{it.where} {it.text}" for it in (*first.findings, *second.findings))
    gone = lines_of(before) - lines_of(written(there, second.plan.changes))
    places = {
        " ".join(line.split()): f"{path}:{number}"
        for path, data in before.items()
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1)
    }
    unsaid = [
        line
        for line in gone
        if line not in told
        and not _THE_SAME.fullmatch(line)
        and not re.search(rf"{re.escape(places[line])}(?!\d)", told)
    ]
    assert unsaid == []


@pytest.mark.parametrize("name", CASES)
def test_a_second_plan_after_the_first_changes_nothing_and_says_of_no_line_that_it_goes(
    name: str,
) -> None:
    case = CASES[name]
    first = proposed(case, SetUp(case.answers)).plan
    assert first is not None
    modes = {path: state.mode for path, state in case.facts.files.items()}
    files = {
        path: FileState(path, data, modes.get(path, 0o600))
        for path, data in written(case.facts, first.changes).items()
    }
    again = proposed(case, SetUp(case.answers), replace(case.facts, files=files))
    assert again.plan is not None, again.refusals
    assert again.plan.changed == ()
    told = {item.code for item in again.findings}
    assert not told & {"line-dropped", "line-goes", "address-dropped", "gateway-dropped"}


IPV4, IPV6, ROUTER4, ROUTER6 = "10.99.0.9", "2001:db8:99::9", "10.99.0.1", "2001:db8:99::1"
MAC = "02:00:00:00:99:99"
"""What is planted, and in no golden host."""

PLANTS: Mapping[str, tuple[str, ...]] = {
    "ifcfg": (
        f"IPADDR={IPV4}\nPREFIX=24",
        f"IPADDR1={IPV4}\nPREFIX1=24",
        f"IPADDR2={IPV4}\nNETMASK2=255.255.255.0",
        f"IPV6INIT=yes\nIPV6ADDR={IPV6}/64",
        f"IPV6ADDR_SECONDARIES={IPV6}/64",
        f"GATEWAY={ROUTER4}",
        f"IPV6_DEFAULTGW={ROUTER6}",
        f"DNS1={ROUTER4}",
        f"DNS2={ROUTER6}",
        "DOMAIN=planted.example",
        f"MACADDR={MAC}",
        "ETHTOOL_OPTS='-K eth9.9 tso off'",
        "DHCP_HOSTNAME=planted.example",
        "MTU=7777",
        "METRIC=7777",
        "DHCPV6C=7777",
    ),
    "ifupdown": (
        f"\tgateway {ROUTER4}",
        f"\tdns-nameservers {ROUTER4} {ROUTER6}",
        "\tdns-search planted.example",
        f"\thwaddress ether {MAC}",
        f"\tup ip route add 10.98.0.0/16 via {ROUTER4}",
        f"\tup ip -6 route add 2001:db8:98::/48 via {ROUTER6}",
        f"\tpost-up ip rule add from {IPV4} lookup 99",
        f"\tup ip addr add {IPV4}/24 dev $IFACE",
        f"\tpre-up /usr/local/sbin/planted.sh {IPV4}",
        f"\tpointopoint {IPV4}",
        "\tmtu 7777",
        "\tmetric 7777",
    ),
    "netplan": (
        f"addresses: [{IPV4}/24]",
        f'addresses: ["{IPV6}/64"]',
        f"gateway4: {ROUTER4}",
        f'gateway6: "{ROUTER6}"',
        f'nameservers: {{addresses: [{ROUTER4}, "{ROUTER6}"], search: [planted.example]}}',
        f"routes: [{{to: 10.98.0.0/16, via: {ROUTER4}}}]",
        f"routes: [{{to: default, via: {ROUTER4}}}]",
        f"routing-policy: [{{from: {IPV4}, table: 99}}]",
        f'macaddress: "{MAC}"',
        "dhcp4-overrides: {hostname: planted.example}",
        "mtu: 7777",
        "ipv6-mtu: 7777",
    ),
    "networkd": (
        f"[Network]\nAddress={IPV4}/24",
        f"[Network]\nAddress={IPV6}/64",
        f"[Network]\nGateway={ROUTER4}",
        f"[Network]\nGateway={ROUTER6}",
        f"[Network]\nDNS={ROUTER4}",
        "[Network]\nDomains=planted.example",
        "[Network]\nNTP=planted.example",
        f"[Address]\nAddress={IPV4}/24\nLabel=x",
        f"[Route]\nDestination=10.98.0.0/16\nGateway={ROUTER4}",
        f"[Route]\nGateway={ROUTER6}",
        f"[RoutingPolicyRule]\nFrom={IPV4}\nTable=99",
        f"[Link]\nMACAddress={MAC}",
        "[Link]\nMTUBytes=7777",
        "[Network]\nIPv6MTUBytes=7777",
    ),
    "networkmanager": (
        f"[ipv4]\naddress2={IPV4}/24",
        f"[ipv4]\naddress2={IPV4}/24,{ROUTER4}",
        f"[ipv6]\naddress1={IPV6}/64",
        f"[ipv6]\naddress1={IPV6}/64,{ROUTER6}",
        f"[ipv6]\naddress1={IPV6}/64\naddress2=2001:db8:99::a/64",
        f"[ipv6]\ngateway={ROUTER6}",
        f"[ipv4]\nroute2=10.98.0.0/16,{ROUTER4}",
        f"[ipv6]\nroute1=2001:db8:98::/48,{ROUTER6}",
        f"[ipv4]\nrouting-rule1=priority 5 from {IPV4} table 99",
        f"[ipv4]\ndns={ROUTER4};",
        f"[ipv6]\ndns={ROUTER6};",
        "[ipv4]\ndns-search=planted.example;",
        "[ipv4]\ndhcp-hostname=planted.example",
        f"[ethernet]\ncloned-mac-address={MAC}",
        "[ethernet]\nmtu=7777",
        "[ipv4]\nroute-metric=7777",
    ),
}


def planted(case: Case, nic: str, plant: str) -> HostFacts | None:
    """The host with these lines in the file of a slave; None where that has no file."""
    for path, state in case.facts.files.items():
        text = state.data.decode("utf-8", "replace")
        lines = text.split("\n")
        at = anchor(case.stack.name, path, lines, nic)
        if at is None:
            continue
        new = with_indent(case.stack.name, plant, lines, at).split("\n")
        end = "\r" if lines[0].endswith("\r") else ""
        lines[at + 1 : at + 1] = [f"{line}{end}" for line in new]
        files = {**case.facts.files, path: replace(state, data="\n".join(lines).encode())}
        return replace(case.facts, files=files)
    return None


def anchor(stack: str, path: str, lines: list[str], nic: str) -> int | None:
    """The line below which the plant goes."""
    wanted = {
        "ifcfg": rf"DEVICE=.?{nic}",
        "ifupdown": rf"\s*iface\s+{nic}\s+inet6?\s+(static|dhcp|manual).*",
        "netplan": rf"    {nic}:",
        "networkd": rf"Name={nic}",
        "networkmanager": rf"interface-name={nic}",
    }[stack]
    found = next((i for i, line in enumerate(lines) if re.fullmatch(wanted, line.rstrip())), None)
    # The shell takes the last of two values.
    return len(lines) - 2 if stack == "ifcfg" and found is not None else found


def with_indent(stack: str, plant: str, lines: list[str], at: int) -> str:
    if stack == "netplan":
        below = lines[at + 1] if at + 1 < len(lines) else ""
        indent = below[: len(below) - len(below.lstrip())] or "      "
        return f"{indent}{plant}"
    return plant if stack in ("ifcfg", "ifupdown") else f"\n{plant}\n"


def plantings() -> Iterator[tuple[str, str, str]]:
    for name, case in CASES.items():
        for plant in PLANTS.get(case.stack.name, ()):
            for nic in case.answers.bond.slaves:
                if planted(case, nic, plant) is not None:
                    yield name, nic, plant


@pytest.mark.parametrize(("name", "nic", "plant"), plantings(), ids=lambda x: repr(x)[1:-1])
def test_no_planted_line_vanishes_unsaid(name: str, nic: str, plant: str) -> None:
    case = CASES[name]
    found = planted(case, nic, plant)
    assert found is not None
    proposal = proposed(case, SetUp(case.answers), found)
    if proposal.plan is None:
        assert any(item.where.startswith("/etc/") for item in proposal.refusals)
        return
    assert unsaid(found, proposal) == []
