"""What answers leave out is as it is, `none` takes it away, and what goes is said with its line."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from option_cases import HOSTS, done
from proposing import plan_for
from ruamel.yaml import YAML

from xenbond_tui import compose, planner
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.answers_file.on_disk import load
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.answers_file.writer import dump
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.left_out import completed, spoken, told
from xenbond_tui.stacks import STACKS, Stack, propose
from xenbond_tui.stacks.present import present

FIXTURES = Path(__file__).parents[1] / "fixtures/hosts"
BRIDGE = ("address", "gateway", "dns", "search", "mac", "mtu")
BOND = ("mode", "miimon", "use_carrier", "options")
OPTIONS = {"primary": "eth1", "updelay": "200"}
ON_EVERY_STACK = pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
GONE = ("address-dropped", "gateway-dropped", "line-dropped", "line-goes")
"""Codes of findings that name what goes, each with its file and line as `where`."""
OTHER_DNS = "198.51.100.7"


def full(stack: Stack) -> Answers:
    answers = HOSTS[stack.name][1]
    bridge = replace(
        answers.bridge,
        gateway="192.168.0.1",
        dns=("192.168.0.53", "192.168.0.54"),
        search=("example.com", "example.org"),
        mtu=1300,
    )
    bond = replace(answers.bond, miimon=50, options=OPTIONS)
    return replace(answers, stack=stack.name, bond=bond, bridge=bridge)


def host(stack: Stack) -> HostFacts:
    """A host whose files say all of it."""
    facts = HOSTS[stack.name][0]
    return done(facts, plan_for(stack, facts, full(stack)))


def document(stack: Stack) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = YAML().load(dump(full(stack)))
    return found


def written(document: object) -> Answers:
    out = StringIO()
    YAML().dump(document, out)
    return loads(out.getvalue(), "host.yaml")


def planned(stack: Stack, facts: HostFacts, asked: Answers) -> tuple[Plan, list[Finding]]:
    today = present(stack, facts, asked)
    answers = completed(facts, asked, today)
    if answers.bridge.mac == "keep":
        answers = replace(answers, bridge=replace(answers.bridge, mac=full(stack).bridge.mac))
    proposal = propose(stack, facts, SetUp(answers))
    plan = proposal.plan
    assert plan is not None, proposal.findings
    gone = [item for item in proposal.findings if item.code in GONE]
    return plan, [*gone, *told(today, answers, plan.changes, stack.dialect.spelling)]


def changed(plan: Plan) -> list[str]:
    return [item.path for item in plan.changes if item.status != "unchanged"]


@ON_EVERY_STACK
@pytest.mark.parametrize(
    ("part", "key"),
    [*(("bridge", key) for key in BRIDGE), *(("bond", key) for key in BOND)],
)
def test_a_key_left_out_changes_nothing(stack: Stack, part: str, key: str) -> None:
    text = document(stack)
    text[part].pop(key, None)
    plan, gone = planned(stack, host(stack), written(text))
    assert changed(plan) == []
    assert gone == []


@ON_EVERY_STACK
def test_names_alone_change_nothing(stack: Stack) -> None:
    text = document(stack)
    bond, bridge = text["bond"], text["bridge"]
    text["bond"] = {"name": bond["name"], "slaves": bond["slaves"]}
    text["bridge"] = {"name": bridge["name"]}
    plan, gone = planned(stack, host(stack), written(text))
    assert changed(plan) == []
    assert gone == []


@ON_EVERY_STACK
@pytest.mark.parametrize("option", OPTIONS)
def test_one_option_left_out_beside_another_stays(stack: Stack, option: str) -> None:
    text = document(stack)
    text["bond"]["options"] = {name: it for name, it in OPTIONS.items() if name != option}
    plan, gone = planned(stack, host(stack), written(text))
    assert changed(plan) == []
    assert gone == []


@ON_EVERY_STACK
@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("gateway", ("192.168.0.1",)),
        ("dns", ("192.168.0.53", "192.168.0.54")),
        ("search", ("example.com", "example.org")),
        ("mtu", ("1300",)),
    ],
)
def test_none_takes_a_key_away_and_it_is_said(
    stack: Stack, key: str, values: tuple[str, ...]
) -> None:
    text = document(stack)
    text["bridge"][key] = "none"
    plan, gone = planned(stack, host(stack), written(text))
    after = b"\n".join(item.after or b"" for item in plan.changes).decode()
    for value in values:
        assert value not in re.split(r"[\s=;,\"'\[\]]+", after)
    lines = [named_line(plan, finding) for finding in gone]
    assert all(any(value in line for line in lines) for value in values), lines


def named_line(plan: Plan, finding: Finding) -> str:
    """The line of a file as it is that a finding names."""
    path, _, line = finding.where.rpartition(":")
    before = next(item.before for item in plan.changes if item.path == path)
    assert before is not None
    return before.decode().splitlines()[int(line) - 1]


@ON_EVERY_STACK
def test_an_option_of_none_is_taken_out_and_it_is_said(stack: Stack) -> None:
    text = document(stack)
    text["bond"]["options"] = {"updelay": "none"}
    plan, gone = planned(stack, host(stack), written(text))
    assert plan.expected.options["primary"] == "eth1"
    assert "updelay" not in plan.expected.options
    assert [(item.code, item.where) for item in gone] == [("option-left-out", "updelay")]


@ON_EVERY_STACK
def test_an_option_that_does_not_go_with_another_mode_goes_and_it_is_said(stack: Stack) -> None:
    text = document(stack)
    text["bond"] |= {"mode": "802.3ad"}
    del text["bond"]["options"]
    plan, gone = planned(stack, host(stack), written(text))
    assert plan.expected.options["updelay"] == "200"
    assert [(item.code, item.where) for item in gone] == [("option-left-out", "primary")]


@ON_EVERY_STACK
def test_without_an_address_all_that_goes_is_said(stack: Stack) -> None:
    text = document(stack)
    text["bridge"] = {"name": text["bridge"]["name"], "address": "none"}
    plan, gone = planned(stack, host(stack), written(text))
    after = b"\n".join(item.after or b"" for item in plan.changes).decode()
    said = " ".join(named_line(plan, finding) for finding in gone)
    for value in ("192.168.0.222/24", "192.168.0.1", "192.168.0.53", "example.com"):
        assert value.partition("/")[0] in said or value in re.split(r"[\s=;,\"'\[\]]+", after)


@pytest.mark.parametrize("name", ["networkd", "ifcfg"])
def test_another_bonds_name_servers_are_not_taken(name: str) -> None:
    case = FIXTURES / f"dns-of-another-bond-{name}"
    facts = planner.read_host(compose.chosen(str(case / "tree")))
    proposal = planner.propose(facts, SetUp(load(str(case / "a.yaml"))))
    assert proposal.plan is not None
    own = {"networkd": "br0.network", "ifcfg": "ifcfg-br0"}[name]
    file = next(item for item in proposal.plan.changes if item.path.endswith(own))
    assert file.before is not None
    after = (file.after or b"").splitlines()
    assert [line for line in file.before.splitlines() if line and line not in after] == []
    assert OTHER_DNS.encode() not in b"".join(item.after or b"" for item in proposal.plan.changes)


@ON_EVERY_STACK
def test_the_gateway_of_the_nic_that_becomes_a_slave_stays(stack: Stack) -> None:
    facts = HOSTS[stack.name][0]
    gateway = b"192.168.0.1"
    if not any(gateway in re.split(rb"[^\d.]", it.data) for it in facts.files.values()):
        files = {
            path: replace(
                it, data=it.data.replace(b".222/24\n", b".222/24\nGateway=%b\n" % gateway)
            )
            for path, it in facts.files.items()
        }
        facts = replace(facts, files=files)
    text = document(stack)
    del text["bridge"]["gateway"], text["bridge"]["dns"]
    plan, gone = planned(stack, facts, written(text))
    after = b"\n".join(item.after or b"" for item in plan.changes)
    assert gateway in re.split(rb"[^\d.]", after)
    assert not any(gateway.decode() in item.text for item in gone)


@ON_EVERY_STACK
def test_what_a_screen_took_out_is_taken_out_by_the_saved_file_too(stack: Stack) -> None:
    facts, screen = host(stack), full(stack)
    screen = replace(screen, bond=replace(screen.bond, options={"primary": "eth1"}))
    screen = replace(screen, bridge=replace(screen.bridge, gateway=None, dns=()))
    saved = dump(spoken(screen, stack.read(facts, screen)))
    asked = loads(saved, "saved.yaml")
    answers = completed(facts, asked, stack.read(facts, asked))
    assert answers.bond == screen.bond
    assert (answers.bridge.gateway, answers.bridge.dns) == (None, ())
    assert dump(asked) == saved
