"""Debian ifupdown: golden trees byte for byte, and what is read back.

Whether ifup itself takes the golden trees is asked in tests/lab/test_ifupdown_judge.py.
"""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, make_facts
from ifupdown_cases import (
    ANSWERS,
    BOND,
    CASES,
    ETH0,
    GOLDEN,
    LO,
    MAIN,
    PRESENT,
    STACK,
    facts_of,
    host,
    planned,
    tree,
)
from proposing import plan_for, told_by

from xenbond_tui.answers import BondAnswers, BridgeAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.rules.findings import Severity

# Files


@pytest.mark.parametrize("case", CASES)
def test_golden_tree(case: str) -> None:
    plan = plan_for(STACK, facts_of(case), CASES[case])
    assert {change.path: change.after for change in plan.changes} == tree(GOLDEN / case / "after")


@pytest.mark.parametrize("case", CASES)
def test_a_golden_case_is_not_refused(case: str) -> None:
    found = told_by(STACK, facts_of(case), CASES[case])
    assert [item for item in found if item.severity is Severity.REFUSE] == []


@pytest.mark.parametrize("case", CASES)
def test_what_was_planned_is_read_back_and_planned_again_changes_nothing(case: str) -> None:
    after = make_facts(files=tree(GOLDEN / case / "after"), present=PRESENT)
    answers = STACK.read(after)
    assert answers is not None
    wanted = CASES[case]
    assert answers.bond == replace(wanted.bond, options=dict(wanted.bond.options))
    assert answers.bridge == wanted.bridge
    assert plan_for(STACK, after, wanted).changed == ()


def test_a_new_file_has_the_loopback_too() -> None:
    plan = plan_for(STACK, make_facts(present=PRESENT), ANSWERS)
    (change,) = plan.changes
    assert (change.path, change.before, change.status) == (MAIN, None, "new")
    assert change.after is not None
    assert change.after.startswith(LO.encode() + b"\nauto eth0\n")


def test_a_file_keeps_its_mode() -> None:
    state = FileState(MAIN, LO.encode(), 0o600)
    (change,) = plan_for(STACK, make_facts(files={MAIN: state}, present=PRESENT), ANSWERS).changes
    assert (change.mode, change.before_mode) == (0o600, 0o600)


def test_another_address_than_the_file_s_replaces_it_in_place() -> None:
    text = LO + "iface eth0 inet static\n  address 10.0.0.5\n  netmask 255.0.0.0\n  metric 5\n"
    after = planned(text)
    assert "iface xenbr0 inet static\n  address 192.168.0.222/24\n  gateway" in after
    assert "  metric 5\n" in after
    assert "10.0.0.5" not in after
    assert "netmask" not in after


def test_a_default_route_by_command_is_not_doubled() -> None:
    text = (
        LO + "iface eth0 inet static\n\taddress 192.168.0.222/24\n"
        "\tup ip route add default via 192.168.0.1 dev eth0\n"
    )
    after = planned(text)
    assert "\tup ip route add default via 192.168.0.1 dev xenbr0\n" in after
    assert "gateway" not in after


def test_a_default_route_of_another_table_is_not_the_host_s_gateway() -> None:
    """Answers to what comes by a second provider leave by it: a rule and a table of its own."""
    text = (
        LO + "iface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
        "iface eth0 inet static\n\taddress 198.51.100.7/24\n"
        "\tup ip route add default via 198.51.100.1 table 200\n"
        "\tup ip rule add from 198.51.100.7 lookup 200\n"
        "\tup ip route add default via 192.168.0.9 dev eth0 table main metric 9\n"
    )
    bridge = replace(ANSWERS.bridge, addresses=(*ANSWERS.bridge.addresses, "198.51.100.7/24"))
    after = planned(text, replace(ANSWERS, bridge=bridge))
    kept = after.partition("iface xenbr0")[2]
    assert "\tup ip route add default via 198.51.100.1 table 200\n" in kept
    assert "\tup ip rule add from 198.51.100.7 lookup 200\n" in kept
    # The main table's other default is the host's gateway, and another one was asked for.
    assert "192.168.0.9" not in after


def test_static_to_dhcp_leaves_no_address_behind() -> None:
    answers = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    after = planned(LO + ETH0, answers)
    assert "iface xenbr0 inet dhcp\n\tbridge_ports bond0\n" in after
    assert "address" not in after
    assert "gateway" not in after


def test_a_bridge_without_address_is_manual() -> None:
    answers = replace(ANSWERS, bridge=BridgeAnswers(method="none", mac=ETH0_MAC))
    after = planned(LO + ETH0, answers)
    assert "iface xenbr0 inet manual\n\tbridge_ports bond0\n" in after
    assert "192.168.0" not in after


def test_the_guests_ports_of_an_existing_bridge_stay() -> None:
    text = LO + "auto xenbr0\niface xenbr0 inet manual\n\tbridge_ports eth0 regex vif.*\n"
    assert "\tbridge_ports bond0 regex vif.*\n" in planned(text)


def test_a_bond_that_is_given_up_a_slave_names_the_others_only() -> None:
    text = LO + "auto bond0\niface bond0 inet manual\n\tbond-slaves eth2 eth0\n\tbond-mode 1\n"
    after = planned(text)
    assert "\tbond-slaves eth0 eth1\n\tbond-mode 1\n\tbond-miimon 100\n" in after


def test_an_option_the_new_answers_do_not_have_is_taken_out() -> None:
    text = LO + "iface bond0 inet manual\n bond-slaves eth0 eth1\n bond-mode 4\n bond-lacp-rate 1\n"
    assert "lacp" not in planned(text)


