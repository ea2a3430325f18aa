"""A hostile wire: frames that a neighbour or a guest sends, fed to whatever reads any.

What is read from real sockets is in `test_wire_sockets`, a guest's own port in the lab.
"""

import socket
import struct
import time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.security.hostile_frames import (
    DIALECT,
    LLDP_GROUPS,
    SWITCH,
    arp_reply,
    lldp,
    neighbour,
    tlv,
)
from xenbond_tui.host import arp
from xenbond_tui.host.echo import Echo
from xenbond_tui.host.lldp import NEIGHBOURS_KEPT, Neighbourhood
from xenbond_tui.host.lldp_frame import LONGEST_TEXT, Heard, parse

CHASSIS, PORT, TTL, END = (
    tlv(1, b"\x04" + SWITCH),
    tlv(2, b"\x05p1"),
    tlv(3, b"\0\x78"),
    tlv(0, b""),
)
GATEWAY, OTHER = "192.168.0.1", "192.168.0.66"


def heard(frame: bytes) -> Heard:
    found = parse(frame)
    assert found is not None
    return found


# LLDP


@given(st.binary(max_size=2000))
def test_any_octets_are_survived_by_every_reader(data: bytes) -> None:
    parse(data)
    parse(lldp(data))
    arp.is_answer(data, SWITCH, bytes(4))
    for ip in (GATEWAY, "fd00::1"):
        assert Echo(ip).answered(data, (ip, 0), 0) is None


@given(DIALECT)
def test_what_half_looks_like_lldp_is_refused_or_is_short_and_printable(
    said: tuple[bytes, list[tuple[int, bytes]], bytes],
) -> None:
    to, values, rest = said
    found = parse(lldp(CHASSIS, PORT, TTL, *(tlv(*value) for value in values), rest, to=to))
    if found is None:
        return
    assert to in LLDP_GROUPS
    for text in (found.port.chassis, found.port.port, found.port.system):
        assert len(text) <= LONGEST_TEXT
        assert text.isprintable()


def test_the_longest_frame_is_read_in_no_time() -> None:
    frame = lldp(CHASSIS, PORT, TTL, *[tlv(8, b"")] * 30_000)
    began = time.process_time()
    parse(frame)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "to", ["ffffffffffff", "001b21000009", "0180c2000001", "0180c2000002", "0180c200000d", "01005e"]
)
def test_a_frame_to_anybody_else_is_no_neighbours(to: str) -> None:
    destination = bytes.fromhex(to).ljust(6, b"\1")
    assert parse(neighbour(to=destination)) is None
    assert all(parse(neighbour(to=group)) is not None for group in LLDP_GROUPS)


@pytest.mark.parametrize(
    "values",
    [
        (PORT, CHASSIS, TTL, END),
        (CHASSIS, TTL, PORT, END),
        (CHASSIS, PORT, TTL, CHASSIS, END),
        (CHASSIS, PORT, TTL, tlv(3, b"\xff\xff"), END),
        (tlv(1, b"\x04"), PORT, TTL, END),
        (CHASSIS, tlv(2, b"\x05"), TTL, END),
        (tlv(1, b"\x07" + bytes(300)), PORT, TTL, END),
        (CHASSIS, PORT, tlv(3, b"\x78"), END),
        (CHASSIS, PORT, TTL, struct.pack("!H", 5 << 9 | 400) + b"sw1"),
        (CHASSIS, PORT, TTL, tlv(0, b"more")),
        (CHASSIS, PORT, TTL, b"\x0a"),
    ],
    ids=str,
)
def test_values_that_are_not_as_they_must_be_refuse_the_whole_frame(values: Any) -> None:
    assert parse(lldp(*values)) is None
    assert parse(lldp(CHASSIS, PORT, TTL, END)) is not None


def test_a_neighbour_is_believed_for_as_long_as_it_said() -> None:
    known = Neighbourhood()
    known.hear(heard(neighbour(1, ttl=120)), 1000.0)
    assert known.port(1119.9) is not None
    assert known.port(1120.0) is None
    known.hear(heard(neighbour(1, ttl=120)), 2000.0)
    known.hear(heard(neighbour(1, ttl=120)), 2100.0)
    assert known.port(2219.9) is not None, "each frame renews it"
    known.hear(heard(neighbour(1, ttl=0)), 2101.0)
    assert known.port(2101.0) is None, "it said goodbye"


