"""Links and the options of bonds that have no file in sysfs, by one RTM_GETLINK dump.

Attributes: IFLA_* of linux/if_link.h.
"""

import _socket as socket
import struct
import sys
from collections.abc import Mapping, Sequence

from xenbond_tui.facts.link import Address, Link
from xenbond_tui.host.rtnetlink import Alike, attributes, dump, header, ip, malformed, number, word
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.options.option import Option

_RTM_NEWLINK, _RTM_GETLINK = 16, 18
IFINFOMSG = struct.Struct("=BxHiII")
"""struct ifinfomsg: family, device type, index, flags, change mask."""
_IFF_UP = 0x1
_ARPHRD_ETHER = 1
_MAX_ADDR_LEN = 32
_WITHOUT_COUNTERS = struct.pack("=HHI", 8, 29, 1 << 3)
"""IFLA_EXT_MASK: RTEXT_FILTER_SKIP_STATS. They are half of each message."""
(_ADDRESS, IFNAME, _MTU, _LINK, _MASTER, _OPERSTATE, _LINKINFO) = (1, 3, 4, 5, 10, 16, 18)
(_CARRIER, _LINK_NETNSID, _PERM_ADDRESS) = (33, 37, 54)
_WANTED = frozenset(
    {
        *(_ADDRESS, IFNAME, _MTU, _LINK, _MASTER, _OPERSTATE, _LINKINFO),
        *(_CARRIER, _LINK_NETNSID, _PERM_ADDRESS),
    }
)
"""One in five of a message's attributes."""
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 1, 2, 4, 5
_VLAN_ID = 1
_SLAVE_PERM_HWADDR = 4
_LAST_IN_SYSFS = 30
"""IFLA_BOND_MISSED_MAX: newer ones have no file there."""

_OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
"""By number (RFC 2863, IF_OPER_* of linux/if.h)."""
_PEERED = ("", "veth", "netkit")
"""Kinds whose IFLA_LINK is the other end, or nothing, instead of a link below."""


def dump_links() -> list[bytes]:
    """The payload of each link's message.

    Raises:
        OSError: the kernel refused the dump, or its answer is malformed.
    """
    body = IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _WITHOUT_COUNTERS
    return dump(_RTM_GETLINK, _RTM_NEWLINK, body)


def links_of(
    payloads: Sequence[bytes], addresses: Mapping[int, tuple[Address, ...]]
) -> tuple[tuple[Link, ...], dict[str, Mapping[str, str]]]:
    """Links, and of each bond those of its options that have no file in sysfs.

    Args:
        payloads: of a whole dump: links name each other by index.
        addresses: by link index.

    Raises:
        OSError: one is malformed (EBADMSG).
    """
    alike = Alike(IFINFOMSG.size, _WANTED)
    told = [(header(IFINFOMSG, payload), alike.of(payload)) for payload in payloads]
    names = {head[2]: name_of(values) for head, values in told}
    links: list[Link] = []
    options: dict[str, Mapping[str, str]] = {}
    for (_, device, index, flags, _), values in told:
        info = attributes(values.get(_LINKINFO, b""))
        macs = _macs(device, values, info)
        link = _link(index, flags, values, info, macs, names, addresses.get(index, ()))
        links.append(link)
        if link.kind == "bond":
            options[link.name] = _bond_options(attributes(info.get(_INFO_DATA, b"")))
    return tuple(links), options


def name_of(values: Mapping[int, bytes]) -> str:
    """A link's name.

    Raises:
        OSError: it has none, or one that is malformed (EBADMSG).
    """
    name = word(values.get(IFNAME))
    if not name:
        raise malformed("a link without a name")
    return name


def _link(
    index: int,
    flags: int,
    values: Mapping[int, bytes],
    info: Mapping[int, bytes],
    macs: tuple[str, str, str],
    names: Mapping[int, str],
    addresses: tuple[Address, ...],
) -> Link:
    kind = word(info.get(_INFO_KIND))
    admin_up = bool(flags & _IFF_UP)
    carrier = number(values.get(_CARRIER), 1)
    mac, permanent, source = macs
    below = names.get(number(values.get(_LINK), 4) or 0)
    state = number(values.get(_OPERSTATE), 1)
    data = attributes(info.get(_INFO_DATA, b"")) if kind == "vlan" else {}
    return Link(
        name=names[index],
        index=index,
        kind=kind,
        mac=mac,
        permanent_mac=permanent,
        permanent_mac_source=source,
        admin_up=admin_up,
        # The kernel's answer for a link that is down says nothing about the cable.
        carrier=bool(carrier) if admin_up and carrier is not None else None,
        mtu=number(values.get(_MTU), 4) or 0,
        master=names.get(number(values.get(_MASTER), 4) or 0),
        addresses=addresses,
        # With LINK_NETNSID the number counts in another network namespace.
        lower=None if kind in _PEERED or _LINK_NETNSID in values else below,
        vlan_id=number(data.get(_VLAN_ID), 2),
        operstate=_OPERSTATES[state] if state is not None and state < len(_OPERSTATES) else "",
    )


def _macs(
    device: int, values: Mapping[int, bytes], info: Mapping[int, bytes]
) -> tuple[str, str, str]:
    """The current MAC, the permanent one, and where that was read (`Link`)."""
    mac = _mac(device, values.get(_ADDRESS))
    if own := _mac(device, values.get(_PERM_ADDRESS)):
        return mac, own, "netlink"
    if word(info.get(_INFO_SLAVE_KIND)) == "bond":
        slave = attributes(info.get(_INFO_SLAVE_DATA, b""))
        if _SLAVE_PERM_HWADDR in slave:
            return mac, _mac(device, slave[_SLAVE_PERM_HWADDR]), "bond"
    return mac, mac, "current"


def _mac(device: int, value: bytes | None) -> str:
    """Lower-case; "" for none and for the loopback's zeros."""
    if not value:
        return ""
    if len(value) > _MAX_ADDR_LEN or (device == _ARPHRD_ETHER and len(value) != 6):
        raise malformed(f"a MAC of {len(value)} bytes")
    return value.hex(":") if any(value) else ""


def _bond_options(data: Mapping[int, bytes]) -> dict[str, str]:
    """Those of which sysfs has no file, spelt as it spells their like: `on 1`."""
    if all(kind <= _LAST_IN_SYSFS for kind in data):
        return {}
    # Only now: most bonds have none of them.
    from xenbond_tui.options.kind import Addresses, Choice
    from xenbond_tui.options.table import OPTIONS

    def spelt(option: "Option", value: bytes) -> str:
        if isinstance(option.kind, Addresses):
            return " ".join(ip(socket.AF_INET6, item) or "" for item in attributes(value).values())
        if not isinstance(option.kind, Choice):
            return str(int.from_bytes(value, sys.byteorder))
        told = number(value, 1)
        named = (f"{name} {code}" for name, code in option.kind.codes.items() if code == told)
        return next(named, str(told))

    known = [option for option in OPTIONS.values() if option.attribute in data]
    return {option.name: spelt(option, data[option.attribute]) for option in known}
