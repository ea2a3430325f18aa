"""Links, addresses and routes over rtnetlink. The only importer of pyroute2, and that late.

pyroute2's traps are kept in here: a slave's attributes are named `ifla_bond_slave_*`; its own bond
class ends at attribute 27 and loses the values of later ones; a socket must be bound before its
first request; `get()` ends after each batch; a synchronous socket cannot be opened inside a running
event loop (read and write from a thread or from synchronous code, only `events` is for the loop).
"""

import errno
import os
import socket
import struct
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.routing import Hop, Route
from xenbond_tui.host.rtaddr import scope_name

_IFF_UP = 0x1
_RTEXT_FILTER_SKIP_STATS = 1 << 3
_RTM_NEWLINK = 16
_LINK_HEADER = 32
"""Bytes before a link's attributes: struct nlmsghdr and struct ifinfomsg."""
_NLA_TYPE_MASK = 0x3FFF
_NEEDED = frozenset((1, 3, 4, 5, 10, 16, 18, 33, 37, 54))
"""Attributes of a link that `dump` reads: address, ifname, mtu, link, master, operstate, linkinfo,
carrier, link_netnsid, perm_address (IFLA_*)."""
_NAME_ONLY = frozenset((3,))
"""What `events` reads of it: ifname."""
_RT_TABLE_MAIN = 254
_RTM_F_CLONED = 0x200
_RTN_UNICAST = 1
_RTNH_F_ONLINK = 4
_IFA_F_PERMANENT = 0x80

_PEERED = ("", "veth", "netkit")
"""Kinds whose IFLA_LINK is the other end, or nothing, instead of a link below."""

PROTOCOLS = {
    0: "unspec",
    1: "redirect",
    2: "kernel",
    3: "boot",
    4: "static",
    9: "ra",
    16: "dhcp",
    42: "babel",
    186: "bgp",
    187: "isis",
    188: "ospf",
    189: "rip",
    192: "eigrp",
}
"""Route protocols as iproute2 names them (rt_protos); others are their number."""

LATE_BOND_ATTRIBUTES = (
    ("IFLA_BOND_PEER_NOTIF_DELAY", "uint32"),
    ("IFLA_BOND_AD_LACP_ACTIVE", "uint8"),
    ("IFLA_BOND_MISSED_MAX", "uint8"),
    ("IFLA_BOND_NS_IP6_TARGET", "ns_targets"),
    ("IFLA_BOND_COUPLED_CONTROL", "uint8"),
    ("IFLA_BOND_BROADCAST_NEIGH", "uint8"),
    ("IFLA_BOND_LACP_STRICT", "uint8"),
)
"""Bond attributes from 28 on (linux/if_link.h), which pyroute2 0.9 does not know."""
_NETLINK_ONLY = {
    "IFLA_BOND_COUPLED_CONTROL": "coupled_control",
    "IFLA_BOND_BROADCAST_NEIGH": "broadcast_neighbor",
    "IFLA_BOND_LACP_STRICT": "lacp_strict",
}
"""Switches without a file in sysfs."""


@dataclass(frozen=True, slots=True)
class Dump:
    """What one set of dumps told."""

    links: tuple[Link, ...]
    """Without what only sysfs knows: driver, bus, speed, duplex, wireless, physfn."""
    routes: tuple[Route, ...]
    bond_options: Mapping[str, Mapping[str, str]]
    """Bond → those of its options that have no file in sysfs."""


def register_bond() -> None:
    """Teach pyroute2 the bond attributes it does not know; doing it again changes nothing."""
    from pyroute2.netlink import nla
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    from pyroute2.netlink.rtnl.ifinfmsg.plugins.bond import bond

    class ns_targets(nla):  # type: ignore[misc,unused-ignore]
        nla_map = tuple((number, f"NS_IP6_TARGET_{number}", "ip6addr") for number in range(16))

    late = LATE_BOND_ATTRIBUTES
    known = len(bond.nla_map)
    members = {"nla_map": bond.nla_map + late[known - 28 :], "ns_targets": ns_targets}
    ifinfmsg.ifinfo.register_link_kind(module={"bond": type("bond", (bond,), members)})


