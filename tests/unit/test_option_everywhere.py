"""Every option, value and form of it, on every stack: planned, written, read, compared, kept."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from option_cases import HOSTS, bond_with, cases, done, sayable
from proposing import plan_for

from tests.option_values import printed, values
from tests.options_table import table
from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.answers_file.writer import dump
from xenbond_tui.apply.readback import option_differences
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.model import HealthState, Written
from xenbond_tui.health.reasons import as_written as drift
from xenbond_tui.options.kind import Addresses, Choice, Number, Switch
from xenbond_tui.options.option import OWN, Option, said
from xenbond_tui.options.running import canonical
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.plan.plan import Expected, Plan
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.left_out import told
from xenbond_tui.stacks import STACKS, Stack
from xenbond_tui.stacks.present import check_spelling

EVERY = [pytest.param(*case, id=f"{case[0].name}-{case[1].name}") for case in cases()]
ON_EVERY_STACK = pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)


def asked(stack: Stack, bond: BondAnswers) -> Answers:
    return replace(HOSTS[stack.name][1], bond=bond)


def read(stack: Stack, facts: HostFacts) -> BondAnswers:
    found = stack.read(facts)
    assert found is not None
    return found.bond


def bonds(stack: Stack, option: Option) -> tuple[tuple[str, BondAnswers, Plan], ...]:
    return _bonds(stack, option.name)


@cache
def _bonds(stack: Stack, name: str) -> tuple[tuple[str, BondAnswers, Plan], ...]:
    """Each value that the stack can say, a bond with it, and its plan on the stack's host."""
    option = OPTIONS[name]
    plain = HOSTS[stack.name][1].bond
    each = ((value, bond_with(option, value, plain)) for value in values(option))
    planned = ((value, bond, sayable(stack, bond)) for value, bond in each)
    found = tuple((value, bond, plan) for value, bond, plan in planned if plan is not None)
    assert found, f"{stack.name} has a word for {name} and can say no value of it"
    return found


def said_of(stack: Stack, bond: BondAnswers) -> dict[str, str]:
    """What the files say of a bond's options: all but what they say by leaving it out."""
    keys = {option: stack.dialect.key(option) for option in bond.every_option}
    return {
        option: value
        for option, value in bond.every_option.items()
        if (key := keys[option]) is None or value != key.unsaid
    }


@cache
def outcome(stack: Stack) -> Expected:
    """What a set-up on that stack expects to read back."""
    facts, answers = HOSTS[stack.name]
    expected = plan_for(stack, facts, answers).expected
    assert expected is not None
    return expected


def running(bond: BondAnswers, name: str, text: str) -> BondState:
    """The bond as a kernel runs it that prints this of the option."""
    every = {
        other: next(printed(OPTIONS[other], value, bond.miimon))
        for other, value in bond.every_option.items()
    }
    slaves = tuple(SlaveState(slave, "up") for slave in bond.slaves)
    options = {**every, name: text}
    return BondState(
        bond.name, None, bond.mode, "up", miimon=bond.miimon, slaves=slaves, options=options
    )


@pytest.mark.parametrize(("stack", "option"), EVERY)
def test_what_is_planned_is_read_back_and_planned_again_changes_nothing(
    stack: Stack, option: Option
) -> None:
    facts = HOSTS[stack.name][0]
    for _, bond, plan in bonds(stack, option):
        after = done(facts, plan)
        assert plan.expected.options == bond.every_option
        known = read(stack, after)
        assert known.every_option == said_of(stack, bond)
        assert known.kept == {}
        again = plan_for(stack, after, asked(stack, bond))
        assert [item.path for item in again.changes if item.status != "unchanged"] == []


@pytest.mark.parametrize(("stack", "option"), EVERY)
def test_another_value_is_edited_in_and_one_left_out_is_told(stack: Stack, option: Option) -> None:
    plain = HOSTS[stack.name][1].bond
    before: HostFacts = HOSTS[stack.name][0]
    for _, bond, _ in bonds(stack, option):
        before = done(before, plan_for(stack, before, asked(stack, bond)))
        assert read(stack, before).every_option == said_of(stack, bond)
    if option.name in ("mode", "miimon", "use_carrier"):
        return
    answers = asked(stack, plain)
    plan = plan_for(stack, before, answers)
    found = told(stack.read(before, answers), answers, plan.changes, stack.dialect.spelling)
    gone = [item.text for item in found if item.code == "option-left-out"]
    assert any(f"{option.name} " in text for text in gone) is (
        option.name in read(stack, before).options
    )
    # Each with the file and the line it stood in.
    assert all(re.match(r"/etc/\S+:\d+: ", text) for text in gone), gone
    after = done(before, plan)
    assert read(stack, after).every_option == plain.every_option


@pytest.mark.parametrize(("stack", "option"), EVERY)
def test_what_the_kernel_prints_is_what_was_wanted(stack: Stack, option: Option) -> None:
    for value, bond, _ in bonds(stack, option):
        expected = replace(outcome(stack), options=bond.every_option)
        written = {name: (text, "file:1") for name, text in bond.every_option.items()}
        for text in printed(option, value, bond.miimon):
            state = running(bond, option.name, text)
            assert option_differences(state, expected) == [], text
            health = HealthState(bond=state, written=Written(stack.name, written, {}))
            assert list(drift.find(health)) == [], text


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
def test_another_value_than_the_wanted_one_is_a_difference(option: Option) -> None:
    stack = STACKS[0]
    plain = HOSTS[stack.name][1].bond
    first, other, *_ = values(option)
    bond = bond_with(option, first, plain)
    expected = replace(outcome(stack), options=bond.every_option)
    for text in printed(option, other, bond.miimon):
        state = running(bond, option.name, text)
        (told,) = option_differences(state, expected)
        assert f"has {option.name} {canonical(option.name, text)}, not {first}" in told


