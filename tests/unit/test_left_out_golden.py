"""Each key of the answers left out, on each golden host: as if today's value had been named.

Before the set-up and after it. What is left out of a host that has a bond and a bridge changes
nothing there, or the line that goes is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO

import ifupdown_cases
import netplan_cases
import networkd_cases
import pytest
import test_ifcfg
from option_cases import HOSTS, done
from ruamel.yaml import YAML

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, SetUp
from xenbond_tui.answers_file.reader import FILLED_IN, loads
from xenbond_tui.answers_file.writer import dump
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import STACKS
from xenbond_tui.stacks.present import present

KEYS = {
    "bond": ("mode", "miimon", "use_carrier", "options"),
    "bridge": ("address", "gateway", "dns", "search", "mac", "mtu"),
}
"""Every key that may be left out."""


@dataclass(frozen=True)
class Host:
    stack: str
    case: str

    def facts(self) -> HostFacts:
        """Only what is written counts: some of these hosts run otherwise."""
        return replace(self._facts(), access=Access(HostKind.TREE, "/mnt"))

    def _facts(self) -> HostFacts:
        match self.stack:
            case "ifcfg":
                return test_ifcfg.golden(self.case)[0]
            case "ifupdown":
                return ifupdown_cases.facts_of(self.case)
            case "netplan":
                return netplan_cases.facts_of(self.case)
            case "networkd":
                return networkd_cases.facts_of(self.case)
        return HOSTS[self.stack][0]

    def answers(self) -> Answers:
        cases = {
            "ifupdown": ifupdown_cases.CASES,
            "netplan": netplan_cases.CASES,
            "networkd": networkd_cases.CASES,
        }
        if self.stack == "ifcfg":
            answers = test_ifcfg.golden(self.case)[1]
        else:
            known = cases.get(self.stack)
            answers = HOSTS[self.stack][1] if known is None else known[self.case]
        if answers.bond.options.get("ad_actor_sys_prio"):
            answers = replace(answers, bond=replace(answers.bond, mode="802.3ad"))
        return replace(answers, stack=self.stack, toolstack="none")

    def __str__(self) -> str:
        return f"{self.stack} {self.case}"


def hosts() -> Iterator[Host]:
    for stack, cases in (
        ("ifcfg", test_ifcfg.CASES),
        ("ifupdown", ifupdown_cases.CASES),
        ("netplan", netplan_cases.CASES),
        ("networkd", networkd_cases.CASES),
    ):
        yield from (Host(stack, case) for case in cases)
    yield from (Host(stack, "installer") for stack in ("ifupdown2", "networkmanager"))


EMPTY = {"only-lo", "nothing-defined", "nothing"}
"""Hosts that have nothing which could be left as it is."""
REFUSED = {"ifupdown bond-under-bridge", "networkd bond-without-bridge"}
"""Hosts whose bond is refused as it is: an option that its mode does not have."""
ON_EVERY_HOST = pytest.mark.parametrize("host", tuple(hosts()), ids=str)


def asked(document: object, host: Host) -> Answers:
    out = StringIO()
    YAML().dump(document, out)
    return replace(loads(out.getvalue(), "host.yaml"), stack=host.stack, toolstack="none")


def document(answers: Answers) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = YAML().load(dump(answers))
    return found


def proposed(facts: HostFacts, answers: Answers) -> Proposal:
    return planner.propose(facts, SetUp(answers))


def changed(proposal: Proposal) -> dict[str, bytes | None]:
    assert proposal.plan is not None, proposal.refusals
    return {it.path: it.after for it in proposal.plan.changes if it.status != "unchanged"}


def today(facts: HostFacts, host: Host) -> Answers:
    """What the host has, in full, of the links that the case names."""
    answers = host.answers()
    stack = next(stack for stack in STACKS if stack.name == host.stack)
    found = present(stack, facts, answers)
    assert found is not None
    bond = found.bond if found.bond.name else BondAnswers()
    bridge = replace(found.bridge, name=answers.bridge.name)
    if bridge.method != "static":
        bridge = replace(bridge, addresses=(), gateway=None)
    return replace(
        answers,
        bond=replace(bond, name=answers.bond.name, slaves=answers.bond.slaves),
        bridge=bridge,
    )


def set_up(host: Host) -> HostFacts:
    facts = host.facts()
    proposal = proposed(facts, host.answers())
    assert proposal.plan is not None, proposal.refusals
    return done(facts, proposal.plan)


@ON_EVERY_HOST
def test_on_a_host_that_is_set_up_each_key_left_out_changes_nothing(host: Host) -> None:
    facts = set_up(host)
    named = today(facts, host)
    for part, keys in KEYS.items():
        for key in keys:
            text = document(named)
            text[part].pop(key, None)
            proposal = proposed(facts, asked(text, host))
            assert changed(proposal) == {}, (part, key)
    for option in named.bond.options:
        text = document(named)
        options = text["bond"]["options"]
        assert isinstance(options, dict)
        del options[option]
        assert changed(proposed(facts, asked(text, host))) == {}, option


@ON_EVERY_HOST
def test_on_a_host_that_is_set_up_names_alone_change_nothing(host: Host) -> None:
    facts = set_up(host)
    text = document(today(facts, host))
    text["bond"] = {"name": text["bond"]["name"], "slaves": text["bond"]["slaves"]}
    text["bridge"] = {"name": text["bridge"]["name"]}
    assert changed(proposed(facts, asked(text, host))) == {}


@pytest.mark.parametrize(
    "host", [it for it in hosts() if it.case not in EMPTY and str(it) not in REFUSED], ids=str
)
def test_before_it_is_set_up_a_key_left_out_is_as_if_it_had_been_named(host: Host) -> None:
    facts = host.facts()
    named = today(facts, host)
    whole = proposed(facts, named)
    assert whole.plan is not None, whole.refusals
    for part, keys in KEYS.items():
        for key in keys:
            text = document(named)
            if text[part].pop(key, None) is None:
                continue
            assert changed(proposed(facts, asked(text, host))) == changed(whole), (part, key)


def test_these_are_all_the_keys_that_may_be_left_out() -> None:
    for part, keys in KEYS.items():
        known = {*keys, "name", *(("slaves",) if part == "bond" else ())}
        text = {"version": 1, part: {"name": "x0", "no_such_key": 1}}
        out = StringIO()
        YAML().dump(text, out)
        with pytest.raises(XenbondError) as error:
            loads(out.getvalue(), "host.yaml")
        for key in known:
            assert key in f"{error.value}", error.value
    assert set(KEYS["bridge"]) - {"mac", "mtu"} == FILLED_IN
    assert OPTIONS
