"""Routes, rules and neighbours, each by one dump (linux/rtnetlink.h, fib_rules.h, neighbour.h)."""

import struct
from collections.abc import Iterator, Mapping

from xenbond_tui.facts.routing import Hop, Neighbour, Route, Rule
from xenbond_tui.host.rtnetlink import (
    FAMILIES,
    attributes,
    dump,
    header,
    ip,
    malformed,
    number,
    scope_name,
    word,
)

_RTMSG = struct.Struct("=BBBBBBBBI")
"""struct rtmsg: family, prefix lengths, TOS, table, protocol, scope, type, flags."""
_RTNEXTHOP = struct.Struct("=HBBi")
"""struct rtnexthop: length with its attributes, flags, weight less one, link index."""
_FIB_RULE_HDR = struct.Struct("=BBBBBxxBI")
"""struct fib_rule_hdr: family, prefix lengths, TOS, table, action, flags."""
_NDMSG = struct.Struct("=BxxxiHBB")
"""struct ndmsg: family, link index, state, flags, type."""
_RTM_NEWROUTE, _RTM_GETROUTE = 24, 26
_RTM_NEWNEIGH, _RTM_GETNEIGH = 28, 30
_RTM_NEWRULE, _RTM_GETRULE = 32, 34
_DST, _OIF, _GATEWAY, _PRIORITY, _PREFSRC, _MULTIPATH, _TABLE, _VIA = 1, 4, 5, 6, 7, 9, 15, 18
"""RTA_*."""
(_FRA_DST, _FRA_SRC, _FRA_IIFNAME, _FRA_PRIORITY, _FRA_FWMARK) = (1, 2, 3, 6, 10)
(_FRA_SUPPRESS_PREFIXLEN, _FRA_TABLE, _FRA_FWMASK, _FRA_OIFNAME) = (14, 15, 16, 17)
_FRA_PROTOCOL = 21
_HELD = frozenset(
    {
        *(_FRA_DST, _FRA_SRC, _FRA_IIFNAME, _FRA_OIFNAME, _FRA_PRIORITY, _FRA_FWMARK),
        *(_FRA_FWMASK, _FRA_TABLE, _FRA_SUPPRESS_PREFIXLEN, _FRA_PROTOCOL),
    }
)
_NO_SUPPRESSING = 0xFFFFFFFF
_NDA_DST, _NDA_LLADDR = 1, 2
_RTM_F_CLONED = 0x200
_RTN_UNICAST = 1
_RTNH_F_ONLINK = 4

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


def dump_routes() -> list[bytes]:
    """The payload of each route's message, of all tables and families.

    Raises:
        OSError: the kernel refused the dump, or its answer is malformed.
    """
    return dump(_RTM_GETROUTE, _RTM_NEWROUTE, _RTMSG.pack(*[0] * 9))


def dump_rules() -> list[bytes]:
    """The payload of each rule's message, of all families.

    Raises:
        OSError: as of `dump_routes`.
    """
    return dump(_RTM_GETRULE, _RTM_NEWRULE, _FIB_RULE_HDR.pack(*[0] * 7))


def dump_neighbours() -> list[bytes]:
    """The payload of each neighbour's message, of all families.

    Raises:
        OSError: as of `dump_routes`.
    """
    return dump(_RTM_GETNEIGH, _RTM_NEWNEIGH, _NDMSG.pack(*[0] * 5))


