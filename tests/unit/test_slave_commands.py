"""Commands of a slave's own stanza: what a slave can't have is refused, what is the NIC's stays."""

import time

import pytest
from ifupdown2_cases import STACK as IFUPDOWN2
from ifupdown_cases import ANSWERS, ETH0, LO, MAIN, STACK, host
from proposing import plan_for, told_by

from xenbond_tui.rules.findings import Finding, Severity

STATIC = LO + ETH0 + "auto eth1\niface eth1 inet manual\n"
LINE = STATIC.count("\n") + 1
BOND = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n"


def told(command: str, text: str = STATIC) -> list[Finding]:
    facts = host(f"{text}\t{command}\n")
    return [it for it in told_by(STACK, facts, ANSWERS) if it.where.startswith(f"{MAIN}:")]


@pytest.mark.parametrize(
    ("command", "does"),
    [
        ("up ip link add link eth1 name v5 type vlan id 5", "makes v5 on it"),
        ("up ip link add link $IFACE name v5 type macvlan", "makes v5 on it"),
        ("up vconfig add eth1 5", "makes eth1.5 on it"),
        ("up dhclient eth1", "asks for an address"),
        ("post-up dhclient -6 $IFACE || true", "asks for an address"),
        ("up udhcpc -i ${IFACE}", "asks for an address"),
        ("up brctl addif br9 eth1", "into br9"),
        ("up brctl addif xenbr0 eth1", "into xenbr0"),
        ("up ip link set $IFACE master br9", "into br9"),
        ('up ip link set dev "$IFACE" master br9', "into br9"),
        ("up ovs-vsctl --may-exist add-port br-int $IFACE", "into br-int"),
        ("up ifenslave bond9 eth1", "into bond9"),
        ("up echo +eth1 > /sys/class/net/bond9/bonding/slaves", "into bond9"),
        ("up ip addr add 10.0.0.1/24 dev eth1", "an address"),
        ("up ip -4 a a 10.0.0.1/24 dev $IFACE", "an address"),
        ("up sh -c 'ip address replace 10.0.0.1/24 dev eth1'", "an address"),
        ("up true && ip addr add 10.0.0.1/24 dev eth1 || true", "an address"),
        ("up ifconfig $IFACE 10.0.0.1 up", "an address"),
        ("up ifconfig eth1:0 10.0.0.1", "an address"),
        ("up ifconfig $IFACE:0 10.0.0.1", "an address"),
        ("up ifconfig eth1 inet6 add 2001:db8::1/64", "an address"),
        ("up ip route add default via 192.0.2.1", "a route"),
        ("up ip -6 r a 2001:db8::/32 dev eth1", "a route"),
        ("up route add -net 10.0.0.0/8 gw 192.0.2.1", "a route"),
        ("up route add -net 10.0.0.0/8 eth1", "a route"),
        ("up ip link set eth1 down", "sets it down"),
        ("post-up ifconfig eth1 down", "sets it down"),
        ("up ip link set dev $IFACE address 00:11:22:33:44:55", "another MAC"),
        ("pre-up ifconfig eth1 hw ether 00:11:22:33:44:55", "another MAC"),
        ("up ip link set $IFACE name foo0", "another name"),
        ("up (ip addr add 10.0.0.1/24 dev eth1)", "an address"),
        ("up bash -c 'ip addr add 10.0.0.1/24 dev eth1'", "an address"),
        ('up /bin/bash -c "ip addr add 10.0.0.1/24 dev $IFACE"', "an address"),
        ("up nohup dhclient eth1 &", "asks for an address"),
        ("up timeout 30 dhclient $IFACE || true", "asks for an address"),
        ("up timeout -k 5 30s dhclient $IFACE", "asks for an address"),
        ("up env A=1 ip addr add 10.0.0.1/24 dev eth1", "an address"),
        ("up sudo ip addr add 10.0.0.1/24 dev eth1", "an address"),
        ("up LANG=C ip addr add 10.0.0.1/24 dev eth1", "an address"),
        ("up nice -n 10 ip addr add 10.0.0.1/24 dev eth1", "an address"),
        ("up IF=eth1; ip addr add 10.0.0.1/24 dev $IF", "an address"),
        ("up IF=$IFACE; ip addr add 10.0.0.1/24 dev ${IF}", "an address"),
        ("up IF=eth; ip addr add 10.0.0.1/24 dev ${IF}1", "an address"),
        ("up for i in eth7 $IFACE; do ip addr add 10.0.0.1/24 dev $i; done", "an address"),
        ("up NICS='eth1 eth7'; for i in $NICS; do ip link set $i master br9; done", "into br9"),
        ("up sh -c 'for i in eth1; do dhclient $i; done'", "asks for an address"),
        ("up (IF=eth1; ip link set $IF down)", "sets it down"),
        ("up V=5; ip link add link eth1 name v$V type vlan id $V", "makes v5 on it"),
        ("up ip addr add 10.0.0.1/24 dev eth1>/dev/null 2>&1", "an address"),
        ("up echo +eth1>/sys/class/net/bond9/bonding/slaves", "into bond9"),
        ("up ifconfig eth1 netmask 255.255.255.0 10.0.0.1", "an address"),
        ("up ifup eth1:0", "an address"),
        ("up systemctl start dhclient@eth1", "asks for an address"),
        ("up macchanger -r $IFACE", "another MAC"),
        ("up ip link set eth1 nomaster", "out of its master"),
        ("up ip link set eth1 netns blue", "out of this host"),
    ],
)
def test_what_a_slave_can_not_have_is_refused_by_line(command: str, does: str) -> None:
    """eth1 would have an address, or another taker of its frames than the bond, at each boot."""
    for stack in (STACK, IFUPDOWN2):
        facts = host(f"{STATIC}\t{command}\n")
        found = [it for it in told_by(stack, facts, ANSWERS) if it.code == "command-of-a-slave"]
        assert [(it.severity, it.where) for it in found] == [(Severity.REFUSE, f"{MAIN}:{LINE}")]
        assert does in found[0].text


