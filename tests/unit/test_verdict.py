"""The verdict on each thing that can be wrong, and on what looks so and is right."""

from dataclasses import replace

import pytest
from bond_states import (
    AT,
    CAPTURES,
    CHURNED,
    DEGRADED,
    DOWN,
    ETH0,
    ETH1,
    GOOD,
    HEALTHY,
    LACP,
    MISCONFIGURED,
    NO_PARTNER,
    PRIMARY,
    SETTLED,
    TWO,
    UNKNOWN,
    WRITTEN_IN,
    captured,
    first,
    in_aggregators,
    lacp_ends,
    lacp_ports,
    min_links,
    of,
    on_cards,
    on_vlans,
    only_carrier_down,
    port,
    unsaid,
    with_guest,
    written,
)
from facts_builder import bridge

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.bond import LacpState
from xenbond_tui.health.model import HealthState, Level, Written
from xenbond_tui.health.verdict import judge
from xenbond_tui.rules.check_bond import check_options

WRONG: list[tuple[str, Level, HealthState]] = [
    ("no-slaves", DOWN, of(replace(TWO, slaves=()))),
    ("bond-down", DOWN, of(replace(TWO, mii_status="down"))),
    ("no-active-slave", DOWN, of(replace(TWO, active_slave=None))),
    ("port-blocked", DOWN, port("blocking")),
    ("port-blocked", DOWN, port("disabled")),
    ("port-not-forwarding", DEGRADED, port("learning")),
    ("no-link-monitoring", MISCONFIGURED, of(replace(TWO, miimon=0))),
    ("same-permanent-mac", MISCONFIGURED, first(permanent_mac=ETH1.permanent_mac)),
    ("not-in-bridge", MISCONFIGURED, HealthState(TWO, None, written=WRITTEN_IN)),
    ("slow-link-monitoring", DEGRADED, of(replace(TWO, miimon=100_000))),
    ("long-delay", DEGRADED, of(replace(TWO, downdelay=200_000))),
    ("long-delay", DEGRADED, of(replace(TWO, updelay=200_000))),
    ("long-delay", DEGRADED, of(replace(TWO, miimon=0, arp_interval=100_000))),
    *(
        ("mode-under-bridge", MISCONFIGURED, with_guest(mode))
        for mode in ("balance-rr", "balance-tlb", "balance-alb", "broadcast")
    ),
    ("arp-under-bridge", MISCONFIGURED, with_guest("active-backup", arp_validate="none 0")),
    ("no-active-aggregator", DOWN, of(replace(LACP, lacp=LacpState("fast", 0)))),
    ("no-active-aggregator", DOWN, of(in_aggregators(0, 0))),
    ("aggregator-split", DEGRADED, of(in_aggregators(1, 0))),
    ("one-cable", DEGRADED, of(on_vlans("eth0", "eth0"))),
    ("bridge-without-address", MISCONFIGURED, HealthState(TWO, bridge(addresses=()))),
    ("address-below-bridge", MISCONFIGURED, replace(GOOD, routes=(("eth1", "0000A8C0"),))),
    ("address-below-bridge", MISCONFIGURED, replace(GOOD, routes=(("bond0", "default"),))),
    ("slave-down", DEGRADED, first(mii_status="down")),
    ("slave-going-down", DEGRADED, first(mii_status="going down")),
    ("slave-going-back", DEGRADED, first(mii_status="going back")),
    ("slave-unknown", UNKNOWN, first(mii_status="unknown")),
    ("bond-unread", UNKNOWN, of(replace(TWO, slaves=(), unread=("slaves",)))),
    ("bond-unread", UNKNOWN, of(replace(TWO, active_slave=None, unread=("active_slave",)))),
    ("one-slave", DEGRADED, of(replace(TWO, slaves=(ETH0,)))),
    ("speeds-differ", DEGRADED, first(speed=100)),
    ("duplex-differs", DEGRADED, first(duplex="half")),
    (
        "no-lacp-partner",
        DEGRADED,
        of(replace(LACP, lacp=LacpState("slow", 1, 1, 9, 1, NO_PARTNER))),
    ),
    (
        "aggregator-split",
        DEGRADED,
        of(replace(LACP, slaves=(LACP.slaves[0], replace(LACP.slaves[1], aggregator_id=2)))),
    ),
    ("aggregator-split", DEGRADED, of(replace(LACP, lacp=replace(LACP.lacp, ports=1)))),
    (
        "lacp-churned",
        UNKNOWN,
        of(replace(LACP, slaves=(replace(LACP.slaves[0], partner_churn="churned"), ETH1))),
    ),
    ("lacp-churned", DEGRADED, of(lacp_ports(partner_churn="churned", partner_port_state=7))),
    ("lacp-carries-nothing", DOWN, of(lacp_ends((5, 5), (5, 5)))),
    ("lacp-carries-nothing", DOWN, of(lacp_ends((61, 13), (61, 5)))),
    ("lacp-carries-nothing", DOWN, of(replace(LACP, lacp=replace(LACP.lacp, ports=0)))),
    ("lacp-carries-nothing", DOWN, of(replace(LACP, lacp=replace(LACP.lacp, aggregator_id=7)))),
    ("lacp-carries-nothing", DOWN, of(only_carrier_down(NO_PARTNER))),
    (
        "aggregator-split",
        DEGRADED,
        of(lacp_ports(partner_mac="00:1b:21:00:00:01", other_mac="00:1b:21:00:00:02")),
    ),
    ("lacp-not-in-sync", DEGRADED, of(lacp_ports(actor_port_state=63, partner_port_state=7))),
    ("too-few-links", DOWN, of(min_links(2, replace(ETH0, mii_status="down"), ETH1))),
    ("too-few-links", DOWN, of(replace(min_links(2, ETH0, ETH1), lacp=LacpState(ports=1)))),
    ("min-links-too-many", MISCONFIGURED, of(replace(min_links(3, ETH0, ETH1), mii_status="up"))),
    ("min-links-reached", DEGRADED, of(replace(min_links(2, ETH0, ETH1), mii_status="up"))),
    ("link-flaps", DEGRADED, replace(GOOD, recent_failures={"eth1": 3})),
    ("one-cable", DEGRADED, of(on_cards("0000:03:00.0", "0000:03:10.1", physfn="0000:03:00.0"))),
    ("option-differs", MISCONFIGURED, replace(GOOD, written=written(miimon="200"))),
    ("option-differs", MISCONFIGURED, replace(GOOD, written=written(mode="802.3ad"))),
    ("option-differs", MISCONFIGURED, replace(GOOD, written=unsaid(miimon="0"))),
    ("option-differs", MISCONFIGURED, replace(GOOD, written=unsaid(mode="balance-rr"))),
    (
        "not-in-bridge",
        MISCONFIGURED,
        replace(
            replace(GOOD, bond=replace(TWO, master="xenbr0")),
            written=Written("ifupdown", unjoined={"xenbr0": "/etc/network/interfaces:9"}),
        ),
    ),
    ("not-at-boot", MISCONFIGURED, replace(GOOD, written=Written("x", stays_down={"bond0": AT}))),
    (
        "address-below-bridge",
        MISCONFIGURED,
        replace(GOOD, written=Written("x", addressed={"eth1": AT})),
    ),
    ("slave-absent", MISCONFIGURED, replace(GOOD, written=written("eth0", "eth1", "eth2"))),
    ("slave-not-configured", MISCONFIGURED, replace(GOOD, written=written("eth0"))),
    ("bond-down", DOWN, replace(GOOD, set_down=True)),
    ("mtu-differs", MISCONFIGURED, replace(GOOD, mtu={"eth0": 1500, "eth1": 1400, "bond0": 1500})),
    ("mtu-differs", MISCONFIGURED, replace(GOOD, mtu={"bond0": 1500, "xenbr0": 9000})),
    ("primary-missing", DEGRADED, of(replace(TWO, primary="eth2"))),
    ("primary-not-active", DEGRADED, of(PRIMARY)),
]


