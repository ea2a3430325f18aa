"""A bond that runs comes under a bridge, and out of it: what routers announced to it stays."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, address, bond, default_route, nic, virtual
from ifupdown2_cases import PRESENT as IFUPDOWN2
from ifupdown_cases import PRESENT
from networkd_cases import ENABLED
from standing_cases import BOND, BOND_OF_TWO, IFCFG, IFUPDOWN, NETWORKD, tree_of

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
from xenbond_tui.facts.access import Access
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Step

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


def _rollback(stack: str) -> tuple[Step, ...]:
    bridge = BridgeAnswers(name="xenbr0", method="static", addresses=(CIDR,), gateway=GATEWAY)
    proposal = planner.propose(_host(stack), SetUp(Answers(stack=stack, bond=BOND, bridge=bridge)))
    plan = proposal.plan
    assert plan is not None, proposal.refusals
    assert plan.outage is not None
    assert not plan.outage.expected
    return plan.rollback


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
