"""Findings: for each code an answer or a host that has it, and the same without it.

Every case changes the howto's host and answers, which have no refusals of their own, in one way.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    GATEWAY,
    NEW_USE_CARRIER,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    session_over,
    virtual,
)

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.facts.host import BondingDriver, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules import check_removal, checks
from xenbond_tui.rules.checks import check
from xenbond_tui.rules.findings import Severity

ETH0 = nic("eth0", ETH0_MAC, addresses=(ADDRESS,))
ETH1 = nic("eth1", ETH1_MAC)
GOOD = Answers(
    bond=BondAnswers(slaves=("eth0", "eth1")),
    bridge=BridgeAnswers(addresses=(ADDRESS,), gateway=GATEWAY, dns=(GATEWAY,)),
)


def wanting(**changed: object) -> Answers:
    """Good answers but for some fields: of the bond, or `bridge_…` of the bridge."""
    bond_fields = {k: v for k, v in changed.items() if not k.startswith("bridge_")}
    bridge_fields = {
        k.removeprefix("bridge_"): v for k, v in changed.items() if k not in bond_fields
    }
    return replace(
        GOOD,
        bond=replace(GOOD.bond, **bond_fields),  # type: ignore[arg-type]
        bridge=replace(GOOD.bridge, **bridge_fields),  # type: ignore[arg-type]
    )


def option(name: str, value: str, **changed: object) -> Answers:
    return wanting(options={name: value}, **changed)


def host(*links: Link, **more: object) -> HostFacts:
    """The howto's host with these links instead of, or beside, its own."""
    names = {link.name for link in links}
    own = tuple(link for link in (ETH0, ETH1) if link.name not in names)
    values: dict[str, object] = {"routes": (default_route(),), **more}
    return make_facts(links=(*own, *links), **values)  # type: ignore[arg-type]


def with_driver(description: str | None, available: bool | None = True) -> HostFacts:
    parameters = {} if description is None else {"use_carrier": description}
    return host(driver=BondingDriver(available, False, parameters))


def found(facts: HostFacts, answers: Answers) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in check(facts, SetUp(answers))}


BRIDGED = host(
    nic("eth0", ETH0_MAC, master="xenbr0"),
    nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
    virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    bridges=(bridge("xenbr0", ("eth0", "vif1.0")),),
    routes=(default_route("xenbr0"),),
)
"""The usual dom0: eth0 and a guest's port under the bridge that has the address."""


def with_spanning_tree(facts: HostFacts) -> HostFacts:
    return replace(facts, bridges=tuple(replace(item, stp=True) for item in facts.bridges))


HOWTO = host()
REFUSE, WARN, NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE
ETH2 = nic("eth2", "00:14:22:36:f1:fb", addresses=("10.0.0.5/24",))
DOWN = nic("eth1", ETH1_MAC, carrier=False)
LEASED = nic("eth0", ETH0_MAC, addresses=(address(ADDRESS, dynamic=True),))
ARP = {"arp_interval": "1000"}
TARGETS = {"arp_ip_target": "192.168.0.1,192.168.0.2", "arp_validate": "all"}

