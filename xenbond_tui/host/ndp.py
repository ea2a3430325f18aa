"""Unsolicited neighbour advertisements: where an IPv6 address is now (RFC 4861, 4.4 and 7.2.6).

And the question to routers (4.1), which the kernel asks only when a link comes up.

Only sent. What others advertise is for the kernel to judge, which takes none that came from beyond
the link (hop limit 255, ndisc_rcv() in net/ipv6/ndisc.c); nothing here believes one.
"""

import socket
import struct

from xenbond_tui.host.echo import checksum
from xenbond_tui.host.socket_filter import Prepared

_IPV6 = 0x86DD
_ICMPV6 = 58
_NOBODY = socket.inet_pton(socket.AF_INET6, "::")
_ALL_NODES = socket.inet_pton(socket.AF_INET6, "ff02::1")
_ALL_ROUTERS = socket.inet_pton(socket.AF_INET6, "ff02::2")
_OVERRIDE = 0x20000000
_SOLICITATION = 133
_ADVERTISEMENT = 136
_TARGET_LINK_ADDRESS = 2


def solicit_routers(link: str, mac: str) -> None:
    """Ask the routers beyond a link to announce themselves to everyone.

    Raises:
        XenbondError: the link is gone or down, or takes no frames.
    """
    Prepared(link, [solicitation(mac)], "asking for routers")()


def frame(mac: str, address: str) -> bytes:
    """The whole Ethernet frame that tells every node that the address is at this MAC."""
    own = bytes.fromhex(mac.replace(":", ""))
    source = socket.inet_pton(socket.AF_INET6, address)
    body = struct.pack("!BBHI", _ADVERTISEMENT, 0, 0, _OVERRIDE) + source
    body += struct.pack("!BB", _TARGET_LINK_ADDRESS, 1) + own
    return _framed(own, source, _ALL_NODES, body)


def solicitation(mac: str) -> bytes:
    """The whole Ethernet frame of a router solicitation.

    From nobody, so without the sender's MAC (4.1): the answer goes to all nodes.
    """
    body = struct.pack("!BBHI", _SOLICITATION, 0, 0, 0)
    return _framed(bytes.fromhex(mac.replace(":", "")), _NOBODY, _ALL_ROUTERS, body)


def _framed(own: bytes, source: bytes, to: bytes, body: bytes) -> bytes:
    """To a group, whose MAC ends in the last four octets of its address (RFC 2464, 7)."""
    body = body[:2] + struct.pack("!H", _checksum(source, to, body)) + body[4:]
    header = struct.pack("!IHBB", 6 << 28, len(body), _ICMPV6, 255) + source + to
    return b"\x33\x33" + to[-4:] + own + struct.pack("!H", _IPV6) + header + body


def _checksum(source: bytes, to: bytes, body: bytes) -> int:
    """RFC 4443, 2.3: over the addresses, the length and the protocol too."""
    return checksum(source + to + struct.pack("!II", len(body), _ICMPV6) + body)
