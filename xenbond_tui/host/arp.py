"""ARP without an address of one's own: who is there, and where an address is now.

Requests, broadcast. An announcement asks for the sender's own address (what `arping -U` sends), a
probe has no sender's address, so that nobody remembers it (RFC 5227, sections 1.1 and 3).

Nothing in ARP proves who answers, and it has no room for a number drawn for each request. An answer
counts that comes in by the link that was asked, from outside, sent to our own MAC, within half a
second of our asking. A neighbour on that segment can still answer in the gateway's place: there is
no defence against that here, it is the switch's (dynamic ARP inspection, port security).
"""

import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress

from xenbond_tui.host.socket_filter import octets, packet_socket, packet_type, untagged

_ARP = 0x0806
_EVERY = 3
"""ETH_P_ALL."""
_BROADCAST = b"\xff" * 6
_REQUEST = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
"""Ethernet, IPv4, their address lengths, request."""
_REPLY = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2)
_NOBODY = bytes(4)
_PATIENCE_S = 0.5
"""Seconds to wait for an answer."""
_READ = 64
"""Answers looked at for one request; the kernel lets no other frames in."""


def announcement(mac: str, address: str) -> bytes:
    """The frame that tells a segment that the address is here."""
    own = socket.inet_aton(address)
    return _frame(mac, own, own)


def answers(link: str, mac: str, address: str, *, port: bool = False) -> bool:
    """Does whoever has that address answer a probe? False also for a link that is down.

    `port`: it is a bridge's, to which all goes that comes in: only who listens to every protocol
    hears that before (__netif_receive_skb_core in net/core/dev.c).
    """
    until, wanted = time.monotonic() + _PATIENCE_S, socket.inet_aton(address)
    own = _octets(mac)
    heard_by_all = (*octets(12, struct.pack("!H", _ARP)), untagged()) if port else ()
    # Counted from the frame's start, 14 octets before the ARP packet's.
    expected = (*octets(14, _REPLY), *octets(28, wanted), *octets(32, own))
    ours = packet_type(socket.PACKET_HOST, socket.PACKET_BROADCAST)
    try:
        protocol = _EVERY if port else _ARP
        with packet_socket(link, protocol, (*heard_by_all, *expected, ours)) as wire:
            wire.send(_frame(mac, _NOBODY, wanted))
            for _ in range(_READ):
                wire.settimeout(max(0.001, until - time.monotonic()))
                frame, sender = wire.recvfrom(64)
                if sender[2] in ours.values and is_answer(frame, own, wanted):
                    return True
    except OSError:
        return False
    return False


def ask(link: str, mac: str, addresses: Iterable[str]) -> None:
    """Ask for these and wait for nothing: the kernel takes what is answered to whom it asks itself.

    arp_process() in net/ipv4/arp.c: an entry that is there learns from any reply.
    """
    with suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        # Of no protocol: it hears nothing.
        wire.bind((link, 0))
        for address in addresses:
            wire.send(_frame(mac, _NOBODY, socket.inet_aton(address)))


def is_answer(frame: bytes, own: bytes, wanted: bytes) -> bool:
    """Is that frame whoever has `wanted` telling us, who asked with the MAC `own`, its MAC?"""
    body = frame[14:42]
    if len(body) < 28 or frame[12:14] != struct.pack("!H", _ARP) or not body.startswith(_REPLY):
        return False
    theirs, address, target = body[8:14], body[14:18], body[18:24]
    # Neither our own frame come back by a loop, nor a MAC that no host can have.
    somebody = theirs != own and any(theirs) and not theirs[0] & 1
    return somebody and (address, target) == (wanted, own)


def _frame(mac: str, sender: bytes, target: bytes) -> bytes:
    """The whole Ethernet frame of a request."""
    own = _octets(mac)
    header = _BROADCAST + own + struct.pack("!H", _ARP)
    return header + _REQUEST + own + sender + bytes(6) + target


def _octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))