def forms(stack: Stack, option: Option, value: str) -> Iterator[str]:
    """Texts of the stack's files that mean the value."""
    dialect, kind = stack.dialect, option.kind
    yield dialect.write(option.name, value)
    if isinstance(kind, Choice):
        yield from (value, value.upper(), str(kind.codes[value]))
    if isinstance(kind, Switch) and dialect.words:
        yield from ("yes", "true", "Y") if value == "on" else ("no", "False", "n")
    if isinstance(kind, Addresses) and kind.version == 4:
        yield value.replace(",", ", ")
        yield ",".join(f"+{item}" for item in value.split(","))
    if isinstance(kind, Number) and kind.unit == "ms" and dialect.units:
        yield f"{value}ms"
        yield f"{int(value) * dialect.units['ms'] / dialect.units['s']:g}s"
    if isinstance(kind, Number):
        yield f" 0{value}" if not dialect.units else f"  {dialect.write(option.name, value)} "


@pytest.mark.parametrize(("stack", "option"), EVERY)
def test_every_form_in_the_files_is_read_as_the_same_value(stack: Stack, option: Option) -> None:
    for value, _, _ in bonds(stack, option):
        for text in forms(stack, option, value):
            assert stack.dialect.read(option.name, text) == value, text
            assert stack.dialect.same(option.name, text, stack.dialect.write(option.name, value))


@ON_EVERY_STACK
def test_an_option_the_stack_has_no_word_for_is_refused_by_both_names(stack: Stack) -> None:
    plain = HOSTS[stack.name][1].bond
    for option in OPTIONS.values():
        bond = bond_with(option, values(option)[0], plain)
        refused = [
            item.text
            for item in check_spelling(stack, None, bond)
            if item.severity is Severity.REFUSE and item.where == option.name
        ]
        expected = [f"{stack.title} has no way to say {option.name}."]
        assert refused == ([] if stack.dialect.spelling(option.name) else expected)


UNSUPPORTED_PLATFORMS = {
    "ifcfg": ("mode=active-backup", "mode=active-backup future=3", "future"),
    "ifupdown": (
        "bond-mode active-backup",
        "bond-mode active-backup\n\tbond-future 3",
        "bond-future",
    ),
    "ifupdown2": (
        "bond-mode active-backup",
        "bond-mode active-backup\n\tbond-future 3",
        "bond-future",
    ),
    "netplan": ("mode: active-backup", "mode: active-backup\n        future: 3", "future"),
    "networkd": ("Mode=active-backup", "Mode=active-backup\nFuture=3", "Future"),
    "networkmanager": ("mode=active-backup", "mode=active-backup\nfuture=3", "future"),
}
"""Stack → a part of its files, the same with an option no row knows, and that one's key."""


@ON_EVERY_STACK
def test_an_option_no_row_knows_is_kept_and_told(stack: Stack) -> None:
    facts, answers = HOSTS[stack.name]
    after = done(facts, plan_for(stack, facts, answers))
    mode, both, key = UNSUPPORTED_PLATFORMS[stack.name]
    files = {
        path: FileState(path, state.data.replace(mode.encode(), both.encode()), state.mode)
        for path, state in after.files.items()
    }
    foreign = replace(after, files=files)
    assert files != after.files
    prefill = stack.read(foreign)
    assert prefill is not None
    assert prefill.bond.kept == {key: "3"}
    assert prefill.bond.every_option == answers.bond.every_option
    wanted = replace(prefill, bridge=answers.bridge, bond=replace(prefill.bond, miimon=200))
    told = {item.code: item for item in check_spelling(stack, prefill, wanted.bond)}
    assert (told["option-kept"].where, told["option-kept"].severity) == (key, Severity.NOTE)
    edited = read(stack, done(foreign, plan_for(stack, foreign, wanted)))
    assert edited.kept == {key: "3"}
    assert edited.miimon == 200


TOY = Option(
    name="toy_delay",
    help="What a kernel may get next.",
    default="0",
    kind=Number(most=900, unit="ms"),
    since="9.9",
    said=said(
        ifcfg=OWN,
        ifupdown=OWN,
        ifupdown2=OWN,
        netplan="toy-delay",
        networkd="ToyDelaySec",
        networkmanager=OWN,
    ),
)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Option:
    """One row more, and nothing else."""
    monkeypatch.setitem(OPTIONS, TOY.name, TOY)
    return TOY


@ON_EVERY_STACK
def test_a_new_row_is_an_option_of_every_stack_that_spells_it(stack: Stack, toy: Option) -> None:
    facts, answers = HOSTS[stack.name]
    bond = replace(answers.bond, options={toy.name: "70"})
    assert not list(check_spelling(stack, None, bond))
    plan = plan_for(stack, facts, replace(answers, bond=bond))
    key, text = stack.dialect.spelling(toy.name) or "?", stack.dialect.write(toy.name, "70")
    assert any(
        key.encode() in line and text.encode() in line
        for change in plan.changes
        for line in (change.after or b"").splitlines()
    )
    assert read(stack, done(facts, plan)).options == {toy.name: "70"}
    state = running(bond, toy.name, "60")
    assert option_differences(state, plan.expected) == ["bond0 has toy_delay 60, not 70"]


def test_a_new_row_is_in_answers_rules_and_documents(toy: Option) -> None:
    text = "version: 1\nbond:\n  slaves: [eth0, eth1]\n  options: {toy_delay: 70}\n"
    answers = loads(text, "a.yaml")
    assert answers.bond.options == {"toy_delay": "70"}
    assert loads(dump(answers), "b.yaml") == answers
    assert "`toy_delay`" in table()
    assert "from 9.9" in table()