@pytest.mark.parametrize(
    ("code", "level", "state"), WRONG, ids=[f"{i}-{case[0]}" for i, case in enumerate(WRONG)]
)
def test_what_can_be_wrong(code: str, level: Level, state: HealthState) -> None:
    verdict = judge(state)
    assert verdict.level is level
    reason = next(reason for reason in verdict.reasons if reason.code == code)
    assert reason.level is level
    assert reason.text.endswith(".")
    assert reason.advice.endswith(".")
    assert reason.evidence
    words = " ".join(f"{it.text} {it.advice} {it.evidence}" for it in verdict.reasons)
    # The kernel's own word where a bond has no active slave.
    assert "None" not in words.replace("Currently Active Slave None", "")


RIGHT: list[tuple[str, HealthState]] = [
    ("what is not said is so by itself", replace(GOOD, written=unsaid(mode="active-backup"))),
    ("a pair", GOOD),
    (
        "larger below",
        replace(GOOD, mtu={"eth0": 9000, "eth1": 1500, "bond0": 1500, "xenbr0": 1500}),
    ),
    ("LACP with a partner", of(LACP)),
    ("speeds nobody knows", first(speed=None, duplex=None)),
    ("MACs nobody knows", first(permanent_mac=None)),
    ("ARP monitoring", of(replace(TWO, miimon=0, arp_interval=1000))),
    ("a bond whose bridge nobody knows", HealthState(TWO, None, master_known=False)),
    ("addresses nobody knows", HealthState(TWO, bridge(addresses=()), addresses_known=False)),
    (
        "a bridge for guests alone",
        HealthState(TWO, bridge(addresses=()), routes=(("eth9", "default"),)),
    ),
    ("files that say the same", replace(GOOD, written=written("eth0", "eth1", miimon="100"))),
    ("one pulled cable, put back", replace(GOOD, recent_failures={"eth1": 1})),
    ("two cards", of(on_cards("0000:03:00.0", "0000:04:00.0"))),
    ("min_links that leaves one to spare", of(replace(min_links(1, ETH0, ETH1), mii_status="up"))),
    ("routes over the bridge", replace(GOOD, routes=(("xenbr0", "default"),))),
    ("a primary that waits for a failure", of(replace(PRIMARY, primary_reselect="failure"))),
    ("a bond that is meant to have no bridge", HealthState(TWO, None)),
    ("files that have no bridge", HealthState(TWO, None, written=written("eth0", "eth1"))),
    ("a mode of any kind without a bridge", HealthState(replace(TWO, mode="balance-rr"), None)),
    ("an updelay that outlasts STP", of(replace(TWO, updelay=50_000))),
    ("churn that is history", of(lacp_ports(**CHURNED, **SETTLED))),
    ("LACP that an ordinary user sees", of(replace(LACP, lacp=LacpState("slow")))),
]


