"""A method that is more than an address goes along with it, or the line that goes is named."""

import pytest
from facts_builder import ADDRESS, ETH0_MAC, ETH1_MAC, nic
from networkmanager_cases import ETC, after, host

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal

HEAD = "[connection]\nid={0}\nuuid=u-{0}\ntype=ethernet\ninterface-name={0}\n\n"
SHARED = "[ipv4]\nmethod=shared\n{}\n[ipv6]\nmethod={}\n"
OWN = "address1=10.0.0.1/24\n"
LINK_LOCAL = "[ipv4]\nmethod=link-local\n\n[ipv6]\nmethod=auto\n"
IDLE = "[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=ignore\n"
ASKED = "version: 1\nstack: networkmanager\nbond: {slaves: [eth0, eth1]}\nbridge: {name: xenbr0}\n"


def tree(first: str, second: str = IDLE, *, live: bool = False) -> HostFacts:
    """A host whose NICs' profiles say that."""
    links = (
        nic("eth0", ETH0_MAC, addresses=(ADDRESS,) if live else (), index=2),
        nic("eth1", ETH1_MAC, index=3),
    )
    profiles = {"eth0": HEAD.format("eth0") + first, "eth1": HEAD.format("eth1") + second}
    return host(profiles, links, active={2: "u-eth0"} if live else {}, live=live)


def proposed(facts: HostFacts, address: str = "") -> tuple[Proposal, str]:
    """The proposal, and the bridge's profile."""
    asked = ASKED
    if address:
        asked = ASKED.replace("{name: xenbr0}", f"{{name: xenbr0, address: {address}}}")
    found = planner.propose(facts, SetUp(loads(asked, "host.yaml")))
    assert found.plan is not None, found.findings
    return found, after(facts, found.plan.changes)[f"{ETC}/xenbr0.nmconnection"]


def named(found: Proposal) -> list[str]:
    return [x.where for x in found.findings if x.code in ("line-dropped", "line-goes")]


@pytest.mark.parametrize(
    "said",
    [
        SHARED.format(OWN, "ignore"),
        SHARED.format(OWN, "link-local"),
        SHARED.format("", "auto"),
        LINK_LOCAL,
    ],
)
def test_it_is_the_bridge_s_where_the_address_is_left_out(said: str) -> None:
    found, bridge = proposed(tree(said))
    for line in said.split():
        assert line in bridge.split()
    assert named(found) == []


def test_with_the_address_that_it_has_too() -> None:
    found, bridge = proposed(tree(SHARED.format(OWN, "ignore")), "10.0.0.1/24")
    assert "method=shared" in bridge
    assert named(found) == []


@pytest.mark.parametrize("address", ["10.0.0.9/24", "dhcp", "none"])
@pytest.mark.parametrize("said", [SHARED.format(OWN, "ignore"), SHARED.format("", "auto")])
def test_else_the_line_that_goes_is_named(said: str, address: str) -> None:
    found, bridge = proposed(tree(said), address)
    assert "method=shared" not in bridge
    assert f"{ETC}/eth0.nmconnection:8" in named(found)


def test_another_slave_s_too() -> None:
    found, _ = proposed(tree("[ipv4]\nmethod=auto\n", SHARED.format(OWN, "ignore")))
    assert f"{ETC}/eth1.nmconnection:8" in named(found)


@pytest.mark.parametrize(("method", "outage"), [("manual", False), ("shared", True)])
def test_two_links_can_t_share_one_network_meanwhile(method: str, outage: bool) -> None:
    said = f"[ipv4]\nmethod={method}\naddress1={ADDRESS}\n\n[ipv6]\nmethod=ignore\n"
    found, _ = proposed(tree(said, live=True))
    assert found.plan is not None
    assert found.plan.outage is not None
    assert found.plan.outage.expected == outage
