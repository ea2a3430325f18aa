"""Netlink: attributes pyroute2 loses, and what a message makes of a link or an address."""

import socket
import struct

import pytest

from xenbond_tui.host.netlink import bond_options, link_message_class, link_of
from xenbond_tui.host.rtaddr import parse_address


def _attribute(kind: int, data: bytes) -> bytes:
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(-length % 4)


def _link(index: int, name: str, *attributes: bytes, flags: int = 0x1003):
    """A decoded RTM_NEWLINK message with these attributes."""
    # ifinfomsg: family, padding, ARPHRD_ETHER, index, flags, change.
    body = struct.pack("=BxHiII", 0, 1, index, flags, 0)
    body += _attribute(3, name.encode() + b"\0") + b"".join(attributes)
    data = struct.pack("=IHHII", 16 + len(body), 16, 0, 1, 0) + body
    message = link_message_class()(data)
    message.decode()
    return message


def _linkinfo(*attributes: bytes) -> bytes:
    return _attribute(18, b"".join(attributes))


MAC = bytes.fromhex("525400aa0001")
OWN_MAC = bytes.fromhex("525400aa0002")


def test_bond_attributes_from_28_on_are_decoded():
    target = _attribute(0, socket.inet_pton(socket.AF_INET6, "fd00::1"))
    second = _attribute(1, socket.inet_pton(socket.AF_INET6, "fd00::2"))
    data = _attribute(
        2,
        _attribute(1, b"\1")
        + _attribute(28, struct.pack("=I", 300))
        + _attribute(29, b"\1")
        + _attribute(30, b"\5")
        + _attribute(31, target + second)
        + _attribute(32, b"\1")
        + _attribute(33, b"\0")
        + _attribute(34, b"\1"),
    )
    message = _link(4, "bond0", _linkinfo(_attribute(1, b"bond\0"), data))
    decoded = message.get(("linkinfo", "data"))
    assert decoded.get_attr("IFLA_BOND_MODE") == 1
    assert decoded.get_attr("IFLA_BOND_PEER_NOTIF_DELAY") == 300
    assert decoded.get_attr("IFLA_BOND_AD_LACP_ACTIVE") == 1
    assert decoded.get_attr("IFLA_BOND_MISSED_MAX") == 5
    assert bond_options(message) == {
        "coupled_control": "on 1",
        "broadcast_neighbor": "off 0",
        "lacp_strict": "on 1",
        "ns_ip6_target": "fd00::1 fd00::2",
    }


def test_a_kernel_that_knows_fewer_options_claims_none():
    data = _attribute(2, _attribute(1, b"\1"))
    message = _link(4, "bond0", _linkinfo(_attribute(1, b"bond\0"), data))
    assert bond_options(message) == {}
    assert bond_options(_link(4, "bond0", _linkinfo(_attribute(1, b"bond\0")))) == {}


def _slave(*extra: bytes):
    slave_data = _attribute(5, _attribute(2, b"\0") + _attribute(4, OWN_MAC))
    info = _linkinfo(_attribute(4, b"bond\0"), slave_data)
    return _link(2, "eth1", _attribute(1, MAC), info, _attribute(10, b"\4\0\0\0"), *extra)


@pytest.mark.parametrize(
    ("message", "permanent", "source"),
    [
        (_slave(_attribute(54, bytes.fromhex("525400aa00ff"))), "52:54:00:aa:00:ff", "netlink"),
        (_slave(), "52:54:00:aa:00:02", "bond"),
        (_link(2, "eth1", _attribute(1, MAC)), "52:54:00:aa:00:01", "current"),
        (_link(1, "lo", _attribute(1, bytes(6))), "", "current"),
    ],
    ids=["the card's own", "the bond's record", "nobody knows better", "none"],
)
def test_where_the_permanent_mac_comes_from(message, permanent, source):
    link = link_of(message, {4: "bond0"}, {})
    assert (link.permanent_mac, link.permanent_mac_source) == (permanent, source)


def test_a_slave_whose_own_mac_nobody_knows_may_have_borrowed_it():
    port = _link(2, "eth1", _attribute(1, MAC), _attribute(10, b"\4\0\0\0"))
    assert link_of(port, {4: "xenbr0"}, {}).mac_may_be_borrowed
    assert not link_of(_slave(), {4: "bond0"}, {}).mac_may_be_borrowed


@pytest.mark.parametrize(
    ("flags", "carrier", "expected"),
    [(0x1003, b"\1", True), (0x1003, b"\0", False), (0x1002, b"\0", None), (0x1002, b"\1", None)],
)
def test_a_link_that_is_off_says_nothing_about_its_cable(flags, carrier, expected):
    message = _link(2, "eth0", _attribute(33, carrier), flags=flags)
    assert link_of(message, {}, {}).carrier is expected


@pytest.mark.parametrize(
    ("attributes", "ip"),
    [
        ({1: "10.0.0.9", 2: "10.0.0.1"}, "10.0.0.1"),
        ({1: "10.0.0.9"}, "10.0.0.9"),
    ],
    ids=["point to point: ours, not the peer's", "no local one"],
)
def test_which_of_two_addresses_is_ours(attributes, ip):
    body = struct.pack("=BBBBI", socket.AF_INET, 24, 0x80, 0, 7)
    for kind, text in attributes.items():
        body += _attribute(kind, socket.inet_aton(text))
    entry = parse_address(body)
    assert entry is not None
    index, address = entry
    assert (index, address.ip, address.prefixlen, address.dynamic) == (7, ip, 24, False)
