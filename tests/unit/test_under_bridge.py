"""A bond that runs comes under a bridge, and out of it: what routers announced to it stays."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    address,
    bond,
    bridge,
    default_route,
    nic,
    virtual,
)
from ifupdown2_cases import PRESENT as IFUPDOWN2
from ifupdown_cases import PRESENT
from networkd_cases import ENABLED
from standing_cases import BOND, BOND_OF_TWO, IFCFG, IFUPDOWN, NETWORKD, tree_of

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
from xenbond_tui.apply.plan_json import plan_from_json, plan_to_json
from xenbond_tui.facts.access import Access
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import AddBridge, Announce, RestoreSysctls, Run, SetSysctls
from xenbond_tui.plan.plan import Outage, Plan, Step
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage
from xenbond_tui.stacks.change_over.edit import joined, under_bridge
from xenbond_tui.stacks.change_over.transition import Transition

CIDR, GATEWAY = "192.0.2.10/24", "192.0.2.1"
MADE, PREFIX = "2001:db8:1:0:250:daff:fe7a:5145/64", "2001:db8:1::/64"
OUT = "Take bond0 out of xenbr0"
ROUTER = Route("default", "fe80::1", "bond0", 6, 1024, protocol="ra")
_STATIC = BOND_OF_TWO.replace("inet manual", f"inet static\n\taddress {CIDR}\n\tgateway {GATEWAY}")
FILES: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {IFUPDOWN: _STATIC},
    "ifupdown2": {IFUPDOWN: _STATIC},
    "ifcfg": {
        f"{IFCFG}bond0": "DEVICE=bond0\nONBOOT=yes\nBONDING_OPTS='mode=1 miimon=100'\n"
        f"IPADDR=192.0.2.10\nPREFIX=24\nGATEWAY={GATEWAY}\n",
        f"{IFCFG}eth0": "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
        f"{IFCFG}eth1": "DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\n",
    },
    "networkd": {
        f"{NETWORKD}bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n[Bond]\n"
        "Mode=active-backup\nMIIMonitorSec=100ms\n",
        f"{NETWORKD}eth.network": "[Match]\nName=eth0 eth1\n[Network]\nBond=bond0\n",
        f"{NETWORKD}bond0.network": f"[Match]\nName=bond0\n[Network]\nAddress={CIDR}\n"
        f"Gateway={GATEWAY}\n",
    },
}
INSTALLED = {"ifupdown": PRESENT, "ifupdown2": IFUPDOWN2}


def _host(stack: str) -> HostFacts:
    held = (address(CIDR), address(MADE, dynamic=True))
    options = {"mode": "active-backup 1", "miimon": "100", "primary": ""}
    return replace(
        tree_of(FILES[stack]),
        access=Access(),
        present=frozenset((*INSTALLED.get(stack, ()), ENABLED)),
        links=(
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
            replace(virtual("bond0", "bond", ETH0_MAC), addresses=held),
            virtual("bond0.20", "vlan", ETH0_MAC, lower="bond0", vlan_id=20),
        ),
        bonds=(replace(bond(), options=options),),
        bridges=(),
        routes=(default_route("bond0", GATEWAY), ROUTER),
    )


def _plan(stack: str) -> Plan:
    bridge = BridgeAnswers(name="xenbr0", method="static", addresses=(CIDR,), gateway=GATEWAY)
    proposal = planner.propose(_host(stack), SetUp(Answers(stack=stack, bond=BOND, bridge=bridge)))
    plan = proposal.plan
    assert plan is not None, proposal.refusals
    assert plan.outage is not None
    assert plan.outage == Outage.none("bond0 comes under xenbr0 while it runs")
    assert plan_from_json(plan_to_json(plan)) == plan
    return plan


def _rollback(stack: str) -> tuple[Step, ...]:
    return _plan(stack).rollback


def _labels(stack: str) -> list[str]:
    return [step.label for step in _rollback(stack)]


@pytest.mark.parametrize("stack", FILES)
def test_the_bond_has_routes_until_a_router_has_spoken_to_it(stack: str) -> None:
    """The bridge's are gone with its addresses, and no link that stays up asks for new ones."""
    back = _labels(stack)
    where = (PREFIX, "default")
    held = [back.index(f"Add the route {to} by bond0 during the move") for to in where]
    dropped = [back.index(f"Remove the interim route to {to} by bond0") for to in where]
    let_go, out = back.index("Remove every address from xenbr0"), back.index(OUT)
    heard = back.index("Wait until bond0 has a default route from a router")
    assert max(held) < let_go < out < heard < min(dropped)


@pytest.mark.parametrize("stack", FILES)
def test_the_bond_says_that_it_has_the_address_again(stack: str) -> None:
    """Its MAC may be another than the bridge's was."""
    back = _rollback(stack)
    out = next(n for n, step in enumerate(back) if step.label == OUT)
    told = [step.action for step in back[out:] if isinstance(step.action, Announce)]
    assert told[:1] == [Announce("bond0")]


def test_networkd_does_not_take_the_bond_for_a_new_link() -> None:
    """It would remove every route that it has not made, and put the bond under the bridge again."""
    back = _labels("networkd")
    reloads = [n for n, label in enumerate(back) if label == "Reload networkd's files"]
    not_its_own, again = (back.index(f"{verb} Unmanaged= for bond0") for verb in ("Set", "Remove"))
    assert not_its_own < reloads[0] < back.index(OUT) < again < reloads[1]
    assert reloads[1] < back.index("Wait until bond0 has a default route from a router")


