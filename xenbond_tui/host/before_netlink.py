"""Ports and bridges as they were made before rtnetlink could: Linux 2.6.18 to 2.6.38 (RHEL 5, 6).

Those kernels take a request to set IFLA_MASTER, and do nothing (do_setlink in net/core/rtnetlink.c
knows it since 2.6.39); a bridge they refuse to make (br_link_ops, same version). So: bonding's
sysfs files, and the ioctls of brctl (linux/sockios.h).
"""

import fcntl
import os
import socket
import struct

from xenbond_tui.errors import XenbondError
from xenbond_tui.host import sysfs_write
from xenbond_tui.host.sysfs import NET, Sysfs

_SIOCBRADDBR, _SIOCBRADDIF, _SIOCBRDELIF = 0x89A0, 0x89A2, 0x89A3


def set_master(name: str, wanted: str | None) -> None:
    """Make a link a port of a bond or bridge, or of nothing.

    Raises:
        XenbondError: the kernel refused.
    """
    now = Sysfs("").master(name)
    if now is not None and now != wanted:
        _port(name, now, join=False)
    if wanted is not None and now != wanted:
        _port(name, wanted, join=True)


def add_bridge(name: str) -> None:
    """Make a bridge.

    Raises:
        XenbondError: the kernel refused.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            fcntl.ioctl(door, _SIOCBRADDBR, name.encode("ascii") + b"\0")
    except OSError as error:
        raise XenbondError.at(name, f"making the bridge: {error.strerror}.") from None


def without_spanning_tree(bridge: str) -> None:
    """Switch spanning tree and its delay off; kernels before 3.18 don't take that by netlink.

    Raises:
        XenbondError: the kernel refused.
    """
    for attribute in ("stp_state", "forward_delay"):
        path = f"{NET}/{bridge}/bridge/{attribute}"
        try:
            with open(path, "r+", encoding="ascii") as stream:
                if stream.read().strip() != "0":
                    stream.write("0")
        except OSError as error:
            raise XenbondError.at(bridge, f"setting {attribute} to 0: {error.strerror}.") from None


def _port(name: str, of: str, *, join: bool) -> None:
    doing = f"{name}: making it a port of {of}" if join else f"{name}: taking it out of {of}"
    slaves = f"{NET}/{of}/bonding/slaves"
    try:
        if os.path.exists(slaves):
            sysfs_write.write(slaves, f"+{name}" if join else f"-{name}", doing)
            return
        request = struct.pack("16si20x", of.encode("ascii"), socket.if_nametoindex(name))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            fcntl.ioctl(door, _SIOCBRADDIF if join else _SIOCBRDELIF, request)
    except OSError as error:
        raise XenbondError.at(doing, f"the kernel refused: {error.strerror}.") from None
