"""Red Hat network-scripts, whole: tests/golden/ifcfg holds trees before and after, to the byte."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    RHEL5,
    RHEL6,
    RHEL7,
    RHEL8,
    XEND_DOM0,
    XL_DOM0,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from proposing import plan_for, told_by

from xenbond_tui import modprobe, xen
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.ifcfg import Ifcfg

GOLDEN = Path(__file__).parents[1] / "golden" / "ifcfg"
TOOLS = ("/sbin/ifup", "/usr/sbin/brctl", "/etc/rc.d/init.d/network", "/etc/rc.d/rc3.d/S10network")
STATIC = BridgeAnswers(addresses=("192.168.0.222/24",), gateway="192.168.0.1", mac=ETH0_MAC)
BOND = BondAnswers(slaves=("eth0", "eth1"))


@dataclass(frozen=True)
class Case:
    """The host and the answers of one golden tree."""

    facts: HostFacts
    answers: Answers


def _host(system, links=None, present=TOOLS, xen_role=None, **more) -> HostFacts:
    role = {} if xen_role is None else {"xen": xen_role}
    return make_facts(system=system, links=links, present=present, **role, **more)


CASES: Mapping[str, Case] = {
    "howto-rhel5": Case(
        _host(RHEL5, xen_role=XEND_DOM0, dns=("192.168.0.1",)),
        Answers(
            "ifcfg",
            replace(
                BOND, miimon=100, use_carrier=False, options={"primary": "eth0", "updelay": "200"}
            ),
            replace(STATIC, dns=("192.168.0.1",)),
            "xend",
        ),
    ),
    "rhel6-existing-bond": Case(
        _host(
            RHEL6,
            (
                nic("em1", ETH0_MAC, master="bond0"),
                nic("em2", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
                virtual("bond0", "bond", ETH0_MAC, addresses=("192.168.0.222/24",), mtu=9000),
            ),
            present=(*TOOLS, "/usr/sbin/NetworkManager"),
            bonds=(bond(slaves=("em1", "em2")),),
            routes=(default_route("bond0"),),
        ),
        Answers(
            "ifcfg",
            BondAnswers(slaves=("em1", "em2"), options={"xmit_hash_policy": "layer2"}),
            replace(
                STATIC, name="br0", dns=("192.168.0.1", "192.168.0.2"), search=("example.com",)
            ),
            "none",
        ),
    ),
    "rhel8-networkmanager": Case(
        _host(
            RHEL8,
            (
                nic("enp1s0", ETH0_MAC, addresses=("192.168.0.222/24", "192.168.0.223/24")),
                nic("enp2s0", ETH1_MAC),
            ),
            present=(*TOOLS, "/usr/sbin/NetworkManager"),
            routes=(default_route("enp1s0"),),
            xen_role=XL_DOM0,
        ),
        Answers(
            "ifcfg",
            BondAnswers("bond0", ("enp2s0", "enp1s0"), "802.3ad", 100, None, {"lacp_rate": "fast"}),
            replace(
                STATIC,
                name="br-guests",
                addresses=("192.168.0.222/24", "192.168.0.223/24"),
                dns=("192.168.0.1",),
                mtu=9000,
            ),
            "xl",
        ),
    ),
    "dhcp-rhel7": Case(
        _host(
            RHEL7,
            (
                nic("eth0", ETH0_MAC, addresses=(address("192.168.0.77/24", dynamic=True),)),
                nic("eth1", ETH1_MAC),
            ),
            routes=(default_route(),),
        ),
        Answers("ifcfg", BOND, BridgeAnswers(method="dhcp", mac=ETH0_MAC), "none"),
    ),
    "bridged-rhel6": Case(
        _host(
            RHEL6,
            (
                nic("eth0", ETH0_MAC, master="xenbr0"),
                nic("eth1", ETH1_MAC),
                nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
                virtual("xenbr0", "bridge", ETH0_MAC, addresses=("192.168.0.222/24",)),
            ),
            bridges=(bridge("xenbr0", ("eth0", "vif1.0")),),
            routes=(default_route("xenbr0"),),
        ),
        Answers("ifcfg", BOND, replace(STATIC, dns=("192.168.0.1",)), "none"),
    ),
    "odd-quoting": Case(_host(RHEL6), Answers("ifcfg", BOND, STATIC, "none")),
    "routes-rhel6": Case(_host(RHEL6), Answers("ifcfg", BOND, STATIC, "none")),
}


def _tree(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {"/" + str(path.relative_to(directory)): path.read_bytes() for path in files}


def golden(name: str) -> tuple[HostFacts, Answers]:
    """The host of a case with its files, and what is asked of it."""
    case = CASES[name]
    files = {
        path: FileState(path, data, 0o644) for path, data in _tree(GOLDEN / name / "before").items()
    }
    present = case.facts.present | frozenset(files)
    return replace(case.facts, files=files, present=present), case.answers


def _plan(facts: HostFacts, answers: Answers) -> Plan:
    plan = plan_for(Ifcfg(), facts, answers)
    more = (*modprobe.changes(facts, SetUp(answers)), *xen.changes(facts, SetUp(answers)))
    return replace(plan, changes=(*plan.changes, *more))


def _after(facts: HostFacts, plan: Plan) -> dict[str, bytes]:
    tree = {path: state.data for path, state in facts.files.items()}
    for change in plan.changes:
        assert change.before == tree.get(change.path)
        if change.after is None:
            del tree[change.path]
        else:
            tree[change.path] = change.after
    return tree


@pytest.mark.parametrize("name", CASES)
def test_files_become_exactly_these(name: str) -> None:
    facts, answers = golden(name)
    after = _after(facts, _plan(facts, answers))
    expected = _tree(GOLDEN / name / "after")
    assert sorted(after) == sorted(expected)
    for path, data in expected.items():
        assert after[path].decode() == data.decode(), path


@pytest.mark.parametrize("name", CASES)
def test_a_second_plan_for_the_result_changes_nothing(name: str) -> None:
    facts, answers = golden(name)
    after = _after(facts, _plan(facts, answers))
    again = replace(
        facts, files={path: FileState(path, data, 0o644) for path, data in after.items()}
    )
    assert [change.path for change in _plan(again, answers).changed] == []


@pytest.mark.parametrize("name", CASES)
def test_what_was_written_is_read_back_as_the_answers(name: str) -> None:
    facts, answers = golden(name)
    after = _after(facts, _plan(facts, answers))
    again = replace(
        facts, files={path: FileState(path, data, 0o644) for path, data in after.items()}
    )
    read = Ifcfg().read(again)
    assert read is not None
    assert sorted(read.bond.slaves) == sorted(answers.bond.slaves)
    expected = replace(answers.bond, slaves=())
    assert replace(read.bond, slaves=(), options=dict(read.bond.options)) == replace(
        expected, options=dict(expected.options)
    )
    assert read.bridge.name == answers.bridge.name
    assert read.bridge.method == answers.bridge.method
    assert read.bridge.addresses == answers.bridge.addresses
    if answers.bridge.method == "static":
        assert read.bridge.gateway == answers.bridge.gateway


@pytest.mark.parametrize("name", CASES)
def test_none_of_these_hosts_is_refused(name: str) -> None:
    facts, answers = golden(name)
    findings = (*told_by(Ifcfg(), facts, answers), *xen.check(facts, SetUp(answers)))
    refused = [
        item
        for item in (*findings, *modprobe.check(facts, SetUp(answers)))
        if item.severity is Severity.REFUSE
    ]
    assert refused == []


@pytest.mark.parametrize("name", CASES)
def test_ifcfg_claims_each_of_these_hosts(name: str) -> None:
    facts, _ = golden(name)
    evidence = Ifcfg().owns(facts)
    assert evidence is not None
    assert evidence.weight >= 80
