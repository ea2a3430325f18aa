"""What routers announce to a host of ifupdown2: two lines keep it, and no ifreload takes it off."""

from dataclasses import replace

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    address,
    bond,
    bridge,
    default_route,
    nic,
    virtual,
)
from ifupdown2_cases import (
    AFTER,
    ETH0,
    IDLE,
    LO,
    MAIN,
    STACK,
    codes,
    host,
    written,
)
from ifupdown_cases import ANSWERS, STATIC
from proposing import plan_for, removal_for, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddBridge,
    DelAddress,
    Run,
    SetSysctls,
    WaitForAddress,
    WriteFiles,
)
from xenbond_tui.rules.findings import Severity

ANNOUNCED = address("2001:db8:1:0:250:daff:fe7a:5145/64", dynamic=True)
BOTH = (address("192.168.0.222/24"), ANNOUNCED)
BY_ROUTER = Route("default", "fe80::1", "eth0", 6, 1024, protocol="ra")
HEEDS = "\tpost-up echo 2 > /proc/sys/net/ipv6/conf/xenbr0/accept_ra\n"
KEEPS = f"\taddress-purge no\n{HEEDS}"
RUNNING = (
    nic("eth0", ETH0_MAC, master="bond0"),
    nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
    virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
    virtual("xenbr0", "bridge", ETH0_MAC, addresses=BOTH),
)


def running(text: str) -> HostFacts:
    return replace(
        host(text.removeprefix(LO), *RUNNING),
        bonds=(bond(),),
        bridges=(bridge(),),
        routes=(default_route("xenbr0"),),
    )


@pytest.mark.parametrize("held", [BOTH, BOTH[:1]])
def test_what_routers_announce_is_kept_by_two_lines(held: tuple[Address, ...]) -> None:
    """The address, or the way out alone."""
    facts = host(ETH0, nic("eth0", ETH0_MAC, addresses=held), IDLE[1])
    facts = replace(facts, routes=(*facts.routes, BY_ROUTER))
    text = written(facts)
    assert text == AFTER + KEEPS
    assert codes(facts) == {"ifreload-all": Severity.NOTE, "announced-kept": Severity.NOTE}
    assert written(running(text)) == text


def test_without_it_and_for_a_lease_they_are_not_written() -> None:
    assert "address-purge" not in written(host())
    elsewhere = replace(host(), routes=(default_route(), replace(BY_ROUTER, link="eth1")))
    assert "address-purge" not in written(elsewhere)
    leased = (address("192.168.0.222/24", dynamic=True), ANNOUNCED)
    facts = host(
        "auto eth0\niface eth0 inet dhcp\n", nic("eth0", ETH0_MAC, addresses=leased), IDLE[1]
    )
    answers = replace(ANSWERS, bridge=replace(STATIC, method="dhcp", addresses=(), gateway=None))
    assert "accept_ra" not in written(facts, answers)


def test_the_bridge_heeds_routers_before_it_forwards_and_the_nic_is_not_purged() -> None:
    facts = host(ETH0, nic("eth0", ETH0_MAC, addresses=BOTH), IDLE[1])
    plan = plan_for(STACK, facts, ANSWERS)
    there = [step.action for step in plan.forward]
    heed = SetSysctls({"net/ipv6/conf/default/accept_ra": "2"})
    made = there.index(AddBridge("xenbr0", ETH0_MAC))
    assert there[made - 1] == heed
    assert there.index(WaitForAddress("xenbr0", ANNOUNCED.ip)) > made
    back = [step.action for step in plan.rollback]
    others = Run(("/sbin/ifreload", "-a", "-X", "^eth0$"), 120.0)
    alone = Run(("/sbin/ifup", "--perfmode", "eth0"), 120.0)
    assert back[back.index(others) + 1] == alone
    assert heed not in [step.action for step in plan_for(STACK, host(), ANSWERS).forward]


def test_a_removal_takes_the_two_lines_along_and_keeps_what_was_announced() -> None:
    plan = removal_for(STACK, running(AFTER + KEEPS), Removal(ANSWERS, "eth0"))
    (change,) = (c for c in plan.changes if c.path == MAIN)
    assert change.after is not None
    text = change.after.decode()
    assert "accept_ra" not in text
    assert "address-purge" not in text
    assert "\taddress 192.168.0.222/24\n" in text
    assert in_words(plan.forward)[-1] == "ifup --perfmode eth0"
    assert SetSysctls({"net/ipv6/conf/default/accept_ra": "2"}) in [s.action for s in plan.rollback]


@pytest.mark.parametrize("lines", ["", "\taddress-purge no\n", HEEDS])
def test_a_bridge_written_without_both_lines_is_warned_of(lines: str) -> None:
    facts = running(AFTER + lines)
    (told,) = (item for item in told_by(STACK, facts, ANSWERS) if item.code == "announced-lost")
    assert told.severity is Severity.WARN
    assert ANNOUNCED.ip in told.text
    assert "address-purge no" in told.remedy
    assert HEEDS.strip() in told.remedy
    assert "announced-lost" not in codes(running(AFTER + KEEPS))


def test_an_address_that_is_no_longer_written_is_taken_off_before_ifreload() -> None:
    answers = replace(ANSWERS, bridge=replace(STATIC, addresses=("192.168.0.224/24",)))
    facts = running(AFTER + KEEPS)
    there = [step.action for step in plan_for(STACK, facts, answers).forward]
    gone = [item for item in there if isinstance(item, DelAddress)]
    assert gone == [DelAddress("xenbr0", BOTH[0])]
    assert there.index(WriteFiles()) < there.index(gone[0])
    assert there.index(gone[0]) < there.index(Run(("/sbin/ifreload", "-a"), 120.0))
