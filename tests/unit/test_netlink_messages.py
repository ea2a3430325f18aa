"""Netlink: what a message makes of a link, an address or a route."""

import json
from pathlib import Path

import pytest

from tests.full_decoding import ours, the_librarys
from tests.netlink_answers import (
    GOOD,
    MAC,
    OWN_MAC,
    address,
    attribute,
    bond,
    link,
    linkinfo,
    slave_of_bond,
)
from xenbond_tui.facts.link import Link
from xenbond_tui.host.rtaddr import parse_address
from xenbond_tui.host.rtlink import links_of
from xenbond_tui.options.kind import Kind, Number, Switch
from xenbond_tui.options.option import Option, said
from xenbond_tui.options.rows import choice
from xenbond_tui.options.table import OPTIONS

CAPTURES = Path(__file__).parents[1] / "fixtures/captures/netlink"


def only(payload: bytes, *others: bytes) -> Link:
    (found, *_), _ = links_of([payload, *others], {})
    return found


def test_the_library_decodes_what_is_put_together_here_likewise() -> None:
    told = ours(GOOD)
    assert told == the_librarys(GOOD)
    assert [item.name for item in told["links"]] == ["lo", "eth1", "bond0", "bond0.7"]


def test_a_real_hosts_answers_are_decoded_as_the_library_does() -> None:
    """Recorded on Linux 7.2: bonds, a bridge, a VLAN, a macvlan, routes of several hops."""
    raw = json.loads((CAPTURES / "bonds_7_2.json").read_text())
    payloads = {kind: [bytes.fromhex(data) for data in items] for kind, items in raw.items()}
    told = ours(payloads)
    assert told == the_librarys(payloads)
    assert told["options"]["bond1"]["ns_ip6_target"] == "fd00::1 fd00::2"
    assert {link.kind for link in told["links"]} >= {"bond", "bridge", "vlan", "macvlan", "veth"}


def test_bond_options_without_a_file_in_sysfs_are_read() -> None:
    targets = (attribute(0, bytes(15) + b"\1"), attribute(1, bytes(15) + b"\2"))
    payload = bond(
        attribute(1, b"\1"),
        attribute(31, *targets),
        attribute(32, b"\1"),
        attribute(33, b"\0"),
        attribute(34, b"\1"),
    )
    assert links_of([payload], {})[1] == {
        "bond0": {
            "coupled_control": "on 1",
            "broadcast_neighbor": "off 0",
            "lacp_strict": "on 1",
            "ns_ip6_target": "::1 ::2",
        }
    }


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [(Switch(), b"\1", "on 1"), (choice("a", "b"), b"\7", "7"), (Number(), b"\x90\1\0\0", "400")],
)
def test_a_new_options_row_says_where_the_kernel_tells_it(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, value: bytes, told: str
) -> None:
    row = Option(name="toy", help="", default="0", kind=kind, by="N", attribute=35, said=said())
    monkeypatch.setitem(OPTIONS, row.name, row)
    assert links_of([bond(attribute(35, value))], {})[1] == {"bond0": {"toy": told}}


def test_a_number_of_another_size_than_the_options_is_refused() -> None:
    with pytest.raises(OSError, match="2 bytes"):
        links_of([bond(attribute(34, b"\1\0"))], {})


def test_a_kernel_that_knows_fewer_options_claims_none() -> None:
    assert links_of([bond(attribute(1, b"\1"))], {})[1] == {"bond0": {}}
    bare = link(4, "bond0", attribute(18, attribute(1, b"bond\0")))
    assert links_of([bare], {})[1] == {"bond0": {}}


@pytest.mark.parametrize(
    ("payload", "permanent", "source"),
    [
        (
            slave_of_bond(attribute(54, bytes.fromhex("525400aa00ff"))),
            "52:54:00:aa:00:ff",
            "netlink",
        ),
        (slave_of_bond(), OWN_MAC.hex(":"), "bond"),
        (link(2, "eth1", attribute(1, MAC)), MAC.hex(":"), "current"),
        (link(1, "lo", attribute(1, bytes(6))), "", "current"),
    ],
    ids=["the card's own", "the bond's record", "nobody knows better", "none"],
)
def test_where_the_permanent_mac_comes_from(payload: bytes, permanent: str, source: str) -> None:
    found = only(payload)
    assert (found.permanent_mac, found.permanent_mac_source) == (permanent, source)


def test_a_slave_whose_own_mac_nobody_knows_may_have_borrowed_it() -> None:
    port = link(2, "eth1", attribute(1, MAC), attribute(10, b"\4\0\0\0"))
    above = link(4, "xenbr0", linkinfo("bridge"))
    assert only(port, above).master == "xenbr0"
    assert only(port, above).mac_may_be_borrowed
    assert not only(slave_of_bond(), bond()).mac_may_be_borrowed


@pytest.mark.parametrize(
    ("flags", "carrier", "expected"),
    [(0x1003, b"\1", True), (0x1003, b"\0", False), (0x1002, b"\0", None), (0x1002, b"\1", None)],
)
def test_a_link_that_is_off_says_nothing_about_its_cable(
    flags: int, carrier: bytes, expected: bool | None
) -> None:
    assert only(link(2, "eth0", attribute(33, carrier), flags=flags)).carrier is expected


@pytest.mark.parametrize(
    ("attributes", "ip"),
    [
        ({1: b"\x0a\0\0\x09", 2: b"\x0a\0\0\1"}, "10.0.0.1"),
        ({1: b"\x0a\0\0\x09"}, "10.0.0.9"),
    ],
    ids=["point to point: ours, not the peer's", "no local one"],
)
def test_which_of_two_addresses_is_ours(attributes: dict[int, bytes], ip: str) -> None:
    entry = parse_address(address(*(attribute(*item) for item in attributes.items())))
    assert entry is not None
    index, found = entry
    assert (index, found.ip, found.prefixlen, found.dynamic) == (7, ip, 24, False)
