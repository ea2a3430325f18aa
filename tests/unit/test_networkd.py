"""systemd-networkd: golden trees byte for byte, what is read back, how an option is spelt."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    address,
    nic,
)
from networkd_cases import (
    ANSWERS,
    BOND,
    CASES,
    DIRECTORY,
    GOLDEN,
    facts_of,
    host,
    tree,
)
from networkd_plans import DNS, ETH0, NO_DNS, STACK, after, codes, written
from proposing import plan_for, removal_for, told_by

from xenbond_tui.answers import BridgeAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.networkd.bond import DIALECT

RUNS = "/run/systemd/units/invocation:systemd-networkd.service"


@pytest.mark.parametrize("case", CASES)
def test_golden_tree(case: str) -> None:
    before = tree(GOLDEN / case / "before")
    assert after(plan_for(STACK, facts_of(case), CASES[case]), before) == tree(
        GOLDEN / case / "after"
    )


@pytest.mark.parametrize("case", CASES)
def test_a_golden_case_is_not_refused(case: str) -> None:
    found = told_by(STACK, facts_of(case), CASES[case])
    warned = [item.code for item in found if item.severity is not Severity.NOTE]
    # The vendor's file asks a DHCP server, and that host has no lease to see.
    assert warned == (["dhcp-client-changes"] if case == "vendor-file" else [])


@pytest.mark.parametrize("case", CASES)
def test_what_was_planned_is_read_back_and_planned_again_changes_nothing(case: str) -> None:
    facts, wanted = host(tree(GOLDEN / case / "after")), CASES[case]
    answers = STACK.read(facts)
    assert answers is not None
    assert answers.bond == replace(wanted.bond, options=dict(wanted.bond.options))
    assert answers.bridge == wanted.bridge
    assert plan_for(STACK, facts, wanted).changed == ()
    found = told_by(STACK, facts, wanted)
    assert [item for item in found if item.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("case", CASES)
def test_removed_again_the_files_are_those_from_before(case: str) -> None:
    """Where a whole file was moved, every byte; where it was taken apart, every line."""
    now = tree(GOLDEN / case / "after")
    answers = STACK.read(host(now))
    assert answers is not None
    plan = removal_for(STACK, host(now), Removal(answers, "eth0"))
    wanted = GOLDEN / case / ("removed" if (GOLDEN / case / "removed").exists() else "before")
    assert after(plan, now) == tree(wanted)
    assert plan.expected is not None
    assert plan.expected.nic == "eth0"


def test_what_is_removed_is_one_nic_with_the_address() -> None:
    for case in CASES:
        facts = host(tree(GOLDEN / case / "after"))
        answers = STACK.read(facts)
        assert answers is not None
        left = host(
            after(
                removal_for(STACK, facts, Removal(answers, "eth0")), tree(GOLDEN / case / "after")
            )
        )
        again = STACK.read(left)
        assert again is not None, case
        assert again.bridge == replace(answers.bridge, mac="keep", name="xenbr0"), case
        assert again.bond.slaves[:1] == ("eth0",), case


def test_ipv6_by_routers_goes_on_though_a_bridge_does_not_listen_by_itself() -> None:
    heard = [
        nic("eth0", ETH0_MAC, addresses=[ADDRESS, address("2001:db8::5/64", dynamic=True)]),
        nic("eth1", ETH1_MAC),
    ]
    facts = host({"10-eth0.network": ETH0 + DNS}, links=heard)
    assert "IgnoreCarrierLoss=yes\nIPv6AcceptRA=yes\n" in written(
        facts, "05-xenbond-xenbr0.network"
    )
    assert "IPv6AcceptRA" not in written(
        host({"10-eth0.network": ETH0 + DNS}), "05-xenbond-xenbr0.network"
    )


def test_names_of_the_nic_become_the_bridge_s_where_that_is_plain() -> None:
    text = ETH0 + "DNS=192.168.0.1%eth0\n[Route]\nMultiPathRoute=192.168.0.2@eth0 10\n"
    file = written(host({"10-eth0.network": text}), "05-xenbond-xenbr0.network")
    assert "DNS=192.168.0.1%xenbr0\n" in file
    assert "MultiPathRoute=192.168.0.2@xenbr0 10\n" in file
    odd = host({"10-eth0.network": ETH0 + DNS + "BindCarrier=eth0 eth1\n"})
    with pytest.raises(XenbondError, match="`BindCarrier=eth0 eth1` names eth0"):
        plan_for(STACK, odd, ANSWERS)


def test_answers_win_over_what_the_file_says() -> None:
    answers = replace(
        ANSWERS,
        bridge=BridgeAnswers(
            addresses=("192.168.0.223/24",),
            gateway="192.168.0.254",
            dns=("9.9.9.9", "149.112.112.112"),
            search=("example.org",),
            mac=ETH0_MAC,
        ),
    )
    file = written(host({"10-eth0.network": ETH0 + DNS}), "05-xenbond-xenbr0.network", answers)
    assert file.partition("IgnoreCarrierLoss=yes\n")[2] == (
        "DNS=9.9.9.9\nDNS=149.112.112.112\nAddress=192.168.0.223/24\n"
        "Gateway=192.168.0.254\nDomains=example.org\n"
    )
    assert codes(host({"10-eth0.network": ETH0 + DNS}), answers)["address-dropped"] == (
        f"{DIRECTORY}/10-eth0.network:5"
    )


def test_from_an_address_to_a_lease_and_back() -> None:
    leased = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    file = written(host({"10-eth0.network": ETH0}), "05-xenbond-xenbr0.network", leased)
    assert file.endswith("IgnoreCarrierLoss=yes\nDHCP=ipv4\n")
    facts = host({"10-eth0.network": "[Match]\nName=eth0\n[Network]\nDHCP=yes\n"})
    file = written(facts, "05-xenbond-xenbr0.network", NO_DNS)
    assert "DHCP=ipv6\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n" in file


def test_a_bridge_without_address_gets_none_by_itself_either() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS})
    none = replace(ANSWERS, bridge=BridgeAnswers(method="none", mac=ETH0_MAC))
    assert written(facts, "05-xenbond-xenbr0.network", none) == (
        "[Match]\nName=xenbr0\n\n[Network]\nConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\n"
        "LinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    )


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("100ms", "100"),
        ("0.1", "100"),
        ("1", "1000"),
        ("1s 500ms", "1500"),
        ("1min", "60000"),
        ("500us", "0"),
        ("0", "0"),
        ("", ""),
        ("fast", "fast"),
    ],
)
def test_time_spans(text: str, ms: str) -> None:
    assert DIALECT.read("miimon", text) == ms


def test_every_time_has_its_unit() -> None:
    options = {"updelay": "200", "downdelay": "300", "peer_notif_delay": "400"}
    answers = replace(ANSWERS, bond=replace(BOND, options=options))
    file = written(host({"a.network": ETH0 + DNS}, systemd=256), "05-xenbond-bond0.netdev", answers)
    assert file.endswith(
        "Mode=active-backup\nMIIMonitorSec=100ms\nUpDelaySec=200ms\nDownDelaySec=300ms\n"
        "PeerNotifyDelaySec=400ms\n"
    )


def test_what_networkd_has_no_word_for() -> None:
    assert not any(map(STACK.dialect.spelling, ("use_carrier", "lp_interval", "active_slave")))
    assert all(map(STACK.dialect.spelling, ("mode", "miimon", "primary", "arp_ip_target")))


def test_an_option_this_systemd_is_too_old_for_is_refused() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, options={"peer_notif_delay": "200"}))
    assert codes(host({}, systemd=255), answers)["option-needs-newer-systemd"]
    assert "option-needs-newer-systemd" not in codes(host({}, systemd=256), answers)


def test_a_value_networkd_does_not_know_is_refused() -> None:
    options = {"arp_validate": "filter"}
    answers = replace(ANSWERS, bond=replace(BOND, options=options))
    assert codes(host({}), answers)["value-not-expressible"] == "arp_validate"


def test_a_daemon_that_is_not_there_at_boot_or_now_is_refused() -> None:
    assert "networkd-not-enabled" in codes(host({"10-eth0.network": ETH0}, enabled=False))
    assert "systemd-too-old" in codes(host({"10-eth0.network": ETH0}, systemd=241))
    stopped = host({"10-eth0.network": ETH0, "/run/systemd/units": ""})
    assert "networkd-not-running" in codes(stopped)
    running = host({"10-eth0.network": ETH0, "/run/systemd/units": "", RUNS: ""})
    assert "networkd-not-running" not in codes(running)


def test_a_mac_that_is_not_known_is_told() -> None:
    unknown = replace(NO_DNS, bridge=replace(NO_DNS.bridge, mac=""))
    facts = host({"10-eth0.network": ETH0})
    assert codes(facts, unknown)["mac-not-pinned"] == "xenbr0"
    bridge = "[NetDev]\nName=xenbr0\nKind=bridge\n"
    there = host({"10-eth0.network": ETH0, "br.netdev": bridge})
    assert "mac-not-pinned" not in codes(there, unknown)
    assert "MACAddress" not in written(facts, "05-xenbond-xenbr0.netdev", unknown)


def test_no_bond_in_the_files_cannot_be_removed() -> None:
    with pytest.raises(XenbondError, match="makes bond0"):
        removal_for(STACK, host({"10-eth0.network": ETH0}), Removal(ANSWERS, "eth0"))


@pytest.mark.parametrize("slaves", [("eth0 eth1",), ("eth0", "eth1")])
def test_a_bond_in_no_bridge_leaves_its_address_to_the_nic(slaves: tuple[str, ...]) -> None:
    lines = "[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\nDNS=192.168.0.1\n"
    facts = host(
        {
            "bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\n",
            "bond0.network": f"[Match]\nName=bond0\n\n{lines}",
            **{
                f"1{at}-slaves.network": f"[Match]\nName={names}\n\n[Network]\nBond=bond0\n"
                for at, names in enumerate(slaves)
            },
        }
    )
    answers = STACK.read(facts)
    assert answers is not None
    plan = removal_for(STACK, facts, Removal(answers, "eth0"))
    [own] = [it.after for it in plan.changes if it.after and b"Address=192." in it.after]
    assert own.decode().endswith(lines)


def test_the_mac_in_the_file_with_the_address_is_the_bridge_s_from_the_first_plan_on() -> None:
    text = ETH0.replace("\n[Network]", "\n[Link]\nMACAddress=02:00:00:00:00:aa\n\n[Network]")
    found = STACK.read(host({"10-eth0.network": text}))
    assert found is not None
    assert found.bridge.mac == "02:00:00:00:00:aa"