def test_a_goodbye_in_nobodys_name_and_a_later_neighbour_change_nothing() -> None:
    known = Neighbourhood()
    known.hear(heard(neighbour(1)), 0.0)
    known.hear(heard(neighbour(2, ttl=0)), 1.0)
    for number in range(2, 1000):
        known.hear(heard(neighbour(number, ttl=65535)), 2.0)
    port = known.port(3.0)
    assert port is not None
    assert (port.system, len(port.others)) == ("sw1", NEIGHBOURS_KEPT - 1)
    assert not known.hear(heard(neighbour(1000)), 4.0), "and that it is too many is told"
    assert known.hear(heard(neighbour(1)), 5.0), "the one that was first is heard on"


# Echo


def ipv4(payload: bytes, options: bytes = b"") -> bytes:
    """As a raw socket gives it, with the IP header."""
    return bytes((0x45 + len(options) // 4,)) + bytes(19) + options + payload


def reply(request: bytes, kind: int = 0) -> bytes:
    return bytes((kind,)) + request[1:]


def test_only_the_gateways_own_answer_counts() -> None:
    echo, older = Echo(GATEWAY), Echo(GATEWAY)
    right = reply(echo.request(7))
    assert echo.answered(ipv4(right), (GATEWAY, 0), 7) == 7
    assert echo.answered(ipv4(right, options=b"\1\1\1\0"), (GATEWAY, 0), 9) == 7
    for source in (OTHER, "255.255.255.255", "", "fe80::1", "192.168.0.1x"):
        assert echo.answered(ipv4(right), (source, 0), 7) is None, source
    forged = {
        "another identifier": reply(older.request(7)),
        "no payload": right[:8],
        "a payload of zeros": right[:8] + bytes(16),
        "that of another request": right[:6] + b"\0\x06" + right[8:],
        "one octet too few": right[:-1],
        "one octet too many": right + b"\0",
        "our own request": echo.request(7),
        "another code": right[:1] + b"\1" + right[2:],
        "unreachable, with our request in it": b"\3\1\0\0\0\0\0\0" + ipv4(echo.request(7)),
    }
    for what, packet in forged.items():
        assert echo.answered(ipv4(packet), (GATEWAY, 0), 7) is None, what
    assert echo.answered(ipv4(reply(echo.request(3))), (GATEWAY, 0), 2) is None, "not asked yet"


def test_a_link_local_gateway_is_known_with_its_scope() -> None:
    echo = Echo("fe80::1")
    right = reply(echo.request(1), 129)
    assert echo.answered(right, ("fe80::1%eth0", 0, 0, 2), 1) == 1
    assert echo.answered(right, ("fe80::2%eth0", 0, 0, 2), 1) is None


def test_no_two_pingers_and_no_two_requests_are_alike() -> None:
    tokens = {Echo(GATEWAY).request(0)[8:] for _ in range(100)}
    echo = Echo(GATEWAY)
    assert len(tokens) == 100
    assert len({echo.request(number)[12:] for number in range(70_000)}) == 70_000


@pytest.mark.parametrize("ip", ["", "-f", "1.2.3", "::g", "1.2.3.4\0", "192.168.0.1 -f"])
def test_what_is_no_address_is_never_asked(ip: str) -> None:
    from xenbond_tui.host import ping

    assert ping.answers(ip) is False


# ARP

OWN, THEIRS, WANTED = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2", socket.inet_aton(GATEWAY)


@pytest.mark.parametrize(
    ("what", "frame"),
    [
        ("another address", arp_reply(THEIRS, socket.inet_aton(OTHER), OWN)),
        ("to somebody else", arp_reply(THEIRS, WANTED, b"\2\0\0\0\0\3", to=OWN)),
        ("a request", arp_reply(THEIRS, WANTED, OWN, operation=1)),
        ("our own MAC", arp_reply(OWN, WANTED, OWN)),
        ("no MAC", arp_reply(bytes(6), WANTED, OWN)),
        ("a group's MAC", arp_reply(b"\xff" * 6, WANTED, OWN)),
        ("cut off", arp_reply(THEIRS, WANTED, OWN)[:41]),
    ],
)
def test_what_is_no_answer_to_an_arp_probe(what: str, frame: bytes) -> None:
    assert arp.is_answer(arp_reply(THEIRS, WANTED, OWN), OWN, WANTED)
    assert not arp.is_answer(frame, OWN, WANTED), what
