"""IP addresses by one RTM_GETADDR dump on a plain socket.

For `xenbond status`, which is asked every minute: the netlink library costs thirteen times the
interpreter's own start. The layouts are those of rtnetlink(7) and linux/if_addr.h.
"""

import os
import socket
import struct
from collections.abc import Iterator

from xenbond_tui.facts.link import Address

_HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
_IFADDRMSG = struct.Struct("=BBBBI")
"""struct ifaddrmsg: family, prefix length, flags, scope, link index."""
_ATTRIBUTE = struct.Struct("=HH")
"""struct rtattr: length, type."""

_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_REQUEST_DUMP = 0x301
"""NLM_F_REQUEST | NLM_F_DUMP."""
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_FLAGS = 1, 2, 3, 8
_IFA_F_PERMANENT = 0x80
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host"}
_FAMILIES: dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 6}


def scope_name(number: int) -> str:
    """An rtnetlink scope as iproute2 names it."""
    return _SCOPES.get(number, str(number))


def dump_addresses() -> dict[int, tuple[Address, ...]]:
    """Every IPv4 and IPv6 address of this host, by link index, in the kernel's order.

    Raises:
        OSError: the kernel refused the dump.
    """
    found: dict[int, list[Address]] = {}
    body = _IFADDRMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    for payload in dump(_RTM_GETADDR, _RTM_NEWADDR, body):
        if entry := parse_address(payload):
            found.setdefault(entry[0], []).append(entry[1])
    return {index: tuple(addresses) for index, addresses in found.items()}


def dump(request: int, wanted: int, body: bytes) -> Iterator[bytes]:
    """The payloads of one dump's messages of a kind, each as the kernel sent it.

    Args:
        request: RTM_GET…
        wanted: RTM_NEW…
        body: the request's, behind the header.

    Raises:
        OSError: the kernel refused the dump.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        header = _HEADER.pack(_HEADER.size + len(body), request, _REQUEST_DUMP, 1, 0)
        netlink.send(header + body)
        while True:
            data, (sender, _) = netlink.recvfrom(1 << 16)
            # Only the kernel is port 0; root's other programs may send here too.
            for kind, payload in messages(data) if sender == 0 else ():
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    code = -struct.unpack_from("=i", payload)[0]
                    raise OSError(code, os.strerror(code))
                if kind == wanted:
                    yield payload


def parse_address(payload: bytes) -> tuple[int, Address] | None:
    """Link index and address of one RTM_NEWADDR payload; None for another address family."""
    family, prefixlen, flags, scope, index = _IFADDRMSG.unpack_from(payload)
    values = dict(attributes(payload[_IFADDRMSG.size :]))
    # On a point-to-point link IFA_ADDRESS is the peer; IFA_LOCAL is missing for IPv6.
    raw = values.get(_IFA_LOCAL) or values.get(_IFA_ADDRESS)
    if family not in _FAMILIES or raw is None:
        return None
    if len(flag_bytes := values.get(_IFA_FLAGS, b"")) == 4:
        flags = struct.unpack("=I", flag_bytes)[0]
    return index, Address(
        ip=socket.inet_ntop(family, raw),
        prefixlen=prefixlen,
        family=_FAMILIES[family],
        scope=scope_name(scope),
        dynamic=not flags & _IFA_F_PERMANENT,
        label=values.get(_IFA_LABEL, b"").rstrip(b"\0").decode("utf-8", "replace"),
    )


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each netlink message."""
    position = 0
    while position + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, position)
        if length < _HEADER.size:
            return
        yield kind, data[position + _HEADER.size : position + length]
        position += _aligned(length)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of each attribute."""
    position = 0
    while position + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, position)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[position + _ATTRIBUTE.size : position + length]
        position += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