@pytest.mark.parametrize(("name", "state"), RIGHT, ids=[name for name, _ in RIGHT])
def test_what_is_right(name: str, state: HealthState) -> None:
    assert judge(state).reasons == ()
    assert judge(state).level is HEALTHY


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        (GOOD, "2 of 2 slaves up, eth0 active. Any one of them may fail."),
        (of(LACP), "2 of 2 slaves up. Any one of them may fail."),
        (
            first(mii_status="down"),
            "1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off.",
        ),
        (
            of(replace(TWO, slaves=(ETH0,))),
            "1 of 1 slaves up. If eth0 fails, xenbr0 is cut off.",
        ),
        (
            captured(CAPTURES / "cables/proc_net_bonding_plain_e1000_uc1_4_both_down.txt"),
            "0 of 2 slaves up: xenbr0 is cut off.",
        ),
        (
            HealthState(TWO, None, written=WRITTEN_IN),
            "2 of 2 slaves up. bond0 is not a port of xenbr0, although "
            "/etc/network/interfaces:14 says so.",
        ),
        (
            of(replace(TWO, miimon=0)),
            "Without miimon nobody looks at the links: a pulled cable stays unnoticed and the bond "
            "does not fail over.",
        ),
    ],
    ids=range(7),
)
def test_the_headline_says_redundant_or_not(state: HealthState, headline: str) -> None:
    assert judge(state).headline == headline


