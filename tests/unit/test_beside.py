"""A NIC that the files leave in the bridge beside the bond is told, whoever reads them."""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import make_facts
from ifcfg_cases import NS
from test_left_out import ON_EVERY_STACK, document, full, host, written

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.written import said_by
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.stacks import STACKS, Stack

IN_A_LIST = {
    "ifupdown": (b"bridge_ports bond0", b"bridge_ports bond0 %b"),
    "ifupdown2": (b"bridge_ports bond0", b"bridge_ports bond0 %b"),
    "netplan": (b"interfaces: [bond0]", b"interfaces: [bond0, %b]"),
}
IN_A_FILE = {
    "ifcfg": (f"{NS}/ifcfg-%s", b"DEVICE=%b\nONBOOT=yes\nBRIDGE=xenbr0\n"),
    "networkd": (
        "/etc/systemd/network/9-%s.network",
        b"[Match]\nName=%b\n\n[Network]\nBridge=xenbr0\n",
    ),
    "networkmanager": (
        "/etc/NetworkManager/system-connections/%s.nmconnection",
        b"[connection]\nid=%b\nuuid=3c50eb47-7260-5a6d-801d-bd4f587d6b09\ntype=ethernet\n"
        b"interface-name=%b\nmaster=xenbr0\nslave-type=bridge\n",
    ),
}


def with_port(stack: Stack, port: str) -> tuple[HostFacts, str]:
    """The stack's host with one more port in its files, and the file that has it."""
    facts, name = host(stack), port.encode()
    files = dict(facts.files)
    if stack.name in IN_A_FILE:
        pattern, text = IN_A_FILE[stack.name]
        path = pattern % port
        files[path] = FileState(path, text.replace(b"%b", name), 0o600)
        return replace(facts, files=files), path
    old, new = IN_A_LIST[stack.name]
    path = next(path for path, it in files.items() if old in it.data)
    files[path] = replace(files[path], data=files[path].data.replace(old, new % name))
    return replace(facts, files=files), path


def told(stack: Stack, facts: HostFacts) -> list[str]:
    asked = replace(written(document(stack)), stack=stack.name)
    asked = replace(asked, bridge=replace(asked.bridge, mac=full(stack).bridge.mac))
    found = planner.propose(facts, SetUp(asked)).findings
    return [item.where for item in found if item.code == "port-beside-bond"]


@ON_EVERY_STACK
def test_a_nic_beside_the_bond_is_told_with_its_file(stack: Stack) -> None:
    facts, path = with_port(stack, "eth9")
    (where,) = told(stack, facts)
    assert where.partition(":")[0] == path


@ON_EVERY_STACK
@pytest.mark.parametrize("port", ["vif3.0", "vnet0"])
def test_a_guest_s_port_is_none(stack: Stack, port: str) -> None:
    assert told(stack, with_port(stack, port)[0]) == []


@ON_EVERY_STACK
def test_the_bond_alone_is_not_told(stack: Stack) -> None:
    assert told(stack, host(stack)) == []


BESIDE = {
    "ifupdown": (
        "/etc/network/interfaces",
        """auto bond0
iface bond0 inet static
  address 198.51.100.10/24
  bond-slaves eth0 eth1
  bond-mode active-backup
  bond-miimon 100
auto br0
iface br0 inet static
  address 192.0.2.10/24
  bridge_ports {port}
""",
    ),
    "netplan": (
        "/etc/netplan/10.yaml",
        """network:
  version: 2
  ethernets: {{eth0: {{}}, eth1: {{}}, eth5: {{}}}}
  bonds:
    bond0:
      interfaces: [eth0, eth1]
      addresses: [198.51.100.10/24]
      parameters: {{mode: active-backup, mii-monitor-interval: 100}}
  vlans: {{guests: {{id: 10, link: bond0}}}}
  bridges:
    br0:
      interfaces: [{port}]
      addresses: [192.0.2.10/24]
""",
    ),
}


@pytest.mark.parametrize("port", ["eth5", "guests"])
@pytest.mark.parametrize("name", ["ifupdown", "ifupdown2", "netplan"])
def test_ports_of_a_bridge_beside_the_bond_are_not_its_slaves(
    name: str, port: str, tmp_path: Path
) -> None:
    path, text = BESIDE[name.removesuffix("2")]
    file = tmp_path / path.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_text(text.format(port=port))
    tree = RootedTree(str(tmp_path))
    stack = next(stack for stack in STACKS if stack.name == name)
    entry = tree.read(path)
    assert isinstance(entry, FileState)
    found = said_by(stack, replace(make_facts(), files={path: entry}), tree)
    assert list(found) == ["bond0"]
    assert list(found["bond0"].slaves) == ["eth0", "eth1"]
    assert found["bond0"].bridge is None
