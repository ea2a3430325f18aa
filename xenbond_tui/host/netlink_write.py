"""Changes to the running network, one rtnetlink request each. Used by apply/ alone.

Every function raises XenbondError naming the link and what the kernel said against it.
"""

import errno
import socket
from contextlib import suppress

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.number import whole
from xenbond_tui.facts.routing import Hop, Neighbour, Route, Rule
from xenbond_tui.host import arp, before_netlink
from xenbond_tui.host.netlink import requests
from xenbond_tui.host.rtaddr import dump_addresses
from xenbond_tui.host.rtdump import dump
from xenbond_tui.host.rtroute import PROTOCOLS
from xenbond_tui.host.sysfs import Sysfs

_GONE = (errno.ENODEV, errno.ENXIO)
_RT_SCOPE = {"global": 0, "site": 200, "link": 253, "host": 254}
_RTNH_F_ONLINK = 4
_UNANSWERED = 0x01 | 0x20
"""NUD_INCOMPLETE, NUD_FAILED (linux/neighbour.h)."""
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}

LENT_S = 300
"""Seconds for which a dynamic address is added."""


def add_address(link: str, address: Address) -> None:
    """Add an address; adding one that is there is no error.

    A dynamic one is lent: it goes by itself unless who has leased or announced it renews it.
    """
    index = _index(link)
    options = _address(index, address) | {"scope": _RT_SCOPE.get(address.scope, 0)}
    if address.family == 4:
        options["label"] = address.label or link
        if address.broadcast:
            options["broadcast"] = address.broadcast
    if address.metric:
        options["rt_priority"] = address.metric
    if address.dynamic:
        options |= {"preferred_lft": LENT_S, "valid_lft": LENT_S}
    with requests(f"{link}: adding {address.cidr}", allowed=(errno.EEXIST,)) as ipr:
        ipr.addr("add", **options)


def del_address(link: str, address: Address) -> None:
    """Remove one address; one that is gone is no error."""
    index = _index_or_none(link)
    if index is None:
        return
    allowed = (*_GONE, errno.EADDRNOTAVAIL)
    with requests(f"{link}: removing {address.cidr}", allowed) as ipr:
        ipr.addr("del", **_address(index, address))


def _address(index: int, address: Address) -> dict[str, object]:
    """The kernel tells one with another end from one without (inet_rtm_deladdr in devinet.c)."""
    local = {"local": address.ip} if address.peer else {}
    return {
        "index": index,
        "address": address.peer or address.ip,
        **local,
        "prefixlen": address.prefixlen,
        "family": _FAMILIES[address.family],
    }


def flush_addresses(link: str) -> None:
    """Remove every address of a link that others use; a link that is gone is no error.

    Site-local ones too (fec0::/10, deprecated by RFC 3879): QEMU's user network announces them.
    """
    index = _index_or_none(link)
    if index is None:
        return
    try:
        told = dump_addresses().get(index, ())
    except OSError as error:
        raise XenbondError.at(link, f"its addresses can't be read: {error.strerror}.") from error
    for address in told:
        # Removing a primary address takes its secondaries along: one that is gone is success.
        if address.scope not in ("link", "host"):
            del_address(link, address)


def add_route(route: Route) -> None:
    """Add or replace a route, a multipath one with all its hops by links that are there."""
    with requests(f"{route.link or 'route'}: adding the route {route.destination}") as ipr:
        ipr.route("replace", **_route(route))


def del_route(route: Route) -> None:
    """Remove a route; one that is gone, or whose link is, is no error.

    Asked to remove one of metric 0 the kernel removes another one where there is none
    (fib_table_delete in net/ipv4/fib_trie.c), so it is only asked to remove what is there.
    """
    if not any(_is_that(item, route) for item in dump().routes):
        return
    doing = f"{route.link or 'route'}: removing the route {route.destination}"
    with requests(doing, allowed=(*_GONE, errno.ESRCH)) as ipr:
        ipr.route("del", **_route(route))


def _is_that(one: Route, other: Route) -> bool:
    return (one.metric or 0) == (other.metric or 0) and (
        (one.destination, one.gateway, one.link, one.family, one.table)
        == (other.destination, other.gateway, other.link, other.family, other.table)
    )


def _route(route: Route) -> dict[str, object]:
    family = _FAMILIES[route.family]
    options: dict[str, object] = {
        "family": family,
        "dst": route.destination,
        "table": route.table,
        "proto": _protocol(route.protocol),
        "scope": _RT_SCOPE.get(route.scope, 0),
    }
    if route.destination == "default":
        options["dst"] = "0.0.0.0/0" if route.family == 4 else "::/0"
    if route.hops:
        here = [hop for hop in route.hops if _index_or_none(hop.link) is not None]
        options["multipath"] = [_hop(hop, route.family) | {"hops": hop.weight - 1} for hop in here]
    else:
        options |= _hop(Hop(route.gateway, route.link, onlink=route.onlink), route.family)
    for key, value in (("priority", route.metric), ("prefsrc", route.source)):
        if value is not None:
            options[key] = value
    return options


def _hop(hop: Hop, family: int) -> dict[str, object]:
    options: dict[str, object] = {}
    if hop.link:
        options["oif"] = _index(hop.link)
    if hop.onlink:
        options["flags"] = _RTNH_F_ONLINK
    if hop.gateway is not None and family == 4 and ":" in hop.gateway:
        # RFC 5549: an IPv4 route by an IPv6 neighbour.
        options["via"] = {"family": socket.AF_INET6, "addr": hop.gateway}
    elif hop.gateway is not None:
        options["gateway"] = hop.gateway
    return options


