"""Red Hat network-scripts: in which order links go down and up, and what is true afterwards."""

from dataclasses import replace

from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    RHEL5,
    bridge,
    default_route,
    nic,
    virtual,
)
from ifcfg_cases import ANSWERS, NS, ONE_CABLE, host
from proposing import plan_for

from xenbond_tui.plan.actions import (
    DeleteLink,
    FlushAddresses,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetMaster,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.ifcfg import Ifcfg


def _say(steps: tuple[Step, ...]) -> list[str]:
    said = []
    for step in steps:
        match step.action:
            case Run(argv=argv):
                said.append(" ".join(argv))
            case FlushAddresses(link=link) | DeleteLink(link=link) | WaitFor(link=link):
                said.append(f"{type(step.action).__name__} {link}")
            case SetMaster(link=link, master=master):
                said.append(f"{link} -> {master}")
            case WriteFiles() | RestoreFiles() | RestoreNetwork():
                said.append(type(step.action).__name__)
    return said


def test_the_way_up_and_back_of_the_howto_s_host() -> None:
    plan = plan_for(Ifcfg(), host(system=RHEL5), ANSWERS)
    assert _say(plan.forward) == [
        "/sbin/ifdown eth1",
        "/sbin/ifdown eth0",
        "FlushAddresses eth0",
        "WriteFiles",
        "/sbin/ifup bond0",
        "/sbin/ifup xenbr0",
        "WaitFor bond0",
    ]
    assert _say(plan.rollback) == [
        "/sbin/ifdown xenbr0",
        "/sbin/ifdown bond0",
        "DeleteLink xenbr0",
        "DeleteLink bond0",
        "RestoreFiles",
        "/sbin/ifup eth0",
        "/sbin/ifup eth1",
        "RestoreNetwork",
    ]


def test_a_spare_nic_is_not_made_to_ask_for_a_lease_on_the_way_back() -> None:
    facts = host({f"{NS}/ifcfg-eth1": "DEVICE=eth1\nBOOTPROTO=dhcp\nONBOOT=no\n"})
    assert "/sbin/ifup eth1" not in _say(plan_for(Ifcfg(), facts, ANSWERS).rollback)


def test_an_existing_bridge_with_guests_is_neither_deleted_nor_left_without_them() -> None:
    facts = host(
        {
            f"{NS}/ifcfg-eth0": "DEVICE=eth0\nBRIDGE=xenbr0\nHWADDR=00:50:DA:7A:51:45\n",
            f"{NS}/ifcfg-xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\nIPADDR=192.168.0.222\nPREFIX=24\n",
        },
        links=(
            nic("eth0", ETH0_MAC, master="xenbr0"),
            nic("eth1", ETH1_MAC, admin_up=False),
            virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
            virtual("vif1.0", "vif", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
        ),
        routes=(default_route("xenbr0"),),
        bridges=(replace(bridge(ports=("eth0", "vif1.0")), stp=True),),
    )
    plan = plan_for(Ifcfg(), facts, ANSWERS)
    up, down = _say(plan.forward), _say(plan.rollback)
    assert up[:2] == ["/sbin/ifdown xenbr0", "/sbin/ifdown eth0"]
    assert up[-1] == "vif1.0 -> xenbr0"
    assert "DeleteLink xenbr0" not in down
    assert down[down.index("RestoreFiles") :] == [
        "RestoreFiles",
        "/sbin/ifup eth0",
        "/sbin/ifup xenbr0",
        "vif1.0 -> xenbr0",
        "RestoreNetwork",
    ]


def test_only_files_and_snapshot_must_succeed_on_the_way_back() -> None:
    facts = host(links=ONE_CABLE)
    plan = plan_for(Ifcfg(), facts, ANSWERS)
    must = [step.action for step in plan.rollback if not step.best_effort]
    assert must == [RestoreFiles(), RestoreNetwork()]


def test_what_must_be_true_afterwards() -> None:
    options = {"primary": "eth0", "arp_ip_target": "192.168.0.1,192.168.0.9", "updelay": "200"}
    answers = replace(ANSWERS, bond=replace(ANSWERS.bond, use_carrier=True, options=options))
    expected = plan_for(Ifcfg(), host(), answers).expected
    assert expected is not None
    assert expected.options == {
        "mode": "active-backup",
        "miimon": "100",
        "updelay": "200",
        "use_carrier": "on",
        "arp_ip_target": "192.168.0.1,192.168.0.9",
        "primary": "eth0",
    }
    assert [item.cidr for item in expected.addresses] == [ADDRESS]
    assert [(route.gateway, route.link) for route in expected.routes] == [("192.168.0.1", "xenbr0")]
