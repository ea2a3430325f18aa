"""IP addresses, by one RTM_GETADDR dump (linux/if_addr.h)."""

import _socket as socket
import struct

from xenbond_tui.facts.link import Address
from xenbond_tui.host.rtnetlink import (
    FAMILIES,
    attributes,
    dump,
    header,
    ip,
    number,
    scope_name,
    word,
)

_IFADDRMSG = struct.Struct("=BBBBI")
"""struct ifaddrmsg: family, prefix length, flags, scope, link index."""
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_FLAGS = 1, 2, 3, 8
_IFA_F_PERMANENT = 0x80


def dump_addresses() -> dict[int, tuple[Address, ...]]:
    """Every IPv4 and IPv6 address of this host, by link index, in the kernel's order.

    Raises:
        OSError: the kernel refused the dump, or its answer is malformed.
    """
    found: dict[int, list[Address]] = {}
    for payload in dump_payloads():
        if entry := parse_address(payload):
            found.setdefault(entry[0], []).append(entry[1])
    return {index: tuple(addresses) for index, addresses in found.items()}


def dump_payloads() -> list[bytes]:
    """The payload of each address's message, of all families.

    Raises:
        OSError: the kernel refused the dump, or its answer is malformed.
    """
    return dump(_RTM_GETADDR, _RTM_NEWADDR, _IFADDRMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0))


def parse_address(payload: bytes) -> tuple[int, Address] | None:
    """Link index and address of one RTM_NEWADDR payload; None for another address family.

    Raises:
        OSError: it is malformed (EBADMSG).
    """
    family, prefixlen, flags, scope, index = header(_IFADDRMSG, payload)
    if family not in FAMILIES:
        return None
    values = attributes(payload, _IFADDRMSG.size)
    # On a point-to-point link IFA_ADDRESS is the peer; IFA_LOCAL is missing for IPv6.
    local, other = ip(family, values.get(_IFA_LOCAL)), ip(family, values.get(_IFA_ADDRESS))
    own = local or other
    if own is None:
        return None
    more = number(values.get(_IFA_FLAGS), 4)
    return index, Address(
        ip=own,
        prefixlen=prefixlen,
        family=FAMILIES[family],
        scope=scope_name(scope),
        dynamic=not (flags if more is None else more) & _IFA_F_PERMANENT,
        label=word(values.get(_IFA_LABEL)),
        peer="" if other in (own, None) else other or "",
    )
