"""A host whose address routers announce: left out, the bridge gets that; none, each line goes."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, address, nic
from option_cases import HOSTS, done
from test_left_out import ON_EVERY_STACK

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import STACKS, Stack

IFUPDOWN = "auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet6 auto\n\tprivext 2\n"
NS = "/etc/sysconfig/network-scripts/ifcfg-"
FILES: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "ifupdown": ({"/etc/network/interfaces": IFUPDOWN}, ("inet6 auto", "privext 2")),
    "ifupdown2": ({"/etc/network/interfaces": IFUPDOWN}, ("inet6 auto", "privext 2")),
    "ifcfg": (
        {
            f"{NS}eth0": "DEVICE=eth0\nONBOOT=yes\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n"
            "IPV6_PRIVACY=rfc3041\n"
        },
        ("IPV6_AUTOCONF=yes", "IPV6_PRIVACY=rfc3041"),
    ),
    "netplan": (
        {
            "/etc/netplan/01.yaml": "network:\n  ethernets:\n    eth0:\n"
            "      accept-ra: true\n      ipv6-privacy: true\n    eth1: {}\n"
        },
        ("accept-ra: true", "ipv6-privacy: true"),
    ),
    "networkd": (
        {
            "/etc/systemd/network/eth0.network": "[Match]\nName=eth0\n[Network]\n"
            "IPv6AcceptRA=yes\nIPv6PrivacyExtensions=yes\n[IPv6AcceptRA]\nUseDNS=no\n"
        },
        ("IPv6AcceptRA=yes", "IPv6PrivacyExtensions=yes", "UseDNS=no"),
    ),
    "networkmanager": (
        {
            "/etc/NetworkManager/system-connections/eth0.nmconnection": "[connection]\nid=eth0\n"
            "uuid=e0\ntype=ethernet\ninterface-name=eth0\n\n[ipv4]\nmethod=disabled\n\n"
            "[ipv6]\nmethod=auto\nip6-privacy=2\n"
        },
        ("method=auto", "ip6-privacy=2"),
    ),
}
"""Stack → files of a host that has IPv6 by routers alone, and the lines that say it."""
LINKS = (
    nic("eth0", ETH0_MAC, addresses=(address("2001:db8::a/64", dynamic=True),)),
    nic("eth1", ETH1_MAC),
)


def host(stack: Stack, *, live: bool) -> HostFacts:
    files = {
        path: FileState(path, text.encode(), 0o600) for path, text in FILES[stack.name][0].items()
    }
    facts = HOSTS[stack.name][0]
    return replace(
        facts,
        files=files,
        present=facts.present | files.keys(),
        links=LINKS if live else (),
        routes=(),
        access=Access() if live else Access(HostKind.TREE, "/mnt"),
    )


def proposed(stack: Stack, facts: HostFacts, **bridge: object) -> Proposal:
    left_out = frozenset(("address", "gateway", "dns", "search"))
    asked = replace(BridgeAnswers(left_out=left_out), **bridge)
    bond = BondAnswers(slaves=("eth0", "eth1"))
    return planner.propose(facts, SetUp(Answers(stack.name, bond, asked)))


def lines(facts: HostFacts, text: str) -> list[str]:
    """Files that have the text."""
    return [path for path, it in facts.files.items() if text.encode() in it.data]


@pytest.mark.parametrize("live", [False, True], ids=["tree", "live"])
@ON_EVERY_STACK
def test_the_bridge_gets_what_routers_announced_to_the_nic(stack: Stack, live: bool) -> None:
    facts = host(stack, live=live)
    proposal = proposed(stack, facts)
    assert proposal.plan is not None, proposal.refusals
    after = done(facts, proposal.plan)
    told = [it for it in proposal.findings if it.code in ("line-dropped", "line-goes")]
    assert not told
    for text in FILES[stack.name][1]:
        assert lines(after, text), text
    if live:
        # It names the NICs by their MACs then, which no tree tells.
        return
    again = proposed(stack, after)
    assert again.plan is not None, again.refusals
    assert [it.path for it in again.plan.changes if it.status != "unchanged"] == []


NAME_SERVER = {
    "ifupdown": ("\tprivext 2\n", "\tdns-nameservers 2001:db8::53\n"),
    "ifupdown2": ("\tprivext 2\n", "\tdns-nameservers 2001:db8::53\n"),
    "ifcfg": ("IPV6INIT=yes\n", "DNS1=2001:db8::53\n"),
    "netplan": ("      accept-ra: true\n", "      nameservers: {addresses: ['2001:db8::53']}\n"),
    "networkd": ("IPv6AcceptRA=yes\n", "DNS=2001:db8::53\n"),
    "networkmanager": ("[ipv6]\nmethod=auto\n", "dns=2001:db8::53;\n"),
}
"""Stack → a line of its files, and one below it that names a server."""


@ON_EVERY_STACK
def test_a_name_server_beside_it_comes_along(stack: Stack) -> None:
    facts = host(stack, live=False)
    line, more = NAME_SERVER[stack.name]
    files = {
        path: replace(it, data=it.data.replace(line.encode(), f"{line}{more}".encode()))
        for path, it in facts.files.items()
    }
    facts = replace(facts, files=files)
    assert lines(facts, "2001:db8::53")
    proposal = proposed(stack, facts)
    assert proposal.plan is not None, proposal.refusals
    assert lines(done(facts, proposal.plan), "2001:db8::53")
    assert not [it for it in proposal.findings if "2001:db8::53" in it.text]


@ON_EVERY_STACK
def test_a_removal_gives_it_back(stack: Stack) -> None:
    facts = host(stack, live=False)
    plan = proposed(stack, facts).plan
    assert plan is not None
    proposal = planner.propose(done(facts, plan), Removal(Answers(stack=stack.name), "eth0"))
    assert proposal.plan is not None, proposal.refusals
    after = done(done(facts, plan), proposal.plan)
    for text in FILES[stack.name][1]:
        assert lines(after, text), text
    assert not [it for it in proposal.findings if it.code == "line-dropped"]


@ON_EVERY_STACK
def test_an_address_of_none_names_every_line_of_it(stack: Stack) -> None:
    facts = host(stack, live=False)
    proposal = proposed(stack, facts, method="none", left_out=frozenset())
    assert proposal.plan is not None, proposal.refusals
    told = [it.text for it in proposal.findings if it.code == "line-dropped"]
    after = done(facts, proposal.plan)
    for text in FILES[stack.name][1]:
        assert [it for it in told if text in it] or lines(after, text), text


@ON_EVERY_STACK
def test_of_a_bridge_that_has_it_none_takes_it_away_and_says_so(stack: Stack) -> None:
    facts = host(stack, live=False)
    first = proposed(stack, facts).plan
    assert first is not None
    bridged = done(facts, first)
    proposal = proposed(stack, bridged, method="none", left_out=frozenset())
    assert proposal.plan is not None, proposal.refusals
    what = FILES[stack.name][1][0]
    assert [it for it in proposal.findings if it.code == "line-dropped" and what in it.text]


def test_without_any_word_of_an_address_it_is_asked_for() -> None:
    stack = next(it for it in STACKS if it.name == "ifupdown")
    facts = host(stack, live=False)
    text = b"auto lo\niface lo inet loopback\niface eth0 inet manual\n"
    files = {"/etc/network/interfaces": FileState("/etc/network/interfaces", text, 0o644)}
    told = [it.code for it in proposed(stack, replace(facts, files=files)).refusals]
    assert told == ["no-address"]
