"""Echo requests that only their own answer fits: ICMP and ICMPv6 (RFC 792, RFC 4443 section 4.1).

Where an answer says it comes from is no proof: a guest on the bridge can send any source address.
So each request has a random identifier, and octets that nobody can know who has not seen that very
request; an answer must bring them back, from the address that was asked. Who does see it, the
gateway's impostor after a forged ARP reply or a switch on the way, can answer: there is no defence
against that in ICMP or ARP. `health.around` tells when the gateway's MAC is behind a guest's port.
"""

import errno
import hashlib
import os
import socket
import struct
from collections.abc import Sequence

from xenbond_tui.host.socket_filter import NETWORK_HEADER, Is, octets

_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_HEAD = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number."""
_TOKEN = 4
"""Octets of the payload that are the same in each request: the kernel can look at them."""
_PROOF = 12
"""Octets that are another request's in no other."""


class Echo:
    """The requests to one address, by number, and which answers are theirs."""

    def __init__(self, ip: str) -> None:
        """Draw what answers must bring back.

        Args:
            ip: IPv4 or IPv6 address.

        Raises:
            OSError: it is none.
        """
        self.family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        try:
            self._asked = socket.inet_pton(self.family, ip)
        except ValueError:
            raise OSError(errno.EINVAL, "that is no IP address") from None
        self._id = os.urandom(2)
        self._token, self._key = os.urandom(_TOKEN), os.urandom(32)

    @property
    def protocol(self) -> int:
        """Of the raw socket."""
        return _PROTOCOL[self.family]

    @property
    def filter(self) -> tuple[Is, ...]:
        """What a raw socket shall let in; IPv4 hands over the IP header too, IPv6 does not."""
        ipv4 = self.family == socket.AF_INET
        return (
            Is(0, 1, (_REPLY[self.family],), ipv4),
            *octets(4, self._id, behind_ipv4=ipv4),
            *octets(_HEAD.size, self._token, behind_ipv4=ipv4),
            *octets(NETWORK_HEADER + (12 if ipv4 else 8), self._asked),
        )

    def request(self, number: int) -> bytes:
        """The packet, from the ICMP header on."""
        body = self._id + struct.pack("!H", number & 0xFFFF) + self._token + self._proof(number)
        kind = _REQUEST[self.family]
        # The kernel fills in ICMPv6's checksum, which covers the addresses.
        total = 0 if self.family == socket.AF_INET6 else checksum(bytes((kind, 0, 0, 0)) + body)
        return struct.pack("!BBH", kind, 0, total) + body

    def answered(self, data: bytes, source: Sequence[object], newest: int) -> int | None:
        """The number of the request that this answers; None when it answers none of ours.

        Args:
            data: what the raw socket gave.
            source: where from, as `recvfrom` tells.
            newest: the number of the last request sent.
        """
        if self.family == socket.AF_INET:
            data = data[(data[0] & 0x0F) * 4 :] if data else b""
        if len(data) < _HEAD.size or not self._is_asked(str(source[0])):
            return None
        kind, code, _, ident, low = _HEAD.unpack_from(data)
        number: int = newest - ((newest - low) & 0xFFFF)
        ours = (_REPLY[self.family], 0, int.from_bytes(self._id, "big"))
        if (kind, code, ident) != ours or number < 0:
            return None
        return number if data[_HEAD.size :] == self._token + self._proof(number) else None

    def _is_asked(self, source: str) -> bool:
        try:
            return socket.inet_pton(self.family, source.partition("%")[0]) == self._asked
        except OSError:
            return False

    def _proof(self, number: int) -> bytes:
        told = number.to_bytes(8, "big")
        return hashlib.blake2s(told, key=self._key, digest_size=_PROOF).digest()


def checksum(data: bytes) -> int:
    """RFC 1071, of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
