"""What a plan left as it is, the next one leaves so too: in another tree, and while all runs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, GATEWAY, address, bond, bridge, default_route, nic, virtual
from netplan_cases import SYSTEMD
from option_cases import HOSTS, done
from test_left_out import ON_EVERY_STACK, document, full, host, written

from xenbond_tui import planner
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import SetBondOption
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks import Stack


def planned(facts: HostFacts, asked: Answers) -> Plan:
    plan = planner.propose(facts, SetUp(asked)).plan
    assert plan is not None, planner.propose(facts, SetUp(asked)).findings
    return plan


def changed(plan: Plan) -> list[str]:
    return [it.path for it in plan.changes if it.status != "unchanged"]


def names(stack: Stack, **of_bond: object) -> Answers:
    """Bond, slaves and bridge are named, nothing else but these keys of the bond."""
    text = document(stack)
    text["bond"] = {"name": "bond0", "slaves": text["bond"]["slaves"], **of_bond}
    text["bridge"] = {"name": text["bridge"]["name"]}
    return replace(written(text), stack=stack.name)


def up(stack: Stack, facts: HostFacts, *more: str, mtu: int = 1300) -> HostFacts:
    """The host with bond and bridge as the files say; `more`: further addresses of the bridge."""
    slaves = [
        replace(link, master="bond0", addresses=(), mtu=mtu)
        for link in HOSTS[stack.name][0].links
        if link.name in ("eth0", "eth1")
    ]
    addresses = tuple(address(it) for it in ("192.168.0.222/24", *more))
    links = (
        *slaves,
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0", mtu=mtu),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=addresses, mtu=mtu),
    )
    shown = {"mode": "active-backup 1", "miimon": "50", "updelay": "200", "primary": "eth1"}
    state = bond("bond0", ("eth0", "eth1"), miimon=50, options=shown)
    files = dict(facts.files)
    if stack.name == "netplan":
        files[SYSTEMD] = FileState(SYSTEMD, b"", 0o644)
    return replace(
        facts,
        files=files,
        links=links,
        bonds=(state,),
        bridges=(bridge("xenbr0", ("bond0",), mac=ETH0_MAC),),
        routes=(default_route("xenbr0", GATEWAY),),
        dns=("127.0.0.53",),
        search=(),
        access=Access(),
    )


@ON_EVERY_STACK
def test_a_change_of_files_alone_leaves_nothing_for_the_first_one_that_runs(stack: Stack) -> None:
    """No MAC is known in a tree, so none is written; what the bridge has then is as it was."""
    asked = replace(full(stack), bridge=replace(full(stack).bridge, mac="keep"))
    tree = replace(HOSTS[stack.name][0], links=(), access=Access(HostKind.TREE, "/mnt"))
    after = done(tree, planned(tree, asked))
    assert changed(planned(after, asked)) == []
    assert changed(planned(up(stack, after), names(stack))) == []
    assert changed(planned(up(stack, after), asked)) == []


@ON_EVERY_STACK
def test_another_slave_has_the_bridges_mac_written(stack: Stack) -> None:
    """The bond's own MAC may be another one at the next boot then."""
    asked = replace(full(stack), bridge=replace(full(stack).bridge, mac="keep"))
    tree = replace(HOSTS[stack.name][0], links=(), access=Access(HostKind.TREE, "/mnt"))
    facts = up(stack, done(tree, planned(tree, asked)))
    facts = replace(facts, links=(*facts.links, nic("eth2", "00:50:da:7a:51:77")))
    asked = replace(asked, bond=replace(asked.bond, slaves=("eth0", "eth1", "eth2")))
    proposal = planner.propose(facts, SetUp(asked))
    assert proposal.request.answers.bridge.mac == ETH0_MAC


def live(plan: Plan) -> Iterator[tuple[str, str]]:
    for step in plan.forward:
        if isinstance(step.action, SetBondOption):
            yield step.action.option, step.action.value


@ON_EVERY_STACK
@pytest.mark.parametrize("more", [(), ("192.168.0.240/32",)], ids=["alone", "with a virtual IP"])
def test_an_option_that_the_kernel_takes_is_changed_while_all_runs(
    stack: Stack, more: tuple[str, ...]
) -> None:
    """Whatever resolv.conf says, and whoever else gave the bridge an address."""
    facts = up(stack, host(stack), *more)
    plan = planned(facts, names(stack, miimon=100))
    assert plan.outage is not None
    assert not plan.outage.expected
    assert list(live(plan)) == [("miimon", "100"), ("updelay", "200")]
    back = [*live(replace(plan, forward=plan.rollback))]
    assert back[-2:] == [("miimon", "50"), ("updelay", "200")]


@ON_EVERY_STACK
def test_of_two_bonds_the_one_that_is_named_is_changed(stack: Stack) -> None:
    first = replace(full(stack), bond=replace(full(stack).bond, options={"updelay": "200"}))
    first = replace(
        first,
        bond=replace(first.bond, name="aaa0", slaves=("eth6", "eth7")),
        bridge=replace(
            first.bridge, name="abr0", method="none", addresses=(), gateway=None, dns=(), search=()
        ),
    )
    spare = (nic("eth6", "00:50:da:7a:51:66"), nic("eth7", "00:50:da:7a:51:67"))
    facts = host(stack)
    facts = replace(facts, links=(*facts.links, *spare))
    facts = done(facts, planned(facts, first))
    both = up(stack, facts)
    both = replace(both, links=(*both.links, *spare))
    plan = planned(both, names(stack, miimon=100))
    assert plan.outage is not None
    assert not plan.outage.expected
    assert list(live(plan)) == [("miimon", "100"), ("updelay", "200")]
