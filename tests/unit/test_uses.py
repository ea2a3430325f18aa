"""What the files want of a NIC elsewhere, and its master: refused, carried or named."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, make_facts, nic
from test_dropped import FILES, PRESENT

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks import STACKS, Stack, propose

BOND = BondAnswers(slaves=("eth0", "eth1"))
BRIDGE = BridgeAnswers(
    addresses=("192.168.0.222/24", "2001:db8::5/64"), gateway="192.168.0.1", mac=ETH0_MAC
)
ETC = "/etc/NetworkManager/system-connections"
NS = "/etc/sysconfig/network-scripts"


def stack_of(name: str) -> Stack:
    return next(stack for stack in STACKS if stack.name == name)


def host(name: str, files: Mapping[str, str], **more: object) -> HostFacts:
    """A host of that stack: eth0 has an address of both families, unless its file is given."""
    path, text = FILES[name]
    states = {
        at: FileState(at, data.encode(), 0o600)
        for at, data in {path: text, **files}.items()
        if data
    }
    present = [path for path in PRESENT if name == "ifupdown2" or "ifreload" not in path]
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    values: dict[str, object] = {"files": states, "present": present, "links": links, **more}
    return make_facts(**values)  # type: ignore[arg-type]


def asked(name: str, facts: HostFacts, bridge: BridgeAnswers = BRIDGE) -> Proposal:
    return propose(stack_of(name), facts, SetUp(Answers(name, BOND, bridge, "none")))


def below(name: str, text: str) -> tuple[dict[str, str], int]:
    """The stack's file with more at its end, and how many lines there are before it."""
    path, there = FILES[name]
    return {path: f"{there}{text}"}, there.count("\n")


STANZAS = (
    ("iface br1 inet manual\n\tbridge_ports all\n", "bridge-ports-pattern", 2),
    ("iface br1 inet manual\n\tbridge_ports regex eth.*\n", "bridge-ports-pattern", 2),
    ("iface br1 inet manual\n\tbridge-ports glob eth[0-3]\n", "bridge-ports-pattern", 2),
    ("iface br1 inet manual\n\tbridge-ports glob eth0-3\n", "bridge-ports-pattern", 2),
    ("iface br1 inet manual\n\tovs_ports glob a[1-2]b[0-4] eth[0-12]\n", "bridge-ports-pattern", 2),
    ("iface br1 inet manual\n\tbond-slaves glob eth[00-1]\n", "bridge-ports-pattern", 2),
    ("iface br1 inet manual\n\tbridge_ports eth0\n", "slave-in-another-bridge", 2),
    ("iface br1 inet manual\n\tbridge_ports eth0.5\n", "on-a-slave", 2),
    ("auto eth0.5\n", "on-a-slave", 1),
    (
        "iface ovs0 inet manual\n\tovs_type OVSBridge\n\tovs_ports eth1\n",
        "slave-named-elsewhere",
        3,
    ),
    ("iface vx inet manual\n\tvxlan-physdev eth0\n", "slave-named-elsewhere", 2),
    ("iface vx inet manual\n\tup ip route add 10.9.0.0/16 dev eth0\n", "names-a-slave", 2),
    ("iface eth1 inet manual\n\tovs_bridge ovs0\n", "slave-has-master", 2),
)


