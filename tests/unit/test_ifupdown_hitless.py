"""ifupdown without a gap: when it can be, what is said when it can't, and the order of the steps.

That the order loses nothing is proven on a real kernel, in tests/lab/test_hitless.py.
"""

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
from ifupdown_cases import ANSWERS, BOND, PRESENT, STATIC
from proposing import plan_for, reviewed, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BridgeAnswers
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import AddBridge, AddRoute, DelRoute, SetSysctls
from xenbond_tui.stacks.ifupdown import Ifupdown

MAIN = "/etc/network/interfaces"
LO = "auto lo\niface lo inet loopback\n"
ETH0_TEXT = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
BRIDGE_TEXT = (
    "auto xenbr0\niface xenbr0 inet static\n\tbridge_ports eth0\n\tbridge_stp off\n"
    "\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
)
ETH0 = nic("eth0", ETH0_MAC, addresses=(ADDRESS,))
ETH1 = nic("eth1", ETH1_MAC)
BRIDGED = (
    nic("eth0", ETH0_MAC, master="xenbr0"),
    ETH1,
    nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
    virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
)


def host(*links: Link, text: str = ETH0_TEXT) -> HostFacts:
    """eth0 with the address and an idle eth1, unless told otherwise."""
    return make_facts(
        files={MAIN: LO + text},
        present=PRESENT,
        links=links or (ETH0, ETH1),
        routes=(default_route(),),
    )


def dom0(text: str = BRIDGE_TEXT) -> HostFacts:
    """eth0 and a guest's port in xenbr0, which has the address."""
    facts = host(*BRIDGED, text=text)
    state = bridge("xenbr0", ("eth0", "vif1.0"))
    return replace(facts, bridges=(state,), routes=(default_route("xenbr0"),))


def told(facts: HostFacts, answers: Answers = ANSWERS) -> str:
    """Why there will be a gap; "" when there will be none."""
    found = [item.text for item in told_by(Ifupdown(), facts, answers) if item.code == "gap"]
    return found[0] if found else ""


def test_the_address_is_never_nowhere_on_the_way_up() -> None:
    plan = plan_for(Ifupdown(), host(), ANSWERS)
    assert in_words(plan.forward) == [
        "sysctls 4",
        "announce eth0",
        "WriteFiles",
        "ifup eth1",
        "ifup -o bond-slaves=eth1 bond0",
        "eth1 up",
        "wait bond0 carrier",
        "bond0 ? 192.168.0.1",
        f"xenbr0 {ETH0_MAC}",
        "sysctls 4",
        "+ default eth0 4242",
        "- default eth0 None",
        "ifup xenbr0",
        "wait bond0 forwarding",
        "announce xenbr0",
        "flush eth0",
        "eth0 down",
        "announce xenbr0",
        "eth0 -> bond0",
        "eth0 up",
        "ifup eth0",
        "flush bond0",
        "RestoreSysctls",
    ]


def test_nor_on_the_way_back() -> None:
    plan = plan_for(Ifupdown(), host(), ANSWERS)
    assert in_words(plan.rollback) == [
        "sysctls 6",
        "bond0 active_slave=eth1",
        "eth0 -> None",
        "announce xenbr0",
        "eth0 up",
        "wait eth0 carrier",
        "eth0 ? 192.168.0.1",
        "eth0 + 192.168.0.222/32",
        "+ 192.168.0.0/24 eth0 4242",
        "+ default eth0 4242",
        "announce eth0",
        "- default xenbr0 None",
        "sysctls 1",
        "flush xenbr0",
        "announce eth0",
        "eth1 down",
        "announce eth0",
        "ifdown --ignore-errors xenbr0",
        "delete xenbr0",
        "ifdown --ignore-errors bond0",
        "delete bond0",
        "ifdown --ignore-errors eth1",
        "RestoreFiles",
        "eth0 - 192.168.0.222/24",
        "- default eth0 None",
        "ifup eth0",
        "- 192.168.0.0/24 eth0 4242",
        "- default eth0 4242",
        "eth0 - 192.168.0.222/32",
        "announce eth0",
        "eth1 up",
        "RestoreSysctls",
        "RestoreNetwork",
    ]


def test_a_bridge_keeps_its_address_and_its_guests_while_its_port_changes() -> None:
    plan = plan_for(Ifupdown(), dom0(), ANSWERS)
    assert in_words(plan.forward) == [
        "sysctls 4",
        "announce xenbr0",
        "WriteFiles",
        "ifup eth1",
        "ifup -o bond-slaves=eth1 bond0",
        "eth1 up",
        "wait bond0 carrier",
        "bond0 ? 192.168.0.1",
        f"xenbr0 {ETH0_MAC}",
        "bond0 > xenbr0 beside eth0",
        "xenbr0: bond0 for eth0",
        "eth0 down",
        "eth0 -> bond0",
        "eth0 up",
        "ifup eth0",
        "flush bond0",
        "RestoreSysctls",
    ]
    touched = in_words(plan.forward) + in_words(plan.rollback)
    assert not [word for word in touched if "vif" in word or "ifdown xenbr0" in word]


