"""Bonds made, and bonds and ports set, by sysfs: the same files from Linux 2.6.18 to today.

Bonding by netlink is younger (2.6.39 makes a bond, 3.14 sets its options), so RHEL 5 and 6 have
none of it. What may be set when: the flags in drivers/net/bonding/bond_options.c, and
Documentation/networking/bonding.rst, "Configuring Bonding Manually via Sysfs". A port's options:
net/bridge/br_sysfs_if.c.
"""

import os
from collections.abc import Mapping

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.sysfs import NET
from xenbond_tui.options.running import for_sysfs, in_order, same

_MASTERS = f"{NET}/bonding_masters"


def add_bond(name: str, options: Mapping[str, str]) -> None:
    """Make a bond, down and without slaves, with these options; one that is there gets them.

    Raises:
        XenbondError: it can't be made, or the kernel refuses an option.
    """
    if not os.path.isdir(f"{NET}/{name}/bonding"):
        _make(name)
    for option in in_order(options):
        set_option(name, option, options[option])


def set_option(name: str, option: str, value: str) -> None:
    """Set one option, given as answers have it; setting what it is already is no error.

    Raises:
        XenbondError: there is no such bond or option, or the kernel refuses the value.
    """
    path = f"{NET}/{name}/bonding/{option}"
    printed = _read(path)
    # The kernel refuses many options once there are slaves, even unchanged.
    if printed is not None and same(option, printed, value):
        return
    if option == "arp_ip_target":
        _set_targets(path, name, value)
    else:
        write(path, for_sysfs(option, value), f"{name}: setting {option} to {value}")


def set_port_option(port: str, option: str, value: str) -> None:
    """Set one of a bridge's port; what is none any more, or has none of that name, is no error.

    Raises:
        XenbondError: the kernel refused.
    """
    path = f"{NET}/{port}/brport/{option}"
    try:
        write(path, value, f"{port}: setting {option} of the port to {value}")
    except XenbondError:
        if os.path.exists(path):
            raise


def _make(name: str) -> None:
    if os.path.exists(_MASTERS):
        write(_MASTERS, f"+{name}", f"{name}: making the bond")
        return
    from xenbond_tui.host import netlink_write

    # Asked for a bond, the kernel loads its module; that may make another bond0.
    netlink_write.add_bond(name)


def _set_targets(path: str, name: str, value: str) -> None:
    """A list, of which each item is added or removed alone."""
    wanted = [item for item in value.split(",") if item and item != "none"]
    have = (_read(path) or "").split()
    for item in wanted:
        if item not in have:
            write(path, f"+{item}", f"{name}: adding the ARP target {item}")
    for item in have:
        if item not in wanted:
            write(path, f"-{item}", f"{name}: removing the ARP target {item}")


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return None


def write(path: str, value: str, doing: str) -> None:
    """Write one value into a file of the kernel's.

    Raises:
        XenbondError: the kernel refused what is done, `doing`; or there is no such file.
    """
    try:
        # Never made: a missing file is an option this kernel does not have.
        door = os.open(path, os.O_WRONLY | os.O_TRUNC)
        try:
            # One write; 2.6.18 takes a line end into a slave's name. No value at all, as no
            # primary, is an empty line: an empty write does not get there.
            os.write(door, value.encode("ascii") or b"\n")
        finally:
            os.close(door)
    except OSError as error:
        raise XenbondError.at(doing, f"the kernel refused: {error.strerror}.") from None
