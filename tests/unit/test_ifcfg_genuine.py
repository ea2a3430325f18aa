"""What Red Hat's own scripts do with our files, release by release, as their sources have it."""

import re
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, RHEL5, RHEL6, RHEL8, default_route, nic, system
from ifcfg_cases import ANSWERS, ETH0, NS, ONE_CABLE, TOOLS, codes, host
from proposing import plan_for, told_by

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.host import HostFacts, System
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.ifcfg.files import Scripts, as_leased, lease_file, release
from xenbond_tui.stacks.ifcfg.read import read

RHEL7 = replace(RHEL6, version="7.9")
ENDS = ("~", *(rf"\.{end}" for end in ("bak", "orig", "rpmnew", "rpmorig", "rpmsave")))
BAR = r"\|"
READS_OLD = rf"__sed_discard_ignored_files='/\({BAR.join(ENDS)}\)$/d'" + "\n"
PASSES_OLD = READS_OLD.replace("\\|\\.orig", "\\|\\.old\\|\\.orig")
FUNCTIONS = "/etc/rc.d/init.d/functions"
COPY = {f"{NS}/ifcfg-eth0.old": ETH0}
DHCP = "DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n"
LEASES = "/var/lib/dhclient/dhclient-eth0.leases"
PID = "/var/run/dhclient-eth0.pid"
LEASE = 'lease {\n  interface "eth0";\n  fixed-address 192.168.0.222;\n}\n'
ZEROCONF = Route("169.254.0.0/16", None, "eth0", metric=1002, protocol="boot", scope="link")


@pytest.mark.parametrize(
    ("release_of", "functions", "refused"),
    [
        (RHEL5, READS_OLD, True),
        (RHEL6, READS_OLD, True),
        (RHEL7, READS_OLD, True),
        (RHEL7, PASSES_OLD, False),
        (RHEL8, PASSES_OLD, False),
        (RHEL6, None, True),
        (RHEL7, None, True),
        (RHEL8, None, False),
    ],
)
def test_a_copy_named_old_is_refused_where_the_scripts_read_it(
    release_of: System, functions: str | None, refused: bool
) -> None:
    files = COPY | ({FUNCTIONS: functions} if functions else {})
    found = told_by(Ifcfg(), host(files, system=release_of), ANSWERS)
    texts = [item.text for item in found if item.code == "several-files-for-a-link"]
    assert bool(texts) is refused
    assert all("ifcfg-eth0.old" in text for text in texts)


@pytest.mark.parametrize("name", ["eth1", "bond0", "xenbr0"])
@pytest.mark.parametrize("alone", [False, True])
def test_a_copy_of_any_of_our_links_is_refused_also_where_it_is_the_only_file(
    name: str, *, alone: bool
) -> None:
    """It would configure the link at each boot, until the scripts are brought up to date."""
    text = f"DEVICE={name}\nONBOOT=yes\nBOOTPROTO=none\n"
    files = {f"{NS}/ifcfg-{name}.old": text} | ({} if alone else {f"{NS}/ifcfg-{name}": text})
    for release_of, refused in ((RHEL6, True), (RHEL8, False)):
        found = told_by(Ifcfg(), host(files, system=release_of), ANSWERS)
        texts = [item.text for item in found if item.code == "several-files-for-a-link"]
        assert bool(texts) is refused
        assert all(f"ifcfg-{name}.old" in text for text in texts)


def test_any_pattern_that_reads_it_counts() -> None:
    both = COPY | {FUNCTIONS: PASSES_OLD, f"{NS}/network-functions": READS_OLD}
    assert "several-files-for-a-link" in codes(host(both, system=RHEL8))


def test_the_address_whose_network_has_the_gateway_is_written_first() -> None:
    """ifup-eth compares GATEWAY with the network of the first address alone."""
    addresses = ("10.0.0.5/8", "192.168.0.222/24", "172.16.0.9/16")
    bridge = replace(ANSWERS.bridge, addresses=addresses)
    links = (
        nic("eth0", ETH0_MAC, addresses=tuple(Address(*_split(item)) for item in addresses)),
        nic("eth1", ETH1_MAC),
    )
    facts = host(system=RHEL8, links=links)
    plan = plan_for(Ifcfg(), facts, replace(ANSWERS, bridge=bridge))
    text = next(item.after for item in plan.changes if item.path.endswith("ifcfg-xenbr0"))
    assert text is not None
    order = [line for line in text.decode().splitlines() if line.startswith("IPADDR")]
    assert order == ["IPADDR=192.168.0.222", "IPADDR1=10.0.0.5", "IPADDR2=172.16.0.9"]


def _split(cidr: str) -> tuple[str, int]:
    ip, _, length = cidr.partition("/")
    return ip, int(length)


def leased(system: System, *files: str, address: str = "192.168.0.222") -> HostFacts:
    """eth0 leased, by a dhclient-script that gives no lifetime."""
    texts = {f"{NS}/ifcfg-eth0": DHCP, PID: "77\n", LEASES: LEASE}
    links = (nic("eth0", ETH0_MAC, addresses=(f"{address}/24",)), nic("eth1", ETH1_MAC))
    known = {path: text for path, text in texts.items() if path not in files}
    return host(known, system=system, links=links, routes=(default_route("eth0"),))