def test_the_primary_is_set_when_it_is_a_slave() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, options={"primary": "eth0"}))
    words = in_words(plan_for(Ifupdown(), host(), answers).forward)
    assert words.index("eth0 -> bond0") < words.index("bond0 primary=eth0")
    answers = replace(ANSWERS, bond=replace(BOND, options={"primary": "eth1"}))
    words = in_words(plan_for(Ifupdown(), host(), answers).forward)
    assert not [word for word in words if "primary=" in word], "ifup does it"


def test_an_idle_nic_that_is_switched_off_may_have_a_cable() -> None:
    assert told(host(ETH0, replace(ETH1, admin_up=False, carrier=None))) == ""


def test_addresses_that_routers_announce_do_not_matter() -> None:
    announced = Address("2001:db8::1", 64, 6, dynamic=True)
    local = address("fe80::1/64", scope="link")
    assert told(host(replace(ETH0, addresses=(*ETH0.addresses, announced, local)), ETH1)) == ""


def test_several_addresses_and_ipv6_move_and_nothing_ifup_sets_is_in_its_way() -> None:
    addresses = ("192.168.0.222/24", "192.168.0.223/24", "2001:db8::222/64")
    text = (
        ETH0_TEXT
        + "iface eth0 inet static\n\taddress 192.168.0.223/24\n"
        + "iface eth0 inet6 static\n\taddress 2001:db8::222/64\n"
    )
    facts = host(nic("eth0", ETH0_MAC, addresses=addresses), ETH1, text=text)
    by_hand = Route("10.0.0.0/8", "192.168.0.9", "eth0")
    facts = replace(facts, routes=(*facts.routes, by_hand))
    answers = replace(ANSWERS, bridge=replace(STATIC, addresses=addresses))
    assert told(facts, answers) == ""
    plan = plan_for(Ifupdown(), facts, answers)
    there, back = in_words(plan.forward), in_words(plan.rollback)
    assert there.index("ifup xenbr0") < there.index("+ 10.0.0.0/8 xenbr0 None")
    assert there.index("+ 10.0.0.0/8 xenbr0 None") < there.index("flush eth0")
    assert [word for word in back if word.startswith("eth0 +")] == [
        "eth0 + 192.168.0.222/32",
        "eth0 + 192.168.0.223/32",
        "eth0 + 2001:db8::222/64",
    ]
    # An IPv6 address is one with any prefix: ifup finds it there, and it stays.
    assert "ifup --ignore-errors eth0" in back
    assert "eth0 - 2001:db8::222/64" not in back
    assert back.count("+ 192.168.0.0/24 eth0 4242") == 1


LEASED = Answers(stack="ifupdown", bond=BOND, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
DHCP_TEXT = "auto eth0\niface eth0 inet dhcp\n"
DHCLIENT = {
    "/run/dhclient.eth0.pid": "810\n",
    "/var/lib/dhcp/dhclient.eth0.leases": 'default-duid "x";\n',
}


def leased(*more: Address, text: str = DHCP_TEXT, client: bool = True) -> HostFacts:
    """eth0 with an address that dhclient has got."""
    held = (address("192.168.0.222/24", dynamic=True), *more)
    return make_facts(
        files={MAIN: LO + text, **(DHCLIENT if client else {})},
        present=PRESENT,
        links=(nic("eth0", ETH0_MAC, addresses=held), ETH1),
        routes=(default_route(),),
    )


def test_a_lease_goes_on_under_the_bridge_and_is_never_given_back() -> None:
    assert told(leased(), LEASED) == ""
    (moves,) = [x.text for x in reviewed(Ifupdown(), leased(), LEASED) if x.code == "lease-moves"]
    assert "same client to the DHCP server" in moves
    plan = plan_for(Ifupdown(), leased(), LEASED)
    there, back = in_words(plan.forward), in_words(plan.rollback)
    kill = "start-stop-daemon --stop --oknodo --signal KILL --name dhclient --pidfile"
    at = there.index("ifup xenbr0")
    files = "/var/lib/dhcp/dhclient.eth0.leases /var/lib/dhcp/dhclient.xenbr0.leases"
    assert there[at - 1] == f"cp --preserve --update {files}"
    assert there[at + 1 : at + 3] == [
        "wait xenbr0 192.168.0.222",
        f"{kill} /run/dhclient.eth0.pid",
    ]
    assert there.index("wait xenbr0 192.168.0.222") < there.index("flush eth0")
    assert "ifdown --ignore-errors xenbr0=eth1" in back
    assert "ifdown --ignore-errors xenbr0" not in back
    assert back.index(f"{kill} /run/dhclient.xenbr0.pid") < back.index("flush xenbr0")
    assert back.index("eth0 + those of xenbr0") < back.index("flush xenbr0")
    assert back.index(f"{kill} /run/dhclient.eth0.pid") < back.index("ifup eth0")
    assert back.index("ifup eth0") < back.index("eth0 - lent")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (leased(client=False), "is not dhclient's"),
        (leased(address("192.168.0.9/24")), "other addresses than one lease"),
        (leased(text=DHCP_TEXT + "\tup ip route add 10.0.0.0/8 via 192.168.0.9\n"), "commands"),
        (leased(text=DHCP_TEXT + "iface eth0 inet6 auto\n"), "more in its files than one lease"),
    ],
)
def test_a_lease_that_can_not_be_taken_along_is_told(facts: HostFacts, why: str) -> None:
    assert why in told(facts, LEASED)


