"""A host whose network xenbond can't write: it says whose it is, or the commands that do it."""

from pathlib import Path

import pytest

from xenbond_tui import compose, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.errors import XenbondError
from xenbond_tui.proposal import Proposal

ASKED = "version: 1\nbond: {slaves: [eth2, eth3]}\nbridge: {name: xenbr0}\n"
UNIT = "etc/systemd/system/network.service"
WANTS = "etc/systemd/system/multi-user.target.wants"
INTERFACES = "auto eth0\niface eth0 inet static\n\taddress 192.0.2.10/24\n"
SUSE = {
    "etc/os-release": "ID=opensuse-leap\n",
    "etc/sysconfig/network/ifcfg-eth0": "STARTMODE=auto\nIPADDR=192.0.2.10/24\n",
    UNIT: "[Unit]\n",
}
NS = "etc/sysconfig/network-scripts"


def proposed(root: Path, files: dict[str, str]) -> Proposal:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    facts = planner.read_host(compose.chosen(str(root)))
    return planner.propose(facts, SetUp(loads(ASKED, "host.yaml")))


@pytest.mark.parametrize(
    ("code", "word", "files"),
    [
        (
            "ifupdown-ng",
            "apk add bonding bridge",
            {"etc/os-release": "ID=alpine\n", "etc/network/interfaces": INTERFACES},
        ),
        ("wicked", "BONDING_SLAVE_0=eth2", SUSE),
        (
            "netifrc",
            'slaves_bond0="eth2 eth3"',
            {"etc/os-release": "ID=gentoo\n", "etc/conf.d/net": 'config_eth0="192.0.2.10/24"\n'},
        ),
    ],
)
def test_a_copy_of_etc_is_known_by_its_name(
    tmp_path: Path, code: str, word: str, files: dict[str, str]
) -> None:
    found = proposed(tmp_path, files).findings
    assert [it.code for it in found] == [code]
    assert word in found[0].remedy


def test_of_one_that_nobody_knows_the_commands_are_told(tmp_path: Path) -> None:
    with pytest.raises(XenbondError, match="No network stack") as told:
        proposed(tmp_path, {})
    for command in (
        "ip link add bond0 type bond mode active-backup miimon 100",
        "ip link set eth3 down; ip link set eth3 master bond0",
        "ip link set bond0 master xenbr0",
    ):
        assert command in str(told.value)


def test_suses_host_whose_network_is_networkmanagers_is_not_wickeds(tmp_path: Path) -> None:
    """Whoever has the alias network.service."""
    found = proposed(tmp_path, SUSE | {f"{WANTS}/NetworkManager.service": "[Unit]\n"})
    assert found.request.answers.stack == "networkmanager"
    assert [it.code for it in found.refusals] == ["no-address"]


def test_ifcfg_files_alone_are_network_managers_where_it_is_started(tmp_path: Path) -> None:
    """A copy of RHEL 8's /etc: the refusal says what makes them profiles that can be written."""
    files = {
        "etc/os-release": 'ID=rhel\nVERSION_ID="8.6"\n',
        f"{WANTS}/NetworkManager.service": "[Unit]\n",
        f"{NS}/ifcfg-eth2": "DEVICE=eth2\nBOOTPROTO=none\nIPADDR=192.0.2.10\nPREFIX=24\n",
    }
    assert any("nmcli connection migrate" in it.remedy for it in proposed(tmp_path, files).refusals)


def test_an_address_that_the_shell_computes_is_not_told_to_be_missing(tmp_path: Path) -> None:
    files = {
        "etc/os-release": 'ID=rhel\nVERSION_ID="7.9"\n',
        "etc/init.d/network": "#!/bin/sh\n",
        "etc/redhat-release": "CentOS Linux release 7.9.2009\n",
        "etc/sysconfig/network": "NETWORKING=yes\n",
        "etc/rc.d/rc3.d/S10network": "#!/bin/sh\n",
        f"{NS}/ifup-eth": "#!/bin/sh\n",
        f"{NS}/ifcfg-eth2": "DEVICE=eth2\nONBOOT=yes\nNET=192.0.2\nIPADDR=$NET.10\nPREFIX=24\n",
    }
    found = proposed(tmp_path, files).refusals
    assert [(it.code, it.where) for it in found] == [("file-not-editable", f"/{NS}/ifcfg-eth2:4")]