@pytest.mark.parametrize("system", [RHEL5, RHEL6])
def test_a_leased_host_can_be_set_up(system: System) -> None:
    answers = replace(
        ANSWERS, bridge=replace(ANSWERS.bridge, method="dhcp", addresses=(), gateway=None)
    )
    facts = leased(system)
    before = {item.code for item in planner.propose(facts, SetUp(answers)).findings}
    assert "address-lost" in before
    proposal = planner.propose(as_leased(facts), SetUp(answers))
    assert proposal.plan is not None, proposal.refusals
    assert planner.prefill(as_leased(facts)).bridge.method == "dhcp"


def test_only_what_was_leased_is_taken_for_leased() -> None:
    def dynamic(facts: HostFacts) -> list[bool]:
        link = as_leased(facts).link("eth0")
        assert link is not None
        return [item.dynamic for item in link.addresses]

    assert dynamic(leased(RHEL6)) == [True]
    assert dynamic(leased(RHEL6, PID)) == [False]
    assert dynamic(leased(RHEL6, f"{NS}/ifcfg-eth0")) == [False]
    assert dynamic(leased(RHEL6, address="192.168.0.99")) == [False]
    assert dynamic(leased(RHEL6, LEASES, address="192.168.0.99")) == [True]


def test_gateway0_is_no_key() -> None:
    """It is not read, not written, and does not move: it stays where it does nothing."""
    line = "GATEWAY0=192.168.0.1\n"
    facts = host({f"{NS}/ifcfg-eth0": ETH0.replace("GATEWAY=192.168.0.1\n", line)})
    found = read(facts)
    assert found is not None
    assert found.bridge.gateway is None
    after = _after(plan_for(Ifcfg(), facts, ANSWERS))
    assert "GATEWAY=192.168.0.1\n" in after["xenbr0"]
    assert line not in after["xenbr0"]
    assert line in after["eth0"]


def _after(plan: Plan) -> dict[str, str]:
    """Link → its file afterwards."""
    return {it.path.removeprefix(f"{NS}/ifcfg-"): (it.after or b"").decode() for it in plan.changes}


