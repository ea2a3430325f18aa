"""The change-over by netlink alone: the order of its steps, and what a stack can put where.

That the order loses nothing is proven on a real kernel, in tests/lab.
"""

from dataclasses import replace
from typing import Any

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    address,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from ifupdown_cases import ANSWERS, BOND, STATIC
from steps_in_words import CHANGE_OVER, in_words

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Hop, Route
from xenbond_tui.plan.actions import AddRoute, Run, SetMaster, SetSysctls
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import NeedsOutage, move
from xenbond_tui.stacks.change_over.transition import Transition

ETH1 = nic("eth1", ETH1_MAC)
RELOAD = (Step("Reload", Run(("reload",))),)


def host(*addresses: str, mtu: int = 1500) -> HostFacts:
    """eth0 with these addresses and an idle eth1."""
    eth0 = replace(nic("eth0", ETH0_MAC, addresses=addresses or (ADDRESS,)), mtu=mtu)
    facts = make_facts(links=(eth0, ETH1), routes=(default_route(),))
    return replace(facts, driver=replace(facts.driver, loaded=True))


def dom0() -> HostFacts:
    """eth0 in xenbr0, which has the address."""
    links = (
        nic("eth0", ETH0_MAC, master="xenbr0"),
        ETH1,
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    facts = make_facts(links=links, routes=(default_route("xenbr0"),))
    return replace(facts, bridges=(bridge("xenbr0", ("eth0",)),))


class Reloading(Transition):
    """Of a stack whose daemon takes charge, lets go and takes charge of the NIC by a reload."""

    def hand_over(self) -> tuple[Step, ...]:
        """Of bond and bridge."""
        return RELOAD

    def release(self) -> tuple[Step, ...]:
        """Of both."""
        return RELOAD


def steps(
    facts: HostFacts,
    answers: Answers = ANSWERS,
    kind: type[Transition] = Transition,
) -> Transition:
    return kind(facts, answers, move(facts, answers))


def test_the_bond_is_proven_then_the_address_moves_then_the_stack_takes_charge() -> None:
    assert in_words(steps(host(), kind=Reloading).forward()) == [
        "sysctls 4",
        "announce eth0",
        "WriteFiles",
        *CHANGE_OVER,
    ]


def test_of_several_idle_nics_one_becomes_the_active_slave_before_the_nic_leaves() -> None:
    """Each that becomes it is a failover, which is announced and moves every guest."""
    facts = host()
    facts = replace(facts, links=(*facts.links, nic("eth2", "00:14:22:36:f1:fb")))
    three = replace(ANSWERS, bond=replace(BOND, slaves=("eth0", "eth1", "eth2")))
    back = in_words(steps(facts, three).rollback())
    assert [word for word in back if "active_slave" in word] == ["bond0 active_slave=eth1"]


def test_the_way_back_is_the_mirror_image() -> None:
    assert in_words(steps(host(), kind=Reloading).rollback()) == [
        "reload",
        "sysctls 6",
        "bond0 active_slave=eth1",
        "eth0 -> None",
        "announce xenbr0",
        "eth0 up",
        "wait eth0 carrier",
        "eth0 ? 192.168.0.1",
        "eth0 + 192.168.0.222/24",
        "announce eth0",
        "+ default eth0 None",
        "sysctls 1",
        "flush xenbr0",
        "announce eth0",
        "eth1 down",
        "announce eth0",
        "delete xenbr0",
        "delete bond0",
        "RestoreFiles",
        "eth1 up",
        "RestoreSysctls",
        "RestoreNetwork",
    ]


def test_a_bridge_that_is_there_keeps_its_address_while_its_port_changes() -> None:
    there, back = in_words(steps(dom0()).forward()), in_words(steps(dom0()).rollback())
    assert there[there.index("bond0 ? 192.168.0.1") + 1 :] == [
        f"xenbr0 {ETH0_MAC}",
        "bond0 > xenbr0 beside eth0",
        "xenbr0: bond0 for eth0",
        "eth0 down",
        "eth0 -> bond0",
        "eth0 up",
        "flush bond0",
        "RestoreSysctls",
    ]
    assert back[back.index("eth0 -> None") + 1 :][:5] == [
        "announce xenbr0",
        "eth0 > xenbr0 beside bond0",
        "wait eth0 carrier",
        "eth0 ? 192.168.0.1",
        "xenbr0: eth0 for bond0",
    ]
    assert not {"flush xenbr0", "delete xenbr0"} & {*there, *back}


def test_every_static_address_moves_and_comes_back_and_every_route_with_them() -> None:
    addresses = ("192.168.0.222/24", "192.168.0.223/24", "2001:db8::222/64")
    facts = host(*addresses)
    facts = replace(
        facts,
        routes=(
            *facts.routes,
            Route("10.0.0.0/8", "192.168.0.9", "eth0", metric=5),
            Route("default", "fe80::1", "eth0", 6),
            Route("default", "fe80::2", "eth0", 6, protocol="ra"),
            Route("192.168.0.0/24", None, "eth0", protocol="kernel", scope="link"),
        ),
    )
    answers = replace(ANSWERS, bridge=replace(STATIC, addresses=addresses))
    there = in_words(steps(facts, answers).forward())
    assert [word for word in there if "+" in word] == [
        *(f"xenbr0 + {item}" for item in addresses),
        "+ default xenbr0 None",
        "+ 10.0.0.0/8 xenbr0 5",
        "+ default xenbr0 None",
    ]
    back = in_words(steps(facts, answers).rollback())
    assert [word for word in back if word.startswith("eth0 +")] == [
        f"eth0 + {item}" for item in addresses
    ]


def test_the_address_a_router_announces_is_there_before_the_old_leg_lets_go() -> None:
    made = Address("2001:db8::250:daff:fe7a:5145", 64, 6, dynamic=True)
    by_chance = Address("2001:db8::1234:5678:9abc:def0", 64, 6, dynamic=True)
    facts = host()
    eth0 = replace(facts.links[0], addresses=(*facts.links[0].addresses, made, by_chance))
    facts = replace(facts, links=(eth0, ETH1))
    there, back = in_words(steps(facts).forward()), in_words(steps(facts).rollback())
    assert there.index(f"wait xenbr0 {made.ip}") + 1 == there.index("flush eth0")
    assert back.index(f"wait eth0 {made.ip}") < back.index("flush xenbr0")
    assert not [word for word in there + back if by_chance.ip in word]


@pytest.mark.parametrize("metric", [1024, None])
def test_what_routers_announced_is_the_nics_before_the_bridge_lets_go(metric: int | None) -> None:
    """The NIC asks them within a second; answers that leave by the bridge meanwhile are lost."""
    made = Address("2001:db8::250:daff:fe7a:5145", 64, 6, dynamic=True)
    eth0 = replace(host().links[0], addresses=(*host().links[0].addresses, made))
    out = Route("default", "fe80::1", "eth0", 6, metric, protocol="ra")
    facts = replace(host(), links=(eth0, ETH1), routes=(default_route(), out))
    back = in_words(steps(facts).rollback())
    # A router that speaks in time gives the bridge its own again: these win, by one.
    held = ["+ 2001:db8::/64 eth0 255", "+ default eth0 1023"]
    assert [word for word in back[: back.index("flush xenbr0")] if word in held] == held
    at = back.index("wait eth0 router")
    assert at > back.index("delete bond0")
    assert back[at : at + 3] == [
        "wait eth0 router",
        "- default eth0 1023",
        "- 2001:db8::/64 eth0 255",
    ]


def test_a_router_s_other_route_is_won_over_by_no_more_than_one() -> None:
    """NetworkManager gives what routers announce its own metrics; another NIC may have a worse."""
    made = Address("2001:db8::250:daff:fe7a:5145", 64, 6, dynamic=True)
    eth0 = replace(host().links[0], addresses=(*host().links[0].addresses, made))
    routes = (
        Route("default", "fe80::1", "eth0", 6, 101, protocol="ra"),
        Route("default", "2001:db8::9", "eth0", 6, 20, protocol="static"),
        Route("default", "fe80::1", "eth9", 6, 50, protocol="ra"),
        Route("2001:db8::/64", None, "eth0", 6, 100, protocol="ra"),
    )
    facts = replace(host(), links=(eth0, ETH1), routes=(default_route(), *routes))
    back = in_words(steps(facts).rollback())
    assert {"+ 2001:db8::/64 eth0 99", "+ default eth0 100"} <= {*back}


def test_routes_held_for_a_router_are_left_alone_by_networkd() -> None:
    """It removes what is not the kernel's own from a link that it takes charge of."""
    made = Address("2001:db8::250:daff:fe7a:5145", 64, 6, dynamic=True)
    eth0 = replace(host().links[0], addresses=(*host().links[0].addresses, made))
    out = Route("default", "fe80::1", "eth0", 6, 1024, protocol="ra")
    facts = replace(host(), links=(eth0, ETH1), routes=(default_route(), out))
    held = steps(facts).routers_routes("eth0")
    assert [item.protocol for item in held] == ["kernel", "kernel"]
    assert [item.gateway for item in held] == [None, "fe80::1"]


def test_a_multipath_route_comes_along_once_with_all_its_hops() -> None:
    hops = (Hop("192.168.0.3", "eth0", 3), Hop("192.168.0.4", "eth0"), Hop("10.9.9.9", "eth9"))
    each = [Route("10.0.0.0/8", hop.gateway, hop.link, hops=hops) for hop in hops]
    facts = replace(host(), routes=(*each, default_route()))
    moved = [step.action for step in steps(facts).forward() if isinstance(step.action, AddRoute)]
    (route,) = [action.route for action in moved if action.route.destination == "10.0.0.0/8"]
    assert route.link == "xenbr0"
    assert [hop.link for hop in route.hops] == ["xenbr0", "xenbr0", "eth9"]


def test_a_gateway_that_answers_no_arp_is_not_asked() -> None:
    """IPv4 by an IPv6 neighbour (RFC 8950), another link's gateway, a route without one."""
    routes = (
        Route("default", "fe80::1", "eth0"),
        Route("default", "192.168.9.1", "eth9"),
        Route("default", None, "eth0"),
        Route("default", "2001:db8::1", "eth0", 6),
        default_route(),
    )
    assert steps(replace(host(), routes=routes)).gateways == ("192.168.0.1",)


def test_why_there_is_no_outage_names_every_idle_nic() -> None:
    assert steps(host()).no_outage.why == "eth1 is idle, the bond is built on it first"
    third = nic("eth2", "00:14:22:36:f1:fb")
    answers = replace(ANSWERS, bond=replace(BOND, slaves=("eth0", "eth1", "eth2")))
    three = steps(replace(host(), links=(*host().links, third)), answers)
    assert three.no_outage.why == "eth1 and eth2 are idle, the bond is built on them first"
    # In words, and each NIC once.
    assert "bond0 miimon=100 mode=active-backup" in in_words(three.forward())


def test_a_bond_of_jumbo_frames_and_a_primary_that_is_idle() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, options={"primary": "eth1"}))
    words = in_words(steps(host(mtu=9000), answers).forward())
    assert "bond0 miimon=100 mode=active-backup" in words
    at = words.index("eth1 -> bond0")
    assert words[at + 1 : at + 3] == ["bond0 primary=eth1", "bond0 mtu 9000"]


