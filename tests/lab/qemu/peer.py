"""The host behind the switch: it answers ARP and echo requests, and sends some of its own."""

import itertools
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.lab.qemu.frames import (
    ARP,
    BROADCAST,
    ECHO_REPLY,
    ECHO_REQUEST,
    IPV4,
    Arp,
    arp,
    echo,
    ethernet,
    icmp,
    mac,
)

IP = "192.168.0.1"
MAC = mac("52:54:00:ff:ff:01")
_ids = itertools.count(0x0B0B)


@dataclass(slots=True)
class Pinging:
    """Echo requests to one address at a steady pace, asked by the switch's thread."""

    ip: str
    interval: float
    """Seconds."""
    sent: dict[int, float] = field(default_factory=dict)
    """Number -> when; seconds of the monotonic clock."""
    answered: dict[int, float] = field(default_factory=dict)
    due: float = field(default_factory=time.monotonic)
    over: bool = False
    """Nothing is asked any more; answers still count."""
    id: int = field(default_factory=lambda: next(_ids) & 0xFFFF)

    def lost(self) -> list[float]:
        """When each was sent that has no answer."""
        return [at for number, at in list(self.sent.items()) if number not in self.answered]

    def longest_gap(self) -> float:
        """Seconds, between two answers one after the other; infinite where there are none."""
        answers = sorted(list(self.answered.values()))
        return max((b - a for a, b in itertools.pairwise(answers)), default=float("inf"))


@dataclass(slots=True)
class Peer:
    """Remembers for good whom it has heard: what moves on the switch is no ARP question to it."""

    ips: set[str] = field(default_factory=lambda: {IP})
    """What it answers for."""
    known: dict[str, bytes] = field(default_factory=dict)
    """Address -> MAC."""
    pinging: list[Pinging] = field(default_factory=list)

    def take(self, frame: bytes, now: float) -> Iterator[bytes]:
        """What it answers to a frame."""
        if frame[:6] != MAC and not frame[0] & 1:
            return
        if asked := arp(frame):
            self.known[asked.sender] = asked.sender_mac
            if asked.operation == 1 and asked.target in self.ips:
                answer = Arp(2, MAC, asked.target, asked.sender_mac, asked.sender)
                yield ethernet(asked.sender_mac, MAC, ARP, answer.body)
        elif (ping := echo(frame)) and ping.destination in self.ips:
            if ping.type == ECHO_REQUEST:
                packet = icmp(ping.destination, ping.source, ECHO_REPLY, ping.body[4:])
                yield ethernet(frame[6:12], MAC, IPV4, packet)
            for pinging in self.pinging[:]:
                if ping.type == ECHO_REPLY and ping.id == pinging.id:
                    pinging.answered.setdefault(ping.number, now)

    def due(self, now: float) -> Iterator[bytes]:
        """What it has to send by now."""
        for pinging in self.pinging[:]:
            if not pinging.over and now >= pinging.due:
                pinging.due = max(pinging.due + pinging.interval, now)
                yield self._request(pinging, now)

    def _request(self, pinging: Pinging, now: float) -> bytes:
        to = self.known.get(pinging.ip)
        if to is None:
            return ethernet(BROADCAST, MAC, ARP, Arp(1, MAC, IP, bytes(6), pinging.ip).body)
        number = len(pinging.sent) & 0xFFFF
        pinging.sent[number] = now
        rest = struct.pack("!HH", pinging.id, number) + bytes(16)
        return ethernet(to, MAC, IPV4, icmp(IP, pinging.ip, ECHO_REQUEST, rest))