@pytest.mark.parametrize("system", [RHEL5, RHEL6, RHEL7, RHEL8])
@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("way", ["live", "with an outage", "tree"])
def test_the_gateway_of_the_nic_goes_along_though_no_answer_names_it(
    system: System, way: str, *, everywhere: bool
) -> None:
    """The howto's host: GATEWAY in ifcfg-eth0, and answers with an address alone."""
    network = "NETWORKING=yes\n" + "GATEWAY=192.168.0.1\n" * everywhere
    eth0 = ETH0.replace("GATEWAY=192.168.0.1\n", "") if everywhere else ETH0
    files = {f"{NS}/ifcfg-eth0": eth0, "/etc/sysconfig/network": network}
    links = (nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",)), nic("eth1", ETH1_MAC))
    if way == "with an outage":
        links = ONE_CABLE
    facts = host(files, system=system, links=links, routes=(default_route("eth0"),))
    if way == "tree":
        facts = replace(facts, links=(), routes=(), access=Access(HostKind.TREE, "/mnt"))
    left_out = frozenset({"gateway", "dns", "search"})
    bridge = replace(ANSWERS.bridge, gateway=None, mac="keep", left_out=left_out)
    proposal = planner.propose(facts, SetUp(replace(ANSWERS, bridge=bridge)))
    assert proposal.plan is not None, proposal.refusals
    assert proposal.plan.expected.routes == (Route("default", "192.168.0.1", "xenbr0"),)
    after = _after(proposal.plan)
    assert ("GATEWAY=192.168.0.1" in after["xenbr0"]) is not everywhere
    assert "GATEWAY" not in after["eth0"]
    assert [it.code for it in proposal.findings if "gateway" in it.code + it.text] == []


@pytest.mark.parametrize("system", [RHEL6, RHEL7, RHEL8])
def test_a_gateway_in_no_network_of_the_host_is_refused(system: System) -> None:
    bridge = replace(ANSWERS.bridge, addresses=("10.0.0.5/8", "192.168.0.222/32"))
    proposal = planner.propose(host(system=system), SetUp(replace(ANSWERS, bridge=bridge)))
    assert "bad-gateway" in {it.code for it in proposal.refusals}


@pytest.mark.parametrize("system", [RHEL6, RHEL7, RHEL8])
def test_addresses_that_stand_in_another_order_are_put_in_this_one(system: System) -> None:
    """Moved from the NIC, and on a bridge that has them: the second would have no gateway."""
    addresses = "IPADDR=10.0.0.5\nPREFIX=8\nIPADDR1=192.168.0.222\nPREFIX1=24\n"
    eth0 = ETH0.replace("IPADDR=192.168.0.222\nNETMASK=255.255.255.0\n", addresses)
    links = (
        nic("eth0", ETH0_MAC, addresses=("10.0.0.5/8", "192.168.0.222/24")),
        nic("eth1", ETH1_MAC),
    )
    facts = host({f"{NS}/ifcfg-eth0": eth0}, system=system, links=links)
    bridge = replace(ANSWERS.bridge, addresses=("10.0.0.5/8", "192.168.0.222/24"))
    after = _after(plan_for(Ifcfg(), facts, replace(ANSWERS, bridge=bridge)))["xenbr0"]
    assert [line for line in after.splitlines() if re.match(r"IPADDR|PREFIX|NETMASK", line)] == [
        "IPADDR=192.168.0.222",
        "PREFIX=24",
        "IPADDR1=10.0.0.5",
        "PREFIX1=8",
    ]


@pytest.mark.parametrize("system", [RHEL7, RHEL8])
def test_a_lease_that_moves_takes_no_route_along_that_the_scripts_make(system: System) -> None:
    """ifup gives the bridge its own; both would stand there until the next restart."""
    facts = as_leased(leased(system))
    facts = replace(facts, routes=(*facts.routes, ZEROCONF, replace(ZEROCONF, link="eth1")))
    bridge = replace(ANSWERS.bridge, method="dhcp", addresses=(), gateway=None)
    proposal = planner.propose(facts, SetUp(replace(ANSWERS, bridge=bridge)))
    assert proposal.plan is not None, proposal.refusals
    assert proposal.plan.outage is not None
    assert not proposal.plan.outage.expected
    steps = (*proposal.plan.forward, *proposal.plan.rollback)
    assert any("default" in f"{step.action}" for step in steps)
    assert [step for step in steps if "169.254" in f"{step.action}"] == []


def test_the_scripts_own_route_is_no_foreign_one() -> None:
    def told(route: Route) -> bool:
        routes = (default_route("eth0"), route)
        found = planner.propose(host(routes=routes), SetUp(ANSWERS)).findings
        return "route-in-no-file" in {item.code for item in found}

    assert not told(ZEROCONF)
    assert told(replace(ZEROCONF, destination="10.9.0.0/16"))


BRIDGED = 'if [ -n "${BRIDGE}" -a -x /usr/sbin/brctl ]; then\n  brctl addif\n  exit 0\nfi\n'
BONDED = '# bond\nfor it in $(grep -l "^MASTER=${DEVICE}" ifcfg-*); do ifup $it; done\n'


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (BRIDGED + BONDED, f"refuse {NS}/ifup-eth:1"),
        (BONDED + BRIDGED, None),
        ("# -n $BRIDGE\n" + BONDED + BRIDGED, None),
        (BRIDGED.replace("  exit 0\n", "") + BONDED, None),
    ],
)
def test_scripts_that_bridge_before_they_bond_are_refused(text: str, where: str | None) -> None:
    assert codes(host({f"{NS}/ifup-eth": text})).get("bond-not-bridged") == where


def test_only_usr_sbin_brctl_counts() -> None:
    present = tuple(path.replace("/usr/sbin/brctl", "/sbin/brctl") for path in TOOLS)
    assert "no-bridge-utils" in codes(host(present=present))


def test_modprobe_conf_alone_makes_no_rhel5() -> None:
    conf = {"/etc/modprobe.conf": "alias eth0 e1000\n"}
    assert release(host(conf, system=RHEL6)) == 6
    assert release(host(conf, system=system("Xen", "", "", "2.6.18", "sysv"))) == 5
    assert release(host({}, system=system("Xen", "", "", "2.6.18-164.el5", "sysv"))) == 5
    assert release(host(conf, system=system("Xen", "", "", "2.6.32-754.el6.x86_64"))) == 6
    assert release(host(conf, system=system("Xen", "", "", ""))) == 8
    assert release(host(conf, system=system("Xen", "", "", "3.10.0-1160.el7.x86_64"))) == 7


def test_a_copy_without_ifup_eth_says_that_bridging_can_not_be_known() -> None:
    path = f"{NS}/ifup-eth"
    of_rhel5 = {it.where: it.text for it in told_by(Ifcfg(), host({}, system=RHEL5), ANSWERS)}
    assert "can't be known" in of_rhel5[path]
    there = host({path: "# bonding first\n"}, system=RHEL5)
    for facts in (there, host({}, system=RHEL6)):
        assert path not in {it.where for it in told_by(Ifcfg(), facts, ANSWERS)}


@pytest.mark.parametrize(
    ("system", "uuid", "path"),
    [
        (RHEL6, "", LEASES),
        (RHEL7, "", "/var/lib/dhclient/dhclient--eth0.lease"),
        (RHEL7, "UUID=u-1\n", "/var/lib/dhclient/dhclient-u-1-eth0.lease"),
    ],
)
def test_where_the_lease_is(system: System, uuid: str, path: str) -> None:
    facts = host({f"{NS}/ifcfg-eth0": DHCP + uuid}, system=system)
    assert lease_file(Scripts(facts), "eth0") == path
