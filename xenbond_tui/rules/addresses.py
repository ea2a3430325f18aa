"""Addresses, prefixes, gateways and DNS servers, in the words an operator reads.

Functions that can fail raise ValueError with a sentence that follows the text it is about:
`192.168.0.222` + " has no prefix length; …".
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address as any_ip_address,
    ip_interface,
    ip_network,
)

Interface = IPv4Interface | IPv6Interface

_BYTES = frozenset(map(str, range(256)))
_LENGTHS = frozenset(map(str, range(33)))
"""As `ipaddress` spells them, which takes ten times as long to find out that they are."""
STUBS = ("127.0.0.53", "127.0.0.54")
"""systemd-resolved's own, in resolv.conf: no server a file could name."""


def ip_address(text: str) -> IPv4Address | IPv6Address:
    """An address without prefix or zone.

    Raises:
        ValueError: it is none. A zone (`fe80::1%eth0`) is refused too: ipaddress takes any text
            as one, and these addresses end up in files.
    """
    if "%" in text:
        raise ValueError("has a zone")
    return any_ip_address(text)


def parse_cidr(text: str) -> Interface:
    """An address a host can have, with its prefix length: `192.168.0.222/24`.

    Raises:
        ValueError: no prefix, no address, or one that no host can have.
    """
    address, slash, prefix = text.partition("/")
    try:
        bare = ip_address(address)
    except ValueError:
        raise ValueError("is not an IP address with its prefix, such as 192.168.0.222/24") from None
    if not slash:
        example = f"{address}/24" if bare.version == 4 else f"{address}/64"
        raise ValueError(f"has no prefix length; write {example} if that is the network")
    if not re.fullmatch(r"0|[1-9][0-9]{0,2}", prefix):
        length = prefix_of(prefix) if bare.version == 4 else None
        hint = "" if length is None else f"; write {address}/{length}"
        raise ValueError(f"has no prefix length after the /{hint}")
    if int(prefix) > bare.max_prefixlen:
        raise ValueError(f"has a prefix length above {bare.max_prefixlen}")
    if int(prefix) == 0:
        raise ValueError("has prefix length 0, which would hold every address there is")
    wrong = _not_a_host(address)
    if wrong:
        raise ValueError(wrong)
    interface = ip_interface(f"{address}/{prefix}")
    network = interface.network
    if isinstance(interface, IPv4Interface) and network.prefixlen < 31:
        if interface.ip == network.network_address:
            raise ValueError(f"is the address of the network {network} itself, not of a host in it")
        if interface.ip == network.broadcast_address:
            raise ValueError(f"is the broadcast address of {network}, not a host's")
    return interface


def bad_cidr(text: str) -> str | None:
    """Why this is no address with prefix for a host; None when it is one."""
    try:
        parse_cidr(text)
    except ValueError as error:
        return str(error)
    return None


def bad_gateway(
    text: str, addresses: tuple[Interface, ...], *, on_link: bool = False
) -> str | None:
    """Why this cannot be the gateway of a host with these addresses; None when it can.

    An IPv6 link-local gateway needs no prefix that holds it, nor does one that is `on_link`.
    """
    try:
        gateway = ip_address(text)
    except ValueError:
        return "is not an IP address"
    wrong = _not_a_host(text)
    if wrong:
        return wrong
    own = [item for item in addresses if item.version == gateway.version]
    if any(gateway == item.ip for item in own):
        return "is the host's own address"
    if on_link or (gateway.version == 6 and gateway.is_link_local):
        return None
    if own and not any(gateway in item.network for item in own):
        networks = ", ".join(str(item.network) for item in own)
        return f"is outside {networks}, so it cannot be reached"
    for item in own:
        if gateway not in item.network or not isinstance(item, IPv4Interface):
            continue
        if item.network.prefixlen < 31 and gateway == item.network.network_address:
            return f"is the address of the network {item.network} itself"
        if item.network.prefixlen < 31 and gateway == item.network.broadcast_address:
            return f"is the broadcast address of {item.network}"
    if not own:
        return (
            f"is an IPv{gateway.version} address, but the host has no IPv{gateway.version} address"
        )
    return None


def bad_dns(text: str) -> str | None:
    """Why this cannot be a DNS server's address; None when it can. A local resolver is fine."""
    try:
        server = ip_address(text)
    except ValueError:
        return "is not an IP address; a DNS server is named by its address"
    if server.is_unspecified or server.is_multicast or str(server) == "255.255.255.255":
        return "is no address of a server"
    return None


def _not_a_host(text: str) -> str | None:
    address = ip_address(text)
    if address.is_unspecified:
        return "stands for no address at all"
    if address.is_loopback:
        return "is a loopback address: only this host itself reaches it"
    if address.is_multicast:
        return "is a multicast address: no host can have it"
    if address.version == 4 and (address.is_reserved or int(address) >> 24 == 0):
        return "is in a reserved range: no host can have it"
    return None


def canonical(cidr: str) -> str:
    """An address with its prefix in one spelling, to compare; any other text as it is."""
    # The rules have better words for it.
    return spelt(cidr) or cidr


def spelt(cidr: str) -> str | None:
    """An address with its prefix in one spelling; None for any other text."""
    address, _, length = cidr.partition("/")
    parts = address.split(".")
    if len(parts) == 4 and _BYTES.issuperset(parts) and length in _LENGTHS:
        return cidr
    try:
        return str(ip_interface(cidr))
    except ValueError:
        return None


def same_address(one: str, other: str) -> bool:
    """True when both texts are the same IP address; a prefix after / is not compared."""
    found = bare(one)
    return found is not None and found == bare(other)


def bare(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address before a prefix; None where there is none."""
    try:
        return ip_address(text.partition("/")[0])
    except ValueError:
        return None


def netmask_of(prefixlen: int) -> str:
    """24 → `255.255.255.0`.

    Raises:
        ValueError: not between 0 and 32.
    """
    return str(ip_network(f"0.0.0.0/{prefixlen}").netmask)


def class_prefix(ip: str) -> int | None:
    """The prefix length of an IPv4 address's class, A to C; None when it is no such address."""
    try:
        first = IPv4Address(ip).packed[0]
    except ValueError:
        return None
    return 8 if first < 128 else 16 if first < 192 else 24


def prefix_of(netmask: str) -> int | None:
    """`255.255.255.0` → 24; None when it is no netmask (its one-bits have gaps, or no address)."""
    text = netmask.strip()
    if text.count(".") != 3:
        return None
    try:
        mask = int(ip_address(text))
    except ValueError:
        return None
    length = mask.bit_count()
    return length if mask == (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF else None
