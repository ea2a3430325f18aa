"""Gratuitous ARP: peers and switches learn at once where an address is now.

An ARP request for the sender's own address, broadcast (RFC 5227, section 3): what `arping -U`
sends, without that program.
"""

import socket
import struct
from collections.abc import Iterable

from xenbond_tui.errors import XenbondError

_BROADCAST = b"\xff" * 6
_REQUEST = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
"""Ethernet, IPv4, their address lengths, request."""


def announce(link: str, mac: str, addresses: Iterable[str]) -> None:
    """Send one announcement for each address, out of that link alone.

    Raises:
        XenbondError: the link is gone or down, or takes no frames.
    """
    try:
        own = bytes.fromhex(mac.replace(":", ""))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            wire.bind((link, 0))
            for address in addresses:
                wire.send(frame(own, address))
    except OSError as error:
        raise XenbondError(f"{link}: announcing its address: {error.strerror}.") from None


def frame(mac: bytes, address: str) -> bytes:
    """The whole Ethernet frame."""
    ip = socket.inet_aton(address)
    header = _BROADCAST + mac + struct.pack("!H", 0x0806)
    return header + _REQUEST + mac + ip + bytes(6) + ip