def test_no_router_is_heard_by_a_bond_that_is_no_port_yet() -> None:
    """What it announced would be the way to its prefix then, and no answer comes in by a port."""
    up = steps(host()).forward()
    words = in_words(up)
    (at,) = [
        number
        for number, step in enumerate(up)
        if step.action == SetSysctls({"net/ipv6/conf/bond0/accept_ra": "0"})
    ]
    assert words.index("bond0 miimon=100 mode=active-backup") < at < words.index("bond0 up")


def test_a_module_that_is_not_loaded_is_loaded_without_a_bond_of_its_own() -> None:
    facts = host()
    facts = replace(facts, driver=replace(facts.driver, loaded=False))
    words = in_words(steps(facts).forward())
    assert words[words.index("WriteFiles") + 1] == "modprobe bonding max_bonds=0"


def test_a_stack_whose_programs_read_the_files_meanwhile_has_them_put_back_first() -> None:
    class Early(Reloading):
        files_first = True

    down = in_words(steps(host(), kind=Early).rollback())
    assert down[:2] == ["RestoreFiles", "reload"]
    assert down.count("RestoreFiles") == 1


@pytest.mark.parametrize("facts", [host(), dom0()])
def test_a_way_back_has_nothing_in_it_that_could_stop_it_half_way(facts: HostFacts) -> None:
    must = [step for step in steps(facts).rollback() if not step.best_effort]
    assert in_words(tuple(must)) == ["RestoreFiles", "RestoreSysctls", "RestoreNetwork"]


