"""One LLDP frame, read as strictly as IEEE 802.1AB-2016, 9.2.7, asks for. Pure.

Anybody on the segment can send one, with whatever in it: what is broken is refused as a whole.
"""

import socket
import struct

from xenbond_tui.facts.link import SwitchPort
from xenbond_tui.value import dataclass

LLDP = 0x88CC
GROUPS = tuple(bytes.fromhex(f"0180c20000{last}") for last in ("0e", "03", "00"))
"""Where LLDP is sent (7.1): a bridge passes none of them on. Nothing else is a neighbour's."""
LONGEST_TEXT = 64
"""Characters kept of what a switch says."""
_CHASSIS, _PORT, _TTL, _PORT_DESCRIPTION, _SYSTEM_NAME = 1, 2, 3, 4, 5
_FIRST = [_CHASSIS, _PORT, _TTL]
_MAC, _ADDRESS = (4, 3), (5, 4)
"""Subtypes that are a MAC, or a network address: of a chassis, of a port."""
_LONGEST_ID = 256
"""Octets of a chassis or port ID with its subtype (8.5.2, 8.5.3)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one frame says."""

    sender: tuple[bytes, bytes]
    """Chassis and port ID as they were sent, by which a neighbour is told from another."""
    ttl: int
    """Seconds it may be believed; 0: the neighbour says goodbye."""
    port: SwitchPort


def parse(frame: bytes) -> Heard | None:
    """A whole Ethernet frame; None when it is none of LLDP's, or is broken."""
    if frame[:6] not in GROUPS or frame[12:14] != struct.pack("!H", LLDP):
        return None
    values = _values(frame[14:])
    if values is None or [kind for kind, _ in values[:3]] != _FIRST:
        return None
    kinds = [kind for kind, _ in values[3:]]
    (_, chassis), (_, port), (_, ttl) = values[:3]
    ids_fit = all(2 <= len(item) <= _LONGEST_ID for item in (chassis, port))
    if not ids_fit or len(ttl) < 2 or any(kind in kinds for kind in _FIRST):
        return None
    said = dict(reversed(values))
    described = _text(said.get(_PORT_DESCRIPTION, b""))
    named = _identity(port, _MAC[1], _ADDRESS[1])
    found = SwitchPort(
        chassis=_identity(chassis, _MAC[0], _ADDRESS[0]),
        system=_text(said.get(_SYSTEM_NAME, b"")),
        # A port's MAC or number tells an operator less than its description.
        port=described if described and port[0] not in (1, 5, 7) else named,
    )
    return Heard((chassis, port), int.from_bytes(ttl[:2], "big"), found)


def _values(data: bytes) -> list[tuple[int, bytes]] | None:
    """Type and value of each TLV up to the end; None when one goes beyond the frame."""
    values: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(data):
        (head,) = struct.unpack_from("!H", data, at)
        kind, length = head >> 9, head & 0x1FF
        value = data[at + 2 : at + 2 + length]
        if len(value) != length:
            return None
        if kind == 0:
            # What follows pads the frame to the least length.
            return values if length == 0 else None
        values.append((kind, value))
        at += 2 + length
    return values if at == len(data) else None


def _identity(value: bytes, mac: int, address: int) -> str:
    kind, rest = value[0], value[1:]
    if kind == mac and len(rest) == 6:
        return rest.hex(":")
    if kind == address and rest[:1] == b"\x01" and len(rest) == 5:
        return socket.inet_ntoa(rest[1:])
    return _text(rest)


def _text(value: bytes) -> str:
    """What a switch says ends on a terminal: only what can be printed, and not without end."""
    text = value.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text).strip()[:LONGEST_TEXT]
