"""A bond that runs is changed while it runs: which steps, and what can't be done like that."""

from collections.abc import Mapping
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
    make_facts,
    nic,
    virtual,
)
from ifupdown_cases import ANSWERS, BOND, STATIC
from steps_in_words import in_words

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import SetLink
from xenbond_tui.stacks.change_over.conditions import NeedsOutage
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.dialect import bond_answers

RUNNING = {
    "mode": "active-backup 1",
    "miimon": "100",
    "updelay": "0",
    "primary": "eth0",
    "fail_over_mac": "none 0",
    "xmit_hash_policy": "layer2 0",
    "arp_ip_target": "",
    "use_carrier": "1",
}
OPTIONS = {"mode": "active-backup", "miimon": "100", "primary": "eth0"}
THREE = replace(ANSWERS, bond=replace(BOND, slaves=("eth0", "eth1", "eth2")))


def host(*, up: str = "eth0 eth1") -> HostFacts:
    """bond0 (eth0, eth1) under xenbr0, and a free eth2."""
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        nic("eth2", "00:14:22:36:f1:fb"),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    state = bond(slaves=("eth0", "eth1"))
    slaves = tuple(
        replace(item, mii_status="up" if item.name in up.split() else "down")
        for item in state.slaves
    )
    state = replace(state, options=RUNNING, active_slave="eth0", slaves=slaves)
    facts = make_facts(links=links, routes=(default_route("xenbr0"),), bonds=(state,))
    return replace(facts, bridges=(bridge("xenbr0", ("bond0",)),))


def of(
    facts: HostFacts | None = None,
    answers: Answers = ANSWERS,
    options: Mapping[str, str] = OPTIONS,
    written: Mapping[str, str] = OPTIONS,
) -> Edit:
    told, before = bond_answers("bond0", answers.bond.slaves, options, {}), dict(written)
    known = bond_answers("bond0", ANSWERS.bond.slaves, before, {})
    return edit(facts or host(), replace(answers, bond=told), replace(ANSWERS, bond=known))


def test_options_are_set_in_an_order_the_kernel_takes_and_back() -> None:
    found = of(options={**OPTIONS, "primary": "eth1", "updelay": "200", "miimon": "50"})
    assert in_words(found.forward()) == [
        "WriteFiles",
        "bond0 miimon=50",
        "bond0 updelay=200",
        "bond0 primary=eth1",
    ]
    assert in_words(found.rollback()) == [
        "bond0 primary=eth0",
        "bond0 active_slave=eth0",
        "bond0 miimon=100",
        "bond0 updelay=0",
        "RestoreFiles",
        "RestoreNetwork",
    ]


def running(**options: str) -> HostFacts:
    """The host, its bond with these options as sysfs prints them."""
    facts = host()
    state = replace(facts.bonds[0], options={**RUNNING, **options}, miimon=int(options["miimon"]))
    return replace(facts, bonds=(state,))


def test_a_delay_that_the_kernel_rounds_is_set_already() -> None:
    facts = running(miimon="100", updelay="200")
    assert in_words(of(facts, options={**OPTIONS, "updelay": "250"}).forward()) == ["WriteFiles"]


def test_delays_are_set_again_where_miimon_changes_what_they_are() -> None:
    facts = running(miimon="100", updelay="200")
    found = of(facts, options={**OPTIONS, "miimon": "50", "updelay": "200"})
    assert in_words(found.forward())[:3] == ["WriteFiles", "bond0 miimon=50", "bond0 updelay=200"]
    back = [word for word in in_words(found.rollback()) if "miimon" in word or "delay" in word]
    assert back == ["bond0 miimon=100", "bond0 updelay=200"]


def test_delays_end_before_miimon_does() -> None:
    facts = running(miimon="100", updelay="200", arp_interval="0")
    arp = {"arp_interval": "1000", "arp_ip_target": "192.0.2.1"}
    found = of(facts, options={**OPTIONS, "miimon": "0", **arp}, written={"updelay": "200"})
    assert in_words(found.forward())[1:5] == [
        "bond0 updelay=0",
        "bond0 miimon=0",
        "bond0 arp_ip_target=192.0.2.1",
        "bond0 arp_interval=1000",
    ]
    assert [word for word in in_words(found.rollback()) if word.startswith("bond0 ")][-4:] == [
        "bond0 miimon=100",
        "bond0 updelay=200",
        "bond0 arp_ip_target=none",
        "bond0 arp_interval=0",
    ]


def test_an_option_that_is_no_longer_written_gets_the_kernels_default() -> None:
    found = of(
        options={"mode": "active-backup", "miimon": "100"},
        written={**OPTIONS, "use_carrier": "0"},
    )
    assert in_words(found.forward()) == ["WriteFiles", "bond0 primary=none"]


def test_nothing_but_the_files_where_the_kernel_is_as_wanted_already() -> None:
    assert in_words(of().forward()) == ["WriteFiles"]


