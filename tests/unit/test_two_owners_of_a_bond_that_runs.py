"""Health asks of bond and bridge, too, whether another stack's files are about them."""

from pathlib import Path

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC
from recorded_sys import nic_files, write
from test_ifupdown_remove import BONDED
from test_made_by_two import (
    CONF,
    INTERFACES,
    MADE,
    NETDEV,
    NETWORK,
    OF_BRIDGE,
    OF_ETH0,
    PROFILE,
    PROGRAMS,
    STARTED,
    YAML,
    profile,
)

from xenbond_tui import compose
from xenbond_tui.health.written import read_written

NET = "/sys/class/net"
RUNNING = {
    **nic_files("eth0", 2, ETH0_MAC),
    **nic_files("eth1", 3, ETH1_MAC),
    f"{NET}/bonding_masters": "bond0\n",
    f"{NET}/bond0/bonding/slaves": "eth0 eth1\n",
    f"{NET}/bond0/bonding/mode": "active-backup 1\n",
    f"{NET}/bond0/address": f"{ETH0_MAC}\n",
    f"{NET}/bond0/ifindex": "4\n",
    f"{NET}/xenbr0/bridge/stp_state": "0\n",
    f"{NET}/xenbr0/address": f"{ETH0_MAC}\n",
    f"{NET}/xenbr0/ifindex": "5\n",
    **{path: "" for path in PROGRAMS},
    **{f"/etc/systemd/system/multi-user.target.wants/{name}.service": "" for name in STARTED},
}


def owned_twice(root: Path, files: dict[str, str]) -> list[str]:
    write(root, {**RUNNING, INTERFACES: BONDED, **files})
    for path in root.rglob("*.nmconnection"):
        path.chmod(0o600)
    said = read_written(compose.offline(str(root)))["bond0"]
    return [it.where for it in said.findings if it.code == "two-owners"]


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({}, []),
        ({NETDEV: MADE, NETWORK: OF_BRIDGE}, ["xenbr0"]),
        ({NETWORK: "[Match]\nName=bond* xen*\n[Network]\nDHCP=yes\n"}, ["bond0", "xenbr0"]),
        ({NETWORK: "[Match]\nKind=bond bridge\n[Link]\nUnmanaged=yes\n"}, []),
        ({NETWORK: "[Match]\nName=virbr*\n[Network]\nDHCP=yes\n"}, []),
        ({YAML: "network: {version: 2, bridges: {xenbr0: {interfaces: []}}}\n"}, ["xenbr0"]),
        ({PROFILE: profile("bond0", "bond"), CONF: "[main]\nplugins=keyfile\n"}, ["bond0"]),
        # The strongest by its weight, and yet not whose bond it is.
        ({NETWORK: OF_ETH0}, ["eth0"]),
        ({PROFILE: profile("eth1"), CONF: "[main]\nplugins=keyfile\n"}, ["eth1"]),
    ],
)
def test_another_stack_s_files_about_a_bond_that_runs(
    files: dict[str, str], links: list[str], tmp_path: Path
) -> None:
    assert owned_twice(tmp_path, files) == links
