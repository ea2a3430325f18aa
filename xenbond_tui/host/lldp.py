"""Which switch port a NIC is plugged into, as the switch itself tells it by LLDP. Only listens.

IEEE 802.1AB: frames to 01:80:c2:00:00:0e of type 0x88cc, every 30 s. A socket bound to a slave
gets them before the bond does (bond_handle_frame() lets exact matches by).
"""

import selectors
import socket
import struct
import threading
from collections.abc import Mapping, Sequence

from xenbond_tui.facts.link import SwitchPort

_LLDP = 0x88CC
_GROUP = bytes.fromhex("0180c200000e")
_SOL_PACKET, _ADD_MEMBERSHIP, _MULTICAST = 263, 1, 0
_LOOK = 0.5
"""Seconds at most until `stop` is noticed."""
_CHASSIS, _PORT, _TTL, _PORT_DESCRIPTION, _SYSTEM_NAME = 1, 2, 3, 4, 5
_MAC, _ADDRESS = (4, 3), (5, 4)
"""Subtypes that are a MAC, or a network address: of a chassis, of a port."""


class LldpListener:
    """Listens on several links, in a thread of its own, from its making until `stop`."""

    def __init__(self, links: Sequence[str]) -> None:
        self._found: dict[str, SwitchPort] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._selector = selectors.DefaultSelector()
        for link in links:
            self._open(link)
        threading.Thread(target=self._run, name="lldp", daemon=True).start()

    def neighbours(self) -> Mapping[str, SwitchPort]:
        """Link → the switch port it was last told to be plugged into."""
        with self._guard:
            return dict(self._found)

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()

    def _open(self, link: str) -> None:
        """Without permission, or on a link that is gone, nothing is heard: that is no error."""
        try:
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_LLDP))
        except OSError:
            return
        try:
            wire.bind((link, _LLDP))
            index = socket.if_nametoindex(link)
            member = struct.pack("IHH8s", index, _MULTICAST, len(_GROUP), _GROUP)
            wire.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, member)
            wire.setblocking(False)
        except OSError:
            wire.close()
            return
        self._selector.register(wire, selectors.EVENT_READ, link)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._selector.get_map():
                break
            for key, _ in self._selector.select(_LOOK):
                wire = key.fileobj
                if not isinstance(wire, socket.socket):
                    continue
                try:
                    frame, sender = wire.recvfrom(2048)
                except BlockingIOError:
                    continue
                except OSError:
                    # The link is down: it may come back.
                    self._stop.wait(_LOOK)
                    continue
                # Our own frames, where an LLDP daemon runs here.
                if sender[2] == socket.PACKET_OUTGOING:
                    continue
                port = parse(frame)
                if port is not None:
                    with self._guard:
                        self._found[key.data] = port
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()


def parse(frame: bytes) -> SwitchPort | None:
    """A whole Ethernet frame; None when it is none of LLDP's, is broken, or says goodbye."""
    if len(frame) < 16 or frame[12:14] != struct.pack("!H", _LLDP):
        return None
    values: dict[int, bytes] = {}
    at = 14
    while at + 2 <= len(frame):
        (head,) = struct.unpack_from("!H", frame, at)
        kind, length = head >> 9, head & 0x1FF
        if kind == 0:
            break
        value = frame[at + 2 : at + 2 + length]
        if len(value) != length:
            return None
        values.setdefault(kind, value)
        at += 2 + length
    chassis, port, ttl = (values.get(kind, b"") for kind in (_CHASSIS, _PORT, _TTL))
    if len(chassis) < 2 or len(port) < 2 or len(ttl) < 2 or not int.from_bytes(ttl[:2], "big"):
        return None
    described = _text(values.get(_PORT_DESCRIPTION, b""))
    named = _identity(port, _MAC[1], _ADDRESS[1])
    return SwitchPort(
        chassis=_identity(chassis, _MAC[0], _ADDRESS[0]),
        system=_text(values.get(_SYSTEM_NAME, b"")),
        # A port's MAC or number tells an operator less than its description.
        port=described if described and port[0] not in (1, 5, 7) else named,
    )


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
    return "".join(char if char.isprintable() else "?" for char in text).strip()[:64]
