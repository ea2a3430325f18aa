"""A plan makes a bond and a bridge that another stack's files are about as well."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, make_facts, nic, system

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Severity

INTERFACES = "/etc/network/interfaces"
NETWORK, NETDEV = "/etc/systemd/network/x.network", "/etc/systemd/network/x.netdev"
PROFILE = "/etc/NetworkManager/system-connections/x.nmconnection"
CONF = "/etc/NetworkManager/NetworkManager.conf"
YAML = "/etc/netplan/1.yaml"
ETH0 = "auto eth0\niface eth0 inet static\n\taddress 192.0.2.10/24\n\tgateway 192.0.2.1\n"
ALONE = "auto xenbr0\niface xenbr0 inet static\n\taddress 10.5.5.1/24\n\tbridge_ports none\n"
OF_ETH0 = "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.10/24\n"
OF_BRIDGE = "[Match]\nName=xenbr0\n[Network]\nAddress=10.5.5.1/24\nDHCPServer=yes\n"
MADE = "[NetDev]\nName=xenbr0\nKind=bridge\n"
PLUGIN = "/usr/lib/x86_64-linux-gnu/NetworkManager/1.42.4/libnm-settings-plugin-ifupdown.so"
STARTED = ("networking", "systemd-networkd", "NetworkManager")
PROGRAMS = (
    *("/sbin/ifup", "/sbin/brctl", "/etc/network/if-pre-up.d/ifenslave", "/usr/bin/nmcli"),
    *("/etc/network/if-pre-up.d/bridge", "/usr/sbin/netplan", "/usr/sbin/NetworkManager"),
    *("/usr/lib/systemd/systemd-networkd", "/lib/systemd/systemd-networkd"),
)


def profile(name: str, kind: str = "ethernet", ipv4: str = "auto", more: str = "") -> str:
    return (
        f"[connection]\nid={name}\nuuid=5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a1{name[-1]}\n"
        f"type={kind}\ninterface-name={name}\n{more}[ipv4]\nmethod={ipv4}\n"
    )


def host(files: Mapping[str, str], started: tuple[str, ...] = STARTED, **more: Any) -> HostFacts:
    wanted = [f"/etc/systemd/system/multi-user.target.wants/{name}.service" for name in started]
    states = {
        path: FileState(path, text.encode(), 0o600 if path.endswith(".nmconnection") else 0o644)
        for path, text in files.items()
    }
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC, carrier=True))
    return make_facts(files=states, present=[*wanted, *PROGRAMS], links=links, live=False, **more)


def planned(facts: HostFacts, stack: str = "auto") -> Proposal:
    answers = Answers(
        stack,
        BondAnswers(slaves=("eth0", "eth1")),
        BridgeAnswers(addresses=("192.0.2.10/24",)),
    )
    return planner.propose(facts, SetUp(answers))


def two_owners(facts: HostFacts, stack: str = "auto") -> list[tuple[str, Severity]]:
    found = planned(facts, stack).findings
    return [(it.where, it.severity) for it in found if it.code == "two-owners"]


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({NETDEV: MADE, NETWORK: OF_BRIDGE}, ["xenbr0"]),
        ({NETDEV: MADE}, ["xenbr0"]),
        ({NETWORK: "[Match]\nName=bond* xen*\n[Network]\nDHCP=yes\n"}, ["bond0", "xenbr0"]),
        ({NETWORK: "[Match]\nName=!eth*\n[Network]\nDHCP=yes\n"}, ["bond0", "xenbr0"]),
        ({NETWORK: "[Match]\nKind=bond bridge\n[Network]\nDHCP=yes\n"}, ["bond0", "xenbr0"]),
        ({NETWORK: "[Match]\nType=bridge\n[Network]\nDHCP=yes\n"}, ["xenbr0"]),
        ({NETWORK: "[Match]\nType=ether\nName=xen*\n[Network]\nDHCP=yes\n"}, []),
        ({NETWORK: "[Match]\nKind=bond bridge\n[Link]\nUnmanaged=yes\n"}, []),
        ({NETWORK: "[Match]\nName=virbr*\n[Network]\nDHCP=yes\n"}, []),
        ({YAML: "network: {version: 2, bridges: {xenbr0: {interfaces: []}}}\n"}, ["xenbr0"]),
        ({PROFILE: profile("bond0", "bond"), CONF: "[main]\nplugins=keyfile\n"}, ["bond0"]),
        ({PROFILE: profile("bond0", "bond")}, []),
        ({PROFILE: profile("bond0", "vlan"), CONF: "[main]\nplugins=keyfile\n"}, []),
    ],
)
def test_what_another_stack_makes_or_configures_too_is_refused(
    files: dict[str, str], links: list[str]
) -> None:
    facts = host({INTERFACES: ETH0, PLUGIN: "", **files})
    assert two_owners(facts, "auto") == [(name, Severity.REFUSE) for name in links]
    assert two_owners(facts, "ifupdown") == [(name, Severity.WARN) for name in links]


def test_a_daemon_that_no_boot_starts_is_no_rival() -> None:
    files = {INTERFACES: ETH0, NETDEV: MADE, NETWORK: OF_BRIDGE, PROFILE: profile("eth1")}
    assert two_owners(host(files, ("networking",)), "ifupdown") == []


@pytest.mark.parametrize("own", [{NETWORK: OF_ETH0}, {PROFILE: profile("eth0")}])
def test_so_is_what_interfaces_makes_beside_a_daemon(own: dict[str, str]) -> None:
    facts = host({INTERFACES: ALONE, PLUGIN: "", **own})
    assert two_owners(facts) == [("xenbr0", Severity.REFUSE)]


def test_a_removal_asks_of_its_slaves_alone() -> None:
    """Bond and bridge are gone then, whoever else names them."""
    bond = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n"
    bridge = f"{ALONE}".replace("none", "bond0")
    facts = host({INTERFACES: bond + bridge, NETDEV: MADE, NETWORK: OF_BRIDGE})
    assert two_owners(facts, "ifupdown") == [("xenbr0", Severity.WARN)]
    gone = planner.propose(facts, Removal(Answers("ifupdown"), "eth0", "bond0"))
    assert gone.plan is not None
    assert "two-owners" not in {it.code for it in gone.findings}


@pytest.mark.parametrize(
    "more",
    [{}, {PROFILE: profile("xenbr0", "bridge"), CONF: "[main]\nplugins=keyfile\n"}],
    ids=["alone", "which a third has too"],
)
def test_the_guests_bridge_of_another_stack_joins_the_lan_with_its_dhcp_server(
    more: dict[str, str],
) -> None:
    facts = host({INTERFACES: ETH0, NETDEV: MADE, NETWORK: OF_BRIDGE, **more})
    (joins,) = (it for it in planned(facts, "ifupdown").findings if it.code == "bridge-joins-lan")
    assert "no port but guests' today" in joins.text
    assert f"By `DHCPServer=yes` ({NETWORK}:5) it has a DHCP server" in joins.text


OTHER = PLUGIN.replace("settings-plugin-ifupdown", "device-plugin-wifi")


@pytest.mark.parametrize(
    ("conf", "plugin", "lets_go"),
    [
        ("", PLUGIN, True),
        ("[main]\nplugins=ifupdown,keyfile\n[ifupdown]\nmanaged=false\n", PLUGIN, True),
        ("[main]\nplugins=keyfile\n", PLUGIN, False),
        ("[ifupdown]\nmanaged=true\n", PLUGIN, False),
        ("[main]\nplugins=ifupdown,keyfile\n[ifupdown]\nmanaged=1\n", PLUGIN, False),
        ("", OTHER, False),
        ("", "", True),
        ("[ifupdown]\nmanaged=true\n", "", False),
        ("[main]\nplugins=keyfile\n", "", False),
    ],
)
def test_network_manager_lets_go_by_its_plugin_alone(
    conf: str, plugin: str, *, lets_go: bool
) -> None:
    more = {plugin: ""} if plugin else {}
    facts = host({INTERFACES: ETH0, PROFILE: profile("eth1"), CONF: conf, **more})
    facts = replace(facts, programs_known=bool(plugin))
    assert two_owners(facts, "ifupdown") == ([] if lets_go else [("eth1", Severity.WARN)])


@pytest.mark.parametrize(
    "way",
    [
        {CONF: "[keyfile]\nunmanaged-devices=interface-name:eth1\n"},
        {PROFILE: profile("eth1", more="autoconnect=false\n")},
    ],
)
def test_a_profile_that_no_boot_brings_up_is_no_owner(way: dict[str, str]) -> None:
    """The first is what the remedy of two owners says to write."""
    files = {INTERFACES: ETH0, PROFILE: profile("eth1"), CONF: "", **way}
    assert two_owners(host(files), "ifupdown") == []


def test_netplan_by_network_manager_and_a_keyfile_of_the_other_slave_are_two_owners() -> None:
    yaml = (
        "network: {version: 2, renderer: NetworkManager, "
        "ethernets: {eth0: {addresses: [192.0.2.10/24]}}}\n"
    )
    made = "/run/NetworkManager/system-connections/netplan-eth0.nmconnection"
    facts = host({YAML: yaml, made: profile("eth0"), PROFILE: profile("eth1")})
    assert two_owners(facts) == [("eth1", Severity.REFUSE)]
    assert two_owners(host({YAML: yaml, made: profile("eth0")})) == []


NS = "/etc/sysconfig/network-scripts/ifcfg-"
SCRIPTS = {
    "/etc/sysconfig/network": "NETWORKING=yes\n",
    f"{NS}eth0": "DEVICE=eth0\nONBOOT=yes\nIPADDR=192.0.2.10\nPREFIX=24\nGATEWAY=192.0.2.1\n",
    PROFILE: profile("eth1"),
}
OF_SCRIPTS = ("/etc/init.d/network", "/etc/rc.d/rc3.d/S10network", "/sbin/ifup", "/usr/sbin/brctl")
LIBRARIES = "/usr/lib64/NetworkManager/1.40.16-1.el8"


@pytest.mark.parametrize(
    ("conf", "library", "reads"),
    [
        ("", "", True),
        ("", f"{LIBRARIES}/libnm-settings-plugin-ifcfg-rh.so", True),
        ("", f"{LIBRARIES}/libnm-device-plugin-wifi.so", False),
        ("[main]\nplugins=keyfile\n", "", False),
        ("[main]\nplugins=ifcfg-rh,keyfile\n", "", True),
    ],
)
def test_a_keyfile_beside_ifcfg_files_is_kept_off_or_refused(
    conf: str, library: str, *, reads: bool
) -> None:
    """Two profiles would claim eth1: NetworkManager heeds NM_CONTROLLED=no by its plug-in alone."""
    rhel8 = system("Red Hat Enterprise Linux 8.10", "rhel", "8.10")
    facts = host({**SCRIPTS, CONF: conf, **({library: ""} if library else {})}, system=rhel8)
    whole = bool(library)
    programs = {"/usr/sbin/NetworkManager"} if whole else set[str]()
    wanted = {it for it in facts.present if it.endswith("/NetworkManager.service")}
    present = frozenset({*OF_SCRIPTS, *programs, *wanted})
    facts = replace(facts, present=present, programs_known=whole)
    if not reads:
        assert two_owners(facts) == [("eth1", Severity.REFUSE)]
        return
    plan = planned(facts).plan
    assert plan is not None
    texts = {it.path: (it.after or b"").decode() for it in plan.changes if NS in it.path}
    assert {
        path.removeprefix(NS) for path, text in texts.items() if "NM_CONTROLLED=no" in text
    } == {*("eth0", "eth1", "bond0", "xenbr0")}
