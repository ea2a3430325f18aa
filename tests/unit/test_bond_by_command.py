"""A bond that commands or a pattern make can't be taken away: the lines that make it are named."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, address, bond, bridge, nic, virtual
from netplan_cases import host as netplan_host
from test_given_back import INTERFACES, NETPLAN, NS, PROFILES, UNITS, Host

from xenbond_tui import planner
from xenbond_tui.answers import Answers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.stacks import STACKS

BY_NAME = {stack.name: stack for stack in STACKS}
LO = "auto lo\niface lo inet loopback\n"
CASES: tuple[tuple[str, Mapping[str, str], tuple[str, ...]], ...] = (
    (
        "ifupdown",
        {INTERFACES: f"{LO}auto eth0\niface eth0 inet dhcp\n\tup ip l add bond0 ty bond mode 1\n"},
        (f"{INTERFACES}:5",),
    ),
    (
        "ifupdown",
        {
            INTERFACES: f"{LO}auto bond0\niface bond0 inet dhcp\n"
            "\tpre-up echo +bond0 > /sys/class/net/bonding_masters\n"
            "\tup echo +eth0 > /sys/class/net/bond0/bonding/slaves\n"
        },
        (f"{INTERFACES}:5", f"{INTERFACES}:6"),
    ),
    (
        "ifupdown",
        {INTERFACES: LO, "/etc/rc.local": "#!/bin/sh\nB=bond0\nifenslave \\\n $B eth0 eth1\n"},
        ("/etc/rc.local:3",),
    ),
    (
        "ifcfg",
        {
            f"{NS}eth0": "DEVICE=eth0\nBOOTPROTO=dhcp\n",
            "/sbin/ifup-local": "#!/bin/sh\nip link add bond0 type bond\n",
        },
        ("/sbin/ifup-local:2",),
    ),
    (
        "ifupdown2",
        {INTERFACES: f"{LO}auto bond0\niface bond0 inet dhcp\n\tbond-slaves regex eth.*\n"},
        (f"{INTERFACES}:5",),
    ),
    (
        "networkd",
        {
            f"{UNITS}b.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
            f"{UNITS}s.network": "[Match]\nName=eth*\n\n[Network]\nBond=bond0\n",
        },
        (f"{UNITS}s.network:5",),
    ),
    (
        "netplan",
        {
            NETPLAN: "network:\n  version: 2\n  ethernets:\n    nics: {match: {name: 'eth*'}}\n"
            "  bonds:\n    bond0: {interfaces: [nics], dhcp4: true}\n"
        },
        (f"{NETPLAN}:6",),
    ),
    (
        "networkmanager",
        {
            f"{PROFILES}b.nmconnection": "[connection]\nid=b\nuuid=b\ntype=bond\n"
            "interface-name=bond0\n\n[bond]\nmode=1\n",
            f"{PROFILES}s.nmconnection": "[connection]\nid=s\nuuid=s\ntype=ethernet\n"
            "master=bond0\nslave-type=bond\n",
        },
        (f"{PROFILES}s.nmconnection:5",),
    ),
)


@pytest.mark.parametrize("named", [(), ("bond0",)], ids=["any", "bond0"])
@pytest.mark.parametrize(("stack", "files", "places"), CASES)
def test_a_removal_names_the_lines_that_make_the_bond(
    stack: str,
    files: Mapping[str, str],
    places: tuple[str, ...],
    named: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    host = Host(BY_NAME[stack], tmp_path, dict(files))
    for path in files:
        if "rc.local" in path or "sbin" in path:
            (host.root / path.lstrip("/")).chmod(0o755)
    assert host.run("remove", *named) == 2
    told = capsys.readouterr().err
    assert all(place in told for place in places), told
    assert "nothing was changed" in told


BY_MAC = (
    "network:\n  version: 2\n  ethernets:\n"
    f"    nic0: {{match: {{macaddress: '{ETH0_MAC}'}}}}\n"
    f"    nic1: {{match: {{macaddress: '{ETH1_MAC}'}}}}\n"
    "  bonds:\n    bond0: {interfaces: [nic0, nic1], parameters: {mode: active-backup}}\n"
    "  bridges:\n    xenbr0: {interfaces: [bond0], addresses: [192.168.0.222/24]}\n"
)
SLAVES = (
    nic("eth0", ETH0_MAC, master="bond0"),
    nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
)


def running(*slaves: Link) -> HostFacts:
    above = virtual("xenbr0", "bridge", ETH0_MAC, addresses=(address("192.168.0.222/24"),))
    links = (*slaves, virtual("bond0", "bond", ETH0_MAC, master="xenbr0"), above)
    return replace(netplan_host(BY_MAC, links=links), bonds=(bond(),), bridges=(bridge(),))


@pytest.mark.parametrize("to", ["eth0", "eth1"])
def test_netplan_gives_the_address_to_a_definition_that_matches_by_mac(to: str) -> None:
    plan = planner.propose(running(*SLAVES), Removal(Answers("netplan"), to)).plan
    assert plan is not None
    [change] = plan.changed
    mac = {"eth0": ETH0_MAC, "eth1": ETH1_MAC}[to]
    given = f"{{match: {{macaddress: '{mac}'}}, addresses: [192.168.0.222/24]}}"
    assert given in (change.after or b"").decode()


@pytest.mark.parametrize("slaves", [SLAVES[1:], (*SLAVES, nic("eth7", ETH0_MAC))])
def test_a_slave_by_a_mac_that_tells_no_nic_is_named_with_its_line(
    slaves: tuple[Link, ...],
) -> None:
    with pytest.raises(XenbondError, match=rf"a\.yaml:7: .*{ETH0_MAC}.*othing was changed"):
        planner.propose(running(*slaves), Removal(Answers("netplan")))