def test_ports_of_one_card_are_told_and_stay_healthy() -> None:
    verdict = judge(of(on_cards("0000:03:00.0", "0000:03:00.1")))
    assert verdict.level is HEALTHY
    assert [reason.code for reason in verdict.reasons] == ["one-card"]


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        (first(speed=100), "Speed of eth0 100, eth1 1000"),
        (first(duplex="half"), "Duplex of eth0 half, eth1 full"),
        (first(mii_status="down"), "Slave Interface eth0, MII Status down"),
        (of(replace(TWO, slaves=(ETH0,))), "one Slave Interface"),
        (first(permanent_mac=ETH1.permanent_mac), f"Permanent HW addr {ETH1.permanent_mac} twice"),
    ],
)
def test_what_is_wrong_with_slaves_is_said_to_be_seen_in_proc(
    state: HealthState, seen: str
) -> None:
    (reason,) = judge(state).reasons
    assert reason.evidence == f"/proc/net/bonding/bond0: {seen}"


@pytest.mark.parametrize(("link", "slave"), [("eth1", "eth1"), ("bond0", None), ("xenbr0", None)])
def test_what_a_boot_leaves_down_is_told_of_the_slave(link: str, slave: str | None) -> None:
    (reason,) = judge(replace(GOOD, written=Written("x", stays_down={link: AT}))).reasons
    assert (reason.slave, reason.evidence) == (slave, AT)


def test_a_difference_from_the_files_names_the_line() -> None:
    (reason,) = judge(replace(GOOD, written=written(miimon="200"))).reasons
    assert reason.text == "bond0 runs with miimon 100; /etc/network/interfaces:7 says 200."


def test_the_worst_reason_comes_first() -> None:
    state = of(replace(TWO, miimon=0, slaves=(replace(ETH0, mii_status="down"), ETH1)))
    assert [reason.code for reason in judge(state).reasons] == ["no-link-monitoring", "slave-down"]


def test_reasons_are_told_by_level_whichever_was_found_first() -> None:
    """The port that does not forward is looked at before the files are."""
    verdict = judge(replace(port("learning"), written=written(miimon="200")))
    assert [(reason.code, reason.level) for reason in verdict.reasons] == [
        ("option-differs", MISCONFIGURED),
        ("port-not-forwarding", DEGRADED),
    ]
    assert verdict.level is MISCONFIGURED


@pytest.mark.parametrize(
    ("ends", "level"),
    [
        ({}, UNKNOWN),
        ({"actor_port_state": 61}, UNKNOWN),
        ({"actor_port_state": 7}, DEGRADED),
        ({"actor_port_state": 7, "partner_port_state": 63}, DEGRADED),
    ],
)
def test_churn_is_a_fault_of_a_port_that_is_seen_not_to_carry(
    ends: dict[str, int], level: Level
) -> None:
    reasons = judge(of(lacp_ports(**CHURNED, **ends))).reasons
    assert [it.level for it in reasons if it.code == "lacp-churned"] == [level]


def test_one_slave_alone_without_a_partner_carries() -> None:
    """The kernel enables the ports of an aggregator without partner, whatever their state."""
    alone = replace(LACP, lacp=replace(LACP.lacp, ports=1, partner_mac=NO_PARTNER))
    ends = {"actor_port_state": 199, "partner_port_state": 2}
    slaves = tuple(replace(slave, **ends) for slave in alone.slaves)  # type: ignore[arg-type]
    verdict = judge(of(replace(alone, slaves=(slaves[0], replace(slaves[1], aggregator_id=2)))))
    assert [reason.code for reason in verdict.reasons] == ["no-lacp-partner"]
    # An ordinary user is not told the partner, but DEFAULTED of the port's state.
    told = replace(alone, lacp=LacpState("slow", 1, 1), slaves=slaves)
    assert [reason.code for reason in judge(of(told)).reasons] == ["no-lacp-partner"]


