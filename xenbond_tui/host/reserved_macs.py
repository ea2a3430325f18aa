"""MACs that no guest on a bridge can rightly have: this host's own, and its gateways'."""

import os
import socket
import struct
from collections.abc import Collection, Iterator

from xenbond_tui.host.rtaddr import attributes, dump
from xenbond_tui.host.sysfs import NET

_RTM_NEWNEIGH, _RTM_GETNEIGH = 28, 30
_NDMSG = struct.Struct("=BxxxiHBB")
"""struct ndmsg: family, link index, state, flags, type."""
_NDA_DST, _NDA_LLADDR = 1, 2
_NTF_ROUTER = 0x80
_MACS = ("address", "bonding_slave/perm_hwaddr")
"""Files of a link in sysfs."""


def own_macs(root: str) -> dict[str, str]:
    """MAC → the link that has it now, or had it before it became a slave."""
    found: dict[str, str] = {}
    try:
        names = sorted(os.listdir(f"{root}{NET}"))
    except OSError:
        return found
    for name in names:
        for attribute in _MACS:
            try:
                with open(f"{root}{NET}/{name}/{attribute}", encoding="ascii") as stream:
                    mac = stream.read(64).strip().lower()
            except (OSError, ValueError):
                continue
            found.setdefault(mac, name)
    return found


def gateway_macs(gateways: Collection[str]) -> dict[str, str]:
    """MAC → which gateway this host takes to have it, from its neighbour table.

    The table is filled by ARP and neighbour discovery, which nobody signs: who forges an answer
    there can have a guest's MAC in it, and that guest is then not announced.

    Args:
        gateways: IPv4 addresses of the default routes' gateways; IPv6 routers tell by themselves.
    """
    found: dict[str, str] = {}
    try:
        for payload in dump(_RTM_GETNEIGH, _RTM_NEWNEIGH, _NDMSG.pack(0, 0, 0, 0, 0)):
            found.update(_gateway(payload, gateways))
    except (OSError, struct.error):
        return found
    return found


def _gateway(payload: bytes, gateways: Collection[str]) -> Iterator[tuple[str, str]]:
    family, _, _, flags, _ = _NDMSG.unpack_from(payload)
    values = dict(attributes(payload[_NDMSG.size :]))
    mac, address = values.get(_NDA_LLADDR, b""), values.get(_NDA_DST, b"")
    if len(mac) != 6 or len(address) != {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family):
        return
    ip = socket.inet_ntop(family, address)
    # An IPv6 router says of itself that it is one (the R bit of its advertisements).
    if ip in gateways or (family == socket.AF_INET6 and flags & _NTF_ROUTER):
        yield mac.hex(":"), ip