@pytest.mark.parametrize("facts", [host(), dom0()])
def test_the_carrying_nic_is_the_last_to_be_enslaved(facts: HostFacts) -> None:
    enslaved = [
        step.action.link
        for step in steps(facts).forward()
        if isinstance(step.action, SetMaster) and step.action.master == "bond0"
    ]
    assert enslaved == ["eth1", "eth0"]


def test_a_leased_address_is_no_static_one() -> None:
    facts = make_facts(
        links=(nic("eth0", ETH0_MAC, addresses=(address(ADDRESS, dynamic=True),)), ETH1)
    )
    with pytest.raises(NeedsOutage, match="leased"):
        move(facts, ANSWERS)


def wanted(**changed: Any) -> Answers:
    return replace(ANSWERS, bridge=replace(STATIC, **changed))


def bonded_as(mode: str, **options: str) -> Answers:
    return replace(ANSWERS, bond=replace(BOND, mode=mode, options=options))


BY_IPV6 = (*host().routes, Route("default", "fe80::1", "eth0", 6))


@pytest.mark.parametrize(
    ("facts", "answers", "why"),
    [
        (host(), bonded_as("802.3ad"), "802.3ad needs all its slaves at once"),
        (host(), bonded_as("active-backup", fail_over_mac="active"), "all its slaves at once"),
        (
            replace(host(), links=(*host().links, virtual("bond0", "bond", ETH0_MAC))),
            ANSWERS,
            "bond0 is there already",
        ),
        (host(), wanted(method="none", addresses=()), "xenbr0 gets no address"),
        (host(), wanted(method="dhcp", addresses=()), "a new lease is asked for"),
        (host(), wanted(addresses=("192.168.0.9/24",)), "xenbr0 gets another address"),
        (dom0(), wanted(addresses=("192.168.0.9/24",)), "xenbr0 gets another address"),
        (host(), wanted(gateway="192.168.0.9"), "the gateway changes"),
        (replace(host(), routes=BY_IPV6), wanted(gateway="fe80::9"), "the gateway changes"),
        (host(), wanted(mtu=9000), "the MTU changes"),
        (host(), wanted(mac=ETH1_MAC), "the MAC of xenbr0 changes"),
        (
            replace(dom0(), bridges=(replace(dom0().bridges[0], stp=True),)),
            ANSWERS,
            "spanning tree, which listens first",
        ),
        (
            replace(host(), links=(replace(host().links[0], carrier=False), ETH1)),
            ANSWERS,
            "eth0 has no link",
        ),
        (
            replace(host(), links=(host().links[0], replace(ETH1, carrier=False))),
            ANSWERS,
            "eth0 is the only one with a link",
        ),
        (
            replace(host(), links=(host().links[0], replace(ETH1, master="br1"))),
            ANSWERS,
            "eth1 is in use",
        ),
        (replace(host(), links=(ETH1,)), ANSWERS, "no single NIC has the address now"),
    ],
)
def test_why_there_is_no_way_without_an_outage(
    facts: HostFacts, answers: Answers, why: str
) -> None:
    with pytest.raises(NeedsOutage, match=why):
        move(facts, answers)


@pytest.mark.parametrize(
    "facts",
    [
        replace(host(), routes=BY_IPV6),
        # A NIC that is switched off may well have a cable.
        replace(host(), links=(host().links[0], replace(ETH1, carrier=False, admin_up=False))),
    ],
)
def test_what_is_no_reason_for_an_outage(facts: HostFacts) -> None:
    found = move(facts, wanted(gateway="fe80::1" if len(facts.routes) > 1 else STATIC.gateway))
    assert (found.carrying, found.idle) == ("eth0", ("eth1",))