@pytest.mark.parametrize("name", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize(("text", "code", "line"), STANZAS, ids=lambda x: str(x).split("\n\t")[-1])
def test_what_another_stanza_wants_of_a_slave_is_named(
    name: str, text: str, code: str, line: int
) -> None:
    files, above = below(name, text)
    found = {item.code: item.where for item in asked(name, host(name, files)).findings}
    assert found.get(code) == f"{FILES[name][0]}:{above + line}"


@pytest.mark.parametrize("ports", ["vif.*", "regex vif.* noregex eth7", "none", "eth7 eth8"])
def test_ports_that_are_no_slave_are_nobody_s_business(ports: str) -> None:
    files, _ = below("ifupdown", f"iface br1 inet manual\n\tbridge_ports {ports}\n")
    assert asked("ifupdown", host("ifupdown", files)).plan is not None


@pytest.mark.parametrize(
    ("path", "text", "code", "line"),
    [
        (f"{NS}/rule-eth7", "# x\niif eth0 lookup 9\n", "names-a-slave", 2),
        (f"{NS}/ifcfg-b", 'DEVICE=b\nBOND_IFACES="eth0 eth9"\n', "slave-named-elsewhere", 2),
        (f"{NS}/route-eth1", "10.0.0.0/8 via 192.168.0.9 dev eth1\n", "line-dropped", 1),
        (f"{NS}/ifcfg-eth1", "DEVICE=eth1\nVRF=mgmt\n", "slave-has-master", 2),
        ("/etc/sysconfig/static-routes", "eth0 net 10.0.0.0/8 gw 10.0.0.1\n", "names-a-slave", 1),
    ],
)
def test_what_other_ifcfg_files_want_of_a_slave_is_named(
    path: str, text: str, code: str, line: int
) -> None:
    found = {item.code: item.where for item in asked("ifcfg", host("ifcfg", {path: text})).findings}
    assert found.get(code) == f"{path}:{line}"


PORT = "[connection]\nid=eth1\nuuid=u1\ntype=ethernet\ninterface-name=eth1\n"
OTHER = "[connection]\nid=x\nuuid=u2\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (f"{PORT}master=br7\nslave-type=bridge\n", "slave-has-master", 6),
        (f"{PORT}controller=team0\nport-type=team\n", "slave-has-master", 6),
        (f"{PORT}master=vrf7\nslave-type=vrf\n", "slave-has-master", 6),
        (f"{PORT}master=bond7\nslave-type=bond\n", "slave-has-master", 6),
        (
            f"{OTHER}type=macsec\ninterface-name=m0\n[macsec]\nparent=eth0\n",
            "on-a-slave",
            7,
        ),
        (
            f"{OTHER}type=pppoe\ninterface-name=ppp0\n[pppoe]\nparent=eth1\n",
            "on-a-slave",
            7,
        ),
        (f"{OTHER}type=vlan\ninterface-name=eth0.10\n[vlan]\nid=10\n", "on-a-slave", 7),
    ],
)
def test_what_other_profiles_want_of_a_slave_is_refused(text: str, code: str, line: int) -> None:
    path = f"{ETC}/x.nmconnection"
    found = {
        item.code: item
        for item in asked("networkmanager", host("networkmanager", {path: text})).findings
    }
    assert (found[code].where, found[code].severity) == (f"{path}:{line}", Severity.REFUSE)


def test_a_port_that_names_our_bond_by_its_uuid_is_ours() -> None:
    bond = "[connection]\nid=bond0\nuuid=ub\ntype=bond\ninterface-name=bond0\n"
    files = {f"{ETC}/bond0.nmconnection": bond}
    files[f"{ETC}/eth1.nmconnection"] = f"{PORT}master=ub\nslave-type=bond\n"
    proposal = asked("networkmanager", host("networkmanager", files))
    assert "slave-has-master" not in {item.code for item in proposal.findings}


def test_no_finding_names_a_line_that_the_file_has_not() -> None:
    text = (
        "auto eth0\niface eth0\n\taddress 192.168.0.222/24\n\taddress 10.0.0.5/24\n"
        "\tgateway 192.168.0.1\n\nauto eth0.7\niface eth0.7\n\taddress 10.7.0.5/24\n"
        "\taddress 10.8.0.5/24\n"
    )
    for file in (text, text.partition("\nauto eth0.7")[0]):
        proposal = asked("ifupdown2", host("ifupdown2", {"/etc/network/interfaces": file}))
        assert not [item.where for item in proposal.findings if item.where.endswith(":0")]


