"""network-scripts without a gap: what in the files forbids it, and that ifup takes no part."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ADDRESS, ETH0_MAC, ETH1_MAC, RHEL5, RHEL6, default_route, make_facts, nic
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts import Hop, HostFacts, Route
from xenbond_tui.plan import AddRoute, Run
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


def host(files: Mapping[str, str] | None = None, *present: str, **more: object) -> HostFacts:
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
    return make_facts(**{**values, **more})  # type: ignore[arg-type]


def told(facts: HostFacts, answers: Answers = ANSWERS) -> str:
    """Why there will be a gap; "" when there will be none."""
    return "".join(item.text for item in Ifcfg().check(facts, answers) if item.code == "gap")


def test_the_kernel_is_brought_to_what_the_files_say_without_ifup() -> None:
    assert told(host()) == ""
    plan = Ifcfg().plan(host(), ANSWERS)
    words = in_words(plan.up)
    assert words.index("WriteFiles") < words.index("bond0 miimon=100 mode=active-backup")
    assert words.index("eth0 -> bond0") < words.index("bond0 primary=eth0")
    commands = {step.action.argv[0] for step in plan.up + plan.down if isinstance(step.action, Run)}
    assert commands <= {"modprobe"}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (host(system=RHEL5), "no MAC of its own"),
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
        for step in Ifcfg().plan(facts, ANSWERS).up
        if isinstance(step.action, Run)
    )


def test_a_networkmanager_that_has_let_go_already_is_no_matter() -> None:
    no = "NM_CONTROLLED=no\n"
    assert told(host({"ifcfg-eth0": ETH0 + no, "ifcfg-eth1": ETH1 + no}, NM)) == ""


def test_other_name_servers_are_ifups_to_write() -> None:
    bridge = replace(ANSWERS.bridge, dns=("192.168.0.9",))
    assert "name servers" in told(host(), replace(ANSWERS, bridge=bridge))
    assert told(host(dns=("192.168.0.9",)), replace(ANSWERS, bridge=bridge)) == ""


def test_a_lease_is_asked_for_anew() -> None:
    answers = replace(ANSWERS, bridge=replace(ANSWERS.bridge, method="dhcp", addresses=()))
    assert "leased anew" in told(host(), answers)


def test_a_multipath_route_moves_once_with_all_its_hops() -> None:
    hops = (Hop("192.168.0.7", "eth0", 3), Hop("192.168.0.8", "eth0"), Hop("10.1.0.1", "eth2"))
    routes = tuple(Route("10.9.0.0/16", hop.gateway, hop.link, hops=hops) for hop in hops)
    plan = Ifcfg().plan(host(routes=(default_route(), *routes)), ANSWERS)
    assert "gap" not in {item.code for item in Ifcfg().check(host(), ANSWERS)}
    moved = [step.action.route for step in plan.up if isinstance(step.action, AddRoute)]
    assert [(route.destination, route.link) for route in moved] == [
        ("default", "xenbr0"),
        ("10.9.0.0/16", "xenbr0"),
    ]
    assert moved[1].hops == (*(replace(hop, link="xenbr0") for hop in hops[:2]), hops[2])
    back = [step.action.route for step in plan.down if isinstance(step.action, AddRoute)]
    assert back == [default_route(), routes[0]]
