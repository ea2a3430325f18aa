"""systemd-networkd: the steps of a set-up, of an edit and of a removal, forward and back."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    address,
    bond,
    bridge,
    default_route,
    nic,
    virtual,
)
from networkd_cases import (
    ANSWERS,
    BOND,
    CASES,
    GOLDEN,
    host,
    tree,
)
from networkd_plans import DNS, ETH0, STACK, gap, written
from proposing import plan_for, removal_for
from steps_in_words import in_words

from xenbond_tui.answers import BridgeAnswers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import AddAddress, AddRoute

HOLD = "/run/systemd/network/{}.d/50-xenbond-hold.conf"
RESTART = "systemctl restart systemd-networkd.service"
ONLINE = "/usr/lib/systemd/systemd-networkd-wait-online --interface={} --timeout=60"


def test_without_a_gap_networkd_takes_charge_and_does_not_touch_the_slaves() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS})
    assert gap(facts) == ""
    words = in_words(plan_for(STACK, facts, ANSWERS).forward)
    at = words.index("WriteFiles")
    holds = [HOLD.format(name) for name in ("10-eth0.network", "05-xenbond-eth1.network")]
    assert at < words.index("wait bond0 carrier")
    assert words[words.index(holds[0]) :] == [
        *holds,
        "networkctl reload",
        ONLINE.format("xenbr0"),
        "eth0 down",
        "eth0 -> bond0",
        "eth0 up",
        "flush bond0",
        "RestoreSysctls",
    ]


@pytest.mark.parametrize(("systemd", "stays"), [(250, True), (252, True), (253, False)])
def test_where_networkd_sets_slaves_down_it_is_kept_from_it_until_the_next_boot(
    systemd: int, stays: bool
) -> None:
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=systemd)
    words = in_words(plan_for(STACK, facts, ANSWERS).forward)
    for name in ("10-eth0.network", "05-xenbond-eth1.network"):
        assert words.index(HOLD.format(name)) < words.index("networkctl reload")
        assert (f"no {HOLD.format(name)}" in words) is not stays


def test_where_it_cannot_be_kept_from_it_the_gap_is_told() -> None:
    """systemd 249 has no KeepMaster=; before it, and since 253, slaves are left alone."""
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=249)
    assert "systemd 249 sets every slave down" in gap(facts)
    words = in_words(plan_for(STACK, facts, ANSWERS).forward)
    assert not [word for word in words if "hold.conf" in word]
    for number in (248, 250, 253):
        assert gap(host({"10-eth0.network": ETH0 + DNS}, systemd=number)) == ""


def test_what_routers_announced_is_kept_by_the_link_that_has_it_until_the_next_boot() -> None:
    """And by that one alone: the drop-in of the other goes, whoever left it."""
    announced = address("2001:db8:1::250:daff:fe7a:5145/64", dynamic=True)
    held = nic("eth0", ETH0_MAC, addresses=[address(ADDRESS), announced])
    facts = host({"10-eth0.network": ETH0 + DNS}, links=[held, nic("eth1", ETH1_MAC)])
    plan = plan_for(STACK, facts, ANSWERS)
    keeps = {
        link: f"/run/systemd/network/{file}.network.d/50-xenbond-keep.conf"
        for link, file in (("xenbr0", "05-xenbond-xenbr0"), ("eth0", "10-eth0"))
    }
    for steps, link, other in ((plan.forward, "xenbr0", "eth0"), (plan.rollback, "eth0", "xenbr0")):
        words = in_words(steps)
        reload = words.index("networkctl reload")
        assert max(words.index(keeps[link]), words.index(f"no {keeps[other]}")) < reload
        assert f"no {keeps[link]}" not in words


def test_networkd_is_free_to_act_before_it_makes_slaves_or_lets_them_go() -> None:
    """An earlier change had kept it from touching them."""
    text = "[Network]\nKeepMaster=yes\n"
    kept = {HOLD.format(f"{name}.network"): text for name in ("eth0", "eth1")}
    facts = running(primary="eth0")
    facts = replace(facts, files={**facts.files, **host(kept).files})
    answers = STACK.read(facts)
    assert answers is not None
    assert answers == STACK.read(running(primary="eth0")), "no file that says how it is to be"
    anew = replace(ANSWERS, bond=replace(BOND, mode="802.3ad"))
    seamless = replace(answers, bridge=replace(answers.bridge, mac=ETH0_MAC))
    stp = replace(facts, bridges=(replace(bridge(), stp=True),))
    for steps, read in (
        (plan_for(STACK, facts, anew).forward, RESTART),
        (plan_for(STACK, facts, anew).rollback, RESTART),
        (removal_for(STACK, facts, Removal(seamless, "eth0")).forward, "networkctl reload"),
        (removal_for(STACK, stp, Removal(answers, "eth0")).forward, "networkctl reload"),
        (removal_for(STACK, stp, Removal(answers, "eth0")).rollback, RESTART),
    ):
        words = in_words(steps)
        assert all(words.index(f"no {path}") < words.index(read) for path in kept)


def test_back_without_a_gap_the_files_come_last() -> None:
    words = in_words(plan_for(STACK, host({"10-eth0.network": ETH0 + DNS}), ANSWERS).rollback)
    assert words[:2] == [
        f"no {HOLD.format(name)}" for name in ("10-eth0.network", "05-xenbond-eth1.network")
    ]
    at = words.index("RestoreFiles")
    assert words.index("delete bond0") < at
    assert words[at + 1] == "networkctl reload"
    assert words[-1] == "RestoreNetwork"


def test_with_a_gap_networkd_does_it_all() -> None:
    leased = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    facts = host({"10-eth0.network": "[Match]\nName=eth0\n[Network]\nDHCP=yes\n"})
    assert "1 to 10 seconds" in gap(facts, leased)
    plan = plan_for(STACK, facts, leased)
    assert in_words(plan.forward) == [
        "WriteFiles",
        "networkctl reload",
        "wait bond0 exists",
        "wait bond0 forwarding",
        ONLINE.format("xenbr0"),
    ]
    assert in_words(plan.rollback) == [
        "RestoreFiles",
        "delete xenbr0",
        "delete bond0",
        "networkctl reload",
        "networkctl reconfigure eth0 eth1",
        "RestoreNetwork",
    ]


def running(mode: str = "active-backup 1", systemd: int = 252, **more: str) -> HostFacts:
    options = {"mode": mode, "miimon": "100", "updelay": "200", "downdelay": "0", **more}
    return host(
        tree(GOLDEN / "bond-under-bridge" / "before"),
        links=[
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
            virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
            virtual("xenbr0", "bridge", ETH0_MAC, addresses=[ADDRESS]),
        ],
        routes=[default_route("xenbr0")],
        bonds=[bond(options=options, primary="eth0", master="xenbr0")],
        bridges=[bridge()],
        dns=["192.168.0.1"],
        systemd=systemd,
    )


def test_a_running_bond_is_changed_while_it_runs() -> None:
    facts = running(primary="eth0")
    answers = CASES["bond-under-bridge"]
    assert gap(facts, answers) == ""
    words = in_words(plan_for(STACK, facts, answers).forward)
    assert "bond0 downdelay=200" in words
    assert "bond0 primary=eth1" in words
    assert "delete bond0" not in words
    assert words.index(HOLD.format("eth1.network")) < words.index("networkctl reload")


def test_a_running_bond_of_another_mode_is_made_anew_and_the_gap_told() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, mode="802.3ad"))
    facts = running(primary="eth0")
    assert "mode can't be changed" in gap(facts, answers)
    plan = plan_for(STACK, facts, answers)
    words = in_words(plan.forward)
    assert words[:4] == ["WriteFiles", "delete bond0", RESTART, "wait bond0 exists"]
    assert "delete xenbr0" not in words
    assert in_words(plan.rollback)[:3] == ["RestoreFiles", "delete bond0", RESTART]


def test_removal_with_a_gap_ends_with_the_nic_configured_and_goes_back_by_networkd() -> None:
    facts = replace(running(primary="eth0"), bridges=(replace(bridge(), stp=True),))
    answers = STACK.read(facts)
    assert answers is not None
    plan = removal_for(STACK, facts, Removal(answers, "eth0"))
    assert in_words(plan.forward) == [
        "WriteFiles",
        "delete xenbr0",
        "delete bond0",
        "networkctl reload",
        "networkctl reconfigure eth0",
        ONLINE.format("eth0"),
    ]
    assert in_words(plan.rollback)[:3] == ["RestoreFiles", RESTART, "wait bond0 exists"]
    assert plan.outage


@pytest.mark.parametrize(
    ("systemd", "metric", "broadcast"),
    [(252, 0, ""), (253, 4242, "192.168.0.255"), (257, 4242, "192.168.0.255")],
)
def test_an_address_that_moves_is_one_that_networkd_takes_over_as_it_is(
    systemd: int, metric: int, broadcast: str
) -> None:
    """With the broadcast it would give it, and a route that is not taken for the other link's."""
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=systemd)
    set_up = plan_for(STACK, facts, ANSWERS)
    there = running(primary="eth0", systemd=systemd)
    read = STACK.read(there)
    assert read is not None
    answers = replace(read, bridge=replace(read.bridge, mac=ETH0_MAC))
    removal = removal_for(STACK, there, Removal(answers, "eth0"))
    for steps in (set_up.forward, set_up.rollback, removal.forward, removal.rollback):
        given = [step.action for step in steps if isinstance(step.action, AddAddress)]
        addresses = [item.address for item in given]
        assert [(item.cidr, item.metric, item.broadcast) for item in addresses] == [
            ("192.168.0.222/24", metric, broadcast)
        ]