CASES: list[tuple[str, Severity, HostFacts, Answers]] = [
    # The names.
    ("bad-name", REFUSE, HOWTO, wanting(name="bond/0")),
    ("bad-name", REFUSE, HOWTO, wanting(bridge_name="x" * 16)),
    ("bad-name", REFUSE, HOWTO, wanting(slaves=("eth0", "eth 1"))),
    ("same-name", REFUSE, HOWTO, wanting(bridge_name="bond0")),
    ("name-of-slave", REFUSE, HOWTO, wanting(bridge_name="eth0")),
    ("name-taken", REFUSE, host(virtual("xenbr0", "bond", ETH0_MAC)), GOOD),
    ("name-taken", REFUSE, host(nic("bond0", "02:00:00:00:00:01")), GOOD),
    ("bond-has-other-slaves", NOTE, host(bonds=(bond(slaves=("eth0", "eth2")),)), GOOD),
    ("bond-in-other-bridge", NOTE, host(bonds=(bond(master="br0"),)), GOOD),
    # The slaves.
    ("too-few-slaves", REFUSE, HOWTO, wanting(slaves=())),
    ("too-few-slaves", REFUSE, HOWTO, wanting(slaves=("eth0",))),
    ("duplicate-slave", REFUSE, HOWTO, wanting(slaves=("eth0", "eth0"))),
    ("duplicate-slave", REFUSE, HOWTO, wanting(slaves=("eth0", "eth1", "eth0"))),
    ("no-such-nic", REFUSE, HOWTO, wanting(slaves=("eth0", "eth7"))),
    ("no-such-nic", REFUSE, host(live=False), wanting(slaves=("eth0", "eth7"))),
    ("nic-not-checked", NOTE, make_facts(links=(), live=False), GOOD),
    ("unsuitable-slave", REFUSE, host(nic("eth1", ETH1_MAC, master="bond1")), GOOD),
    ("virtual-function", WARN, host(nic("eth1", ETH1_MAC, physfn="0000:03:00.0")), GOOD),
    ("no-carrier", WARN, host(DOWN), GOOD),
    ("carrier-unknown", WARN, host(replace(DOWN, admin_up=False, carrier=None)), GOOD),
    ("no-carrier-at-all", REFUSE, host(DOWN, replace(ETH0, carrier=False)), GOOD),
    # The hardware and the driver.
    ("no-bonding-driver", REFUSE, with_driver(None, available=False), GOOD),
    ("use-carrier-refused", REFUSE, with_driver(NEW_USE_CARRIER), wanting(use_carrier=False)),
    ("use-carrier-unknown", WARN, with_driver(None), wanting(use_carrier=False)),
    ("use-carrier-obsolete", NOTE, HOWTO, wanting(use_carrier=False)),
    (
        "borrowed-mac",
        WARN,
        host(replace(ETH1, permanent_mac_source="current", master="bond0"), bonds=(bond(),)),
        GOOD,
    ),
    ("same-permanent-mac", WARN, host(nic("eth1", ETH0_MAC)), GOOD),
    (
        "same-card",
        WARN,
        host(replace(ETH0, bus="pci 0000:03:00.0"), replace(ETH1, bus="pci 0000:03:00.1")),
        GOOD,
    ),
    (
        "same-physical-function",
        WARN,
        host(replace(ETH0, physfn="0000:03:00.0"), replace(ETH1, physfn="0000:03:00.0")),
        GOOD,
    ),
    ("speeds-differ", WARN, host(nic("eth1", ETH1_MAC, speed=100)), wanting(mode="802.3ad")),
    ("speeds-differ", WARN, host(nic("eth1", ETH1_MAC, speed=100)), wanting(mode="balance-xor")),
    # Mode, monitoring, options.
    ("bad-mode", REFUSE, HOWTO, wanting(mode="fastest")),
    ("mode-under-bridge", REFUSE, HOWTO, wanting(mode="balance-rr")),
    ("mode-under-bridge", REFUSE, HOWTO, wanting(mode="balance-tlb")),
    ("mode-under-bridge", REFUSE, HOWTO, wanting(mode="balance-alb")),
    ("mode-under-bridge", WARN, HOWTO, wanting(mode="broadcast")),
    ("switch-setup", NOTE, HOWTO, wanting(mode="802.3ad")),
    ("no-link-monitoring", REFUSE, HOWTO, wanting(miimon=0)),
    ("slow-link-monitoring", WARN, HOWTO, wanting(miimon=5000)),
    ("long-delay", WARN, HOWTO, wanting(options={"updelay": "200000"})),
    ("long-delay", WARN, HOWTO, wanting(options={"downdelay": "200000"})),
    ("two-link-monitors", REFUSE, HOWTO, wanting(options={**ARP, **TARGETS})),
    ("no-arp-target", REFUSE, HOWTO, wanting(miimon=0, options=ARP)),
    ("arp-under-bridge", REFUSE, HOWTO, wanting(miimon=0, options=ARP)),
    ("arp-under-bridge", WARN, HOWTO, wanting(miimon=0, options={**ARP, **TARGETS})),
    ("option-twice", REFUSE, HOWTO, option("use_carrier", "0")),
    ("unknown-option", REFUSE, HOWTO, option("updealy", "200")),
    ("bad-value", REFUSE, HOWTO, option("updelay", "soon")),
    ("bad-value", REFUSE, HOWTO, wanting(miimon=-1)),
    ("delay-without-miimon", REFUSE, HOWTO, option("updelay", "200", miimon=0)),
    ("delay-below-miimon", REFUSE, HOWTO, option("downdelay", "50")),
    ("delay-rounded", WARN, HOWTO, option("updelay", "250")),
    ("option-not-in-mode", REFUSE, HOWTO, option("lacp_rate", "fast")),
    ("option-without-effect", WARN, HOWTO, option("xmit_hash_policy", "layer3+4")),
    ("mac-changes-at-failover", WARN, HOWTO, option("fail_over_mac", "active")),
    ("min-links-unreachable", REFUSE, HOWTO, option("min_links", "3", mode="802.3ad")),
    ("primary-no-slave", REFUSE, HOWTO, option("primary", "eth2")),
    ("option-no-slave", REFUSE, HOWTO, option("prio", "eth2:1")),
    ("option-alone", REFUSE, HOWTO, option("arp_validate", "all")),
    (
        "options-disagree",
        REFUSE,
        HOWTO,
        wanting(options={"num_grat_arp": "2", "num_unsol_na": "3"}),
    ),
    # The bridge.
    ("bad-method", REFUSE, HOWTO, wanting(bridge_method="auto")),
    ("no-address", REFUSE, HOWTO, wanting(bridge_addresses=())),
    ("bad-address", REFUSE, HOWTO, wanting(bridge_addresses=("192.168.0.222",))),
    ("bad-address", REFUSE, HOWTO, wanting(bridge_addresses=("192.168.0.0/24",))),
    ("duplicate-address", REFUSE, HOWTO, wanting(bridge_addresses=(ADDRESS, "192.168.0.222/16"))),
    ("address-ignored", WARN, HOWTO, wanting(bridge_method="dhcp")),
    ("bad-gateway", REFUSE, HOWTO, wanting(bridge_gateway="192.168.1.1")),
    ("bad-gateway", REFUSE, HOWTO, wanting(bridge_gateway="192.168.0.222")),
    ("gateway-ignored", WARN, HOWTO, wanting(bridge_method="dhcp", bridge_addresses=())),
    ("bad-dns", REFUSE, HOWTO, wanting(bridge_dns=("ns1",))),
    ("bad-search-domain", REFUSE, HOWTO, wanting(bridge_search=("exam ple.com",))),
    ("bad-mac", REFUSE, HOWTO, wanting(bridge_mac="01:00:5e:00:00:01")),
    ("bad-mac", REFUSE, HOWTO, wanting(bridge_mac="eth0")),
    ("mac-in-use", WARN, host(ETH2), wanting(bridge_mac=ETH2.mac)),
    ("bad-mtu", REFUSE, HOWTO, wanting(bridge_mtu=40)),
    ("bad-mtu", REFUSE, HOWTO, wanting(bridge_mtu=70_000)),
    ("mtu-below-ipv6", WARN, HOWTO, wanting(bridge_mtu=1000)),
    ("jumbo-frames", NOTE, HOWTO, wanting(bridge_mtu=9000)),
    # What moves.
    ("address-moves", NOTE, HOWTO, GOOD),
    ("address-lost", REFUSE, HOWTO, wanting(bridge_addresses=("192.168.0.223/24",))),
    ("address-lost", REFUSE, host(ETH2), wanting(slaves=("eth0", "eth1", "eth2"))),
    (
        "lease-moves",
        NOTE,
        host(LEASED),
        wanting(bridge_method="dhcp", bridge_addresses=(), bridge_gateway=None),
    ),
    ("lease-ends", WARN, host(LEASED), wanting(bridge_addresses=("192.168.0.223/24",))),
    (
        "address-dropped",
        WARN,
        host(virtual("xenbr0", "bridge", ETH0_MAC, addresses=("10.9.9.9/24",))),
        GOOD,
    ),
    ("address-in-use", REFUSE, host(ETH2), wanting(bridge_addresses=(ADDRESS, "10.0.0.5/24"))),
    ("session-moves", WARN, host(session=session_over()), GOOD),
    (
        "session-cut",
        WARN,
        host(session=session_over()),
        wanting(bridge_addresses=("192.168.0.223/24",)),
    ),
    (
        "session-cut",
        WARN,
        host(session=session_over()),
        wanting(bridge_method="none", bridge_addresses=(), bridge_gateway=None),
    ),
    ("session-pauses", WARN, replace(BRIDGED, session=session_over("eth0", "xenbr0")), GOOD),
    ("port-beside-bond", REFUSE, BRIDGED, wanting(slaves=("eth1", "eth2"))),
    ("port-beside-bond", WARN, with_spanning_tree(BRIDGED), wanting(slaves=("eth1", "eth2"))),
    ("unsuitable-slave", REFUSE, BRIDGED, wanting(bridge_name="br0")),
    ("default-route-lost", WARN, HOWTO, wanting(bridge_gateway=None)),
    ("second-default-route", WARN, host(ETH2, routes=(default_route("eth2", "10.0.0.1"),)), GOOD),
    # The power.
    (
        "no-boot-guard",
        WARN,
        replace(host(), at_boot=AtBoot("/home is not root's", "Move it.")),
        GOOD,
    ),
]