def dump() -> Dump:
    """Links, addresses and the main table's routes, read now.

    Raises:
        XenbondError: the kernel refused.
    """
    with requests("Reading links and addresses") as ipr:
        ipr.asyncore.marshal.msg_map[_RTM_NEWLINK] = link_message_class()
        messages = list(ipr.link("dump", ext_mask=_RTEXT_FILTER_SKIP_STATS))
        addresses = _addresses(ipr.addr("dump"))
        route_messages = [
            message
            for family in (socket.AF_INET, socket.AF_INET6)
            for message in ipr.route("dump", family=family, table=_RT_TABLE_MAIN)
            if table_of(message) == _RT_TABLE_MAIN
        ]
    names: dict[int, str] = {message["index"]: message.get("ifname") for message in messages}
    links = tuple(link_of(message, names, addresses) for message in messages)
    return Dump(
        links=links,
        routes=tuple(route for message in route_messages for route in routes_of(message, names)),
        bond_options={
            link.name: bond_options(message)
            for link, message in zip(links, messages, strict=True)
            if link.kind == "bond"
        },
    )


def link_message_class(needed: Container[int] = _NEEDED) -> Any:
    """A link message that skips the attributes nobody reads: they cost 3/4 of decoding."""
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    register_bond()

    class LeanLinkMessage(ifinfmsg):  # type: ignore[misc,unused-ignore]
        def __init__(self, data: bytes, offset: int = 0) -> None:
            super().__init__(without_unread_attributes(data, offset, needed))

    return LeanLinkMessage


def without_unread_attributes(data: bytes, offset: int, needed: Container[int]) -> bytes:
    """The RTM_NEWLINK message at `offset`, only with the attributes that are needed."""
    length, rest = struct.unpack_from("=I12s", data, offset)
    end = min(offset + length, len(data))
    position = offset + _LINK_HEADER
    kept = [data[offset + 16 : position]]
    while position + 4 <= end:
        size, kind = struct.unpack_from("=HH", data, position)
        step = (max(size, 4) + 3) & ~3
        if kind & _NLA_TYPE_MASK in needed:
            kept.append(data[position : position + step])
        position += step
    body = b"".join(kept)
    return struct.pack("=I12s", 16 + len(body), rest) + body


def bond_options(message: Any) -> dict[str, str]:
    """A bond's options that sysfs has no file for, spelt as sysfs spells its like: `on 1`."""
    data = message.get(("linkinfo", "data"))
    found: dict[str, str] = {}
    if data is None:
        return found
    for attribute, option in _NETLINK_ONLY.items():
        value = data.get_attr(attribute)
        if value is not None:
            found[option] = "on 1" if value else "off 0"
    targets = data.get_attr("IFLA_BOND_NS_IP6_TARGET")
    if targets is not None:
        found["ns_ip6_target"] = " ".join(value for _, value in targets["attrs"])
    return found


def link_of(
    message: Any, names: Mapping[int, str], addresses: Mapping[int, tuple[Address, ...]]
) -> Link:
    """One link from its message, with the names of all links and their addresses by index."""
    # One pass: message.get() searches all attributes for each.
    values = {slot[0].removeprefix("IFLA_"): slot[1] for slot in message["attrs"]}
    info = values.get("LINKINFO")
    index: int = message["index"]
    admin_up = bool(message["flags"] & _IFF_UP)
    mac = _hardware_address(values.get("ADDRESS"))
    permanent, source = _permanent_mac(values.get("PERM_ADDRESS"), info, mac)
    carrier = values.get("CARRIER")
    kind = (info.get("kind") if info is not None else None) or ""
    # The number of the link below then counts in another network namespace.
    foreign = "LINK_NETNSID" in values
    return Link(
        name=values["IFNAME"],
        index=index,
        kind=kind,
        mac=mac,
        permanent_mac=permanent,
        permanent_mac_source=source,
        admin_up=admin_up,
        # The kernel's answer for a link that is down says nothing about the cable.
        carrier=bool(carrier) if admin_up and carrier is not None else None,
        mtu=values.get("MTU", 0),
        master=names.get(values.get("MASTER", 0)),
        addresses=addresses.get(index, ()),
        lower=None if kind in _PEERED or foreign else names.get(values.get("LINK", 0)),
        vlan_id=info.get(("data", "vlan_id")) if info and kind == "vlan" else None,
        operstate=values.get("OPERSTATE", "").lower(),
    )


def _permanent_mac(own: str | None, info: Any, mac: str) -> tuple[str, str]:
    permanent = _hardware_address(own)
    if permanent:
        return permanent, "netlink"
    if info is not None and info.get("slave_kind") == "bond":
        at_enslaving = info.get(("slave_data", "ifla_bond_slave_perm_hwaddr"))
        if at_enslaving:
            return _hardware_address(at_enslaving), "bond"
    return mac, "current"