def test_a_choice_is_put_back_by_the_name_of_what_ran() -> None:
    found = of(options={**OPTIONS, "xmit_hash_policy": "layer3+4"})
    assert "bond0 xmit_hash_policy=layer3+4" in in_words(found.forward())
    assert "bond0 xmit_hash_policy=layer2" in in_words(found.rollback())


def test_a_value_that_could_not_be_put_back_is_not_changed_while_the_bond_runs() -> None:
    facts = running(miimon="100", xmit_hash_policy="of-tomorrow 9")
    with pytest.raises(NeedsOutage, match="xmit_hash_policy can't be changed while bond0 runs"):
        of(facts, options={**OPTIONS, "xmit_hash_policy": "layer3+4"})


def test_an_address_that_runs_besides_stays_where_written_and_wanted_are_alike() -> None:
    facts = host()
    more = replace(facts.links[4], addresses=(*facts.links[4].addresses, address("10.9.9.9/8")))
    facts = replace(facts, links=(*facts.links[:4], more))
    assert in_words(of(facts).forward()) == ["WriteFiles"]


def test_a_slave_is_added_before_it_becomes_the_primary() -> None:
    found = of(answers=THREE, options={**OPTIONS, "primary": "eth2"})
    assert in_words(found.forward()) == [
        "WriteFiles",
        "eth2 down",
        "flush eth2",
        "eth2 -> bond0",
        "eth2 up",
        "bond0 primary=eth2",
    ]
    assert in_words(found.rollback())[:5] == [
        "bond0 primary=eth0",
        "bond0 active_slave=eth0",
        "eth2 down",
        "eth2 -> None",
        "eth2 up",
    ]


def test_the_active_slave_hands_over_before_it_goes() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, slaves=("eth1", "eth2")))
    found = of(answers=answers, options={**OPTIONS, "primary": "eth1"})
    words = in_words(found.forward())
    assert words[words.index("bond0 active_slave=eth1") :] == [
        "bond0 active_slave=eth1",
        "bond0 primary=eth1",
        "eth0 down",
        "eth0 -> None",
    ]
    back = in_words(found.rollback())
    assert back.index("eth0 -> bond0") < back.index("bond0 primary=eth0") < back.index("eth2 down")


def test_a_slave_that_has_not_left_yet_is_not_set_down_by_the_rollback() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, slaves=("eth1", "eth2")))
    back = of(answers=answers, options={**OPTIONS, "primary": "eth1"}).rollback()
    assert SetLink("eth0", up=False, unless_in="bond0") in [step.action for step in back]
    must = [step for step in back if not step.best_effort]
    assert in_words(tuple(must)) == ["RestoreFiles", "RestoreNetwork"]


def test_neither_bridge_nor_guests_are_touched() -> None:
    found = of(answers=THREE)
    words = in_words(found.forward()) + in_words(found.rollback())
    assert not [word for word in words if word.startswith(("xenbr0", "vif"))]


@pytest.mark.parametrize(
    ("facts", "answers", "options", "why"),
    [
        (host(), ANSWERS, {**OPTIONS, "mode": "802.3ad"}, "mode can't be changed while bond0 runs"),
        (host(), ANSWERS, {**OPTIONS, "fail_over_mac": "active"}, "fail_over_mac can't"),
        (host(), ANSWERS, {**OPTIONS, "lp_interval": "2"}, "lp_interval can't"),
        (
            host(up="eth0"),
            replace(ANSWERS, bond=replace(BOND, slaves=("eth1", "eth2"))),
            OPTIONS,
            "none of the slaves that stay has a link",
        ),
        (host(), replace(ANSWERS, bridge=replace(STATIC, mtu=9000)), OPTIONS, "the MTU"),
        (host(), replace(ANSWERS, bridge=replace(STATIC, mac=ETH1_MAC)), OPTIONS, "the MAC"),
        (
            host(),
            replace(ANSWERS, bridge=replace(STATIC, addresses=("192.168.0.9/24",))),
            OPTIONS,
            "another address",
        ),
        (
            host(),
            replace(ANSWERS, bridge=replace(STATIC, gateway="192.168.0.9")),
            OPTIONS,
            "gateway",
        ),
        (
            host(),
            replace(ANSWERS, bridge=replace(STATIC, dns=("192.168.0.9",))),
            OPTIONS,
            "name servers",
        ),
        (
            host(),
            replace(ANSWERS, bridge=replace(STATIC, method="dhcp", addresses=())),
            OPTIONS,
            "another way",
        ),
        (make_facts(), ANSWERS, OPTIONS, "not under xenbr0"),
    ],
)
def test_what_a_running_bond_does_not_take(
    facts: HostFacts, answers: Answers, options: Mapping[str, str], why: str
) -> None:
    with pytest.raises(NeedsOutage, match=why):
        of(facts, answers, options)


def test_a_nic_in_use_is_no_new_slave() -> None:
    facts = host()
    used = replace(facts.links[2], master="br1")
    facts = replace(facts, links=(*facts.links[:2], used, *facts.links[3:]))
    with pytest.raises(NeedsOutage, match="eth2 is in use"):
        of(facts, THREE)
