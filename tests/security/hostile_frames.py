"""Frames that a neighbour or a guest might send."""

import struct

from hypothesis import strategies as st

LLDP_TO = bytes.fromhex("0180c200000e")
LLDP_GROUPS = tuple(bytes.fromhex(f"0180c20000{last}") for last in ("00", "03", "0e"))
SWITCH = bytes.fromhex("001b21000001")
DIALECT = st.tuples(
    st.sampled_from([*LLDP_GROUPS, b"\xff" * 6, SWITCH, bytes.fromhex("0180c2000002")]),
    st.lists(st.tuples(st.integers(0, 127), st.binary(max_size=511)), max_size=12),
    st.binary(max_size=40),
)
"""Destination, TLVs and what follows, of a sender that half knows what LLDP is."""


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(value)) + value


def lldp(*values: bytes, to: bytes = LLDP_TO) -> bytes:
    return to + SWITCH + b"\x88\xcc" + b"".join(values)


def neighbour(number: int = 1, ttl: int = 120, name: str = "sw", to: bytes = LLDP_TO) -> bytes:
    """What switch `number` says of its port `number`."""
    chassis = tlv(1, b"\x04" + SWITCH[:4] + number.to_bytes(2, "big"))
    port, life = tlv(2, b"\x05Gi1/0/%d" % number), tlv(3, struct.pack("!H", ttl))
    return lldp(chassis, port, life, tlv(5, b"%s%d" % (name.encode(), number)), tlv(0, b""), to=to)


def arp_reply(
    sender_mac: bytes, sender: bytes, target_mac: bytes, to: bytes = b"", operation: int = 2
) -> bytes:
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
    body = head + sender_mac + sender + target_mac + bytes(4)
    return ((to or target_mac) + sender_mac + b"\x08\x06" + body).ljust(60, b"\0")


def macs(count: int, first: int = 0) -> list[str]:
    """Invented MACs, locally administered."""
    numbers = (n.to_bytes(3, "big") for n in range(first, first + count))
    return ["02:00:00:" + number.hex(":") for number in numbers]