@pytest.mark.parametrize(
    ("code", "severity", "facts", "answers"),
    CASES,
    ids=[f"{number}-{code}" for number, (code, *_) in enumerate(CASES)],
)
def test_found(code: str, severity: Severity, facts: HostFacts, answers: Answers) -> None:
    assert found(facts, answers).get(code) == severity


def test_good_answers_are_only_told_what_moves() -> None:
    assert found(HOWTO, GOOD) == {"address-moves": NOTE}


# The same codes where a case is just not one of them.
NEAR_MISSES: list[tuple[str, HostFacts, Answers]] = [
    ("name-taken", host(virtual("xenbr0", "bridge", ETH0_MAC)), GOOD),
    ("bond-has-other-slaves", host(bonds=(bond(slaves=("eth1", "eth0")),)), GOOD),
    ("bond-in-other-bridge", host(bonds=(bond(master="xenbr0"),)), GOOD),
    ("unsuitable-slave", host(nic("eth1", ETH1_MAC, master="bond0"), bonds=(bond(),)), GOOD),
    ("no-carrier-at-all", host(DOWN), GOOD),
    ("no-carrier", host(replace(DOWN, carrier=None)), GOOD),
    ("no-carrier", host(DOWN, live=False), GOOD),
    ("no-bonding-driver", with_driver(None, available=None), GOOD),
    ("use-carrier-refused", with_driver(NEW_USE_CARRIER), wanting(use_carrier=True)),
    ("use-carrier-refused", with_driver(NEW_USE_CARRIER), GOOD),
    ("use-carrier-unknown", with_driver(None), wanting(use_carrier=True)),
    ("borrowed-mac", host(replace(ETH1, permanent_mac_source="current")), GOOD),
    (
        "same-card",
        host(replace(ETH0, bus="pci 0000:03:00.0"), replace(ETH1, bus="pci 0000:04:00.0")),
        GOOD,
    ),
    ("same-card", host(replace(ETH0, bus="virtio virtio0"), replace(ETH1, bus="virtio1")), GOOD),
    ("speeds-differ", host(nic("eth1", ETH1_MAC, speed=100)), GOOD),
    ("speeds-differ", host(nic("eth1", ETH1_MAC, speed=None)), wanting(mode="802.3ad")),
    ("mode-under-bridge", HOWTO, wanting(mode="balance-xor")),
    ("long-delay", HOWTO, wanting(options={"updelay": "50000", "downdelay": "200"})),
    ("no-link-monitoring", HOWTO, wanting(miimon=0, options={**ARP, **TARGETS})),
    ("delay-rounded", HOWTO, option("updelay", "200")),
    ("delay-below-miimon", HOWTO, option("updelay", "100")),
    ("delay-below-miimon", HOWTO, option("updelay", "0")),
    ("delay-without-miimon", HOWTO, option("updelay", "0", miimon=0)),
    ("option-not-in-mode", HOWTO, option("lacp_rate", "fast", mode="802.3ad")),
    ("option-without-effect", HOWTO, option("num_grat_arp", "2")),
    ("min-links-unreachable", HOWTO, option("min_links", "2", mode="802.3ad")),
    ("primary-no-slave", HOWTO, option("primary", "eth1")),
    ("option-no-slave", HOWTO, option("prio", "eth1:1")),
    ("option-alone", HOWTO, option("arp_validate", "none")),
    ("options-disagree", HOWTO, wanting(options={"num_grat_arp": "2", "num_unsol_na": "2"})),
    ("no-address", HOWTO, wanting(bridge_method="dhcp", bridge_addresses=())),
    ("bad-mac", HOWTO, wanting(bridge_mac=ETH1_MAC)),
    ("mac-in-use", HOWTO, wanting(bridge_mac=ETH1_MAC)),
    ("mac-in-use", host(replace(ETH2, admin_up=False)), wanting(bridge_mac=ETH2.mac)),
    ("mac-in-use", host(ETH2), GOOD),
    ("bad-search-domain", HOWTO, wanting(bridge_search=("example.com", "lan", "a-b.c."))),
    ("bad-mtu", HOWTO, wanting(bridge_mtu=1500)),
    ("jumbo-frames", HOWTO, wanting(bridge_mtu=1500)),
    ("address-lost", host(ETH2), GOOD),
    ("address-lost", host(live=False), wanting(bridge_addresses=("192.168.0.223/24",))),
    ("address-in-use", host(virtual("bond0", "bond", ETH0_MAC, addresses=(ADDRESS,))), GOOD),
    ("session-moves", host(ETH2, session=session_over("eth2")), GOOD),
    ("session-cut", host(session=session_over()), GOOD),
    ("default-route-lost", host(routes=()), wanting(bridge_gateway=None)),
    (
        "default-route-lost",
        host(ETH2, routes=(default_route("eth2", "10.0.0.1"),)),
        wanting(bridge_gateway=None),
    ),
    ("second-default-route", HOWTO, GOOD),
    ("unsuitable-slave", BRIDGED, GOOD),
    ("port-beside-bond", BRIDGED, GOOD),
    ("session-pauses", BRIDGED, GOOD),
    ("no-boot-guard", replace(host(), at_boot=AtBoot(mounts=("/opt/xenbond",))), GOOD),
]