def test_what_is_seen_to_be_wrong_goes_before_what_is_not_known() -> None:
    state = first(mii_status="unknown")
    assert judge(state).headline.startswith("Whether bond0 is redundant can't be told.")
    wrong = judge(replace(state, bond=replace(state.bond, miimon=5000)))
    assert wrong.level is DEGRADED
    assert [item.code for item in wrong.reasons] == ["slow-link-monitoring", "slave-unknown"]
    assert wrong.headline.startswith("1 of 2 slaves up, 1 not known.")


@pytest.mark.parametrize(("other", "codes"), [(1, []), (2, ["lacp-churned"])])
def test_churn_as_an_ordinary_user_sees_it(other: int, codes: list[str]) -> None:
    """The kernel names the active aggregator to root alone."""
    state = in_aggregators(1, other).slaves
    slaves = (replace(state[0], **CHURNED, **SETTLED), state[1])
    found = judge(of(replace(LACP, lacp=None, slaves=slaves))).reasons
    assert [item.code for item in found if item.code == "lacp-churned"] == codes


def test_a_bridge_that_is_reached_by_a_vlan_counts() -> None:
    by_vlan = bridge(ports=("bond0.10", "vif1.0"))
    state = HealthState(TWO, vlan_bridges=(by_vlan,), written=WRITTEN_IN)
    assert judge(state).level is HEALTHY
    alb = replace(state, bond=replace(TWO, mode="balance-alb"))
    assert [reason.code for reason in judge(alb).reasons] == ["mode-under-bridge"]
    assert judge(alb).level is MISCONFIGURED


@pytest.mark.parametrize(
    ("announced", "codes"), [(False, ["not-announced"]), (True, []), (None, [])]
)
def test_a_primary_whose_return_nobody_announces(announced: bool | None, codes: list[str]) -> None:
    state = replace(of(replace(TWO, primary="eth0")), announced=announced)
    verdict = judge(state)
    assert [reason.code for reason in verdict.reasons] == codes
    assert verdict.level is HEALTHY


def test_vlans_of_one_nic_are_one_cable_and_no_wrong_mac() -> None:
    named = tuple(replace(ETH0, name=name) for name in ("eth0.1", "eth0.2"))
    by_name = replace(TWO, active_slave="eth0.1", slaves=named)
    for state in (on_vlans("eth0", "eth0"), by_name):
        assert [reason.code for reason in judge(of(state)).reasons] == ["one-cable"]
    codes = [reason.code for reason in judge(of(on_vlans("eth0", "eth1"))).reasons]
    assert codes == ["same-permanent-mac"]


def test_what_the_planner_says_health_says_in_the_same_words() -> None:
    bad = replace(TWO, miimon=0)
    (finding,) = check_options(BondAnswers(slaves=("eth0", "eth1"), miimon=0))
    (reason,) = judge(of(bad)).reasons
    assert (reason.code, reason.text, reason.advice) == (
        finding.code,
        finding.text,
        finding.remedy,
    )


def test_a_mode_that_no_guest_meets_is_only_told() -> None:
    verdict = judge(of(replace(TWO, mode="balance-alb")))
    assert verdict.level is HEALTHY
    assert [reason.code for reason in verdict.reasons] == ["mode-under-bridge"]


@pytest.mark.parametrize(
    ("churn", "codes"),
    [("churned", ["lacp-churned"]), ("monitoring", ["lacp-not-in-sync"])],
)
def test_who_gave_up_is_not_waited_for(churn: str, codes: list[str]) -> None:
    """ "Wait a few seconds" is for a port that still may get in sync."""
    ends = {"actor_port_state": 7, "partner_port_state": 7}
    state = of(lacp_ports(actor_churn=churn, partner_churn=churn, **ends))
    told = [it for it in judge(state).reasons if it.slave == "eth0"]
    assert [it.code for it in told] == codes
    assert any("Wait" in it.advice for it in told) is (churn == "monitoring")