@pytest.mark.parametrize(
    "command",
    [
        "pre-up ethtool -s $IFACE speed 100 duplex full autoneg off",
        "up ethtool -K eth1 gro off",
        "up ip link set $IFACE up",
        "up ip link set dev $IFACE promisc on mtu 9000 txqueuelen 5000",
        "up ifconfig $IFACE up",
        "up ifconfig $IFACE 0.0.0.0 up",
        "up ifconfig eth1 promisc mtu 9000",
        "pre-up ip link set eth1 down",
        "pre-up ifconfig eth1 down",
        "up ip link set eth1 down; sleep 1; ip link set eth1 up",
        "down ip link set $IFACE down",
        "post-down ifconfig $IFACE down",
        "down ip addr del 10.0.0.1/24 dev eth1",
        "up ip -6 addr flush dev $IFACE",
        "up ip route flush dev eth1",
        "up dhclient -r eth1",
        "up ip addr add 10.0.0.1/24 dev wg0",
        "up ip route add 10.0.0.0/8 dev wg0",
        "up ip route add blackhole 10.0.0.0/8",
        "up route add -net 10.0.0.0/8 dev wg0",
        "up route add -net 10.0.0.0/8 wg0",
        "up brctl addif br9 eth7",
        "up ip link set eth7 master br9",
        "up ip link set $IFACE vf 0 mac 00:11:22:33:44:55",
        "up modprobe x",
        "up echo 0 > /proc/sys/net/ipv6/conf/$IFACE/accept_ra",
        "up tc qdisc add dev $IFACE root fq",
        "up /usr/local/bin/setup $IFACE",
        "post-up iptables-restore < /etc/iptables.rules",
        "up mii-tool -F 100baseTx-FD eth1",
        "up IF=wg0; ip addr add 10.0.0.1/24 dev $IF",
        "up ip addr add 10.0.0.1/24 dev $OTHER",
        "up for i in eth7 eth1; do ip link set $i down; ip link set $i up; done",
        "up for i in eth7 eth8; do ip addr add 10.0.0.1/24 dev $i; done",
        "up ifup eth7:0",
        "up ifconfig eth1 netmask 255.255.255.0",
        "up systemctl start dhclient@eth7",
        "up sudo ethtool -K eth1 gro off 2>&1 >/dev/null",
    ],
)
def test_what_is_the_nic_s_own_stays_unsaid(command: str) -> None:
    assert told(command) == []


def test_a_filter_of_a_slave_is_named_as_anybody_else_s_is() -> None:
    (found,) = told("up iptables -A INPUT -i $IFACE -j DROP")
    assert (found.code, found.where) == ("names-a-slave", f"{MAIN}:{LINE}")


