"""NetworkManager: the way there and back, without a gap where it can be, and the way out."""

from dataclasses import replace
from typing import Any

import pytest
from facts_builder import ETH0_MAC, address, bond, bridge, default_route, nic, virtual
from networkmanager_cases import ANSWERS, ETC, ETH0, ETH0_UUID, GUESTS, LINKS, after, host
from proposing import plan_for, removal_for, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import RestoreFiles, WriteFiles
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.networkmanager import NetworkManager

STACK = NetworkManager()
DEFAULTS = {
    "/proc/sys/net/ipv4/conf/default/rp_filter": "2\n",
    "/proc/sys/net/ipv4/conf/eth0/rp_filter": "1\n",
    "/proc/sys/net/ipv6/conf/default/accept_dad": "1\n",
}


def planned(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    return after(facts, plan_for(STACK, facts, answers).changes)


def bridged(**more: Any) -> HostFacts:
    """A host whose bond runs under its bridge, as `plan` has left it."""
    files = planned(host({"eth0": ETH0}))
    links = (
        nic("eth0", ETH0_MAC, master="bond0", index=2),
        nic("eth1", LINKS[1].mac, master="bond0", index=3),
        replace(virtual("bond0", "bond", ETH0_MAC), master="xenbr0", carrier=True),
        replace(virtual("xenbr0", "bridge", ETH0_MAC), addresses=(address("192.168.0.222/24"),)),
    )
    return host(
        files,
        links,
        routes=(default_route("xenbr0"),),
        bonds=(bond(options={"mode": "active-backup 1", "miimon": "100"}),),
        bridges=(bridge(),),
        more={GUESTS: plan_text(GUESTS)},
        **more,
    )


def plan_text(path: str) -> str:
    changes = plan_for(STACK, host({"eth0": ETH0}), ANSWERS).changes
    return next(change.after for change in changes if change.path == path).decode()  # type: ignore[union-attr]


def words(steps: tuple[Step, ...]) -> list[str]:
    """In words, with paths and nmcli's patience left out."""
    return [
        word.replace(f"{ETC}/", "").replace(".nmconnection", "").replace("--wait 90 ", "")
        for word in in_words(steps)
    ]


def uuid_of(facts: HostFacts, name: str) -> str:
    text = planned(facts)[f"{ETC}/{name}.nmconnection"]
    return next(line[5:] for line in text.splitlines() if line.startswith("uuid="))


def test_without_a_gap_the_bridge_comes_up_on_the_idle_nic_first() -> None:
    facts = host({"eth0": ETH0}, more=DEFAULTS)
    assert words(plan_for(STACK, facts, ANSWERS).forward) == [
        "sysctls 4",
        "announce eth0",
        "sysctls 2",
        "WriteFiles",
        "systemctl reload NetworkManager",
        "+ 192.168.0.1/32 eth0 None",
        "nmcli connection load xenbr0 bond0 bond0-eth1",
        f"nmcli connection up uuid {uuid_of(facts, 'bond0-eth1')}",
        "wait bond0 forwarding",
        "sysctls 4",
        "wait xenbr0 192.168.0.222",
        "xenbr0 ? 192.168.0.1",
        "nmcli connection load eth0",
        "announce xenbr0",
        f"nmcli connection up uuid {ETH0_UUID}",
        "announce xenbr0",
        "flush bond0",
        "RestoreSysctls",
        "sysctls 3",
        "nmcli connection reload",
    ]
    assert not [item for item in told_by(STACK, facts, ANSWERS) if item.code == "gap"]


def test_and_back_the_nic_has_its_own_profile_before_the_bridge_goes() -> None:
    routes = (replace(default_route(), metric=100),)
    assert words(plan_for(STACK, host({"eth0": ETH0}, routes=routes), ANSWERS).rollback) == [
        "RestoreFiles",
        "sysctls 6",
        "nmcli connection load eth0",
        f"nmcli connection up uuid {ETH0_UUID}",
        "wait eth0 carrier",
        "nmcli device modify eth0 ipv4.route-metric 100",
        "wait eth0 192.168.0.222",
        "announce eth0",
        "nmcli connection reload",
        "systemctl reload NetworkManager",
        "delete bond0",
        "delete xenbr0",
        "announce eth0",
        "- 192.168.0.1/32 eth0 None",
        "eth1 up",
        "RestoreSysctls",
        "RestoreNetwork",
    ]


LACP = replace(ANSWERS, bond=replace(ANSWERS.bond, mode="802.3ad"))
METRIC = ETH0.replace("method=manual", "method=manual\nroute-metric=50")


@pytest.mark.parametrize(
    ("profile", "active", "answers"),
    [(ETH0, ETH0_UUID, LACP), (METRIC, ETH0_UUID, ANSWERS), (ETH0, "another", ANSWERS)],
)
def test_else_networkmanager_brings_the_bridge_with_its_ports(
    profile: str, active: str, answers: Answers
) -> None:
    routes = (replace(default_route(), metric=100),)
    own = "/run/NetworkManager/system-connections/Wired connection 1.nmconnection"
    asking = "[connection]\nid=w\nuuid=w\ntype=ethernet\ninterface-name=eth1\n[.nmmeta]\nx=1\n"
    links = (LINKS[0], replace(LINKS[1], addresses=(address("fe80::1/64", scope="link"),)))
    facts = host({"eth0": profile, own: asking}, links, active={2: active}, routes=routes)
    plan = plan_for(STACK, facts, answers)
    assert words(plan.forward) == [
        "WriteFiles",
        "systemctl reload NetworkManager",
        "nmcli connection load xenbr0 bond0 eth0 bond0-eth1",
        f"nmcli connection up uuid {uuid_of(facts, 'xenbr0')}",
        "wait bond0 forwarding",
        "nmcli connection reload",
    ]
    assert words(plan.rollback) == [
        "RestoreFiles",
        "nmcli connection reload",
        "systemctl reload NetworkManager",
        "delete xenbr0",
        "delete bond0",
        f"nmcli connection up uuid {ETH0_UUID}",
        "nmcli device modify eth0 ipv4.route-metric 100",
        "RestoreNetwork",
    ]
    (note,) = (item for item in told_by(STACK, facts, answers) if item.code == "gap")
    assert "2 to 10 seconds" in note.text


def test_a_bridge_that_is_there_is_not_brought_up_again_for_its_guests_are_on_it() -> None:
    port = ETH0[: ETH0.index("zone=")] + "master=xenbr0\nslave-type=bridge\n"
    made = planned(host({"eth0": ETH0}))[f"{ETC}/xenbr0.nmconnection"]
    links = (
        nic("eth0", ETH0_MAC, master="xenbr0", index=2),
        LINKS[1],
        replace(virtual("xenbr0", "bridge", ETH0_MAC), addresses=(address("192.168.0.222/24"),)),
        replace(virtual("vif1.0", "vif"), master="xenbr0"),
    )
    facts = host(
        {"eth0": port, "xenbr0": made},
        links,
        routes=(default_route("xenbr0"),),
        bridges=(bridge(ports=("eth0", "vif1.0")),),
    )
    up = words(plan_for(STACK, facts, ANSWERS).forward)
    assert up[3] == "nmcli device disconnect eth0"
    assert "nmcli device reapply xenbr0" in up
    assert f"nmcli connection up uuid {uuid_of(facts, 'xenbr0')}" not in up
    assert up[-3:] == ["vif1.0 -> xenbr0", "vif1.0 up", "nmcli connection reload"]


def test_a_bond_that_runs_is_changed_while_it_runs() -> None:
    facts = bridged()
    answers = replace(ANSWERS, bond=replace(ANSWERS.bond, miimon=50))
    plan = plan_for(STACK, facts, answers)
    assert words(plan.forward) == [
        "WriteFiles",
        "bond0 miimon=50",
        "systemctl reload NetworkManager",
        "nmcli connection load xenbr0 bond0 eth0 bond0-eth1",
        "nmcli connection reload",
    ]
    assert words(plan.rollback)[-4:] == [
        "bond0 miimon=100",
        "RestoreFiles",
        "nmcli connection reload",
        "RestoreNetwork",
    ]


def test_another_address_is_the_bridges_alone_to_take() -> None:
    wrong = replace(ANSWERS.bridge, addresses=("192.168.77.222/24",), gateway="192.168.77.1")
    plan = plan_for(STACK, bridged(), replace(ANSWERS, bridge=wrong))
    assert words(plan.forward)[3:] == [
        "nmcli device reapply xenbr0",
        "wait bond0 forwarding",
        "nmcli connection reload",
    ]
    assert words(plan.rollback) == [
        "RestoreFiles",
        "nmcli connection reload",
        "systemctl reload NetworkManager",
        "nmcli device reapply xenbr0",
        "RestoreNetwork",
    ]


def test_files_are_written_once_and_put_back_once() -> None:
    facts, leave = bridged(), Removal(ANSWERS, "eth0")
    for plan in (
        plan_for(STACK, host({"eth0": ETH0}), ANSWERS),
        plan_for(STACK, host({"eth0": ETH0}), LACP),
        plan_for(STACK, facts, replace(ANSWERS, bond=replace(ANSWERS.bond, miimon=50))),
        removal_for(STACK, facts, leave),
    ):
        assert [isinstance(step.action, WriteFiles) for step in plan.forward].count(True) == 1
        assert [isinstance(step.action, RestoreFiles) for step in plan.rollback].count(True) == 1


def test_after_a_removal_the_files_are_those_from_before() -> None:
    facts = bridged()
    plan = removal_for(STACK, facts, Removal(ANSWERS, "eth0"))
    assert after(facts, plan.changes) == {f"{ETC}/eth0.nmconnection": ETH0}
    assert next(change for change in plan.changes if change.path == GUESTS).after is None
    assert words(plan.forward) == [
        "WriteFiles",
        "sysctls 6",
        "nmcli connection load eth0",
        f"nmcli connection up uuid {ETH0_UUID}",
        "wait eth0 carrier",
        "wait eth0 192.168.0.222",
        "eth0 ? 192.168.0.1",
        "announce eth0",
        "nmcli connection reload",
        "systemctl reload NetworkManager",
        "delete bond0",
        "delete xenbr0",
        "announce eth0",
        "RestoreSysctls",
    ]
    assert plan.outage is not None
    assert not plan.outage.expected


def test_a_removal_without_a_gap_goes_back_like_a_set_up() -> None:
    back = words(removal_for(STACK, bridged(), Removal(ANSWERS, "eth0")).rollback)
    eth0 = back.index(f"nmcli connection up uuid {ETH0_UUID}")
    assert back.index("RestoreFiles") < back.index("nmcli connection load xenbr0 bond0 bond0-eth1")
    assert back.index("xenbr0 ? 192.168.0.1") < back.index("nmcli connection load eth0") < eth0
    assert back[-2:] == ["nmcli connection reload", "RestoreNetwork"]


def test_another_nic_may_have_the_address_then() -> None:
    facts = bridged()
    files = after(facts, removal_for(STACK, facts, Removal(ANSWERS, "eth1")).changes)
    assert files.keys() == {f"{ETC}/eth0.nmconnection", f"{ETC}/eth1.nmconnection"}
    assert removal_for(STACK, facts, Removal(ANSWERS, "eth1")).outage, "another MAC"
    given = files[f"{ETC}/eth1.nmconnection"]
    assert "interface-name=eth1\nzone=trusted\n" in given
    assert ETH0[ETH0.index("# by the network team") :] in given
    spare = files[f"{ETC}/eth0.nmconnection"]
    assert "autoconnect=false" in spare
    assert "master" not in spare
    assert "192.168.0.222" not in spare


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("xenbr0", "stp=false", "stp=false\n\n[user]\nour.note=x", "our.note"),
        (
            "vlan7",
            "",
            "[connection]\nid=v\nuuid=v\ntype=vlan\n[vlan]\nparent=bond0\n",
            "parent=bond0",
        ),
        ("xenbr0", "id=xenbr0", "id=xenbr0\nlldp=1", "xenbr0.nmconnection:3: lldp"),
    ],
)
def test_a_removal_drops_nothing_it_cannot_place(name: str, old: str, new: str, told: str) -> None:
    facts = bridged()
    path = f"{ETC}/{name}.nmconnection"
    files = {p: s.data.decode() for p, s in facts.files.items() if p.startswith(ETC)}
    files[path] = files.get(path, "").replace(old, new, 1)
    with pytest.raises(XenbondError, match=told):
        removal_for(STACK, host(files, facts.links), Removal(ANSWERS, "eth0"))


def test_without_a_bond_there_is_nothing_to_remove() -> None:
    with pytest.raises(XenbondError, match="makes bond0"):
        removal_for(STACK, host({"eth0": ETH0}), Removal(ANSWERS, "eth0"))
