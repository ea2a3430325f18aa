"""The bridge takes no MAC of a NIC that stays in use beside it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    session_over as session,
    virtual,
)
from ifupdown2_cases import PRESENT as IFUPDOWN2
from ifupdown_cases import MAIN, PRESENT
from netplan_cases import PRESENT as NETPLAN
from networkmanager_cases import PRESENT as NM_PRESENT
from option_cases import done
from standing_cases import (
    BOND,
    BRIDGE,
    GUESTS,
    IFCFG,
    IFUPDOWN,
    MANAGEMENT,
    NETWORKD,
    NM,
    OTHER_MAC,
    WRITTEN,
    codes,
    proposed,
    running,
    tree_of,
)
from test_ifupdown_remove import BONDED

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Severity


def _mac(facts: HostFacts, wanted: BridgeAnswers | None = None) -> str:
    bridge = wanted or BridgeAnswers(method="none")
    request = SetUp(Answers(stack="ifupdown", bond=BOND, bridge=bridge))
    resolved = planner.resolve(facts, request)
    return resolved.answers.bridge.mac


def test_a_nic_that_stays_in_use_does_not_give_its_mac() -> None:
    links = (MANAGEMENT, nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    route = default_route("eth9", "192.0.2.1")
    assert _mac(make_facts(links=links, routes=(route,))) == ETH0_MAC
    assert _mac(make_facts(links=links, routes=(route,), session=session("eth9"))) == ETH0_MAC


def test_the_slave_with_the_address_gives_its_mac_though_the_session_comes_by_another() -> None:
    slave = nic("eth1", ETH1_MAC, addresses=("198.51.100.5/24",))
    facts = make_facts(links=(MANAGEMENT, nic("eth0", ETH0_MAC), slave), session=session("eth9"))
    assert _mac(facts) == ETH1_MAC


def test_the_running_bond_comes_before_its_slaves() -> None:
    facts = running(MANAGEMENT)
    links = (replace(x, mac=WRITTEN) if x.name == "bond0" else x for x in facts.links)
    assert _mac(replace(facts, links=tuple(links))) == WRITTEN


def test_a_slave_of_another_bond_gives_its_permanent_mac() -> None:
    slave = nic("eth0", OTHER_MAC, permanent_mac=ETH0_MAC, master="bond7")
    links = (MANAGEMENT, slave, nic("eth1", ETH1_MAC), virtual("bond7", "bond", OTHER_MAC))
    assert _mac(make_facts(links=links, bonds=(bond("bond7", ("eth0", "eth5")),))) == ETH0_MAC


def test_a_bridge_with_guests_alone_has_no_mac_to_keep() -> None:
    links = (
        *(MANAGEMENT, nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC)),
        virtual("xenbr0", "bridge", GUESTS),
        virtual("vif1.0", "vif", GUESTS, master="xenbr0"),
    )
    made = bridge("xenbr0", ("vif1.0",), mac=GUESTS, addresses=())
    assert _mac(make_facts(links=links, bridges=(made,))) == ETH0_MAC


@pytest.mark.parametrize("line", ["bridge_hw {}", "hwaddress ether {}", "hwaddress {}"])
def test_a_mac_that_is_written_for_the_bridge_stays(line: str) -> None:
    said = line.format(WRITTEN)
    text = f"iface br10 inet static\n\taddress 192.0.2.10/24\n\tbridge_ports eth0\n\t{said}\n"
    facts = make_facts(files={IFUPDOWN: f"auto br10\n{text}"})
    assert _mac(facts, BRIDGE) == WRITTEN
    plan = proposed(tree_of({IFUPDOWN: f"auto br10\n{text}"}), "ifupdown").plan
    assert plan is not None
    after = next(item.after for item in plan.changes if item.path == IFUPDOWN) or b""
    assert said.encode() in after
    assert after.count(WRITTEN.encode()) == 1


ON_THE_SECOND: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {IFUPDOWN: "auto eth1\niface eth1 inet dhcp\n"},
    "ifupdown2": {IFUPDOWN: "auto eth1\niface eth1\n\taddress 192.0.2.10/24\n"},
    "ifcfg": {f"{IFCFG}eth1": "DEVICE=eth1\nONBOOT=yes\nBOOTPROTO=dhcp\n"},
    "networkd": {f"{NETWORKD}eth1.network": "[Match]\nName=eth1\n[Network]\nDHCP=ipv4\n"},
    "netplan": {"/etc/netplan/01.yaml": "network:\n  ethernets:\n    eth1: {dhcp4: true}\n"},
    "networkmanager": {
        f"{NM}eth1.nmconnection": "[connection]\nid=eth1\nuuid=e1\ntype=ethernet\n"
        "interface-name=eth1\n[ipv4]\nmethod=auto\n"
    },
}


@pytest.mark.parametrize("stack", ON_THE_SECOND)
def test_the_mac_of_the_second_slave_goes_along_with_its_address_in_a_tree_too(stack: str) -> None:
    facts = tree_of(ON_THE_SECOND[stack])
    wanted = BridgeAnswers(method="dhcp")
    if stack == "ifupdown2":
        facts = replace(facts, present=frozenset(IFUPDOWN2))
        wanted = BridgeAnswers(addresses=("192.0.2.10/24",))
    known = replace(facts, links=(nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC)))
    proposal = proposed(known, stack, wanted)
    assert proposal.request.answers.bridge.mac == ETH1_MAC
    assert "mac-not-pinned" not in codes(proposal)
    unseen = proposed(facts, stack, wanted)
    assert unseen.request.answers.bridge.mac == ""
    told = [it for it in unseen.findings if it.code == "mac-not-pinned" and it.where == "eth1"]
    assert [it.severity for it in told] == [Severity.WARN]
    named = proposed(facts, stack, replace(wanted, mac=WRITTEN))
    assert "mac-not-pinned" not in codes(named)


SECOND_MAC = "02:00:00:00:00:bb"
_IFUPDOWN = (
    "auto eth0\niface eth0 inet static\n\taddress 192.0.2.10/24\n\thwaddress ether {0}\n"
    "iface eth1 inet manual\n\thwaddress ether {1}\n"
)
_PROFILE = "[connection]\nid={0}\nuuid=u-{0}\ntype=ethernet\ninterface-name={0}\n{1}\n"
ON_BOTH: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {IFUPDOWN: _IFUPDOWN},
    "ifupdown2": {IFUPDOWN: _IFUPDOWN},
    "ifcfg": {
        f"{IFCFG}eth0": "DEVICE=eth0\nMACADDR={0}\nIPADDR=192.0.2.10\nPREFIX=24\n",
        f"{IFCFG}eth1": "DEVICE=eth1\nMACADDR={1}\nONBOOT=no\n",
    },
    "networkd": {
        f"{NETWORKD}eth0.network": "[Match]\nName=eth0\n[Link]\nMACAddress={0}\n"
        "[Network]\nAddress=192.0.2.10/24\n",
        f"{NETWORKD}eth1.network": "[Match]\nName=eth1\n[Link]\nMACAddress={1}\n",
    },
    "netplan": {
        "/etc/netplan/01.yaml": "network:\n  ethernets:\n"
        "    eth0:\n      macaddress: '{0}'\n      addresses: [192.0.2.10/24]\n"
        "    eth1:\n      macaddress: '{1}'\n"
    },
    "networkmanager": {
        f"{NM}eth0.nmconnection": _PROFILE.format("eth0", "")
        + "[ethernet]\ncloned-mac-address={0}\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\n",
        f"{NM}eth1.nmconnection": _PROFILE.format("eth1", "")
        + "[ethernet]\ncloned-mac-address={1}\n",
    },
}
"""Both NICs have a MAC written, the first one the host's address too."""


