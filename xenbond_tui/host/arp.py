"""ARP without an address of one's own: who is there, and where an address is now.

Requests, broadcast. An announcement asks for the sender's own address (what `arping -U` sends), a
probe has no sender's address, so that nobody remembers it (RFC 5227, sections 1.1 and 3).
"""

import socket
import struct
import time
from collections.abc import Iterable

from xenbond_tui.errors import XenbondError

_ARP = 0x0806
_BROADCAST = b"\xff" * 6
_REQUEST = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
"""Ethernet, IPv4, their address lengths, request."""
_REPLY = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2)
_NOBODY = bytes(4)
_PATIENCE = 0.5
"""Seconds to wait for an answer."""


def announce(link: str, mac: str, addresses: Iterable[str]) -> None:
    """Tell the segment that these addresses are here, out of that link alone.

    Raises:
        XenbondError: the link is gone or down, or takes no frames.
    """
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            wire.bind((link, 0))
            for address in map(socket.inet_aton, addresses):
                wire.send(_frame(mac, address, address))
    except OSError as error:
        raise XenbondError(f"{link}: announcing its address: {error.strerror}.") from None


def answers(link: str, mac: str, address: str) -> bool:
    """Does whoever has that address answer a probe? False also for a link that is down."""
    until, wanted = time.monotonic() + _PATIENCE, socket.inet_aton(address)
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP)) as wire:
            wire.bind((link, _ARP))
            wire.send(_frame(mac, _NOBODY, wanted))
            while (left := until - time.monotonic()) > 0:
                wire.settimeout(left)
                body = wire.recv(64)[14:]
                if body.startswith(_REPLY) and body[14:18] == wanted:
                    return True
    except OSError:
        return False
    return False


def _frame(mac: str, sender: bytes, target: bytes) -> bytes:
    """The whole Ethernet frame of a request."""
    own = bytes.fromhex(mac.replace(":", ""))
    header = _BROADCAST + own + struct.pack("!H", _ARP)
    return header + _REQUEST + own + sender + bytes(6) + target
