"""Links, addresses and routes from the proc and sys directories of another system's tree."""

import _socket as socket
import re

from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.number import whole
from xenbond_tui.facts.routing import Route
from xenbond_tui.host.sysfs import Sysfs

_IFF_UP = 0x1
_NET_ADDR_PERM = 0
"""What register_netdevice() takes for the permanent one (net/core/dev.c; linux/netdevice.h)."""
_RTF_UP, _RTF_GATEWAY, _RTF_REJECT = 0x1, 0x2, 0x200
_IFA_F_PERMANENT = 0x80
_SCOPES = {0x00: "global", 0x10: "host", 0x20: "link", 0x40: "site"}
"""/proc/net/if_inet6's scope column (IPV6_ADDR_*)."""


def recorded_links(sysfs: Sysfs) -> tuple[Link, ...]:
    """Every link under sys/class/net, by index.

    The permanent MAC of a slave is what the bond noted when it was enslaved; any other link's is
    its current one: where it was never set (NET_ADDR_PERM) that is so, else sysfs knows no better.
    """
    addresses = recorded_addresses(sysfs)
    found = [recorded_link(sysfs, name, addresses.get(name, ())) for name in sysfs.link_names()]
    return tuple(sorted(found, key=lambda link: link.index))


def recorded_link(sysfs: Sysfs, name: str, addresses: tuple[Address, ...] = ()) -> Link:
    """One link, with these addresses."""
    mac = (sysfs.attribute(name, "address") or "").lower()
    mac = mac if mac.strip("0:") else ""
    at_enslaving = (sysfs.attribute(name, "bonding_slave/perm_hwaddr") or "").lower()
    kind = sysfs.kind(name)
    never_set = not kind and sysfs.number(name, "addr_assign_type") == _NET_ADDR_PERM
    admin_up = bool(_hexadecimal(sysfs.attribute(name, "flags")) & _IFF_UP)
    carrier = sysfs.number(name, "carrier")
    below = sysfs.marked(name, "lower_") if kind in ("vlan", "macvlan") else []
    return Link(
        name=name,
        index=sysfs.number(name, "ifindex") or 0,
        kind=kind,
        mac=mac,
        permanent_mac=at_enslaving or mac,
        permanent_mac_source="bond" if at_enslaving else "sysfs" if never_set else "current",
        admin_up=admin_up,
        carrier=None if carrier is None else carrier == 1,
        mtu=sysfs.number(name, "mtu") or 0,
        master=sysfs.master(name),
        driver="" if kind else sysfs.driver(name),
        bus="" if kind else sysfs.bus(name),
        speed=None if kind else sysfs.speed(name),
        duplex=None if kind else sysfs.duplex(name),
        addresses=addresses,
        wireless=sysfs.wireless(name),
        physfn=sysfs.physfn(name),
        lower=next(iter(below), None),
        operstate=sysfs.attribute(name, "operstate") or "",
    )


def recorded_addresses(sysfs: Sysfs) -> dict[str, tuple[Address, ...]]:
    """IPv6 addresses by link from proc/net/if_inet6; /proc ties no IPv4 address to its link."""
    found: dict[str, tuple[Address, ...]] = {}
    for line in (sysfs.read("/proc/net/if_inet6") or "").splitlines():
        match = re.fullmatch(
            r"([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]{2}) ([0-9a-f]{2}) ([0-9a-f]+) +(\S+)", line.strip()
        )
        if match is None:
            continue
        raw, prefixlen, scope, flags, name = match.groups()
        address = Address(
            ip=socket.inet_ntop(socket.AF_INET6, bytes.fromhex(raw)),
            prefixlen=int(prefixlen, 16),
            family=6,
            scope=_SCOPES.get(int(scope, 16), "global"),
            dynamic=not int(flags, 16) & _IFA_F_PERMANENT,
        )
        found[name] = (*found.get(name, ()), address)
    return found


def recorded_routes(sysfs: Sysfs) -> tuple[Route, ...]:
    """IPv4 routes of the main table from proc/net/route (route(8): numbers in network order)."""
    found = []
    for line in (sysfs.read("/proc/net/route") or "").splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8 or not all(
            re.fullmatch(r"[0-9A-Fa-f]{8}", columns[i]) for i in (1, 2, 7)
        ):
            continue
        flags = _hexadecimal(columns[3])
        if not flags & _RTF_UP or flags & _RTF_REJECT:
            continue
        prefixlen = int(columns[7], 16).bit_count()
        direct = not flags & _RTF_GATEWAY
        metric = whole(columns[6]) or 0
        found.append(
            Route(
                destination=f"{_ipv4(columns[1])}/{prefixlen}" if prefixlen else "default",
                gateway=None if direct else _ipv4(columns[2]),
                link=columns[0],
                metric=metric or None,
                # The file does not say who made a route; those to a link's own network are
                # made by the kernel.
                protocol="kernel" if direct else "static",
                scope="link" if direct else "global",
            )
        )
    return tuple(found)


def _ipv4(column: str) -> str:
    # Printed as a host-order number: on the little-endian machines Xen runs on, byte-swapped.
    return socket.inet_ntoa(bytes.fromhex(column)[::-1])


def _hexadecimal(text: str | None) -> int:
    return int(text, 16) if text and re.fullmatch(r"(0x)?[0-9A-Fa-f]{1,8}", text) else 0