def test_a_static_address_beside_a_lease_stays_and_nothing_is_said() -> None:
    text = "network:\n  ethernets:\n    eth0: {dhcp4: true, addresses: [10.0.0.5/24]}\n"
    facts = host("netplan", {"/etc/netplan/a.yaml": text})
    proposal = asked("netplan", facts, BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    assert proposal.plan is not None
    assert "address-dropped" not in {item.code for item in proposal.findings}
    assert any(b"10.0.0.5/24" in (change.after or b"") for change in proposal.plan.changes)


RULES = {
    "ifcfg": ({f"{NS}/rule-eth0": "from 192.168.0.222 table 7\niif eth1 table 9\n"}, ":2"),
    "ifupdown": (
        {FILES["ifupdown"][0]: FILES["ifupdown"][1] + "\tup ip -6 ru add iif eth1 table 9\n"},
        ":12",
    ),
    "netplan": (
        {
            FILES["netplan"][0]: FILES["netplan"][1]
            + "      routing-policy: [{from: 10.0.0.0/8, iif: eth1, table: 9}]\n"
        },
        ":8",
    ),
    "networkd": (
        {
            FILES["networkd"][0]: FILES["networkd"][1]
            + "[RoutingPolicyRule]\nIncomingInterface=eth1\nTable=9\n"
        },
        ":10",
    ),
    "networkmanager": (
        {
            FILES["networkmanager"][0]: FILES["networkmanager"][1].replace(
                "[ipv6]", "routing-rule1=priority 5 iif eth1 table 9\n[ipv6]"
            )
        },
        ":11",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_moves_and_names_the_other_slave_is_told(name: str) -> None:
    """No packet comes in by a slave any more."""
    files, line = RULES[name]
    found = [it for it in asked(name, host(name, files)).findings if it.code == "names-a-slave"]
    assert [it.where.endswith(line) for it in found] == [True]
    assert "names eth1" in found[0].text


@pytest.mark.parametrize(
    "line",
    [". /etc/sysconfig/common", "source ./common", "[ -f x ] && . x", "if true; then . x; fi"],
)
def test_a_slave_whose_file_reads_another_one_is_told(line: str) -> None:
    """What it says of the address stays behind."""
    path, text = FILES["ifcfg"]
    found = asked("ifcfg", host("ifcfg", {path: f"{text}{line}\n"})).findings
    assert (f"{path}:10", "source-not-followed") in {(it.where, it.code) for it in found}
    slave = f"{text}MASTER=bond0\nSLAVE=yes\n{line}\n"
    codes = {it.code for it in asked("ifcfg", host("ifcfg", {path: slave})).findings}
    assert "source-not-followed" not in codes, "it is a slave today, and works"


@pytest.mark.parametrize("name", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize("leased", ["eth0", "eth1"])
def test_a_lease_of_the_other_slave_is_not_asked_for_beside_a_static_address(
    name: str, leased: str
) -> None:
    static = "eth1" if leased == "eth0" else "eth0"
    text = (
        f"auto eth0 eth1\niface {leased} inet dhcp\n\thostname other.example\n\n"
        f"iface {static} inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
    )
    path = FILES[name][0]
    proposal = asked(
        name, host(name, {path: text}), replace(BRIDGE, addresses=("192.168.0.222/24",))
    )
    assert proposal.plan is not None
    after = next((it.after or b"").decode() for it in proposal.plan.changes if it.path == path)
    assert "inet dhcp" not in after
    assert "iface xenbr0 inet static\n\taddress 192.168.0.222/24\n" in after
    told = {it.where: it.code for it in proposal.findings}
    assert told[f"{path}:2"] == "line-goes"
    assert told[f"{path}:3"] == "line-dropped"


def test_an_allow_hotplug_of_a_slave_is_told_and_one_by_a_pattern_refused() -> None:
    """udev brings such a NIC up while it is enslaved."""
    path, text = FILES["ifupdown"]
    plugged = host("ifupdown", {path: text.replace("auto eth0", "allow-hotplug eth0 wlan0")})
    assert (f"{path}:4", "line-goes") in {
        (it.where, it.code) for it in asked("ifupdown", plugged).findings
    }
    pattern = host("ifupdown", {path: text.replace("auto eth0", "allow-hotplug /eth*")})
    refusals = asked("ifupdown", pattern).refusals
    assert {(it.where, it.code) for it in refusals} == {
        (f"{path}:4", "slave-configured-indirectly")
    }


BY_MAC = {
    "ifcfg": (f"{NS}/ifcfg-Auto_x", "ONBOOT=yes\nHWADDR={}\nIPADDR=10.0.0.5\nPREFIX=24\n", 2),
    "networkmanager": (
        f"{ETC}/x.nmconnection",
        "[connection]\nid=x\nuuid=x\ntype=802-3-ethernet\n[802-3-ethernet]\nmac-address={}\n"
        "[ipv4]\nmethod=manual\naddress1=10.0.0.5/24\n",
        6,
    ),
}


@pytest.mark.parametrize("name", BY_MAC)
def test_a_file_of_a_tree_that_finds_its_nic_by_the_mac_may_be_a_slave_s(name: str) -> None:
    path, text, line = BY_MAC[name]
    facts = host(name, {path: text.format(ETH1_MAC)})
    tree = replace(facts, links=(), access=Access(HostKind.TREE, "/mnt"))
    (refusal,) = asked(name, tree).refusals
    assert (refusal.code, refusal.where) == ("slave-unclear", f"{path}:{line}")
    assert "eth1" in refusal.text, "eth0 has its own"
    codes = {it.code for it in asked(name, facts).findings}
    assert "slave-unclear" not in codes, "a host that runs tells which NIC it is"


@pytest.mark.parametrize("name", ["ifupdown", "ifupdown2"])
def test_a_last_line_that_goes_on_nowhere_is_not_told_to_go(name: str) -> None:
    path, text = FILES[name]
    proposal = asked(name, host(name, {path: f"{text.rstrip()}\n\tup x \\"}))
    assert proposal.plan is not None, proposal.refusals
    after = next(it.after or b"" for it in proposal.plan.changes if it.path == path)
    assert b"up x" in after
    assert not [it for it in proposal.findings if "up x" in it.text]
