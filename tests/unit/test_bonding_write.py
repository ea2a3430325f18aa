"""Bonds set by sysfs: what is written, and what is not. The kernel's side is in tests/lab."""

from pathlib import Path

import pytest

from xenbond_tui.errors import XenbondError
from xenbond_tui.host import sysfs_write


@pytest.fixture
def bonding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """bond0's directory in a sysfs of files."""
    monkeypatch.setattr(sysfs_write, "NET", str(tmp_path))
    directory = tmp_path / "bond0" / "bonding"
    directory.mkdir(parents=True)
    for name, text in {
        "mode": "balance-rr 0\n",
        "miimon": "0\n",
        "primary": "eth0\n",
        "arp_ip_target": "192.168.0.1 192.168.0.2\n",
    }.items():
        (directory / name).write_text(text)
    return directory


def test_a_bond_that_is_there_gets_the_options(bonding: Path) -> None:
    sysfs_write.add_bond("bond0", {"miimon": "100", "mode": "active-backup"})
    assert (bonding / "mode").read_text() == "active-backup"
    assert (bonding / "miimon").read_text() == "100"


def test_the_mode_is_first_and_monitoring_before_what_counts_in_it(
    bonding: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(sysfs_write, "set_option", lambda name, option, value: seen.append(option))
    options = ("updelay", "arp_validate", "arp_interval", "miimon", "mode", "arp_ip_target")
    sysfs_write.add_bond("bond0", dict.fromkeys(options, "1"))
    assert seen == ["mode", "miimon", "updelay", "arp_ip_target", "arp_interval", "arp_validate"]


def test_what_it_is_already_is_not_written(bonding: Path) -> None:
    """The kernel refuses a mode while there are slaves, also the one it has."""
    (bonding / "mode").chmod(0o400)
    sysfs_write.set_option("bond0", "mode", "balance-rr")
    assert (bonding / "mode").read_text() == "balance-rr 0\n"


def test_no_primary_is_an_empty_line(bonding: Path) -> None:
    sysfs_write.set_option("bond0", "primary", "none")
    assert (bonding / "primary").read_text() == "\n"


def test_targets_are_added_and_removed_one_by_one(
    bonding: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(sysfs_write, "write", lambda path, value, doing: written.append(value))
    sysfs_write.set_option("bond0", "arp_ip_target", "192.168.0.1,192.168.0.9")
    assert written == ["+192.168.0.9", "-192.168.0.2"]


def test_an_option_this_kernel_does_not_have_is_refused_by_name(bonding: Path) -> None:
    with pytest.raises(XenbondError, match="bond0: setting lacp_rate to fast: the kernel refused"):
        sysfs_write.set_option("bond0", "lacp_rate", "fast")