def _filled(stack: str) -> HostFacts:
    files = {path: text.format(WRITTEN, SECOND_MAC) for path, text in ON_BOTH[stack].items()}
    facts = tree_of(files)
    more = {"netplan": NETPLAN, "networkmanager": NM_PRESENT}.get(stack, ("/usr/sbin/brctl",))
    if stack == "ifupdown2":
        return replace(facts, present=frozenset(IFUPDOWN2))
    return replace(facts, present=facts.present | {*more})


@pytest.mark.parametrize("stack", ON_BOTH)
def test_a_mac_that_is_written_for_the_nic_is_the_bridges_then(stack: str) -> None:
    facts = _filled(stack)
    proposal = proposed(facts, stack)
    assert proposal.plan is not None, proposal.refusals
    assert proposal.request.answers.bridge.mac == WRITTEN
    after = b"\n".join(it.after or b"" for it in proposal.plan.changes).lower()
    assert WRITTEN.encode() in after
    assert SECOND_MAC.encode() not in after
    of_nics = [it for it in proposal.plan.changes if it.path.endswith(("eth0", "eth0.network"))]
    assert all(WRITTEN.encode() not in (it.after or b"") for it in of_nics)
    told = [it for it in proposal.findings if SECOND_MAC in it.text]
    assert [it.code for it in told] == ["line-goes"]
    assert f"as a slave it has the MAC of bond0, and br10 has {WRITTEN}" in told[0].text
    assert "mac-not-pinned" not in codes(proposal)


