"""Debian ifupdown: what is refused or warned of, with file and line."""

from dataclasses import replace

import pytest
from facts_builder import make_facts
from ifupdown_cases import ANSWERS, ETH0, LO, MAIN, PRESENT, STACK, codes, host, planned
from proposing import plan_for, told_by

from xenbond_tui.errors import XenbondError
from xenbond_tui.planner import stack_named
from xenbond_tui.rules.findings import Severity

BOND0 = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("\taddress 1.2.3.4\n", "misplaced-option", 1),
        ("source $HOME/x\n", "source-not-followed", 1),
        ("iface eth0 inet\n", "iface-incomplete", 1),
        ("iface eth7 inet static inherits\n", "ifup-refuses-file", 1),
        ("iface eth7 inet static inherits eth8\n", "ifup-refuses-file", 1),
        ("iface eth7 inet manual\n\tmtu\n", "ifup-refuses-file", 2),
        ("iface eth7 inet manual\n\tup\n", "ifup-refuses-file", 2),
        ("mapping eth7\n\tscript x\n\tfoo bar\n", "ifup-refuses-file", 3),
        ("mapping eth7\n\tscript x\n\tscript y\n", "ifup-refuses-file", 3),
        ("iface bond7 inet manual\n\tbond-slaves all\n", "bridge-ports-pattern", 2),
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
        ("iface eth0.10 inet static\n\taddress 10.0.0.1/8\n", "on-a-slave", 1),
        ("iface vlan10 inet manual\n\tvlan-raw-device eth1\n", "on-a-slave", 2),
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
        ("iface eth1 inet6 auto\n\tup dhclient $IFACE\n", "command-not-movable", 2),
        ("iface eth1 inet6 auto\n\tup udhcpc -i eth1 || true\n", "command-not-movable", 2),
        ("iface eth0 inet dhcp\n\tup sysctl net.ipv4.conf.eth0.x=1\n", "command-not-movable", 2),
    ],
)
def test_what_can_not_be_kept_is_refused_with_file_and_line(
    text: str, code: str, line: int
) -> None:
    found = [item for item in told_by(STACK, host(text), ANSWERS) if item.code == code]
    assert {(item.severity, item.where) for item in found} == {(Severity.REFUSE, f"{MAIN}:{line}")}
    assert all(item.remedy for item in found)


@pytest.mark.parametrize("stack", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize("name", ["eth0", "eth1", "bond0", "xenbr0"])
@pytest.mark.parametrize("folder", ["/run", "/var/run"])
def test_a_stanza_that_a_boot_writes_anew_is_not_edited(stack: str, name: str, folder: str) -> None:
    path = f"{folder}/network/interfaces.d/x"
    main = LO + f"source-directory {folder}/network/interfaces.d\n"
    made = f"auto {name}\nallow-hotplug {name}\niface {name} inet dhcp\n"
    (told,) = [
        it
        for it in told_by(stack_named(stack), host(main, {path: made}), ANSWERS)
        if it.code == "profile-made-at-boot"
    ]
    assert (told.severity, told.where) == (Severity.REFUSE, f"{path}:3")
    assert MAIN in told.remedy


@pytest.mark.parametrize("command", ["dhclient -6 $IFACE", "dhcp6c $IFACE", "dhclient -r $IFACE"])
def test_what_asks_for_ipv6_alone_moves_with_its_stanza(command: str) -> None:
    text = f"{ETH0}iface eth1 inet6 auto\n\tup {command}\n"
    assert "command-not-movable" not in codes(host(text))


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


@pytest.mark.parametrize(("bond", "bridge"), [("bond0.5", "xenbr0"), ("bond0", "lan.12")])
def test_a_name_that_ifup_takes_for_a_vlan_s_is_refused(bond: str, bridge: str) -> None:
    answers = replace(
        ANSWERS, bond=replace(ANSWERS.bond, name=bond), bridge=replace(ANSWERS.bridge, name=bridge)
    )
    found = [it for it in told_by(STACK, host(LO + ETH0), answers) if it.code == "bad-name"]
    assert [it.where for it in found] == ["bond.name" if "." in bond else "bridge.name"]
    other = replace(answers, bond=replace(answers.bond, name="b.x"), bridge=ANSWERS.bridge)
    assert not [it for it in told_by(STACK, host(LO + ETH0), other) if it.code == "bad-name"]


def test_a_slave_in_two_files_is_refused() -> None:
    other = {"/etc/network/interfaces.d/eth0": ETH0}
    facts = host("source interfaces.d/*\niface eth0 inet dhcp\n", other)
    found = next(i for i in told_by(STACK, facts, ANSWERS) if i.code == "slave-in-two-files")
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
    found = [
        item for item in told_by(STACK, host(LO, present=present), ANSWERS) if item.code != "gap"
    ]
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
        (latin, f"{MAIN}:1"),
        (directory, MAIN),
        (dangling, "/etc/network/interfaces.d/x"),
    ):
        assert codes(facts) == {"unreadable-file": where}
        assert STACK.read(facts) is None
        with pytest.raises(XenbondError, match=where):
            plan_for(STACK, facts, ANSWERS)


def test_a_directory_that_a_source_line_matches_is_left_out_as_ifup_does() -> None:
    facts = make_facts(
        files={MAIN: "source interfaces.d/*\n"},
        unreadable={"/etc/network/interfaces.d/old": "is a directory"},
        present=PRESENT,
    )
    assert codes(facts) == {}


def test_an_address_nobody_asked_for_is_warned_of() -> None:
    text = ETH0 + "{}iface eth1 inet static\n\taddress 10.0.0.1/8\n"
    assert codes(host(text.format("auto eth1\n"))) == {"address-dropped": f"{MAIN}:7"}
    # No boot brings it up, so it is not the host's.
    assert codes(host(text.format(""))) == {"line-goes": f"{MAIN}:6"}


@pytest.mark.parametrize("stack", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CONFIGURE_INTERFACES=no\n", [("warn", 1)]),
        ("# x\nCONFIGURE_INTERFACES=yes\nCONFIGURE_INTERFACES='no'\n", [("warn", 3)]),
        ('EXCLUDE_INTERFACES="eth7 xenbr*"\n', [("refuse", 1)]),
        ("EXCLUDE_INTERFACES=bond0\n", [("refuse", 1)]),
        ("EXCLUDE_INTERFACES=eth*\nCONFIGURE_INTERFACES=yes\n", []),
        ("#CONFIGURE_INTERFACES=no\n#EXCLUDE_INTERFACES=bond0\nEXCLUDE_INTERFACES=\n", []),
    ],
)
def test_what_a_boot_is_told_to_pass_over_is_told(
    stack: str, text: str, found: list[tuple[str, int]]
) -> None:
    path = "/etc/default/networking"
    told = told_by(stack_named(stack), host(LO + ETH0, {path: text}), ANSWERS)
    codes = [(str(it.severity), it.where) for it in told if it.code == "network-service-off"]
    assert codes == [(severity, f"{path}:{line}") for severity, line in found]
