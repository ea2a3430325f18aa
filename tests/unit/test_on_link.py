"""A gateway outside the host's network is reached on the link itself, where the files have it so.

Many hosting providers give a host one address alone (/32) and a gateway elsewhere, which is on the
wire all the same.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, nic
from private_netns import in_private_netns

from xenbond_tui import compose, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.plan import Plan
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.change_over.legs import Legs

IP, GATEWAY, IPV6 = "192.0.2.10", "198.51.100.1", "2001:db8::10"
NS = "etc/sysconfig/network-scripts"
RHEL = {
    "etc/redhat-release": "CentOS Linux release 7.9.2009\n",
    "etc/sysconfig/network": "NETWORKING=yes\n",
    f"{NS}/ifup-eth": "#!/bin/bash\n",
}
INTERFACES = "auto eth0\niface eth0 inet static\n\taddress 192.0.2.10\n\tnetmask 255.255.255.255\n"
KEYFILE = (
    "[connection]\nid=eth0\nuuid=5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10\ntype=ethernet\n"
    "interface-name=eth0\n\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/32,198.51.100.1\n\n"
    "[ipv6]\nmethod=auto\n"
)
YAML = (
    "network:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [192.0.2.10/32]\n"
    "      routes:\n      - {to: default, via: 198.51.100.1, on-link: true}\n"
)
NETWORK = "[Match]\nName=eth0\n\n[Network]\nAddress=192.0.2.10/32\n\n"
DEBIAN = {"etc/debian_version": "13.1\n"} | {
    f"etc/network/if-pre-up.d/{name}": "#!/bin/sh\n" for name in ("ifenslave", "bridge")
}
WANTS = "etc/systemd/system/multi-user.target.wants"
NETWORKD = {f"{WANTS}/systemd-networkd.service": "[Unit]\n"}
NM = {f"{WANTS}/NetworkManager.service": "[Unit]\n"}
ROUTE = f"[Route]\nGateway={GATEWAY}\nGatewayOnLink=yes\n"
HOSTS = {
    "ifupdown": {
        **DEBIAN,
        "etc/network/interfaces": f"{INTERFACES}\tpointopoint {GATEWAY}\n\tgateway {GATEWAY}\n",
    },
    "ifupdown2": {
        "etc/network/interfaces": f"auto eth0\niface eth0\n\taddress {IP}/32\n\tgateway {GATEWAY}\n"
    },
    "netplan": {"etc/netplan/1.yaml": YAML},
    "networkd": {
        **NETWORKD,
        "etc/systemd/network/a.network": f"{NETWORK}{ROUTE}",
    },
    "networkmanager": {**NM, "etc/NetworkManager/system-connections/eth0.nmconnection": KEYFILE},
    "ifcfg": {
        **RHEL,
        f"{NS}/ifcfg-eth0": f"DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nIPADDR={IP}\n"
        f'NETMASK=255.255.255.255\nSCOPE="peer {GATEWAY}"\n',
        f"{NS}/route-eth0": f"{GATEWAY} dev eth0\ndefault via {GATEWAY} dev eth0\n",
    },
}
"""Stack -> a host of one address, as that stack says it."""
SAYS = {
    "ifupdown": [f"pointopoint {GATEWAY}", f"gateway {GATEWAY}"],
    "ifupdown2": [f"gateway {GATEWAY}"],
    "netplan": [f"via: {GATEWAY}", "on-link: true"],
    "networkd": [ROUTE],
    "networkmanager": [f"address1={IP}/32,{GATEWAY}"],
    "ifcfg": [f"{GATEWAY} dev xenbr0\ndefault via {GATEWAY} dev xenbr0\n"],
}
"""Stack -> what the bridge's file says of it, kept or new."""
EACH = pytest.mark.parametrize("stack", HOSTS)


def facts_of(root: Path, files: dict[str, str], *, runs: bool = False) -> HostFacts:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    facts = planner.read_host(compose.chosen(str(root)))
    holder = nic("eth0", ETH0_MAC, index=2)
    if runs:
        holder = replace(holder, addresses=(Address(IP, 32),))
    way = Route("default", GATEWAY, "eth0", onlink=True)
    links = (holder, nic("eth1", ETH1_MAC, index=3))
    return replace(facts, links=links, routes=(way,) if runs else ())


def proposed(facts: HostFacts, stack: str, bridge: str = "") -> Proposal:
    text = (
        f"version: 1\nstack: {stack}\nbond: {{name: bond0, slaves: [eth0, eth1]}}\n"
        f"bridge: {{name: xenbr0{bridge}}}\n"
    )
    return planner.propose(facts, SetUp(loads(text, "host.yaml")))


def planned(facts: HostFacts, stack: str, bridge: str = "") -> Plan:
    proposal = proposed(facts, stack, bridge)
    assert proposal.plan is not None, proposal.refusals
    return proposal.plan


def written(plan: Plan) -> str:
    return "\n".join((it.after or b"").decode() for it in plan.changes)


@EACH
def test_left_out_it_is_as_it_is(tmp_path: Path, stack: str) -> None:
    plan = planned(facts_of(tmp_path, HOSTS[stack]), stack)
    text = written(plan)
    assert all(text.count(line) == 1 for line in SAYS[stack]), text
    assert f"{IP}/32" in text or "255.255.255.255" in text


@EACH
def test_named_as_it_is_it_stays_so(tmp_path: Path, stack: str) -> None:
    named = f", address: {IP}/32, gateway: {GATEWAY}"
    text = written(planned(facts_of(tmp_path, HOSTS[stack], runs=True), stack, named))
    assert all(text.count(line) == 1 for line in SAYS[stack]), text


