"""A bridge without address: what goes with the address is taken out or without effect, and said."""

import re
from dataclasses import replace

import pytest
from ifcfg_cases import NS
from option_cases import HOSTS, done
from test_left_out import ON_EVERY_STACK, document, full, host, written
from test_second_plan import up

from xenbond_tui import planner
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import Stack

ADDED = {
    "ifupdown": (rb"(?m)^(\s+)bridge_ports .*\n", rb"\g<0>\1up ip route add 10.9.0.0/16 via $GW\n"),
    "ifupdown2": (rb"(?m)^(\s+)bridge_ports .*\n", rb"\g<0>\1up ip ro add 10.9.0.0/16 via $GW\n"),
    "netplan": (
        rb"(?m)^( +)- to: default\n",
        rb"\1- to: 10.9.0.0/16\n\1  via: 192.168.0.9\n\g<0>",
    ),
    "networkd": (
        rb"(?m)^Gateway=.*\n",
        rb"\g<0>[Route]\nDestination=10.9.0.0/16\nGateway=192.168.0.9\n",
    ),
    "networkmanager": (rb"(?m)^\[ipv4\]\n", rb"\g<0>route7=10.9.0.0/16,192.168.0.9\n"),
}
"""Stack → where its files get one more route, and how they say it."""
ROUTE = re.compile(r"10\.9\.0\.0/16|192\.168\.0\.1\b|\bGW\b")


def with_route(stack: Stack) -> HostFacts:
    facts = host(stack)
    files = dict(facts.files)
    if stack.name == "ifcfg":
        path = f"{NS}/route-xenbr0"
        files[path] = FileState(path, b"10.9.0.0/16 via 192.168.0.9\n", 0o644)
    else:
        pattern, text = ADDED[stack.name]
        files = {
            path: replace(it, data=re.sub(pattern, text.replace(b"$GW", b"192.168.0.9"), it.data))
            for path, it in files.items()
        }
    assert any(b"10.9.0.0/16" in it.data for it in files.values())
    return up(stack, replace(facts, files=files))


def proposed(stack: Stack, facts: HostFacts, *, address: str = "none", **more: str) -> Proposal:
    text = document(stack)
    text["bridge"] = {"name": "xenbr0", "address": address, **more}
    asked = replace(written(text), stack=stack.name)
    return planner.propose(
        facts, SetUp(replace(asked, bridge=replace(asked.bridge, mac=full(stack).bridge.mac)))
    )


@ON_EVERY_STACK
def test_every_route_of_the_address_is_named_by_its_line(stack: Stack) -> None:
    facts = with_route(stack)
    proposal = proposed(stack, facts)
    assert proposal.plan is not None, proposal.findings
    after = {it.path: it.after or b"" for it in proposal.plan.changes}
    named = {it.where: it.text for it in proposal.findings}
    for path, state in facts.files.items():
        for number, line in enumerate(state.data.decode().splitlines(), 1):
            if ROUTE.search(line) is None or line.lstrip().startswith("#"):
                continue
            at = f"{path}:{number}"
            # netplan's inventory names a route by the line it begins in.
            text = named.get(at) or named.get(f"{path}:{number - 1}")
            assert text is not None, (at, line, sorted(named))
            stays = line.strip().encode() in after.get(path, state.data)
            assert ("has no effect any more" in text) is stays, (line, text)


@ON_EVERY_STACK
def test_no_file_is_told_to_have_the_address(stack: Stack) -> None:
    for facts in (HOSTS[stack.name][0], up(stack, host(stack))):
        proposal = proposed(stack, facts)
        for it in proposal.plan.changes if proposal.plan is not None else ():
            assert "address on" not in it.why
            assert "with the host's address" not in it.why


@ON_EVERY_STACK
def test_a_gateway_that_nobody_typed_is_told_with_the_line_it_comes_from(stack: Stack) -> None:
    facts = up(stack, host(stack))
    refusal = proposed(stack, facts, address="10.0.0.5/8").refusals
    assert [it.code for it in refusal] == ["bad-gateway"]
    found = re.search(r"it stays 192\.168\.0\.1 \((\S+):(\d+)\)", refusal[0].text)
    assert found is not None, refusal[0].text
    line = facts.files[found[1]].data.decode().splitlines()[int(found[2]) - 1 :][:2]
    assert "192.168.0.1" in " ".join(line)
    assert "gateway: none" in refusal[0].remedy
    assert "on-link" in refusal[0].text


@ON_EVERY_STACK
def test_a_gateway_that_was_typed_is_told_as_typed(stack: Stack) -> None:
    refusal = proposed(
        stack, up(stack, host(stack)), address="10.0.0.5/8", gateway="192.168.0.1"
    ).refusals
    assert ["'192.168.0.1' is outside" in it.text for it in refusal] == [True]


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_gateway_of_the_whole_host_is_told_with_its_line(*, everywhere: bool) -> None:
    """The howto's host has it on eth0; /etc/sysconfig/network holds for every link."""
    stack = next(stack for stack in HOSTS if stack == "ifcfg")
    facts = HOSTS[stack][0]
    files = {
        path: replace(it, data=re.sub(rb"(?m)^GATEWAY=.*\n", b"", it.data))
        for path, it in facts.files.items()
    }
    network = "/etc/sysconfig/network"
    if everywhere:
        files[network] = FileState(network, b"NETWORKING=yes\nGATEWAY=192.168.0.1\n", 0o644)
    asked = Answers(stack="ifcfg")
    asked = replace(
        HOSTS[stack][1],
        stack="ifcfg",
        bridge=replace(
            HOSTS[stack][1].bridge,
            addresses=("10.0.0.5/8", "192.168.0.222/32"),
            gateway=None,
            left_out=frozenset({"gateway"}),
        ),
    )
    texts = [
        it.text
        for it in planner.propose(replace(facts, files=files), SetUp(asked)).refusals
        if it.code == "bad-gateway"
    ]
    if everywhere:
        assert len(texts) == 1
        assert f"({network}:2)" in texts[0]


@pytest.mark.parametrize(
    ("kept", "gateway"), [("2001:db8::222/64", "2001:db8::1"), ("192.168.0.222/24", "192.168.0.1")]
)
@ON_EVERY_STACK
def test_of_two_families_the_one_that_stays_keeps_its_gateway(
    stack: Stack, kept: str, gateway: str
) -> None:
    """The files name a gateway of each, answers only one: what is left out is as it is."""
    first = full(stack)
    both = ("192.168.0.222/24", "2001:db8::222/64")
    bridge = replace(first.bridge, addresses=both, gateway="2001:db8::1")
    facts = HOSTS[stack.name][0]
    facts = replace(facts, access=Access(HostKind.TREE, "/mnt"))
    if not any(b"192.168.0.1" in it.data for it in facts.files.values()):
        more = {
            path: replace(it, data=it.data.replace(b".222/24\n", b".222/24\nGateway=192.168.0.1\n"))
            for path, it in facts.files.items()
        }
        facts = replace(facts, files=more)
    plan = planner.propose(facts, SetUp(replace(first, bridge=bridge))).plan
    assert plan is not None
    proposal = proposed(stack, done(facts, plan), address=kept)
    assert proposal.request.answers.bridge.gateway == gateway
    assert proposal.plan is not None, proposal.refusals
    after = b"\n".join(it.data for it in done(facts, proposal.plan).files.values()).decode()
    assert re.search(rf"(?<![\w:.]){re.escape(gateway)}(?![\w:.])", after)