def test_lists_are_written_as_ifenslave_splits_them() -> None:
    options = {"arp_interval": "200", "arp_ip_target": "192.168.0.1,192.168.0.2"}
    answers = replace(ANSWERS, bond=replace(BOND, miimon=0, options=options))
    assert "\tbond-arp-ip-target 192.168.0.1 192.168.0.2\n" in planned(LO, answers)


def test_a_word_broken_over_two_lines_is_refused_by_file_and_line() -> None:
    text = LO + "iface eth0 inet sta\\\ntic\n address 192.168.0.222/24\n"
    with pytest.raises(XenbondError, match="/etc/network/interfaces:3: a word is broken"):
        plan_for(STACK, host(text), ANSWERS)


# What is read


@pytest.mark.parametrize(
    ("text", "bond_wanted", "bridge_wanted"),
    [
        (
            ETH0
            + "\tmtu 9000\n\tdns-nameservers 192.168.0.1 192.168.0.2\n\tdns-search a.example\n",
            BondAnswers(slaves=("eth0",)),
            BridgeAnswers(
                addresses=("192.168.0.222/24",),
                gateway="192.168.0.1",
                dns=("192.168.0.1", "192.168.0.2"),
                search=("a.example",),
                mtu=9000,
            ),
        ),
        (
            "iface eth1 inet static\n address 10.0.0.1/8\n"
            "iface eth0 inet static\n address 10.0.0.2/8\n gateway 10.0.0.9\n",
            BondAnswers(slaves=("eth0",)),
            BridgeAnswers(addresses=("10.0.0.2/8",), gateway="10.0.0.9"),
        ),
        (
            "iface eth0 inet manual\n"
            "iface br0 inet static\n address 10.0.0.1/8\n bridge_ports eth0\n",
            BondAnswers(slaves=("eth0",)),
            BridgeAnswers(name="br0", addresses=("10.0.0.1/8",)),
        ),
        (
            "iface bond0 inet manual\n bond_slaves eth0 eth1\n bond_mode 4\n bond_lacp_rate 1\n"
            " bond_use_carrier 0\n bond_min_links 2\n"
            "iface br0 inet dhcp\n bridge-ports bond0 tap0\n"
            " bridge_hw 00:50:DA:7A:51:45\n",
            BondAnswers(
                slaves=("eth0", "eth1"),
                mode="802.3ad",
                miimon=100,
                use_carrier=False,
                options={"lacp_rate": "fast"},
            ),
            BridgeAnswers(name="br0", method="dhcp", mac=ETH0_MAC),
        ),
        (
            "iface team inet static\n address 10.0.0.1\n netmask 255.255.0.0\n slaves eth0 eth1\n",
            BondAnswers(name="team", slaves=("eth0", "eth1"), mode="balance-rr", miimon=0),
            BridgeAnswers(addresses=("10.0.0.1/16",)),
        ),
        (
            "iface bond1 inet manual\niface a inet manual\n bond-master bond1\n bond-mode 1\n"
            " bond-miimon 50\n bond-primary a b\niface b inet manual\n bond-master bond1\n",
            BondAnswers(
                name="bond1",
                slaves=("a", "b"),
                mode="active-backup",
                miimon=50,
                options={"primary": "a"},
            ),
            BridgeAnswers(),
        ),
    ],
    ids=["nic", "gateway-nic", "bridge", "bond-under-bridge", "bond", "bond-master"],
)
def test_what_is_configured_is_read(
    text: str, bond_wanted: BondAnswers, bridge_wanted: BridgeAnswers
) -> None:
    answers = STACK.read(host(LO + text))
    assert answers is not None
    assert answers.bond == bond_wanted
    assert answers.bridge == bridge_wanted


def test_nothing_but_lo_is_no_answer() -> None:
    assert STACK.read(host(LO)) is None


def test_sourced_files_are_found_as_ifupdown_finds_them() -> None:
    class Files:
        texts = {
            MAIN: "source /etc/network/more/*\nsource-directory interfaces.d\nsource one two\n",
            "/etc/network/more/a.conf": "source ../deep",
            "/etc/network/interfaces.d/eth0": "",
            "/etc/network/interfaces.d/eth0.bak": "",
        }

        def read(self, path: str) -> FileState | None:
            text = self.texts.get(path)
            return None if text is None else FileState(path, text.encode(), 0o644)

        def exists(self, path: str) -> bool:
            return path in self.texts

        def glob(self, pattern: str) -> tuple[str, ...]:
            start = pattern.removesuffix("*")
            return tuple(path for path in self.texts if path.startswith(start))

    own = tuple(path for path in STACK.paths(Files()) if path.startswith("/etc/network/"))
    assert own == (
        "/etc/network/deep",
        MAIN,
        "/etc/network/interfaces.d/eth0",
        "/etc/network/more/a.conf",
        "/etc/network/one",
        "/etc/network/two",
    )


def test_evidence_is_strong_for_real_links_and_weak_beside_rivals() -> None:
    manager = "/etc/systemd/system/multi-user.target.wants/NetworkManager.service"

    def weight(text: str, *present: str) -> int | None:
        evidence = STACK.owns(host(text, present=present))
        return None if evidence is None else evidence.weight

    strong = weight(LO + ETH0, *PRESENT)
    beside = weight(LO + ETH0, *PRESENT, manager)
    only_lo = weight(LO, *PRESENT)
    assert strong is not None
    assert beside is not None
    assert only_lo is not None
    assert strong > beside > only_lo
    assert weight(LO, *PRESENT, manager) is None
    assert STACK.owns(make_facts(present=PRESENT)) is None


def test_only_options_ifenslave_writes_are_expressible() -> None:
    assert all(
        STACK.dialect.spelling(item) for item in ("mode", "use_carrier", "ad_select", "updelay")
    )
    assert not any(
        STACK.dialect.spelling(item) for item in ("min_links", "resend_igmp", "lacp_active")
    )
