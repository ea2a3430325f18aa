"""The guests on a bridge, and frames by which switches learn where they are now.

A learning frame is a broadcast with the guest's MAC as its source, a RARP request as QEMU sends
after a migration (announce_self in net/announce.c): switches move the MAC to the port it came in
by; hosts ignore it (RFC 903 asks for a server's answer, and nobody runs one).
"""

import struct
from collections.abc import Iterable, Mapping

from xenbond_tui.host import door
from xenbond_tui.host.socket_filter import Prepared
from xenbond_tui.host.sysfs import NET

_RARP = 0x8035
_ENTRY = struct.Struct("=6sBBIBBH")
"""struct __fdb_entry of linux/if_bridge.h: MAC, port, is_local, age, port's high byte, padding."""
_BROADCAST = b"\xff" * 6
_MOST = 1 << 17
"""Addresses read of a bridge at most: a guest can invent as many as it likes, and nothing bounds
what a bridge learns unless fdb_max_learned is set (Linux 6.7)."""
_REQUEST = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 3)


def learned(root: str, bridge: str) -> Mapping[str, str]:
    """MAC → port of every address the bridge has learned (brforward in sysfs); not its own."""
    try:
        data = door.to(root).start_of(f"{NET}/{bridge}/brforward", _MOST * _ENTRY.size)
    except OSError:
        return {}
    ports = _ports(root, bridge)
    found = {}
    for at in range(0, len(data) - _ENTRY.size + 1, _ENTRY.size):
        mac, low, local, _, high, _, _ = _ENTRY.unpack_from(data, at)
        port = ports.get(high << 8 | low)
        if not local and port is not None:
            found[mac.hex(":")] = port
    return found


def _ports(root: str, bridge: str) -> dict[int, str]:
    found = {}
    try:
        tree = door.to(root)
        names = tree.names(f"{NET}/{bridge}/brif")
    except OSError:
        return {}
    for name in names:
        try:
            found[int(tree.read(f"{NET}/{name}/brport/port_no").text, 16)] = name
        except (OSError, ValueError):
            continue
    return found


def teaching(link: str, macs: Iterable[str]) -> Prepared:
    """What sends one learning frame for each MAC out of a link.

    Raises:
        XenbondError: the link is gone.
    """
    return Prepared(link, map(frame, macs), "teaching the switch")


def frame(mac: str) -> bytes:
    """The whole Ethernet frame, padded to the least length."""
    own = bytes.fromhex(mac.replace(":", ""))
    body = _REQUEST + own + bytes(4) + own + bytes(4)
    return (_BROADCAST + own + struct.pack("!H", _RARP) + body).ljust(60, b"\0")