def with_line(line: str) -> str:
    return ETH0_TEXT + f"\t{line}\n"


@pytest.mark.parametrize(
    ("facts", "answers", "why"),
    [
        (host(ETH0, nic("eth1", ETH1_MAC, carrier=False)), ANSWERS, "eth0 is the only one"),
        (host(replace(ETH0, carrier=False), ETH1), ANSWERS, "eth0 has no link"),
        (host(), replace(ANSWERS, bond=replace(BOND, mode="802.3ad")), "802.3ad needs all"),
        (
            host(),
            replace(ANSWERS, bond=replace(BOND, options={"fail_over_mac": "active"})),
            "active-backup needs all",
        ),
        (host(), replace(ANSWERS, bridge=BridgeAnswers(method="dhcp")), "than one lease"),
        (host(), replace(ANSWERS, bridge=replace(STATIC, mtu=9000)), "MTU changes"),
        (host(), replace(ANSWERS, bridge=replace(STATIC, mac=ETH1_MAC)), "MAC of xenbr0 changes"),
        (
            host(),
            replace(ANSWERS, bridge=replace(STATIC, addresses=("192.168.0.9/24",))),
            "gets another address",
        ),
        (host(), replace(ANSWERS, bridge=replace(STATIC, gateway="192.168.0.2")), "the gateway"),
        (host(text=with_line("up ip route add 10.0.0.0/8 via 192.168.0.9")), ANSWERS, "commands"),
        (host(text=ETH0_TEXT + "iface eth0 inet6 dhcp\n"), ANSWERS, "more in its files"),
        (host(text=""), ANSWERS, "other addresses than"),
        (host(text=ETH0_TEXT.replace("222", "223")), ANSWERS, "other addresses than its file says"),
        (host(text=ETH0_TEXT + "iface eth1 inet dhcp\n"), ANSWERS, "eth1 is in use"),
        (
            host(replace(ETH0, addresses=(*ETH0.addresses, address("2001:db8::2/64"))), ETH1),
            replace(
                ANSWERS, bridge=replace(STATIC, addresses=("192.168.0.222/24", "2001:db8::2/64"))
            ),
            "other addresses than its file says",
        ),
        (host(replace(ETH0, addresses=()), ETH1), ANSWERS, "no single NIC"),
        (host(ETH0, ETH1, virtual("xenbr0", "dummy")), ANSWERS, "something else"),
        (
            replace(host(ETH0, ETH1, virtual("bond0", "bond")), bonds=(bond(slaves=()),)),
            ANSWERS,
            "bond0 is there already",
        ),
        (
            replace(dom0(), bridges=(replace(bridge("xenbr0", ("eth0",)), stp=True),)),
            ANSWERS,
            "spanning tree",
        ),
        (
            replace(dom0(), links=(nic("eth0", ETH0_MAC), *BRIDGED[1:])),
            ANSWERS,
            "no single NIC as its port",
        ),
    ],
)
def test_where_there_is_a_gap_it_is_told_with_its_reason(
    facts: HostFacts, answers: Answers, why: str
) -> None:
    said = told(facts, answers)
    assert why in said
    assert "5 to 15 seconds" in said
    assert "wait bond0 carrier" in in_words(plan_for(Ifupdown(), facts, answers).forward)
    assert not [
        step
        for step in plan_for(Ifupdown(), facts, answers).forward
        if isinstance(step.action, SetSysctls | AddBridge)
    ]


def test_another_systems_tree_has_nothing_to_keep_alive() -> None:
    facts = replace(host(), access=Access(HostKind.TREE, "/mnt"))
    assert told(facts) == ""


def test_a_default_route_keeps_its_own_metric_when_it_comes_back() -> None:
    route = Route("default", "192.168.0.1", "eth0", metric=100, onlink=True)
    plan = plan_for(Ifupdown(), replace(host(), routes=(route,)), ANSWERS)
    assert DelRoute(route) in [step.action for step in plan.forward]
    assert AddRoute(replace(route, metric=4242)) in [step.action for step in plan.rollback]
