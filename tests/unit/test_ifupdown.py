"""Debian ifupdown: golden trees byte for byte, what is read back, every check, the steps.

Whether ifup itself takes the golden trees is asked in tests/lab/test_ifupdown_judge.py.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, bond, bridge, make_facts, nic, virtual
from ifupdown_cases import ANSWERS, BOND, CASES, GOLDEN, PRESENT, STATIC, facts_of, tree

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.files import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan import (
    DeleteLink,
    Plan,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetLink,
    SetMaster,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.ifupdown import Ifupdown

STACK = Ifupdown()
MAIN = "/etc/network/interfaces"
LO = "auto lo\niface lo inet loopback\n"
ETH0 = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"


def host(
    text: str, others: Mapping[str, str] | None = None, *, present: tuple[str, ...] = PRESENT
) -> HostFacts:
    return make_facts(files={MAIN: text, **(others or {})}, present=present)


def planned(text: str, answers: Answers = ANSWERS) -> str:
    """The main file afterwards."""
    changes = STACK.plan(host(text), answers).changes
    after = next(change.after for change in changes if change.path == MAIN)
    assert after is not None
    return after.decode()


def codes(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    """Code → where, of everything check() finds but how long the change takes."""
    found = STACK.check(facts, answers)
    return {item.code: item.where for item in found if item.code != "gap"}


# Files


@pytest.mark.parametrize("case", CASES)
def test_golden_tree(case: str) -> None:
    plan = STACK.plan(facts_of(case), CASES[case])
    assert {change.path: change.after for change in plan.changes} == tree(GOLDEN / case / "after")


@pytest.mark.parametrize("case", CASES)
def test_a_golden_case_is_not_refused(case: str) -> None:
    found = STACK.check(facts_of(case), CASES[case])
    assert [item for item in found if item.severity is Severity.REFUSE] == []


@pytest.mark.parametrize("case", CASES)
def test_what_was_planned_is_read_back_and_planned_again_changes_nothing(case: str) -> None:
    after = make_facts(files=tree(GOLDEN / case / "after"), present=PRESENT)
    answers = STACK.read(after)
    assert answers is not None
    wanted = CASES[case]
    assert answers.bond == replace(wanted.bond, options=dict(wanted.bond.options))
    assert answers.bridge == wanted.bridge
    assert STACK.plan(after, wanted).changed == ()


def test_a_new_file_has_the_loopback_too() -> None:
    plan = STACK.plan(make_facts(present=PRESENT), ANSWERS)
    (change,) = plan.changes
    assert (change.path, change.before, change.status) == (MAIN, None, "new")
    assert change.after is not None
    assert change.after.startswith(LO.encode() + b"\nauto eth0\n")


def test_a_file_keeps_its_mode() -> None:
    state = FileState(MAIN, LO.encode(), 0o600)
    (change,) = STACK.plan(make_facts(files={MAIN: state}, present=PRESENT), ANSWERS).changes
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
        STACK.plan(host(text), ANSWERS)


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
            "iface eth0 inet dhcp\n gateway 10.0.0.9\n",
            BondAnswers(slaves=("eth0",)),
            BridgeAnswers(method="dhcp", gateway="10.0.0.9"),
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
    assert all(STACK.spelling(item) for item in ("mode", "use_carrier", "ad_select", "updelay"))
    assert not any(STACK.spelling(item) for item in ("min_links", "resend_igmp", "lacp_active"))


# Checks

BOND0 = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("\taddress 1.2.3.4\n", "misplaced-option", 1),
        ("source $HOME/x\n", "source-not-followed", 1),
        ("iface eth0 inet\n", "iface-incomplete", 1),
        ("mapping eth*\n\tscript /x\n", "slave-configured-indirectly", 1),
        ("rename enp1s0=eth0\n", "slave-configured-indirectly", 1),
        ("auto /eth*=wan\niface wan inet dhcp\n", "slave-configured-indirectly", 1),
        (
            "iface t inet manual\niface eth0 inet static inherits t\n",
            "slave-configured-indirectly",
            2,
        ),
        ("iface eth2 inet manual inherits eth1\n", "slave-configured-indirectly", 1),
        ("iface eth0 inet manual\n\tbond-master bond7\n", "slave-of-another-bond", 1),
        ("iface bond7 inet manual\n\tbond-slaves eth1\n", "slave-of-another-bond", 1),
        ("iface br7 inet manual\n\tbridge_ports eth1\n", "slave-in-another-bridge", 2),
        (BOND0 + "iface br7 inet manual\n\tbridge_ports bond0\n", "bond-in-another-bridge", 5),
        ("iface eth0.10 inet static\n\taddress 10.0.0.1/8\n", "vlan-on-slave", 1),
        ("iface vlan10 inet manual\n\tvlan-raw-device eth1\n", "vlan-on-slave", 1),
        ("iface eth0:1 inet static\n\taddress 10.0.0.1/8\n", "alias-on-slave", 1),
        ("iface eth0 inet ppp\n\tprovider x\n", "method-not-movable", 1),
        ("no-scripts bond*\n", "no-scripts", 1),
        ("iface xenbr0 inet manual\n\tbridge_ports regex eth.*\n", "bridge-ports-pattern", 2),
        ("iface xenbr0 inet manual\n\tpre-up brctl addbr xenbr0\n", "bridge-made-otherwise", 2),
        (
            "iface eth0 inet dhcp\n\tup iptables -A INPUT -i eth0 -j DROP\n",
            "command-not-movable",
            2,
        ),
        ("iface eth0 inet dhcp\n\tup ifconfig $IFACE:1 10.0.0.1\n", "command-not-movable", 2),
        ("iface eth0 inet dhcp\n\tup ip route add x; ethtool eth0\n", "command-not-movable", 2),
        ("iface eth0 inet dhcp\n\tup sysctl net.ipv4.conf.eth0.x=1\n", "command-not-movable", 2),
    ],
)
def test_what_can_not_be_kept_is_refused_with_file_and_line(
    text: str, code: str, line: int
) -> None:
    found = [item for item in STACK.check(host(text), ANSWERS) if item.code == code]
    assert {(item.severity, item.where) for item in found} == {(Severity.REFUSE, f"{MAIN}:{line}")}
    assert all(item.remedy for item in found)


@pytest.mark.parametrize(
    "command",
    [
        "ip route add 10.0.0.0/8 via 192.168.0.2 dev eth0 || true",
        "ip -6 addr add 2001:db8::5/64 dev $IFACE",
        "route add -net 10.0.0.0/8 gw 192.168.0.2 eth0;",
        "iptables-restore < /etc/iptables.rules",
    ],
)
def test_commands_of_the_address_move_to_the_bridge(command: str) -> None:
    text = f"iface eth0 inet static\n\taddress 192.168.0.222/24\n\tup {command}\n"
    assert "command-not-movable" not in codes(host(text))
    nic_part, _, bridge_part = planned(text).partition("iface xenbr0")
    assert command.split()[0] not in nic_part
    assert f"\tup {command.replace('eth0', 'xenbr0')}\n" in bridge_part


@pytest.mark.parametrize(
    "option",
    ["up ethtool -K eth0 gro off", "up ip link set $IFACE txqueuelen 5000", "link-speed 100"],
)
def test_what_is_the_nic_s_own_stays_with_it(option: str) -> None:
    text = f"iface eth0 inet static\n\taddress 192.168.0.222/24\n\t{option}\n"
    nic_part, _, bridge_part = planned(text).partition("auto eth1")
    assert nic_part == f"iface eth0 inet manual\n\t{option}\n\n"
    assert option not in bridge_part


def test_a_slave_in_two_files_is_refused() -> None:
    other = {"/etc/network/interfaces.d/eth0": ETH0}
    facts = host("source interfaces.d/*\niface eth0 inet dhcp\n", other)
    found = next(i for i in STACK.check(facts, ANSWERS) if i.code == "slave-in-two-files")
    assert "/etc/network/interfaces.d/eth0:2 and in /etc/network/interfaces:2" in found.text


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("/sbin/ifup", "ifup-missing"),
        ("/etc/network/if-pre-up.d/ifenslave", "ifenslave-missing"),
        ("/etc/network/if-pre-up.d/bridge", "bridge-utils-missing"),
        ("/sbin/brctl", "bridge-utils-missing"),
    ],
)
def test_a_missing_package_is_refused_with_its_name(missing: str, code: str) -> None:
    present = tuple(path for path in PRESENT if path != missing)
    found = [item for item in STACK.check(host(LO, present=present), ANSWERS) if item.code != "gap"]
    assert [(item.code, item.severity) for item in found] == [(code, Severity.REFUSE)]
    assert "apt-get install" in found[0].remedy


def test_ifupdown2_in_ifupdown_s_place_is_another_stack() -> None:
    facts = host(LO + ETH0, present=(*PRESENT, "/usr/share/ifupdown2"))
    assert STACK.owns(facts) is None
    assert "ifupdown2" in list(codes(facts))


def test_files_that_can_not_be_read_are_refused_by_name() -> None:
    latin = make_facts(files={MAIN: b"# caf\xe9\n"}, present=PRESENT)
    directory = make_facts(unreadable={MAIN: "is a directory"}, present=PRESENT)
    dangling = make_facts(
        files={MAIN: "source interfaces.d/*\n"},
        unreadable={
            "/etc/network/interfaces.d/x": "is a symbolic link to /y, which does not exist"
        },
        present=PRESENT,
    )
    for facts, where in (
        (latin, MAIN),
        (directory, MAIN),
        (dangling, "/etc/network/interfaces.d/x"),
    ):
        assert codes(facts) == {"file-unreadable": where}
        assert STACK.read(facts) is None
        with pytest.raises(XenbondError, match=where):
            STACK.plan(facts, ANSWERS)


def test_a_directory_that_a_source_line_matches_is_left_out_as_ifup_does() -> None:
    facts = make_facts(
        files={MAIN: "source interfaces.d/*\n"},
        unreadable={"/etc/network/interfaces.d/old": "is a directory"},
        present=PRESENT,
    )
    assert codes(facts) == {}


def test_an_address_nobody_asked_for_is_warned_of() -> None:
    text = ETH0 + "iface eth1 inet static\n\taddress 10.0.0.1/8\n"
    assert codes(host(text)) == {"address-dropped": f"{MAIN}:5"}


# Steps in the order of ifdown and ifup; test_ifupdown_hitless.py has the other


def unplugged(text: str, *, present: tuple[str, ...] = PRESENT) -> HostFacts:
    """A host whose second NIC has no link, so that nothing can stand in for the first."""
    links = (
        nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",)),
        nic("eth1", ETH1_MAC, carrier=False),
    )
    return replace(host(text, present=present), links=links)


def words(plan: Plan, way: str) -> list[str]:
    """Each step in a few words."""
    said = []
    for step in getattr(plan, way):
        match step.action:
            case Run(argv):
                said.append(" ".join(argv))
            case WaitFor(link, state):
                said.append(f"wait {link} {state}")
            case SetMaster(link, master):
                said.append(f"{link} -> {master}")
            case SetLink(link):
                said.append(f"up {link}")
            case DeleteLink(link):
                said.append(f"delete {link}")
            case WriteFiles() | RestoreFiles() | RestoreNetwork():
                said.append(type(step.action).__name__)
            case action:
                said.append(f"flush {action.link}")
    return said


def test_the_way_up_takes_the_nic_down_by_its_old_file() -> None:
    plan = STACK.plan(unplugged(LO + ETH0), ANSWERS)
    assert words(plan, "up") == [
        "/sbin/ifdown --force eth0",
        "flush eth0",
        "flush eth1",
        "WriteFiles",
        "/sbin/ifup --force eth0",
        "/sbin/ifup --force eth1",
        "/sbin/ifup --force bond0",
        "wait bond0 carrier",
        "/sbin/ifup --force xenbr0",
        "flush bond0",
        "wait bond0 forwarding",
    ]


def test_the_way_back_takes_ours_down_before_the_files_go() -> None:
    plan = STACK.plan(unplugged(LO + ETH0), ANSWERS)
    assert words(plan, "down") == [
        "/sbin/ifdown --force xenbr0",
        "/sbin/ifdown --force bond0",
        "/sbin/ifdown --force eth0",
        "/sbin/ifdown --force eth1",
        "delete xenbr0",
        "delete bond0",
        "flush eth0",
        "flush eth1",
        "RestoreFiles",
        "/sbin/ifup --force eth0",
        "up eth0",
        "up eth1",
        "RestoreNetwork",
    ]
    assert all(step.may_fail for step in plan.down if isinstance(step.action, Run))


def test_guests_on_an_existing_bridge_are_put_back_both_ways() -> None:
    text = (
        LO
        + "auto xenbr0\niface xenbr0 inet static\n address 192.168.0.222/24\n bridge_ports eth0\n"
    )
    facts = make_facts(
        files={MAIN: text},
        present=PRESENT,
        bridges=(bridge("xenbr0", ("eth0", "vif1.0")),),
        links=(
            nic("eth0", ETH0_MAC, master="xenbr0"),
            nic("eth1", ETH1_MAC),
            virtual("xenbr0", "bridge", ETH0_MAC),
        ),
    )
    plan = STACK.plan(facts, ANSWERS)
    up, down = words(plan, "up"), words(plan, "down")
    assert up[:2] == ["/sbin/ifdown --force xenbr0", "delete xenbr0"]
    at = up.index("/sbin/ifup --force xenbr0")
    assert up[at + 1 :] == ["flush bond0", "vif1.0 -> xenbr0", "up vif1.0", "wait bond0 forwarding"]
    assert down[down.index("RestoreFiles") :] == [
        "RestoreFiles",
        "/sbin/ifup --force xenbr0",
        "up eth0",
        "up eth1",
        "vif1.0 -> xenbr0",
        "up vif1.0",
        "RestoreNetwork",
    ]


def test_a_bond_whose_slaves_name_it_comes_back_before_them() -> None:
    facts = replace(
        facts_of("bond-master"),
        bonds=(bond(),),
        links=(
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH1_MAC, master="bond0"),
            virtual("bond0", "bond", ETH0_MAC),
        ),
    )
    down = words(STACK.plan(facts, CASES["bond-master"]), "down")
    assert [item for item in down if "ifup" in item] == [
        "/sbin/ifup --force bond0",
        "/sbin/ifup --force eth0",
        "/sbin/ifup --force eth1",
    ]


def test_programs_are_called_where_they_are() -> None:
    present = tuple(path.replace("/sbin/", "/usr/sbin/") for path in PRESENT)
    plan = STACK.plan(unplugged(LO + ETH0, present=present), ANSWERS)
    assert words(plan, "up")[0] == "/usr/sbin/ifdown --force eth0"


def test_what_must_be_true_afterwards() -> None:
    answers = replace(
        ANSWERS,
        bond=replace(BOND, use_carrier=True, options={"primary": "eth1"}),
        bridge=replace(STATIC, addresses=("192.168.0.222/24",)),
    )
    plan = STACK.plan(host(LO + ETH0), answers)
    assert plan.expected is not None
    assert plan.expected.options == {
        "mode": "active-backup",
        "miimon": "100",
        "use_carrier": "1",
        "primary": "eth1",
    }
    assert [item.cidr for item in plan.expected.addresses] == ["192.168.0.222/24"]
    assert [(item.destination, item.gateway, item.link) for item in plan.expected.routes] == [
        ("default", "192.168.0.1", "xenbr0")
    ]
    assert plan.summary == "bond0 (active-backup: eth0, eth1) under xenbr0 192.168.0.222/24"
