"""Hosts rebuilt from public reports, and what their files become: each had a fault once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from field_trees import HOSTS

from xenbond_tui import cli


@dataclass(frozen=True, slots=True)
class Case:
    """One host, one request."""

    host: str
    refused: bool = False
    said: tuple[str, ...] = ()
    """In what `plan` prints."""
    not_said: tuple[str, ...] = ()
    answers: str = "a"

    def __str__(self) -> str:
        return f"{self.host} {self.answers}"


CASES = (
    # VLANs of the bond carry the bridges of host and guests.
    Case(
        "vlans-of-the-bond-in-bridges",
        said=(
            "Xen dom0: /proc/xen/capabilities",
            "Take vlan10 down",
            "Bring up vlan10 again",
            "Make vlan10 a port of xenbr10",
            "Make vlan20 a port of xenbr20",
        ),
    ),
    Case(
        "vlans-of-the-bond-in-bridges",
        answers="b",
        refused=True,
        said=("refuse: /etc/network/interfaces:28: vlan10", "Name another bridge"),
    ),
    Case(
        "vlan-in-the-hosts-bridge", refused=True, said=("vlan10, a port of br10, stands on bond0",)
    ),
    # eth9 has host and default route, eth0 and eth1 are idle.
    Case("management-nic-and-two-idle", said=("+auto xenbr0",), not_said=("bridge_hw",)),
    Case(
        "management-nic-and-two-idle",
        answers="b",
        refused=True,
        said=("refuse: /etc/network/interfaces:6: eth9 has 192.0.2.9/24 there and keeps it",),
    ),
    Case(
        "mac-written-for-the-bridge",
        said=("/br0.nmconnection\n@@",),
        not_said=("-cloned-mac", "+cloned-mac"),
    ),
    Case(
        "options-of-ports",
        said=(
            "warn: /etc/network/interfaces:19: `bridge_pathcost eth3 50`",
            "warn: /etc/network/interfaces:26: `bridge_waitport 2 eth4`",
        ),
        not_said=("bridge_ageing 250`", "-    hwaddress", "+    bridge_hw"),
    ),
    Case(
        "bond-by-ifenslave-commands",
        said=("-\tup /sbin/ifenslave", "+\tbond-slaves", "is taken out: bond-slaves of bond0"),
        not_said=("+\tup /sbin/ifenslave",),
    ),
    Case(
        "bonding-option-by-command",
        said=("+\tpost-up echo 100 > /sys/class/net/$IFACE/bonding/miimon\n+\tbond-mode",),
    ),
    Case(
        "vlan-named-after-the-bond",
        said=(" VLAN=bond0.200\n", "+Bridge=xenbr0"),
        not_said=("+VLAN=", "-VLAN="),
    ),
    Case("slaves-by-pattern", said=("10-eth.network:2: `Name=eth*` there makes other NICs",)),
    Case(
        "bind-carrier",
        said=("-MIIMonitorSec=1s\n+MIIMonitorSec=100ms",),
        not_said=("BindCarrier", "05-xenbond-bond0.network"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_files_of_that_host_become(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "tree"
    shutil.copytree(HOSTS / case.host / "tree", root)
    for profile in root.glob("etc/NetworkManager/system-connections/*"):
        profile.chmod(0o600)
    answers = HOSTS / case.host / f"{case.answers}.yaml"
    code = cli.run(["plan", "--answers", str(answers), "--root", str(root)])
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert code == (2 if case.refused else 1), text
    assert [words for words in case.said if words not in text] == [], text
    assert [words for words in case.not_said if words in text] == [], text