SPARE = {
    "ifupdown": {**DEBIAN, "etc/network/interfaces": "iface eth0 inet manual\n"},
    "ifupdown2": {"etc/network/interfaces": "iface eth0 inet manual\n"},
    "netplan": {"etc/netplan/1.yaml": "network:\n  ethernets:\n    eth0: {optional: true}\n"},
    "networkd": {
        **NETWORKD,
        "etc/systemd/network/a.network": "[Match]\nName=eth0\n\n[Network]\nDHCP=no\n",
    },
    "networkmanager": {
        **NM,
        "etc/NetworkManager/system-connections/eth0.nmconnection": KEYFILE.replace(
            "manual\naddress1=192.0.2.10/32,198.51.100.1", "disabled"
        ),
    },
    "ifcfg": {**RHEL, f"{NS}/ifcfg-eth0": "DEVICE=eth0\nONBOOT=no\nBOOTPROTO=none\n"},
}
NEW = {
    **SAYS,
    "ifupdown2": [f"gateway {GATEWAY}", f"pointopoint {GATEWAY}"],
    "netplan": [f"via: {GATEWAY}", "on-link: true"],
}


@EACH
def test_one_that_is_asked_for_is_said_to_be_on_the_link(tmp_path: Path, stack: str) -> None:
    """An address alone in its network has no other gateway."""
    named = f", address: {IP}/32, gateway: {GATEWAY}"
    text = written(planned(facts_of(tmp_path, SPARE[stack]), stack, named))
    assert all(text.count(line) == 1 for line in NEW[stack]), text


@EACH
def test_in_a_wide_network_a_gateway_elsewhere_is_a_mistake(tmp_path: Path, stack: str) -> None:
    named = f", address: {IP}/24, gateway: {GATEWAY}"
    found = proposed(facts_of(tmp_path, SPARE[stack]), stack, named).refusals
    assert [it.code for it in found] == ["bad-gateway"]


@pytest.mark.parametrize(
    ("stack", "old", "new"),
    [
        ("ifupdown", "255.255.255.255", "255.255.255.0"),
        ("netplan", "/32", "/24"),
        ("networkd", "/32", "/24"),
    ],
)
def test_what_the_files_say_of_it_counts_in_a_wide_network_too(
    tmp_path: Path, stack: str, old: str, new: str
) -> None:
    files = {path: text.replace(old, new) for path, text in HOSTS[stack].items()}
    text = written(planned(facts_of(tmp_path, files), stack))
    assert all(text.count(line) == 1 for line in SAYS[stack]), text


@EACH
def test_what_runs_so_is_reached_so(tmp_path: Path, stack: str) -> None:
    """Of files that do not say it, a host that has the route is the proof."""
    facts = facts_of(tmp_path, SPARE[stack], runs=True)
    link = replace(facts.links[0], addresses=(Address(IP, 24),))
    facts = replace(facts, links=(link, *facts.links[1:]))
    named = f", address: {IP}/24, gateway: {GATEWAY}"
    assert not [it for it in proposed(facts, stack, named).refusals if it.code == "bad-gateway"]


def test_ipv6_of_one_address(tmp_path: Path) -> None:
    yaml = YAML.replace(f"{IP}/32", f"'{IPV6}/128'").replace(GATEWAY, "2001:db8:1::1")
    text = written(planned(facts_of(tmp_path, {"etc/netplan/1.yaml": yaml}), "netplan"))
    assert text.count("on-link: true") == text.count("via: 2001:db8:1::1") == 1


def test_an_address_with_another_end_is_read_moved_and_taken_off() -> None:
    """One without that end is another address to the kernel, and stays."""
    found = in_private_netns(
        """
        from xenbond_tui.facts.link import Address
        from xenbond_tui.host import netlink_write
        from xenbond_tui.host.rtaddr import dump_addresses
        ip("link add eth0 type veth peer name sw0", "link set eth0 up", "link set sw0 up",
           "addr add 192.0.2.10/32 peer 198.51.100.1 dev eth0")
        def held(name):
            found = dump_addresses().get(netlink_write._index(name), ())
            return [[it.ip, it.prefixlen, it.peer] for it in found if it.family == 4]
        read = held("eth0")
        one = Address("192.0.2.10", 32, peer="198.51.100.1")
        netlink_write.add_address("sw0", one)
        moved = held("sw0")
        netlink_write.add_address("eth0", Address("192.0.2.10", 32))
        both = len(held("eth0"))
        netlink_write.del_address("eth0", Address("192.0.2.10", 32))
        again = held("eth0")
        netlink_write.flush_addresses("eth0")
        print(json.dumps([read, moved, both, again, held("eth0")]))
        """
    )
    one = [[IP, 32, GATEWAY]]
    assert found == [one, one, 2, one, []]


def test_a_route_to_the_gateway_comes_before_the_one_by_it(tmp_path: Path) -> None:
    """As NetworkManager has them, in the order in which the kernel tells them."""
    facts = facts_of(tmp_path, HOSTS["networkd"], runs=True)
    ways = (replace(facts.routes[0], onlink=False), Route(f"{GATEWAY}/32", None, "eth0"))
    answers = loads(
        "version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {name: xenbr0}\n", "host.yaml"
    )
    legs = Legs(replace(facts, routes=ways), answers, Move("eth0", ("eth1",)))
    assert [it.gateway for it in legs.routes()] == [None, GATEWAY]