def test_what_stays_of_a_stanza_with_an_address_is_judged_too() -> None:
    found = told("up ip link set eth0 down", LO + ETH0)
    assert [it.code for it in found] == ["command-of-a-slave"]


@pytest.mark.parametrize("command", ["up ip addr add 10.0.0.1/24 dev $IFACE", "up dhclient bond0"])
def test_a_bond_that_comes_under_a_bridge_is_warned_of(command: str) -> None:
    found = told(command, f"{LO}{BOND}")
    assert [(it.code, it.severity) for it in found] == [("command-of-a-slave", Severity.WARN)]


@pytest.mark.parametrize(
    "command",
    [
        "up ip link add link bond0 name bond0.5 type vlan id 5",
        "up ip link set bond0 address 00:11:22:33:44:55",
        "up ip link set bond0 master xenbr0",
        "post-up echo 100 > /sys/class/net/$IFACE/bonding/miimon",
    ],
)
def test_what_a_bond_under_a_bridge_may_have_stays_unsaid(command: str) -> None:
    assert [it for it in told(command, f"{LO}{BOND}") if it.code == "command-of-a-slave"] == []


def test_a_slave_of_a_bond_that_is_there_is_warned_of_alone() -> None:
    """Its host has lived with it so far: an edit of the bond is not to wait for that."""
    text = f"{LO}{BOND}auto eth1\niface eth1 inet manual\n"
    (found,) = (it for it in told("up ip addr add 10.0.0.1/24 dev eth1", text) if it.text[0] == "`")
    assert (found.code, found.severity) == ("command-of-a-slave", Severity.WARN)


@pytest.mark.parametrize("word", [":", "1.", "/net/", "a:", "+eth1 "])
def test_a_long_word_of_a_command_costs_no_more_than_its_length(word: str) -> None:
    began = time.process_time()
    told(f"up ifconfig eth1 {word * 20_000}x; echo +eth1 > {word * 20_000}x")
    assert time.process_time() - began < 5


OF_THE_NIC = (
    "ethtool -K {nic} tso off gso off",
    "/sbin/ethtool -s $IFACE speed 1000 duplex full",
    "test -x /sbin/ethtool && ethtool -G {nic} rx 4096",
    "[ -x /sbin/ethtool ] && /sbin/ethtool -K {nic} tso off || true",
    "if [ -x /sbin/ethtool ]; then ethtool -K {nic} tso off; fi",
    "for i in rx tx; do ethtool -K {nic} $i off; done",
    "nice ethtool -A {nic} rx off",
    "ethtool -L {nic} combined 4 >/dev/null 2>&1 || :",
    "ip link set dev {nic} txqueuelen 10000",
    "echo 4096 > /sys/class/net/{nic}/tx_queue_len",
    "echo 4096 > /sys/class/net/$IFACE/tx_queue_len",
    "tc qdisc add dev {nic} root fq",
)


@pytest.mark.parametrize("nic", ["eth0", "eth1"])
@pytest.mark.parametrize("command", OF_THE_NIC)
def test_what_sets_up_the_nic_alone_stays_with_it(command: str, nic: str) -> None:
    """Beside an address too, which moves."""
    said = f"\tup {command.format(nic=nic)}\n"
    text = LO + ETH0 + (said if nic == "eth0" else "")
    text += "auto eth1\niface eth1 inet manual\n" + (said if nic == "eth1" else "")
    after = (plan_for(STACK, host(text), ANSWERS).changes[0].after or b"").decode()
    assert after.partition(f"iface {nic} inet manual\n")[2].startswith(said), after
    assert after.count(said) == 1


@pytest.mark.parametrize(
    "command",
    [
        "ethtool -K eth0 tso off; ip route add 10.0.0.0/8 via 192.168.0.1",
        "[ -x /sbin/ip ] && ip link add link eth0 name v5 type vlan id 5",
        "sysctl -w net.ipv4.conf.eth0.rp_filter=0",
        "echo 1 > /sys/class/net/eth0/bridge/stp_state",
        "/usr/local/sbin/tune eth0",
    ],
)
def test_what_may_be_about_the_address_is_refused(command: str) -> None:
    text = f"{LO}{ETH0}\tup {command}\nauto eth1\niface eth1 inet manual\n"
    for stack in (STACK, IFUPDOWN2):
        found = [it.code for it in told_by(stack, host(text), ANSWERS)]
        assert "command-not-movable" in found, found
