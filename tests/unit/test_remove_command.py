"""`xenbond remove` from the command line, on another system's tree."""

import json
import os
from pathlib import Path

import pytest
from fakes import tree_of
from field_trees import laid_out

from xenbond_tui.cli import run
from xenbond_tui.demo.recordings import unpack

INTERFACES = "/etc/network/interfaces"
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""


@pytest.fixture
def tree(tmp_path: Path) -> str:
    """A Debian dom0 whose bond under a bridge is written."""
    tree = os.fspath(tmp_path / "tree")
    unpack("debian12-dom0", tree)
    answers = tmp_path / "answers.yaml"
    answers.write_text(ANSWERS)
    assert run(["apply", "--answers", os.fspath(answers), "--root", tree, "--yes"]) == 0
    return tree


def test_remove_and_undo(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    bonded = tree_of(tree)
    capsys.readouterr()
    assert run(["remove", "--root", tree, "--yes"]) == 0
    said = capsys.readouterr().out
    assert "-iface xenbr0 inet static" in said
    assert "the address is eth0's again" in said
    assert "xenbr0" not in Path(tree + INTERFACES).read_text()
    assert run(["undo", "--root", tree, "--yes"]) == 0
    assert tree_of(tree) == bonded


def test_a_removal_stands_in_the_history(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["remove", "--root", tree, "--yes", "--to", "eth1"]) == 0
    capsys.readouterr()
    assert run(["history", "--root", tree]) == 0
    assert "eth1 192.168.0.222/24, without bond0 and xenbr0" in capsys.readouterr().out


def test_a_bridge_of_other_ports_stays(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A bond with an address of its own beside the bridge of another NIC."""
    assert run(["undo", "--root", tree, "--yes"]) == 0
    Path(tree + INTERFACES).write_text(
        "auto bond0\niface bond0 inet static\n address 198.51.100.10/24\n bond-slaves eth0 eth1\n"
        " bond-mode active-backup\n\nauto xenbr0\niface xenbr0 inet static\n"
        " address 192.168.0.222/24\n gateway 192.168.0.1\n bridge_ports eth9\n"
    )
    before = tree_of(tree)
    capsys.readouterr()
    assert run(["remove", "--root", tree, "--yes"]) == 2
    said = capsys.readouterr().err
    assert "/etc/network/interfaces:11: xenbr0 has eth9 as ports and not bond0" in said
    assert tree_of(tree) == before


@pytest.mark.parametrize("line", ["bridge_hw 02:00:00:00:00:bb", "hwaddress 02:00:00:00:00:bb"])
def test_the_bridges_own_mac_is_said_to_go(
    tree: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(tree + INTERFACES)
    ports = "bridge_ports bond0\n"
    path.write_text(path.read_text().replace(ports, f"{ports}\t{line}\n"))
    capsys.readouterr()
    assert run(["remove", "--root", tree, "--yes"]) == 0
    said = capsys.readouterr().err
    assert f"`{line}` of xenbr0 is taken out: eth0 has the MAC of its own again." in said
    assert "Write it for eth0" not in said


def test_slaves_by_a_pattern_are_named_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tree does not know its NICs: the bond is there, who its slaves are is not."""
    root = os.fspath(laid_out("slaves-by-pattern", tmp_path))
    assert run(["remove", "--root", root, "--yes"]) == 2
    said = capsys.readouterr().err
    assert "systemd-networkd makes bond0, but no file names two slaves of it" in said
    assert "no file makes it" not in said


def test_twice_there_is_nothing_to_remove(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["remove", "--root", tree, "--yes"]) == 0
    after = tree_of(tree)
    capsys.readouterr()
    assert run(["remove", "--root", tree, "--yes"]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert tree_of(tree) == after


def test_a_nic_that_is_no_slave_is_refused(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree_of(tree)
    capsys.readouterr()
    assert run(["remove", "--root", tree, "--yes", "--to", "eth7"]) == 2
    assert "Name one of eth0, eth1." in capsys.readouterr().err
    assert tree_of(tree) == before


def test_without_yes_and_without_a_terminal_nothing_happens(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree_of(tree)
    with open(os.devnull) as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert run(["remove", "--root", tree]) == 2
    assert "--yes" in capsys.readouterr().err
    assert tree_of(tree) == before


def test_machines_read_the_plan_and_nothing_is_written(
    tree: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree_of(tree)
    capsys.readouterr()
    assert run(["remove", "--root", tree, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["stack"]) == (1, "ifupdown")
    changed = [item["path"] for item in document["files"] if item["status"] != "unchanged"]
    assert changed == [INTERFACES]
    assert tree_of(tree) == before
