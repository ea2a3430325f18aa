"""network-scripts without a gap: what in the files forbids it, and that ifup takes no part."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    RHEL5,
    RHEL6,
    RHEL7,
    address,
    default_route,
    make_facts,
    nic,
)
from proposing import plan_for, reviewed, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts, System
from xenbond_tui.facts.routing import Hop, Route
from xenbond_tui.plan.actions import AddRoute, RestoreFiles, RestoreNetwork, RestoreSysctls, Run
from xenbond_tui.stacks.ifcfg import Ifcfg

NS = "/etc/sysconfig/network-scripts"
ETH0 = "DEVICE=eth0\nBOOTPROTO=none\nIPADDR=192.168.0.222\nPREFIX=24\nGATEWAY=192.168.0.1\n"
ETH1 = "DEVICE=eth1\nBOOTPROTO=dhcp\nONBOOT=no\n"
TOOLS = ("/sbin/ifup", "/usr/sbin/brctl", "/etc/rc.d/init.d/network", "/etc/rc.d/rc3.d/S10network")
NM = "/usr/sbin/NetworkManager"
ANSWERS = Answers(
    "ifcfg",
    BondAnswers(slaves=("eth0", "eth1"), options={"primary": "eth0"}),
    BridgeAnswers(addresses=(ADDRESS,), gateway="192.168.0.1", mac=ETH0_MAC),
    "none",
)


def host(files: Mapping[str, str] | None = None, *present: str, **more: Any) -> HostFacts:
    values: dict[str, object] = {
        "system": RHEL6,
        "present": (*TOOLS, *present),
        "files": {
            f"{NS}/ifcfg-eth0": ETH0,
            f"{NS}/ifcfg-eth1": ETH1,
            "/etc/sysconfig/network": "NETWORKING=yes\n",
        }
        | {f"{NS}/{name}": text for name, text in (files or {}).items()},
        "routes": (default_route(),),
        "links": (nic("eth0", ETH0_MAC, addresses=(ADDRESS,)), nic("eth1", ETH1_MAC)),
    }
    return make_facts(**{**values, **more})


def told(facts: HostFacts, answers: Answers = ANSWERS) -> str:
    """Why there will be a gap; "" when there will be none."""
    return "".join(item.text for item in told_by(Ifcfg(), facts, answers) if item.code == "gap")


def test_the_kernel_is_brought_to_what_the_files_say_without_ifup() -> None:
    assert told(host()) == ""
    plan = plan_for(Ifcfg(), host(), ANSWERS)
    words = in_words(plan.forward)
    assert words.index("WriteFiles") < words.index("bond0 miimon=100 mode=active-backup")
    assert words.index("eth0 -> bond0") < words.index("bond0 primary=eth0")
    commands = {
        step.action.argv[0] for step in plan.forward + plan.rollback if isinstance(step.action, Run)
    }
    assert commands <= {"modprobe"}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (host(system=RHEL5), "no separate MAC"),
        (host(None, "/sbin/ifup-local"), "ifup must run /sbin/ifup-local"),
        (host({"rule-eth0": "from 10.0.0.0/8 table 7\n"}), f"the rules of {NS}/rule-eth0"),
        (host({"ifcfg-eth0": ETH0 + "ZONE=dmz\n"}), f"what ZONE in {NS}/ifcfg-eth0 says"),
        (host({"ifcfg-eth1": ETH1 + "ETHTOOL_OPTS='wol d'\n"}), "what ETHTOOL_OPTS in"),
        (host(None, NM), "NetworkManager has eth0"),
        (
            host({"ifcfg-eth0": ETH0 + "NM_CONTROLLED=no\n"}, NM),
            "NetworkManager has eth1",
        ),
        (host({"ifcfg-bond0": "DEVICE=bond0\nBONDING_OPTS=mode=1\n"}), "bond0 is there already"),
    ],
)
def test_where_the_files_ask_for_more_ifup_does_it_and_the_gap_is_told(
    facts: HostFacts, why: str
) -> None:
    said = told(facts)
    assert why in said
    assert "5 to 30 seconds" in said
    assert "/sbin/ifup bond0" in " ".join(
        " ".join(step.action.argv)
        for step in plan_for(Ifcfg(), facts, ANSWERS).forward
        if isinstance(step.action, Run)
    )


def test_a_networkmanager_that_has_let_go_already_is_no_matter() -> None:
    no = "NM_CONTROLLED=no\n"
    assert told(host({"ifcfg-eth0": ETH0 + no, "ifcfg-eth1": ETH1 + no}, NM)) == ""


def test_other_name_servers_are_ifups_to_write() -> None:
    bridge = replace(ANSWERS.bridge, dns=("192.168.0.9",))
    assert "name servers" in told(host(), replace(ANSWERS, bridge=bridge))
    assert told(host(dns=("192.168.0.9",)), replace(ANSWERS, bridge=bridge)) == ""


LEASED = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
UUID = "5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10"
LEASES = f"/var/lib/dhclient/dhclient-{UUID}-eth0.lease"
DHCP = f"DEVICE=eth0\nBOOTPROTO=dhcp\nUUID={UUID}\n"
CLIENT = {"/var/run/dhclient-eth0.pid": "810\n", LEASES: "lease {\n}\n"}


def leased(
    text: str = DHCP,
    client: Mapping[str, str] = CLIENT,
    system: System = RHEL7,
    *,
    dynamic: bool = True,
) -> HostFacts:
    """eth0 with an address that dhclient has got for ifup."""
    held = (address(ADDRESS, dynamic=dynamic),)
    found = host(
        {"ifcfg-eth0": text},
        system=system,
        links=(nic("eth0", ETH0_MAC, addresses=held), nic("eth1", ETH1_MAC)),
    )
    extra = {path: FileState(path, text.encode(), 0o644) for path, text in client.items()}
    return replace(found, files={**found.files, **extra})


def test_a_lease_goes_on_under_the_bridge_and_is_never_given_back() -> None:
    assert told(leased(), LEASED) == ""
    (moves,) = [x.text for x in reviewed(Ifcfg(), leased(), LEASED) if x.code == "lease-moves"]
    assert "same client to the DHCP server" in moves
    there = in_words(plan_for(Ifcfg(), leased(), LEASED).forward)
    at = there.index("ifup xenbr0")
    target = "/var/lib/dhclient/dhclient--xenbr0.lease"
    renamed = 's/^ *interface "eth0";$/  interface "xenbr0";/'
    assert there[at - 5 : at + 6] == [
        f"cp --preserve --update {LEASES} {target}",
        f"sed -i {renamed} {target}",
        "+ 192.168.0.0/25 xenbr0 None",
        "+ 192.168.0.128/25 xenbr0 None",
        "+ default xenbr0 None",
        "ifup xenbr0",
        "wait xenbr0 192.168.0.222",
        "- 192.168.0.0/25 xenbr0 None",
        "- 192.168.0.128/25 xenbr0 None",
        "pkill --signal KILL --exact --pidfile /var/run/dhclient-eth0.pid dhclient",
        "rm -f /var/run/dhclient-eth0.pid",
    ]
    assert there.index("wait xenbr0 up") < at < there.index("flush eth0")
    assert not any(word.startswith("ifdown") for word in there)


def test_the_nic_has_its_lease_again_before_the_bridge_loses_it() -> None:
    """dhclient-script may empty a link before it asks: the bridge holds the address meanwhile."""
    plan = plan_for(Ifcfg(), leased(), LEASED)
    back = in_words(plan.rollback)
    assert back.index("RestoreFiles") < back.index("ifup eth0") < back.index("flush xenbr0")
    assert back.index("wait eth0 carrier") < back.index("ifup eth0")
    ended = "pkill --signal KILL --exact --pidfile /var/run/dhclient-xenbr0.pid dhclient"
    assert back.index("wait eth0 192.168.0.222") < back.index(ended) < back.index("flush xenbr0")
    assert back.index("eth0 + those of xenbr0") < back.index("flush xenbr0")
    assert back.index("flush xenbr0") < back.index("eth0 - lent")
    must = [step.action for step in plan.rollback if not step.best_effort]
    assert must == [RestoreFiles(), RestoreSysctls(), RestoreNetwork()]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (host(), "a new lease is asked for"),
        (leased(system=RHEL6), "a new lease is asked for"),
        (leased(dynamic=False), "other addresses than one lease"),
        (leased(client={}), "is not dhclient's"),
        (
            leased(client={**CLIENT, "/etc/dhcp/dhclient-eth0.conf": "\n"}),
            "dhclient-eth0.conf says",
        ),
        (leased(DHCP + "DHCPV6C=yes\n"), "DHCPV6C"),
    ],
)
def test_a_lease_that_can_not_be_taken_along_is_told(facts: HostFacts, why: str) -> None:
    assert why in told(facts, LEASED)


def test_a_lease_file_without_the_connections_uuid_comes_first() -> None:
    old = "/var/lib/dhclient/dhclient-eth0.leases"
    there = in_words(plan_for(Ifcfg(), leased(client={**CLIENT, old: "\n"}), LEASED).forward)
    assert f"cp --preserve --update {old} /var/lib/dhclient/dhclient--xenbr0.lease" in there


def test_a_multipath_route_moves_once_with_all_its_hops() -> None:
    hops = (Hop("192.168.0.7", "eth0", 3), Hop("192.168.0.8", "eth0"), Hop("10.1.0.1", "eth2"))
    routes = tuple(Route("10.9.0.0/16", hop.gateway, hop.link, hops=hops) for hop in hops)
    plan = plan_for(Ifcfg(), host(routes=(default_route(), *routes)), ANSWERS)
    assert "gap" not in {item.code for item in told_by(Ifcfg(), host(), ANSWERS)}
    moved = [step.action.route for step in plan.forward if isinstance(step.action, AddRoute)]
    assert [(route.destination, route.link) for route in moved] == [
        ("default", "xenbr0"),
        ("10.9.0.0/16", "xenbr0"),
    ]
    assert moved[1].hops == (*(replace(hop, link="xenbr0") for hop in hops[:2]), hops[2])
    back = [step.action.route for step in plan.rollback if isinstance(step.action, AddRoute)]
    assert back == [default_route(), routes[0]]