def _hardware_address(text: str | None) -> str:
    """Lower-case; "" for none and for the loopback's zeros."""
    return text.lower() if text and text.strip("0:") else ""


def _addresses(messages: Any) -> dict[int, tuple[Address, ...]]:
    found: dict[int, tuple[Address, ...]] = {}
    for message in messages:
        ip = message.get("local") or message.get("address")
        if ip is None:
            continue
        flags = message.get("flags")
        flags = message["flags"] if flags is None else flags
        address = Address(
            ip=ip,
            prefixlen=message["prefixlen"],
            family=6 if message["family"] == socket.AF_INET6 else 4,
            scope=scope_name(message["scope"]),
            dynamic=not flags & _IFA_F_PERMANENT,
            label=message.get("label") or "",
        )
        found[message["index"]] = (*found.get(message["index"], ()), address)
    return found


def table_of(message: Any) -> int:
    """The number of a route's or rule's table; numbers over 255 have a separate attribute."""
    table: int = message.get("table") or message["table"]
    return table


def routes_of(message: Any, names: Mapping[int, str]) -> Iterator[Route]:
    """One route; one for each next hop of a multipath route. Only unicast routes are told."""
    if message["type"] != _RTN_UNICAST:
        return
    if message["flags"] & _RTM_F_CLONED:
        return
    destination = message.get("dst")
    several = message.get("multipath") or ()
    hops = tuple(_hop(hop, hop["oif"], names, hop["hops"] + 1) for hop in several)
    for hop in hops or (_hop(message, message.get("oif"), names),):
        yield Route(
            destination="default" if destination is None else f"{destination}/{message['dst_len']}",
            gateway=hop.gateway,
            link=hop.link,
            family=6 if message["family"] == socket.AF_INET6 else 4,
            metric=message.get("priority"),
            source=message.get("prefsrc"),
            protocol=PROTOCOLS.get(message["proto"], str(message["proto"])),
            scope=scope_name(message["scope"]),
            table=table_of(message),
            onlink=hop.onlink,
            hops=hops,
        )


def _hop(told: Any, index: int | None, names: Mapping[int, str], weight: int = 1) -> Hop:
    via = told.get("via")
    gateway = told.get("gateway") or (via["addr"] if via else None)
    return Hop(gateway, names.get(index or 0, ""), weight, bool(told["flags"] & _RTNH_F_ONLINK))


async def events() -> AsyncIterator[str]:
    """Names of links as they or their addresses change, for ever.

    "" means that everything is to be read again: it comes first, when the kernel is listened to,
    and when messages were lost (ENOBUFS).

    Raises:
        XenbondError: the kernel refused to tell.
    """
    from pyroute2 import AsyncIPRoute
    from pyroute2.netlink import rtnl

    register_bond()
    groups = rtnl.RTMGRP_LINK | rtnl.RTMGRP_IPV4_IFADDR | rtnl.RTMGRP_IPV6_IFADDR
    while True:
        try:
            async with AsyncIPRoute() as ipr:
                # A pulled cable is a dozen messages, which come while the bond is being read.
                ipr.marshal.msg_map[_RTM_NEWLINK] = link_message_class(_NAME_ONLY)
                await ipr.bind(groups=groups)
                # Only now: what changes while the reader reads again is on this socket.
                yield ""
                while True:
                    async for message in ipr.get():
                        name = _changed_link(message)
                        if name:
                            yield name
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise XenbondError(f"The kernel's link events ended: {error}") from error


def _changed_link(message: Any) -> str | None:
    if message["event"] in ("RTM_NEWLINK", "RTM_DELLINK"):
        return message.get("ifname") or None
    try:
        return socket.if_indextoname(message["index"])
    except OSError:
        # The link of this address has gone; its own RTM_DELLINK says so.
        return None


@contextmanager
def requests(doing: str, allowed: Sequence[int] = ()) -> Iterator[Any]:
    """A socket for requests (pyroute2's IPRoute); error numbers in `allowed` are let pass.

    Raises:
        XenbondError: the kernel refused; `doing` and the kernel's own words say what and why.
    """
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    register_bond()
    try:
        # Without ext_ack the kernel says only a number.
        with IPRoute(ext_ack=True) as ipr:
            yield ipr
    except (NetlinkError, OSError) as error:
        number, *words = error.args or (0,)
        if number in allowed:
            return
        # Extended acknowledgement text where the kernel gave some, else strerror.
        text = str(words[0] if words else os.strerror(number)).rstrip(".")
        raise XenbondError.at(doing, f"the kernel refused: {text}.") from error
