"""Ethernet frames of the few kinds the lab's switch and the host behind it speak or look for."""

import socket
import struct
from dataclasses import dataclass

BROADCAST = b"\xff" * 6
LLDP_GROUP = bytes.fromhex("0180c200000e")
ARP, IPV4, IPV6, RARP, LLDP = 0x0806, 0x0800, 0x86DD, 0x8035, 0x88CC
ECHO_REPLY, ECHO_REQUEST = 0, 8
_ADVERTISEMENT = 136


def mac(text: str) -> bytes:
    """The bytes of a MAC."""
    return bytes.fromhex(text.replace(":", ""))


def kind(frame: bytes) -> int:
    """The EtherType."""
    return int.from_bytes(frame[12:14], "big")


def ethernet(to: bytes, by: bytes, ethertype: int, body: bytes) -> bytes:
    """A whole frame, padded to the least length."""
    return (to + by + struct.pack("!H", ethertype) + body).ljust(60, b"\0")


@dataclass(frozen=True, slots=True)
class Arp:
    """RFC 826, of Ethernet and IPv4."""

    operation: int
    sender_mac: bytes
    sender: str
    target_mac: bytes
    target: str

    @property
    def body(self) -> bytes:
        """As it is sent."""
        head = struct.pack("!HHBBH", 1, IPV4, 6, 4, self.operation)
        sender, target = socket.inet_aton(self.sender), socket.inet_aton(self.target)
        return head + self.sender_mac + sender + self.target_mac + target


def arp(frame: bytes) -> Arp | None:
    """The ARP packet in a frame."""
    if kind(frame) != ARP or len(frame) < 42:
        return None
    return Arp(
        int.from_bytes(frame[20:22], "big"),
        *(frame[22:28], socket.inet_ntoa(frame[28:32])),
        *(frame[32:38], socket.inet_ntoa(frame[38:42])),
    )


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request or reply (RFC 792)."""

    type: int
    source: str
    destination: str
    id: int
    number: int
    body: bytes
    """Type and all."""


def echo(frame: bytes) -> Echo | None:
    """The echo request or reply in a frame."""
    if kind(frame) != IPV4 or len(frame) < 42 or frame[23] != socket.IPPROTO_ICMP:
        return None
    start, end = 14 + (frame[14] & 15) * 4, 14 + int.from_bytes(frame[16:18], "big")
    body = frame[start:end]
    if len(body) < 8 or body[0] not in (ECHO_REPLY, ECHO_REQUEST):
        return None
    source, destination = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
    id, number = struct.unpack("!HH", body[4:8])
    return Echo(body[0], source, destination, id, number, body)


def icmp(source: str, destination: str, type: int, rest: bytes) -> bytes:
    """An IPv4 packet with an ICMP message; `rest` is what follows the checksum."""
    body = struct.pack("!BBH", type, 0, 0) + rest
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, socket.IPPROTO_ICMP, 0)
    total = checksum(head + addresses)
    return head[:10] + struct.pack("!H", total) + addresses + body


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def advertised(frame: bytes) -> str | None:
    """The address of a neighbour advertisement (RFC 4861 section 4.4)."""
    if kind(frame) != IPV6 or len(frame) < 78 or frame[20] != socket.IPPROTO_ICMPV6:
        return None
    if frame[54] != _ADVERTISEMENT:
        return None
    return socket.inet_ntop(socket.AF_INET6, frame[62:78])


def lldp(by: bytes, system: str, port: str) -> bytes:
    """What a switch says of one of its ports (IEEE 802.1AB), good for 4 s."""

    def value(number: int, data: bytes) -> bytes:
        return struct.pack("!H", number << 9 | len(data)) + data

    told = value(1, b"\x04" + by) + value(2, b"\x05" + port.encode())
    told += value(3, struct.pack("!H", 4)) + value(5, system.encode()) + value(0, b"")
    return ethernet(LLDP_GROUP, by, LLDP, told)