def test_ifreload_leaves_out_the_bond_and_what_stands_on_it() -> None:
    """With what stands on a link it takes the link, and removes what no stanza has."""
    steps = _rollback("ifupdown2")
    reload, ifup = (step.action.argv for step in steps if isinstance(step.action, Run))
    left_out = [reload[n + 1] for n, word in enumerate(reload) if word == "-X"]
    assert left_out == ["^bond0$", r"^bond0\.20$"]
    assert ifup[1:] == ("--perfmode", "bond0")


@pytest.mark.parametrize("stack", FILES)
def test_what_was_set_for_the_time_of_the_change_is_put_back_at_its_end(stack: str) -> None:
    for steps in (_plan(stack).forward, _plan(stack).rollback):
        kinds = [type(step.action) for step in steps]
        last = len(kinds) - 1 - kinds[::-1].index(SetSysctls)
        assert RestoreSysctls in kinds[last:]


BRIDGE = BridgeAnswers("xenbr0", "static", (CIDR,), GATEWAY, mac=ETH0_MAC)
WANTED = Answers(bond=BOND, bridge=BRIDGE)
HELD = (address(CIDR), address(MADE, dynamic=True))


def _facts(
    *held: object, above: object = None, ports: tuple[str, ...] = (), **more: Any
) -> HostFacts:
    """The bond alone, or beside a bridge that has other ports and perhaps an address."""
    facts = _host("ifupdown")
    links = [
        replace(link, addresses=held) if link.name == "bond0" else link for link in facts.links
    ]
    if above is not None:
        links.append(replace(virtual("xenbr0", "bridge", ETH0_MAC), addresses=above))
        links += [nic(name, "02:00:00:00:00:07", master="xenbr0") for name in ports]
        state = replace(bridge("xenbr0", ports), mac=ETH0_MAC)
        more = {"bridges": (replace(state, stp=bool(more.pop("stp", False))),), **more}
    return replace(facts, links=tuple(links), **more)


def _move(facts: HostFacts, **changed: Any) -> Move:
    """What is decided; NeedsOutage tells why it can't be."""
    found: list[Move] = []

    def make(facts: HostFacts, answers: Answers, move: Move) -> Transition:
        found.append(move)
        return Transition(facts, answers, move)

    answers = replace(WANTED, bridge=replace(BRIDGE, **changed))
    under_bridge(facts, answers, make)
    return found[0]


@pytest.mark.parametrize(
    ("facts", "changed", "moves"),
    [
        (_facts(*HELD), {}, HELD[:1]),
        (_facts(*HELD), {"mtu": 1500}, HELD[:1]),
        (_facts(), {"method": "none", "addresses": (), "gateway": None}, ()),
        (_facts(above=HELD), {}, ()),
        (_facts(above=(), ports=("vif1.0",)), {"method": "none", "addresses": ()}, ()),
        (_facts(*HELD, above=()), {}, HELD[:1]),
    ],
    ids=["address", "mtu as it is", "no address", "bridge has it", "guests", "empty bridge"],
)
def test_a_bond_comes_under_its_bridge_with_the_address_that_lasts(
    facts: HostFacts, changed: dict[str, object], moves: tuple[object, ...]
) -> None:
    assert _move(facts, **changed) == Move("bond0", (), moves)


@pytest.mark.parametrize(
    ("facts", "changed", "why"),
    [
        (replace(_facts(*HELD), bonds=()), {}, "not under xenbr0"),
        (replace(_facts(*HELD), bonds=(bond(slaves=()),)), {}, "not under xenbr0"),
        (_facts(*HELD, above=(), stp=True), {}, "has spanning tree or another NIC"),
        (_facts(*HELD, above=(), ports=("eth7",)), {}, "has spanning tree or another NIC"),
        (_facts(*HELD), {"mac": ETH1_MAC}, "the MAC of xenbr0 changes"),
        (_facts(*HELD, above=()), {"mac": ETH1_MAC}, "the MAC of xenbr0 changes"),
        (_facts(*HELD), {"mtu": 9000}, "the MTU changes"),
        (_facts(*HELD), {"dns": ("192.0.2.53",)}, "the name servers change"),
        (_facts(*HELD), {"search": ("example.org",)}, "the name servers change"),
        (_facts(*HELD), {"method": "dhcp", "addresses": ()}, "xenbr0 asks for a lease"),
        (_facts(*HELD), {"method": "none", "addresses": ()}, "of bond0 or xenbr0 goes"),
        (_facts(above=HELD), {"method": "none", "addresses": ()}, "of bond0 or xenbr0 goes"),
        (_facts(*HELD, above=HELD), {}, "bond0 has an address beside xenbr0"),
        (_facts(address(CIDR, dynamic=True)), {}, "the address of bond0 is leased"),
        (_facts(*HELD), {"addresses": ("192.0.2.11/24",)}, "xenbr0 gets another address"),
        (_facts(*HELD, address("192.0.2.9/24")), {}, "xenbr0 gets another address"),
        (_facts(*HELD), {"addresses": (CIDR, "192.0.2.9/24")}, "xenbr0 gets another address"),
        (_facts(above=(address("192.0.2.11/24"),)), {}, "xenbr0 gets another address"),
    ],
)
def test_why_a_bond_can_not_come_under_its_bridge_while_it_runs(
    facts: HostFacts, changed: dict[str, object], why: str
) -> None:
    with pytest.raises(NeedsOutage, match=why):
        _move(facts, **changed)


def test_a_bridge_is_made_where_there_is_none() -> None:
    for facts, makes in ((_facts(*HELD), True), (_facts(*HELD, above=()), False)):
        way = Transition(facts, WANTED, Move("bond0", (), HELD[:1]))
        made = [step for step in joined(way) if isinstance(step.action, AddBridge)]
        assert bool(made) is makes
