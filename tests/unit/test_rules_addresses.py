"""Addresses, prefixes, gateways, DNS servers."""

from ipaddress import ip_interface

import pytest
from hypothesis import given, strategies as st

from xenbond_tui.rules.addresses import (
    bad_cidr,
    bad_dns,
    bad_gateway,
    canonical,
    netmask_of,
    parse_cidr,
    prefix_of,
    same_address,
    spelt,
)


@pytest.mark.parametrize(
    "text",
    [
        "192.168.0.222/24",
        "10.0.0.0/31",
        "10.0.0.1/32",
        "169.254.1.1/16",
        "2001:db8::1/64",
        "2001:db8::/64",
        "fe80::1/64",
    ],
)
def test_addresses_a_host_can_have(text: str) -> None:
    assert str(parse_cidr(text)) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("192.168.0.222", "has no prefix length; write 192.168.0.222/24"),
        ("2001:db8::1", "has no prefix length; write 2001:db8::1/64"),
        ("192.168.0.222/", "no prefix length after the /"),
        ("192.168.0.222/255.255.255.0", "write 192.168.0.222/24"),
        ("192.168.0.222/33", "above 32"),
        ("192.168.0.222/024", "no prefix length"),
        ("192.168.0.222/0", "prefix length 0"),
        ("192.168.0.222/٢", "no prefix length"),
        ("192.168.0.0/24", "address of the network 192.168.0.0/24"),
        ("192.168.0.255/24", "broadcast address of 192.168.0.0/24"),
        ("127.0.0.1/8", "loopback"),
        ("::1/128", "loopback"),
        ("224.0.0.1/24", "multicast"),
        ("ff02::1/64", "multicast"),
        ("0.0.0.0/24", "no address at all"),
        ("240.0.0.1/24", "reserved"),
        ("0.1.2.3/24", "reserved"),
        ("192.168.000.222/24", "not an IP address"),
        ("192.168.0/24", "not an IP address"),
        ("fe80::1%eth0\nx/64", "not an IP address"),
        (" 192.168.0.222/24", "not an IP address"),
        ("eth0", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_addresses_a_host_cannot_have(text: str, problem: str) -> None:
    found = bad_cidr(text)
    assert found is not None
    assert problem in found


HOST = (parse_cidr("192.168.0.222/24"), parse_cidr("2001:db8::2/64"))


@pytest.mark.parametrize("text", ["192.168.0.1", "192.168.0.254", "2001:db8::1", "fe80::1"])
def test_reachable_gateways(text: str) -> None:
    assert bad_gateway(text, HOST) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("192.168.1.1", "outside 192.168.0.0/24"),
        ("2001:db9::1", "outside 2001:db8::/64"),
        ("192.168.0.222", "own address"),
        ("192.168.0.0", "network 192.168.0.0/24 itself"),
        ("192.168.0.255", "broadcast address"),
        ("192.168.0.1/24", "not an IP address"),
        ("::", "no address at all"),
        ("127.0.0.1", "loopback"),
        ("router", "not an IP address"),
    ],
)
def test_unreachable_gateways(text: str, problem: str) -> None:
    found = bad_gateway(text, HOST)
    assert found is not None
    assert problem in found


def test_a_gateway_of_another_family_has_nothing_to_be_reached_by() -> None:
    found = bad_gateway("2001:db8::1", HOST[:1])
    assert found is not None
    assert "no IPv6 address" in found


@pytest.mark.parametrize("text", ["192.168.0.1", "127.0.0.53", "2001:db8::53", "::1"])
def test_dns_servers(text: str) -> None:
    assert bad_dns(text) is None


@pytest.mark.parametrize("text", ["ns.example.com", "::", "224.0.0.1", "192.168.0.1/24", ""])
def test_no_dns_servers(text: str) -> None:
    assert bad_dns(text) is not None


@given(st.integers(0, 32))
def test_netmask_and_prefix_are_one_thing(length: int) -> None:
    assert prefix_of(netmask_of(length)) == length


@pytest.mark.parametrize("text", ["255.0.255.0", "255.255.255", "24", "", "255.255.255.256"])
def test_not_a_netmask(text: str) -> None:
    assert prefix_of(text) is None


def test_the_same_address_in_two_spellings() -> None:
    assert same_address("2001:DB8:0::1/64", "2001:db8::1")
    assert not same_address("192.168.0.1", "192.168.0.2/24")
    assert not same_address("dhcp", "192.168.0.2")


@pytest.mark.parametrize("byte", [*map(str, range(258)), "00", "01", "-1", " 1", "٣", ""])
def test_an_address_is_spelt_as_ipaddress_spells_it(byte):
    for length in (*map(str, range(34)), "024", "255.255.255.0", "", "24/24", "٣"):
        for text in (f"192.0.{byte}.1/{length}", f"{byte}.2.3.4/{length}", f"1.2.3/{length}"):
            try:
                expected = str(ip_interface(text))
            except ValueError:
                expected = None
            assert (spelt(text), canonical(text)) == (expected, expected or text)
