"""Lines of other programs about a slave: each is named with what to write, or rightly passed over.

And the kinds of things a slave can have in its own stack's files: each goes to the bridge or is
named by a finding; none is lost without a word.
"""

from dataclasses import replace
from typing import Any

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    RHEL7,
    default_route,
    make_facts,
    nic,
    virtual,
)
from ifupdown_cases import ANSWERS, PRESENT as DEBIAN

from xenbond_tui import planner
from xenbond_tui.answers import Answers, Removal, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules import stale_references
from xenbond_tui.rules.findings import Severity

V4 = "/etc/iptables/rules.v4"
NFT = "/etc/nftables.conf"
ZONE = "/etc/firewalld/zones/public.xml"


def found(files: dict[str, str], answers: Answers = ANSWERS, **more: Any) -> list[str]:
    facts = make_facts(files=files, **more)
    return [f"{item.code} {item.where}" for item in stale_references.check(facts, SetUp(answers))]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (V4, "*filter\n-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT\n"),
        ("/etc/iptables/rules.v6", "*filter\n-A OUTPUT -o eth1 -j ACCEPT\n"),
        ("/etc/sysconfig/iptables", "*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\n"),
        ("/etc/sysconfig/ip6tables", "*filter\n-A INPUT ! -i eth0 -j DROP\n"),
        (V4, "*filter\n-A INPUT --in-interface eth0 -j ACCEPT\n"),
        (V4, "*filter\n-A INPUT -i eth+ -j ACCEPT\n"),
        (V4, "*filter\n-A FORWARD -m physdev --physdev-in eth1 -j ACCEPT\n"),
        ("/etc/ufw/user.rules", "*filter\n-A ufw-user-input -i eth0 -j ACCEPT\n"),
        ("/etc/ufw/before.rules", "*nat\n-A POSTROUTING -s 10.0.0.0/8 -o eth0 -j MASQUERADE\n"),
        ("/etc/firewalld/direct.xml", "<direct>\n<rule>-i eth0 -j ACCEPT</rule>\n"),
        (NFT, 'table inet f {\n  iifname "eth0" accept\n}\n'),
        (NFT, "table inet f {\n  iif eth0 accept\n}\n"),
        (NFT, 'table inet f {\n  oifname { "eth7", "eth1" } accept\n}\n'),
        (NFT, 'table inet f {\n  iifname "eth*" accept\n}\n'),
        (NFT, "#!/usr/sbin/nft -f\ndefine LAN = eth0\n"),
        ("/etc/sysconfig/nftables.conf", "x\niifname eth0 drop\n"),
        ("/etc/nftables.d/a.nft", "x\ntype filter hook ingress device eth0 priority 0\n"),
    ],
)
def test_a_rule_about_a_slave_is_named_by_file_and_line(path: str, text: str) -> None:
    assert found({path: text}) == [f"firewall-names-a-link {path}:2"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (V4, "-A INPUT -i eth0.7 -j ACCEPT\n# -i eth0\n-A X -i eth2\n-A Y -i eth01\n"),
        (V4, "-A INPUT -i xenbr0 -j ACCEPT\n-A X -i e+ -j ACCEPT\n"),
        (V4, "-A INPUT -i eth0 -p tcp -j ACCEPT\n-A INPUT -i xenbr0 -p tcp -j ACCEPT\n"),
        (ZONE, '<interface name="eth0"/>\n<interface name="xenbr0"/>\n'),
        (NFT, '# iifname "eth0"\niifname "eth0.5" accept\niifname "veth0" accept\n'),
        ("/etc/hosts", "10.0.0.1 eth0\n"),
    ],
)
def test_a_rule_about_something_else_is_not(path: str, text: str) -> None:
    assert found({path: text}) == []


def test_the_remedy_says_what_to_write() -> None:
    facts = make_facts(files={V4: "-A INPUT -i eth0 -j ACCEPT\n"})
    (finding,) = stale_references.check(facts, SetUp(ANSWERS))
    assert finding.severity is Severity.WARN
    assert "-A INPUT -i eth0 -j ACCEPT" in finding.text
    assert "xenbr0" in finding.remedy


def test_a_zone_that_has_a_slave_is_named_with_the_command_for_the_bridge() -> None:
    text = '<zone>\n  <service name="ssh"/>\n  <interface name="eth0"/>\n</zone>\n'
    (finding,) = stale_references.check(make_facts(files={ZONE: text}), SetUp(ANSWERS))
    assert (finding.code, finding.where) == ("zone-names-a-link", f"{ZONE}:3")
    assert "--zone=public --add-interface=xenbr0" in finding.remedy


def test_a_nic_that_is_a_slave_already_changes_nothing_for_such_lines() -> None:
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH1_MAC, master="bond0"),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    assert found({V4: "-A INPUT -i eth0 -j ACCEPT\n"}, links=links) == []


def test_a_running_vlan_on_a_slave_is_refused_even_when_no_file_tells_of_it() -> None:
    links = (
        nic("eth0", ETH0_MAC, addresses=(ADDRESS,)),
        nic("eth1", ETH1_MAC),
        virtual("eth0.7", "vlan", ETH0_MAC, lower="eth0", vlan_id=7),
    )
    assert found({}, links=links) == ["on-a-slave eth0.7"]


BY_HAND = Route("10.0.0.0/8", "192.168.0.9", "eth0", protocol="boot")