def test_removal_without_a_gap_has_networkd_read_its_files_when_all_has_moved() -> None:
    facts = running(primary="eth0")
    read = STACK.read(facts)
    assert read is not None
    answers = replace(read, bridge=replace(read.bridge, mac=ETH0_MAC))
    plan = removal_for(STACK, facts, Removal(answers, "eth0"))
    assert plan.outage is not None
    assert not plan.outage.expected
    up, down = in_words(plan.forward), in_words(plan.rollback)
    assert up[0] == "WriteFiles"
    assert up[-3:] == ["networkctl reload", ONLINE.format("eth0"), "RestoreSysctls"]
    assert (
        up.index("eth0 + 192.168.0.222/24") < up.index("delete xenbr0") < up.index("delete bond0")
    )
    # It would set the slaves' links down to make them slaves, which they are already.
    reload = down.index("networkctl reload")
    for name in ("eth0", "eth1"):
        assert down.index(HOLD.format(f"{name}.network")) < reload
        assert f"no {HOLD.format(f'{name}.network')}" not in down, "nor the next time it reads them"
    assert down.index("flush eth0") < reload < down.index("eth0 -> bond0")


def test_a_route_by_a_slave_is_not_lost_on_the_way() -> None:
    """The file's [Route] goes along as it stands; the running one moves by netlink."""
    text = ETH0 + DNS + "\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.0.254\n"
    facts = replace(
        host({"10-eth0.network": text}),
        routes=(default_route(), Route("10.0.0.0/8", "192.168.0.254", "eth0")),
    )
    plan = plan_for(STACK, facts, ANSWERS)
    assert "+ 10.0.0.0/8 xenbr0 None" in in_words(plan.forward)
    assert written(facts, "05-xenbond-xenbr0.network").endswith(text.partition(DNS)[2])


def test_a_route_in_no_file_is_there_all_the_time() -> None:
    """networkd drops it when it reads its files; one that the kernel made it would leave alone."""
    by_hand = Route("10.1.0.0/16", "192.168.0.9", "eth0", metric=7, protocol="boot")
    facts = replace(host({"10-eth0.network": ETH0 + DNS}), routes=(default_route(), by_hand))
    up = plan_for(STACK, facts, ANSWERS).forward
    words = in_words(up)
    reload = words.index("networkctl reload")
    assert words.index("+ 10.1.0.0/16 xenbr0 4242") < reload
    assert words[reload:].index("+ 10.1.0.0/16 xenbr0 7") < words[reload:].index(
        "- 10.1.0.0/16 xenbr0 4242"
    )
    (stand_in,) = [
        step.action.route
        for step in up
        if isinstance(step.action, AddRoute) and step.action.route.metric == 4242
    ]
    assert stand_in.protocol == "kernel"