def add_policy(item: Rule | Neighbour) -> None:
    """Add a rule or a permanent neighbour; adding one that is there is no error.

    What a rollback may have to bring back although no stack's tool does: `ifdown` runs `ip rule
    del` for what `ifup` has added, and a link that goes down takes its routes and neighbours with
    it.
    """
    if isinstance(item, Rule):
        _add_rule(item)
        return
    index = _index(item.link)
    with requests(f"{item.link}: adding the neighbour {item.ip}") as ipr:
        ipr.neigh("replace", dst=item.ip, lladdr=item.mac, ifindex=index, state="permanent")


def _add_rule(rule: Rule) -> None:
    if not rule.whole:
        raise XenbondError(f"Rule {rule.priority}: it has conditions that are not known here.")
    options: dict[str, object] = {
        "family": _FAMILIES[rule.family],
        "priority": rule.priority,
        "table": rule.table,
        "action": rule.action,
    }
    for key, prefix in (("src", rule.source), ("dst", rule.destination)):
        if prefix:
            options[key], _, length = prefix.partition("/")
            options[f"{key}_len"] = int(length)
    for key, value in (
        ("iifname", rule.in_link or None),
        ("oifname", rule.out_link or None),
        ("fwmark", rule.fwmark),
        ("fwmask", rule.fwmask),
    ):
        if value is not None:
            options[key] = value
    with requests(f"Adding rule {rule.priority}", allowed=(errno.EEXIST,)) as ipr:
        ipr.rule("add", **options)


def set_link(name: str, *, up: bool) -> None:
    """Set a link administratively up or down; a link that is gone is no error."""
    index = _index_or_none(name)
    if index is None:
        return
    word = "up" if up else "down"
    with requests(f"{name}: setting it {word}", allowed=_GONE) as ipr:
        ipr.link("set", index=index, state=word)


def set_master(name: str, master: str | None) -> None:
    """Make a link a port of a bond or bridge, or of nothing."""
    index = _index(name)
    target = 0 if master is None else _index(master)
    doing = "taking it out of its master" if master is None else f"making it a port of {master}"
    with requests(f"{name}: {doing}") as ipr:
        ipr.link("set", index=index, master=target)
    if Sysfs("").master(name) != master:
        before_netlink.set_master(name, master)
    if master is None:
        _ask_again(name, index)


def _ask_again(name: str, index: int) -> None:
    """Ask for the neighbours that a link asked for in vain: of a port the bridge takes the answers.

    Else it does so a second later (retrans_time_ms, arp(7)), maybe for the gateway, and what is to
    be sent waits that long. IPv6's are forgotten: they are asked for at the next packet.
    """
    with suppress(XenbondError), requests(f"{name}: asking for neighbours again") as ipr:
        asked = [it for it in ipr.get_neighbours(ifindex=index) if it["state"] & _UNANSWERED]
        by_arp = [it.get("dst") for it in asked if it["family"] == socket.AF_INET]
        if by_arp:
            (link,) = ipr.get_links(index)
            arp.ask(name, link.get("address"), by_arp)
        for found in asked:
            if found["family"] == socket.AF_INET6:
                ipr.neigh("del", ifindex=index, dst=found.get("dst"))


def set_mac(name: str, mac: str) -> None:
    """Set a link's current MAC."""
    index = _index(name)
    with requests(f"{name}: setting the MAC {mac}") as ipr:
        ipr.link("set", index=index, address=mac)


def set_mtu(name: str, mtu: int) -> None:
    """Set a link's MTU, in bytes."""
    index = _index(name)
    with requests(f"{name}: setting the MTU {mtu}") as ipr:
        ipr.link("set", index=index, mtu=mtu)


def add_bridge(name: str, mac: str) -> None:
    """Make a bridge, down, without spanning tree and forward delay; there already is no error."""
    doing, allowed = f"{name}: making the bridge", (errno.EEXIST, errno.EOPNOTSUPP)
    with requests(doing, allowed) as ipr:
        ipr.link("add", ifname=name, kind="bridge", address=mac, br_stp_state=0, br_forward_delay=0)
        return
    if _index_or_none(name) is None:
        before_netlink.add_bridge(name)
        set_mac(name, mac)
        before_netlink.without_spanning_tree(name)


def add_bond(name: str) -> None:
    """Make a bond, down, with the kernel's defaults; one that is there is no error."""
    with requests(f"{name}: making the bond", allowed=(errno.EEXIST,)) as ipr:
        ipr.link("add", ifname=name, kind="bond")


def delete_link(name: str) -> None:
    """Delete a bond or bridge; one that is gone is no error."""
    index = _index_or_none(name)
    if index is None:
        return
    with requests(f"{name}: deleting it", allowed=_GONE) as ipr:
        ipr.link("del", index=index)


def _index_or_none(name: str) -> int | None:
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return None


def _index(name: str) -> int:
    index = _index_or_none(name)
    if index is None:
        raise XenbondError.at(name, "there is no such link.")
    return index


def _protocol(name: str) -> int:
    """The number of a protocol as iproute2 names it; `static` for a word it does not know."""
    number = whole(name)
    if number is not None:
        return number
    return next((number for number, word in PROTOCOLS.items() if word == name), 4)