def test_a_route_made_by_hand_is_named_and_one_that_a_file_makes_is_not() -> None:
    routes = (default_route(), BY_HAND, replace(BY_HAND, destination="10.9.0.0/16"))
    file = {"/etc/network/interfaces": "\tup ip route add 10.9.0.0/16 via 192.168.0.9\n"}
    links = (nic("eth0", ETH0_MAC, addresses=(ADDRESS,)), nic("eth1", ETH1_MAC))
    assert found(file, routes=routes, links=links) == ["route-in-no-file eth0"]
    leased = replace(BY_HAND, protocol="dhcp")
    assert found({}, routes=(leased,), links=links) == []


def test_when_the_bridge_goes_the_lines_about_it_and_the_bond_are_named() -> None:
    text = "-A INPUT -i xenbr0 -j ACCEPT\n-A INPUT -i eth0 -j DROP\n-A X -i bond0 -j DROP\n"
    facts = make_facts(files={V4: text})
    lines = stale_references.check(facts, Removal(ANSWERS, "eth0"))
    assert [item.where for item in lines] == [f"{V4}:1", f"{V4}:3"]
    assert "eth0" in lines[0].remedy


# What a slave has in the files of its own stack

HEAD = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
INTERFACES = {
    "secondary address": (
        "\niface eth0 inet static\n\taddress 192.168.0.223/24\n",
        "192.168.0.223",
    ),
    "IPv6 static": ("\niface eth0 inet6 static\n\taddress 2001:db8::2/64\n", "2001:db8::2"),
    "IPv6 by router": ("\niface eth0 inet6 auto\n\tprivext 2\n", "xenbr0 inet6 auto"),
    "DHCPv6": ("\niface eth0 inet6 dhcp\n", "xenbr0 inet6 dhcp"),
    "static route": ("\tup ip route add 10.0.0.0/8 via 192.168.0.9 dev eth0\n", "dev xenbr0"),
    "policy rule": ("\tup ip rule add iif eth0 table 7\n", "iif xenbr0"),
    "policy rule by $IFACE": ("\tup ip rule add iif $IFACE table 7\n", "table 7"),
    "VLAN": ("\nauto eth0.7\niface eth0.7 inet manual\n", "on-a-slave"),
    "VLAN by name": ("\niface v7 inet manual\n\tvlan-raw-device eth0\n", "on-a-slave"),
    "alias": ("\niface eth0:1 inet static\n\taddress 10.0.0.1/8\n", "alias-on-slave"),
    "rule of a packet filter": ("\tup iptables -A INPUT -i eth0 -j DROP\n", "command-not-movable"),
}

ETH0 = "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.0.222\nPREFIX=24\n"
NS = "/etc/sysconfig/network-scripts"
IFCFG: dict[str, tuple[str, dict[str, str], str]] = {
    "secondary address": ("IPADDR1=192.168.0.223\nPREFIX1=24\n", {}, "192.168.0.223"),
    "IPv6 static": ("IPV6INIT=yes\nIPV6ADDR=2001:db8::2/64\n", {}, "2001:db8::2"),
    "IPv6 by router": ("IPV6INIT=yes\nIPV6_AUTOCONF=yes\n", {}, "IPV6_AUTOCONF=yes"),
    "DHCPv6": ("IPV6INIT=yes\nDHCPV6C=yes\n", {}, "DHCPV6C=yes"),
    "static route": (
        "",
        {f"{NS}/route-eth0": "10.0.0.0/8 via 192.168.0.9 dev eth0\n"},
        "dev xenbr0",
    ),
    "policy rule": ("", {f"{NS}/rule-eth0": "iif eth0 table 7\n"}, "iif xenbr0"),
    "zone": ("ZONE=internal\n", {}, "ZONE=internal"),
    "VLAN": ("", {f"{NS}/ifcfg-eth0.7": "DEVICE=eth0.7\nVLAN=yes\n"}, "on-a-slave"),
    "alias": ("", {f"{NS}/ifcfg-eth0:1": "DEVICE=eth0:1\nIPADDR=10.0.0.1\n"}, "alias-on-slave"),
}


def wanted(kind: str) -> Answers:
    """The answers, with the addresses that this kind adds."""
    more = {
        "secondary address": ("192.168.0.223/24",),
        "IPv6 static": ("2001:db8::2/64",),
    }.get(kind, ())
    addresses = ("192.168.0.222/24", *more)
    return replace(ANSWERS, stack="auto", bridge=replace(ANSWERS.bridge, addresses=addresses))


def arrives(facts: HostFacts, answers: Answers, sign: str) -> bool:
    """The sign is in a new file that is not the NIC's, or it is the code of a refusal."""
    proposal: Proposal = planner.propose(facts, SetUp(answers))
    if proposal.plan is None:
        return sign in {item.code for item in proposal.refusals}
    return any(
        sign.encode() in (change.after or b"")
        for change in proposal.plan.changed
        if not change.path.endswith("-eth0")
    )


@pytest.mark.parametrize("kind", INTERFACES)
def test_ifupdown_takes_it_along_or_refuses(kind: str) -> None:
    text, sign = INTERFACES[kind]
    facts = make_facts(files={"/etc/network/interfaces": HEAD + text}, present=DEBIAN)
    assert arrives(facts, wanted(kind), sign)


@pytest.mark.parametrize("kind", IFCFG)
def test_ifcfg_takes_it_along_or_refuses(kind: str) -> None:
    keys, more, sign = IFCFG[kind]
    facts = make_facts(
        system=RHEL7,
        files={
            "/etc/sysconfig/network": "NETWORKING=yes\n",
            f"{NS}/ifcfg-eth0": ETH0 + keys,
            **more,
        },
        present=(
            *("/sbin/ifup", "/etc/rc.d/init.d/network", "/usr/sbin/brctl"),
            "/etc/rc.d/rc3.d/S10network",
        ),
    )
    assert arrives(facts, wanted(kind), sign)
