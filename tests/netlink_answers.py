"""Netlink messages put together by hand, as a kernel would and as it never does."""

import socket
import struct

DONE, ERROR, OVERRUN = 3, 2, 4
MAC = bytes.fromhex("525400aa0001")
OWN_MAC = bytes.fromhex("525400aa0002")


def message(
    kind: int, payload: bytes, *, flags: int = 2, sequence: int = 1, port: int = 77
) -> bytes:
    """One with its header; the length is right."""
    head = struct.pack("=IHHII", 16 + len(payload), kind, flags, sequence, port)
    return head + payload + bytes(-len(payload) % 4)


def attribute(kind: int, *parts: bytes) -> bytes:
    """One with its padding; the length is right."""
    value = b"".join(parts)
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def link(index: int, name: str, *attributes: bytes, flags: int = 0x1003) -> bytes:
    """The payload of an RTM_NEWLINK."""
    head = struct.pack("=BxHiII", 0, 1, index, flags, 0)
    return head + attribute(3, name.encode() + b"\0") + b"".join(attributes)


def linkinfo(kind: str, *data: bytes) -> bytes:
    """IFLA_LINKINFO of a link of that kind."""
    return attribute(18, attribute(1, kind.encode() + b"\0"), attribute(2, *data))


def slave_of_bond(*extra: bytes) -> bytes:
    """The payload of eth1, a slave that had OWN_MAC before, under link 4."""
    said = attribute(5, attribute(2, b"\0"), attribute(4, OWN_MAC))
    info = attribute(18, attribute(4, b"bond\0"), said)
    return link(2, "eth1", attribute(1, MAC), info, attribute(10, b"\4\0\0\0"), *extra)


def bond(*options: bytes) -> bytes:
    """The payload of bond0, link 4."""
    return link(4, "bond0", attribute(1, MAC), linkinfo("bond", *options))


def address(*attributes: bytes, family: int = socket.AF_INET) -> bytes:
    """The payload of an RTM_NEWADDR of link 7."""
    return struct.pack("=BBBBI", family, 24, 0x80, 0, 7) + b"".join(attributes)


def route(*attributes: bytes) -> bytes:
    """The payload of an RTM_NEWROUTE of the main table, to a /24."""
    head = struct.pack("=BBBBBBBBI", socket.AF_INET, 24, 0, 0, 254, 3, 0, 1, 0)
    return head + b"".join(attributes)


def hop(index: int, *attributes: bytes) -> bytes:
    """A struct rtnexthop with its attributes."""
    more = b"".join(attributes)
    return struct.pack("=HBBi", 8 + len(more), 0, 0, index) + more


GOOD = {
    "links": [
        link(1, "lo", attribute(1, bytes(6))),
        slave_of_bond(attribute(54, OWN_MAC), attribute(33, b"\1"), attribute(16, b"\6")),
        bond(attribute(1, b"\1"), attribute(32, b"\1"), attribute(31, attribute(0, bytes(16)))),
        link(5, "bond0.7", attribute(5, b"\4\0\0\0"), linkinfo("vlan", attribute(1, b"\7\0"))),
    ],
    "addresses": [
        address(attribute(1, b"\x0a\0\0\x09"), attribute(2, b"\x0a\0\0\1"), attribute(3, b"e\0")),
        address(attribute(1, bytes(16)), attribute(8, b"\x80\0\0\0"), family=socket.AF_INET6),
    ],
    "routes": [
        route(attribute(1, b"\x0a\0\0\0"), attribute(5, b"\x0a\0\0\1"), attribute(4, b"\2\0\0\0")),
        route(
            attribute(1, b"\x0a\1\0\0"),
            attribute(15, b"\0\4\0\0"),
            attribute(
                9, hop(2, attribute(5, b"\x0a\0\0\1")), hop(4, attribute(18, b"\x0a\0", bytes(16)))
            ),
        ),
    ],
    "rules": [
        struct.pack("=BBBBBxxBI", 2, 0, 24, 0, 100, 1, 0)
        + attribute(2, b"\xc0\0\2\0")
        + attribute(3, b"eth0\0")
        + attribute(6, b"\1\0\0\0")
    ],
    "neighbours": [
        struct.pack("=BxxxiHBB", 2, 2, 0x80, 0, 1) + attribute(1, b"\x0a\0\0\7") + attribute(2, MAC)
    ],
}
"""Payloads of each dump, laid out right."""