@pytest.mark.parametrize(
    ("code", "facts", "answers"),
    NEAR_MISSES,
    ids=[f"{number}-{code}" for number, (code, *_) in enumerate(NEAR_MISSES)],
)
def test_not_found(code: str, facts: HostFacts, answers: Answers) -> None:
    assert code not in found(facts, answers)


@pytest.mark.parametrize(("facts", "answers"), [(facts, answers) for _, _, facts, answers in CASES])
def test_every_finding_can_be_read_and_acted_on(facts: HostFacts, answers: Answers) -> None:
    for finding in check(facts, SetUp(answers)):
        assert finding.text.endswith((".", "?"))
        assert finding.where
        assert "\n" not in finding.text + finding.remedy
        assert finding.remedy.endswith(".") or finding.severity is NOTE


def test_every_code_has_a_case() -> None:
    # What a removal finds has its cases in test_removal.py, and what a plan's commands may be is
    # attacked in tests/security/test_argv.py. What a bridge joins is asked of the files as well,
    # in test_bridge_before.py.
    rules = set(Path(checks.__file__).parent.glob("check_*.py"))
    rules -= {Path(check_removal.__file__)}
    source = "".join(path.read_text() for path in rules)
    codes = set(re.findall(r'(?:refuse|warn|note)\(\s*"([a-z0-9-]+)"', source))
    assert codes - {"bridge-joins-lan"} == {code for code, *_ in CASES}