def routes_of(payload: bytes, names: Mapping[int, str]) -> Iterator[Route]:
    """One route; one for each next hop of a multipath route. Only unicast routes of IP are told.

    Args:
        payload: of an RTM_NEWROUTE.
        names: of the links, by index.

    Raises:
        OSError: it is malformed (EBADMSG).
    """
    family, length, _, _, table, protocol, scope, kind, flags = header(_RTMSG, payload)
    if family not in FAMILIES or kind != _RTN_UNICAST or flags & _RTM_F_CLONED:
        return
    values = attributes(payload, _RTMSG.size)
    destination = ip(family, values.get(_DST))
    hops = tuple(_hops(family, values.get(_MULTIPATH, b""), names))
    index = number(values.get(_OIF), 4)
    for hop in hops or (_hop(family, flags, index, values, names),):
        yield Route(
            destination="default" if destination is None else f"{destination}/{length}",
            gateway=hop.gateway,
            link=hop.link,
            family=FAMILIES[family],
            metric=number(values.get(_PRIORITY), 4),
            source=ip(family, values.get(_PREFSRC)),
            protocol=PROTOCOLS.get(protocol, str(protocol)),
            scope=scope_name(scope),
            # Numbers over 255 have an attribute.
            table=number(values.get(_TABLE), 4) or table,
            onlink=hop.onlink,
            hops=hops,
        )


def _hops(family: int, data: bytes, names: Mapping[int, str]) -> Iterator[Hop]:
    while data:
        length, flags, weight, index = header(_RTNEXTHOP, data)
        if not _RTNEXTHOP.size <= length <= len(data):
            raise malformed(f"a next hop of {length} bytes")
        values = attributes(data[:length], _RTNEXTHOP.size)
        yield _hop(family, flags, index, values, names, weight + 1)
        data = data[(length + 3) & ~3 :]


def _hop(
    family: int,
    flags: int,
    index: int | None,
    values: Mapping[int, bytes],
    names: Mapping[int, str],
    weight: int = 1,
) -> Hop:
    gateway, via = ip(family, values.get(_GATEWAY)), values.get(_VIA)
    if gateway is None and via is not None:
        # struct rtvia: a neighbour of another family.
        gateway = ip(number(via[:2], 2) or 0, via[2:])
    return Hop(gateway, names.get(index or 0, ""), weight, bool(flags & _RTNH_F_ONLINK))


def rule_of(payload: bytes) -> Rule | None:
    """One rule; None of another family than IP.

    Raises:
        OSError: it is malformed (EBADMSG).
    """
    family, to_length, from_length, tos, table, action, _ = header(_FIB_RULE_HDR, payload)
    if family not in FAMILIES:
        return None
    values = attributes(payload, _FIB_RULE_HDR.size)
    mark = number(values.get(_FRA_FWMARK), 4)
    suppressed = number(values.get(_FRA_SUPPRESS_PREFIXLEN), 4)
    return Rule(
        priority=number(values.get(_FRA_PRIORITY), 4) or 0,
        family=FAMILIES[family],
        table=number(values.get(_FRA_TABLE), 4) or table,
        source=_prefix(ip(family, values.get(_FRA_SRC)), from_length),
        destination=_prefix(ip(family, values.get(_FRA_DST)), to_length),
        in_link=word(values.get(_FRA_IIFNAME)),
        out_link=word(values.get(_FRA_OIFNAME)),
        fwmark=mark,
        fwmask=number(values.get(_FRA_FWMASK), 4) if mark is not None else None,
        action=action,
        whole=values.keys() <= _HELD and suppressed in (None, _NO_SUPPRESSING) and not tos,
    )


def _prefix(address: str | None, length: int) -> str:
    return "" if address is None else f"{address}/{length}"


def neighbour_of(payload: bytes, names: Mapping[int, str]) -> tuple[Neighbour, int, int] | None:
    """A neighbour, its state (NUD_*) and its flags (NTF_*); None without IP address or MAC.

    Raises:
        OSError: it is malformed (EBADMSG).
    """
    family, index, state, flags, _ = header(_NDMSG, payload)
    if family not in FAMILIES:
        return None
    values = attributes(payload, _NDMSG.size)
    address, mac = ip(family, values.get(_NDA_DST)), values.get(_NDA_LLADDR)
    if address is None or not mac:
        return None
    found = Neighbour(address, mac.hex(":"), names.get(index, ""), FAMILIES[family])
    return found, state, flags
