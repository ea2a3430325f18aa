"""netplan: which steps there are for which renderer, and in which order."""

from dataclasses import replace

from facts_builder import ETH0_MAC, ETH1_MAC, bond, bridge, default_route, nic, virtual
from netplan_cases import ANSWERS, CASES, ETH0, FILE, STACK, SYSTEMD, facts_of, host, tree
from proposing import plan_for, told_by

from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DeleteLink, RestoreFiles, Run, SetBondOption, WriteFiles
from xenbond_tui.stacks.netplan.activate import GENERATE as GENERATE_STEP

GENERATE = GENERATE_STEP.action
APPLY = Run(("netplan", "apply"), 120.0)


def live(text: str, *, networkd: bool = True) -> HostFacts:
    facts = host(text, routes=(default_route(),))
    return replace(
        facts,
        files={**facts.files, **({SYSTEMD: FileState(SYSTEMD, b"", 0o644)} if networkd else {})},
    )


def actions(steps: tuple[object, ...]) -> list[object]:
    return [step.action for step in steps]  # type: ignore[attr-defined]


def test_networkd_is_changed_over_without_netplan_apply() -> None:
    plan = plan_for(STACK, live(ETH0), ANSWERS)
    for steps in (plan.forward, plan.rollback):
        done = actions(steps)
        assert APPLY not in done
        files = next(
            i for i, item in enumerate(done) if isinstance(item, WriteFiles | RestoreFiles)
        )
        assert done[files + 1] == GENERATE
        assert Run(("networkctl", "reload")) in done[files + 2 :]
    assert "gap" not in {item.code for item in told_by(STACK, live(ETH0), ANSWERS)}


def test_where_networkd_cant_be_told_to_reload_netplan_apply_does_it() -> None:
    facts = live(ETH0, networkd=False)
    plan = plan_for(STACK, facts, ANSWERS)
    done = actions(plan.forward)
    assert [type(done[0]), done[1], done[2]] == [WriteFiles, GENERATE, APPLY]
    assert APPLY in actions(plan.rollback)
    assert "gap" in {item.code for item in told_by(STACK, facts, ANSWERS)}


def test_network_manager_takes_the_nic_that_carries_last() -> None:
    facts = live(ETH0.replace("version: 2", "renderer: NetworkManager"))
    plan = plan_for(STACK, facts, ANSWERS)
    done = actions(plan.forward)
    assert [type(done[0]), done[1]] == [WriteFiles, GENERATE]
    ups = [item.argv[-1] for item in done if isinstance(item, Run) and "up" in item.argv]
    assert ups == ["netplan-eth1", "netplan-eth0"]
    back = actions(plan.rollback)
    assert [type(back[0]), back[1]] == [RestoreFiles, GENERATE]
    again = next(i for i, x in enumerate(back) if isinstance(x, Run) and "netplan-eth0" in x.argv)
    assert again < back.index(DeleteLink("xenbr0")) < back.index(DeleteLink("bond0"))
    assert all(APPLY not in steps for steps in (done, back))
    assert "gap" in {item.code for item in told_by(STACK, facts, ANSWERS)}


RUNNING = (
    nic("eth0", ETH0_MAC, master="bond0"),
    nic("eth1", ETH1_MAC, master="bond0"),
    virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
    virtual("xenbr0", "bridge", ETH0_MAC, addresses=("192.168.0.222/24",)),
    nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
)


def test_a_running_bond_is_made_anew_where_netplan_apply_does_it() -> None:
    facts = replace(
        facts_of("bond-under-bridge"),
        links=RUNNING,
        bonds=(bond(),),
        bridges=(bridge("xenbr0", ("bond0", "vif1.0")),),
    )
    plan = plan_for(STACK, facts, CASES["bond-under-bridge"])
    assert DeleteLink("bond0") in actions(plan.forward)
    assert DeleteLink("xenbr0") not in actions(plan.forward) + actions(plan.rollback)
    assert [step.label for step in plan.forward][-2:] == [
        "Put vif1.0 back on xenbr0",
        "Set vif1.0 up",
    ]


def test_network_managers_bond_is_changed_while_it_runs() -> None:
    files = tree("bond-under-bridge", "before")[FILE].decode()
    running = bond(
        options={
            "mode": "active-backup 1",
            "miimon": "100",
            "primary": "eth0",
            "updelay": "5000",
            "downdelay": "0",
        }
    )
    facts = replace(
        host(files.replace("version: 2", "renderer: NetworkManager")),
        links=RUNNING,
        routes=(default_route("xenbr0"),),
        bonds=(running,),
        bridges=(bridge("xenbr0", ("bond0", "vif1.0")),),
        dns=("192.168.0.1",),
    )
    plan = plan_for(STACK, facts, CASES["bond-under-bridge"])
    done = actions(plan.forward)
    assert SetBondOption("bond0", "downdelay", "200") in done
    assert SetBondOption("bond0", "primary", "eth1") in done
    assert [type(done[0]), done[1]] == [WriteFiles, GENERATE]
    commands = [item.argv[1:3] for item in done if isinstance(item, Run)]
    assert commands == [("generate",), ("connection", "load"), ("connection", "reload")]
    assert not any(isinstance(item, DeleteLink) for item in done)
    back = actions(plan.rollback)
    assert SetBondOption("bond0", "primary", "eth0") in back
    assert back.index(GENERATE) > next(
        i for i, item in enumerate(back) if isinstance(item, RestoreFiles)
    )
    found = told_by(STACK, facts, CASES["bond-under-bridge"])
    assert "gap" not in {item.code for item in found}
