"""A host of ifupdown2, and what is planned for it."""

from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    default_route,
    make_facts,
    nic,
)
from ifupdown_cases import ANSWERS
from proposing import plan_for, told_by

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.plan.actions import Run
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.ifupdown2 import Ifupdown2

STACK = Ifupdown2()
MAIN = "/etc/network/interfaces"
SETTINGS = "/etc/network/ifupdown2/ifupdown2.conf"
PRESENT = (
    "/sbin/ifup",
    "/sbin/ifreload",
    "/sbin/ifdown",
    "/usr/share/ifupdown2",
    "/etc/systemd/system/multi-user.target.wants/networking.service",
)
LO = "auto lo\niface lo inet loopback\n\n"
ETH0 = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
AFTER = """\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet manual

auto eth1
iface eth1 inet manual

auto bond0
iface bond0 inet manual
	bond-slaves eth0 eth1
	bond-mode active-backup
	bond-miimon 100

auto xenbr0
iface xenbr0 inet static
	address 192.168.0.222/24
	gateway 192.168.0.1
	bridge_ports bond0
	bridge_stp off
	bridge_fd 0
	hwaddress 00:50:da:7a:51:45
	bridge-ports-condone-regex ^(vif|tap|veth|vnet)
"""
IDLE = (nic("eth0", ETH0_MAC, addresses=(ADDRESS,)), nic("eth1", ETH1_MAC))


def host(text: str = ETH0, *links: Link, settings: str = "") -> HostFacts:
    return make_facts(
        files={MAIN: LO + text, SETTINGS: settings},
        present=PRESENT,
        links=links or IDLE,
        routes=(default_route(),),
    )


def codes(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, Severity]:
    return {item.code: item.severity for item in told_by(STACK, facts, answers)}


def commands(facts: HostFacts, answers: Answers = ANSWERS) -> list[tuple[str, ...]]:
    return [
        s.action.argv for s in plan_for(STACK, facts, answers).forward if isinstance(s.action, Run)
    ]


def written(facts: HostFacts, answers: Answers = ANSWERS) -> str:
    (change,) = (c for c in plan_for(STACK, facts, answers).changes if c.path == MAIN)
    assert change.after is not None
    return change.after.decode()
