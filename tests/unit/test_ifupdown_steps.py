"""Debian ifupdown: the steps in the order of ifdown and ifup; the other is without a gap."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, bond, bridge, make_facts, nic, virtual
from ifupdown_cases import (
    ANSWERS,
    BOND,
    CASES,
    ETH0,
    LO,
    MAIN,
    PRESENT,
    STACK,
    STATIC,
    facts_of,
    host,
)
from proposing import plan_for

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    DeleteLink,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetLink,
    SetMaster,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.plan.plan import Plan


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("installer", ["eth0"]),
        ("dhcp", ["eth0"]),
        ("bond-master", ["eth0", "eth1"]),
        ("only-lo", []),
    ],
)
def test_udev_looks_again_at_boot_at_a_nic_that_it_is_to_bring_up(
    case: str, asked: list[str]
) -> None:
    """When it found the NIC the unconfirmed file said `auto`, which networking.service sees to."""
    commands = plan_for(STACK, facts_of(case), CASES[case]).at_boot
    assert [run.argv[-1].removeprefix("--sysname-match=") for run in commands] == asked
    assert all(run.argv[:2] == ("udevadm", "trigger") for run in commands)


def unplugged(text: str, *, present: tuple[str, ...] = PRESENT) -> HostFacts:
    """A host whose second NIC has no link, so that nothing can stand in for the first."""
    links = (
        nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",)),
        nic("eth1", ETH1_MAC, carrier=False),
    )
    return replace(host(text, present=present), links=links)


def words(plan: Plan, way: str) -> list[str]:
    """Each step in a few words."""
    said = []
    for step in getattr(plan, way):
        match step.action:
            case Run(argv):
                said.append(" ".join(argv))
            case WaitFor(link, state):
                said.append(f"wait {link} {state}")
            case SetMaster(link, master):
                said.append(f"{link} -> {master}")
            case SetLink(link):
                said.append(f"up {link}")
            case DeleteLink(link):
                said.append(f"delete {link}")
            case WriteFiles() | RestoreFiles() | RestoreNetwork():
                said.append(type(step.action).__name__)
            case action:
                said.append(f"flush {action.link}")
    return said


def test_the_way_up_takes_the_nic_down_by_its_old_file() -> None:
    plan = plan_for(STACK, unplugged(LO + ETH0), ANSWERS)
    assert words(plan, "forward") == [
        "/sbin/ifdown --force eth0",
        "flush eth0",
        "flush eth1",
        "WriteFiles",
        "/sbin/ifup --force eth0",
        "/sbin/ifup --force eth1",
        "/sbin/ifup --force bond0",
        "wait bond0 carrier",
        "/sbin/ifup --force xenbr0",
        "flush bond0",
        "wait bond0 forwarding",
    ]


def test_the_way_back_takes_ours_down_before_the_files_go() -> None:
    plan = plan_for(STACK, unplugged(LO + ETH0), ANSWERS)
    assert words(plan, "rollback") == [
        "/sbin/ifdown --force xenbr0",
        "/sbin/ifdown --force bond0",
        "/sbin/ifdown --force eth0",
        "/sbin/ifdown --force eth1",
        "delete xenbr0",
        "delete bond0",
        "flush eth0",
        "flush eth1",
        "RestoreFiles",
        "/sbin/ifup --force eth0",
        "up eth0",
        "up eth1",
        "RestoreNetwork",
    ]
    assert all(step.best_effort for step in plan.rollback if isinstance(step.action, Run))


def test_guests_on_an_existing_bridge_are_put_back_both_ways() -> None:
    text = (
        LO
        + "auto xenbr0\niface xenbr0 inet static\n address 192.168.0.222/24\n bridge_ports eth0\n"
    )
    facts = make_facts(
        files={MAIN: text},
        present=PRESENT,
        bridges=(bridge("xenbr0", ("eth0", "vif1.0")),),
        links=(
            nic("eth0", ETH0_MAC, master="xenbr0"),
            nic("eth1", ETH1_MAC),
            virtual("xenbr0", "bridge", ETH0_MAC),
        ),
    )
    plan = plan_for(STACK, facts, ANSWERS)
    up, down = words(plan, "forward"), words(plan, "rollback")
    assert up[:2] == ["/sbin/ifdown --force xenbr0", "delete xenbr0"]
    at = up.index("/sbin/ifup --force xenbr0")
    assert up[at + 1 :] == ["flush bond0", "vif1.0 -> xenbr0", "up vif1.0", "wait bond0 forwarding"]
    assert down[down.index("RestoreFiles") :] == [
        "RestoreFiles",
        "/sbin/ifup --force xenbr0",
        "up eth0",
        "up eth1",
        "vif1.0 -> xenbr0",
        "up vif1.0",
        "RestoreNetwork",
    ]


def test_a_bond_whose_slaves_name_it_comes_back_before_them() -> None:
    facts = replace(
        facts_of("bond-master"),
        bonds=(bond(),),
        links=(
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH1_MAC, master="bond0"),
            virtual("bond0", "bond", ETH0_MAC),
        ),
    )
    down = words(plan_for(STACK, facts, CASES["bond-master"]), "rollback")
    assert [item for item in down if "ifup" in item] == [
        "/sbin/ifup --force bond0",
        "/sbin/ifup --force eth0",
        "/sbin/ifup --force eth1",
    ]


def test_programs_are_called_where_they_are() -> None:
    present = tuple(path.replace("/sbin/", "/usr/sbin/") for path in PRESENT)
    plan = plan_for(STACK, unplugged(LO + ETH0, present=present), ANSWERS)
    assert words(plan, "forward")[0] == "/usr/sbin/ifdown --force eth0"


def test_what_must_be_true_afterwards() -> None:
    answers = replace(
        ANSWERS,
        bond=replace(BOND, use_carrier=True, options={"primary": "eth1"}),
        bridge=replace(STATIC, addresses=("192.168.0.222/24",)),
    )
    plan = plan_for(STACK, host(LO + ETH0), answers)
    assert plan.expected is not None
    assert plan.expected.options == {
        "mode": "active-backup",
        "miimon": "100",
        "use_carrier": "on",
        "primary": "eth1",
    }
    assert [item.cidr for item in plan.expected.addresses] == ["192.168.0.222/24"]
    assert [(item.destination, item.gateway, item.link) for item in plan.expected.routes] == [
        ("default", "192.168.0.1", "xenbr0")
    ]
    assert plan.summary == "bond0 (active-backup: eth0, eth1) under xenbr0 192.168.0.222/24"