@pytest.mark.parametrize("stack", ON_BOTH)
def test_of_a_slave_that_is_one_already_no_mac_is_touched(stack: str) -> None:
    """Its MAC is the bond's there, which nobody asked to change."""
    facts = _filled(stack)
    first = proposed(facts, stack).plan
    assert first is not None
    bonded = done(facts, first)
    path, key = {
        "ifupdown": (IFUPDOWN, "iface eth1 inet manual\n\thwaddress ether {}\n"),
        "ifupdown2": (IFUPDOWN, "iface eth1 inet manual\n\thwaddress ether {}\n"),
        "ifcfg": (f"{IFCFG}eth1", "DEVICE=eth1\nMACADDR={}\n"),
        "networkd": (f"{NETWORKD}eth1.network", "[Match]\nName=eth1\n[Link]\nMACAddress={}\n"),
        "netplan": ("/etc/netplan/01.yaml", "    eth1:\n      macaddress: '{}'\n"),
        "networkmanager": (f"{NM}eth1.nmconnection", "[ethernet]\ncloned-mac-address={}\n"),
    }[stack]
    without = key.rpartition("{}")[0].rpartition("\n")[0] + "\n"
    if stack == "networkmanager":
        without = ""
    text = bonded.files[path].data.decode()
    said = key.format(SECOND_MAC)
    text = text.replace(without, said, 1) if without else f"{text}\n{said}"
    assert SECOND_MAC in text, text
    state = replace(bonded.files[path], data=text.encode())
    bonded = replace(bonded, files={**bonded.files, path: state})
    wanted = Answers(stack=stack, bond=replace(BOND, miimon=200), bridge=BRIDGE)
    proposal = planner.propose(bonded, SetUp(wanted))
    assert proposal.plan is not None, proposal.refusals
    assert not [it for it in proposal.findings if SECOND_MAC in it.text]
    changed = {it.path: it.after or b"" for it in proposal.plan.changes}
    assert SECOND_MAC.encode() in changed.get(path, text.encode())


THIRD = "00:50:da:7a:51:47"
UNPINNED = BONDED.replace("    bridge_hw 00:50:da:7a:51:45\n", "")


def _exchanged(facts: HostFacts, *slaves: str) -> str:
    of = Answers(stack="ifupdown", bond=replace(BOND, slaves=slaves), bridge=BridgeAnswers())
    return planner.resolve(facts, SetUp(of)).answers.bridge.mac


@pytest.mark.parametrize(
    ("slaves", "mac"),
    [
        (("eth0", "eth2"), ETH0_MAC),
        (("eth2", "eth0"), ETH0_MAC),
        (("eth2", "eth1"), ETH1_MAC),
        # None of the bond's is left.
        (("eth2", "eth3"), THIRD),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_a_new_slave_does_not_give_the_bridge_its_mac(
    live: bool, slaves: tuple[str, ...], mac: str
) -> None:
    """A bridge that stands in the files without a MAC, and a NIC with an address that joins."""
    links = (
        nic("eth0", ETH0_MAC),
        nic("eth1", ETH1_MAC),
        nic("eth2", THIRD, addresses=("198.51.100.5/24",)),
        nic("eth3", "00:50:da:7a:51:48"),
    )
    files = {MAIN: UNPINNED}
    over = session("eth2") if live else None
    facts = make_facts(files=files, links=links, session=over, live=live, present=PRESENT)
    assert _exchanged(facts, *slaves) == mac


def test_the_running_bridge_keeps_its_own_though_the_session_comes_by_a_new_slave() -> None:
    own = "00:50:da:7a:51:99"
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH1_MAC, master="bond0"),
        nic("eth2", THIRD, addresses=("198.51.100.5/24",)),
        replace(virtual("bond0", "bond", own), master="xenbr0"),
        virtual("xenbr0", "bridge", own, addresses=("192.168.0.222/24",)),
    )
    facts = make_facts(
        files={MAIN: UNPINNED},
        links=links,
        bonds=(bond(),),
        bridges=(bridge("xenbr0", ("bond0",)),),
        session=session("eth2"),
        present=PRESENT,
    )
    assert _exchanged(facts, "eth2", "eth1") == own
