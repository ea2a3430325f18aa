"""`xenbond nics` on a recorded host: what people and programs are told about each NIC."""

import json

import pytest
from recorded_sys import nic_files, write

from xenbond_tui import cli

OWN = "52:54:00:aa:00:0"


@pytest.fixture
def root(tmp_path):
    slave = {"bonding_slave/perm_hwaddr": f"{OWN}3", "carrier": "0", "speed": "-1"}
    write(tmp_path, nic_files("eth0", 2, f"{OWN}2"))
    write(tmp_path, nic_files("eth1", 3, f"{OWN}2", **slave))
    write(tmp_path, nic_files("eth2", 4, f"{OWN}2"))
    write(tmp_path, nic_files("wlan0", 5, f"{OWN}5", **{"phy80211/name": "phy0"}))
    for nic, master in (("eth1", "bond0"), ("eth2", "br0")):
        write(tmp_path, {f"/sys/class/net/{nic}/master": f"-> ../../../../../class/net/{master}"})
    write(
        tmp_path,
        {
            "/sys/class/net/bonding_masters": "bond0\n",
            "/sys/class/net/bond0/ifindex": "8\n",
            "/sys/class/net/bond0/bonding/mode": "active-backup 1\n",
            "/sys/class/net/br0/ifindex": "9\n",
            "/sys/class/net/br0/bridge/stp_state": "0\n",
            "/sys/devices/virtual/net/lo/ifindex": "1\n",
            "/sys/class/net/lo": "-> ../../devices/virtual/net/lo",
            "/proc/net/if_inet6": "fd000000000000000000000000000001 02 40 00 80     eth0\n",
        },
    )
    return tmp_path


def test_the_json_is_the_documented_interface(root, capsys):
    assert cli.run(["nics", "--json", "--root", str(root)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    nics = {nic["name"]: nic for nic in document["nics"]}
    assert list(nics) == ["eth0", "eth1", "eth2", "wlan0"]
    assert nics["eth0"] == {
        "name": "eth0",
        "permanent_mac": f"{OWN}2",
        "mac": f"{OWN}2",
        "driver": "e1000",
        "bus": "pci 0000:00:02.0",
        "speed": 1000,
        "duplex": "full",
        "carrier": True,
        "mtu": 1500,
        "master": None,
        "addresses": ["fd00::1/64"],
        "session": False,
        "unsuitable": None,
    }
    assert (nics["eth1"]["permanent_mac"], nics["eth1"]["mac"]) == (f"{OWN}3", f"{OWN}2")
    assert (nics["eth1"]["carrier"], nics["eth1"]["speed"]) == (False, None)
    assert nics["eth1"]["master"] == "bond0"
    assert nics["wlan0"]["unsuitable"]


def test_the_table_fits_80_columns_and_says_why_not(root, capsys):
    assert cli.run(["nics", "--root", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["NIC", "LINK", "MBIT/S", "PERMANENT", "MAC", "DRIVER", "NOW"]
    assert lines[1].split()[:4] == ["eth0", "up", "1000", f"{OWN}2"]
    assert "fd00::1/64" in lines[1]
    assert "no link" in lines[2]
    assert lines[2].endswith("slave of bond0")
    assert "unsuitable" in next(line for line in lines if line.startswith("wlan0"))


def test_a_mac_that_may_be_borrowed_is_marked(root, capsys):
    cli.run(["nics", "--root", str(root)])
    text = capsys.readouterr().out
    rows = {line.split()[0]: line for line in text.splitlines() if line}
    assert f"{OWN}2?" in rows["eth2"]
    assert f"{OWN}3?" not in rows["eth1"]
    assert "may be borrowed" in rows["?"]


def test_a_tree_without_nics(tmp_path, capsys):
    assert cli.run(["nics", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "No NICs were found.\n"


def test_the_session_is_marked(root, monkeypatch, capsys):
    from dataclasses import replace

    from xenbond_tui import compose

    machine = replace(
        compose.offline(str(root)), environ={"SSH_CONNECTION": "fd00::9 50000 fd00::1 22"}
    )
    monkeypatch.setattr(compose, "chosen", lambda root: machine)
    cli.run(["nics"])
    assert "YOUR SESSION" in capsys.readouterr().out.splitlines()[1]
    cli.run(["nics", "--json"])
    nics = json.loads(capsys.readouterr().out)["nics"]
    assert [nic["name"] for nic in nics if nic["session"]] == ["eth0"]


def test_a_root_that_is_not_there(tmp_path, capsys):
    assert cli.run(["nics", "--root", str(tmp_path / "none")]) == 64
    assert str(tmp_path / "none") in capsys.readouterr().err
