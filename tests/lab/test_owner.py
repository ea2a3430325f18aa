"""Each host of the table is known by its files alone, as another system's tree, and by no rival."""

import os
import shutil
from pathlib import Path

from tests.lab import rootfs
from tests.lab.stacks import LabStack
from xenbond_tui import compose, planner
from xenbond_tui.rules.owners import rivalries
from xenbond_tui.rules.unsupported_platform import unsupported

KEPT = ("etc", "usr/sbin", "usr/bin", "usr/share/ifupdown2", "usr/lib/systemd", "usr/share/netplan")
"""What of a guest's root tells who owns the network."""
RIVALS = ("networking", "NetworkManager", "systemd-networkd")


def lay_out(row: LabStack, root: Path) -> None:
    """The files of that host: the guest's root with the row's own laid over, and its units on."""
    source = rootfs.ready(row.flavour)
    for name in KEPT:
        if (source / name).is_dir():
            shutil.copytree(source / name, root / name, symlinks=True, copy_function=_name_only)
    for name in ("bin", "sbin", "lib"):
        (root / name).symlink_to(f"usr/{name}")
    for wanted in (root / "etc/systemd/system").glob("*.wants/*"):
        if wanted.name.startswith(RIVALS):
            wanted.unlink()
    for unit in row.enable:
        link = root / "etc/systemd/system/multi-user.target.wants" / unit
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/usr/lib/systemd/system/{unit}")
    row.lay_out(root)


def _name_only(source: str, target: str) -> str:
    """A program need only be there; files of /etc and of systemd are read."""
    if "/usr/sbin/" in source or "/usr/bin/" in source:
        Path(target).touch()
        return target
    return os.fspath(shutil.copy2(source, target))


def test_the_rows_stack_owns_it_and_nobody_else_does(row: LabStack, tmp_path: Path) -> None:
    lay_out(row, tmp_path)
    facts = planner.read_host(compose.offline(str(tmp_path)))
    assert unsupported(facts, planner.prefill(facts)) is None
    found = planner.owners(facts)
    print(*found, sep="\n")
    assert found[0].stack == row.stack
    assert not list(rivalries(found, ("eth0", "eth1")))
