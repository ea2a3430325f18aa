"""The kernel's answers as pyroute2 decodes them in full: what our few decoders are held against."""

import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from pyroute2.netlink import nla
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ifinfmsg.plugins.bond import bond
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.routing import Hop, Neighbour, Route, Rule
from xenbond_tui.host import rtaddr, rtlink, rtroute
from xenbond_tui.host.rtnetlink import scope_name

Payloads = Mapping[str, Sequence[bytes]]
"""links, addresses, routes, rules, neighbours → the payload of each message of that dump."""
DUMPS = {
    "links": rtlink.dump_links,
    "addresses": rtaddr.dump_payloads,
    "routes": rtroute.dump_routes,
    "rules": rtroute.dump_rules,
    "neighbours": rtroute.dump_neighbours,
}
KINDS = {"links": 16, "addresses": 20, "routes": 24, "rules": 32, "neighbours": 28}
_CLASSES = {
    "links": ifinfmsg,
    "addresses": ifaddrmsg,
    "routes": rtmsg,
    "rules": fibmsg,
    "neighbours": ndmsg,
}


class _ns_targets(nla):  # type: ignore[misc,unused-ignore]
    nla_map = tuple((number, f"NS_IP6_TARGET_{number}", "ip6addr") for number in range(16))


class _Bond(bond):  # type: ignore[misc,unused-ignore]
    """With the attributes from 28 on (linux/if_link.h), which pyroute2 0.9 does not know."""

    nla_map = (
        *bond.nla_map[:28],
        ("IFLA_BOND_PEER_NOTIF_DELAY", "uint32"),
        ("IFLA_BOND_AD_LACP_ACTIVE", "uint8"),
        ("IFLA_BOND_MISSED_MAX", "uint8"),
        ("IFLA_BOND_NS_IP6_TARGET", "ns_targets"),
        ("IFLA_BOND_COUPLED_CONTROL", "uint8"),
        ("IFLA_BOND_BROADCAST_NEIGH", "uint8"),
        ("IFLA_BOND_LACP_STRICT", "uint8"),
    )
    ns_targets = _ns_targets


def ours(payloads: Payloads) -> dict[str, Any]:
    """What our decoders make of it."""
    told = [item for data in payloads["addresses"] if (item := rtaddr.parse_address(data))]
    addresses: dict[int, tuple[Address, ...]] = {}
    for index, address in told:
        addresses[index] = (*addresses.get(index, ()), address)
    links, options = rtlink.links_of(payloads["links"], addresses)
    names = {link.index: link.name for link in links}
    routes = (route for data in payloads["routes"] for route in rtroute.routes_of(data, names))
    rules = (rtroute.rule_of(data) for data in payloads["rules"])
    neighbours = (rtroute.neighbour_of(data, names) for data in payloads["neighbours"])
    return {
        "links": links,
        "options": {name: dict(said) for name, said in options.items()},
        "routes": tuple(routes),
        "rules": tuple(filter(None, rules)),
        "neighbours": tuple(filter(None, neighbours)),
    }


def the_librarys(payloads: Payloads) -> dict[str, Any]:
    """What pyroute2 makes of it, in our values."""
    ifinfmsg.ifinfo.register_link_kind(module={"bond": _Bond})
    said = {kind: [_decoded(kind, data) for data in payloads[kind]] for kind in KINDS}
    addresses: dict[int, tuple[Address, ...]] = {}
    for message in said["addresses"]:
        if message["family"] in (socket.AF_INET, socket.AF_INET6):
            held = addresses.get(message["index"], ())
            addresses[message["index"]] = (*held, _address(message))
    names = {message["index"]: message.get("ifname") for message in said["links"]}
    links = tuple(_link(message, names, addresses) for message in said["links"])
    of_ip = {
        kind: [item for item in said[kind] if item["family"] in (socket.AF_INET, socket.AF_INET6)]
        for kind in ("routes", "rules", "neighbours")
    }
    return {
        "links": links,
        "options": {
            link.name: _bond_options(message)
            for link, message in zip(links, said["links"], strict=True)
            if link.kind == "bond"
        },
        "routes": tuple(route for item in of_ip["routes"] for route in _routes(item, names)),
        "rules": tuple(map(_rule, of_ip["rules"])),
        "neighbours": tuple(
            (_neighbour(item, names), item["state"], item["flags"])
            for item in of_ip["neighbours"]
            if item.get("dst") and item.get("lladdr")
        ),
    }


def _decoded(kind: str, payload: bytes) -> Any:
    data = struct.pack("=IHHII", 16 + len(payload), KINDS[kind], 0, 1, 0) + payload
    message = _CLASSES[kind](data)
    message.decode()
    return message


def _address(message: Any) -> Address:
    flags = message.get("flags")
    flags = message["flags"] if flags is None else flags
    return Address(
        ip=message.get("local") or message.get("address"),
        prefixlen=message["prefixlen"],
        family=6 if message["family"] == socket.AF_INET6 else 4,
        scope=scope_name(message["scope"]),
        dynamic=not flags & 0x80,
        label=message.get("label") or "",
    )


def _link(message: Any, names: Mapping[int, str], addresses: Mapping[int, Any]) -> Link:
    values = {slot[0].removeprefix("IFLA_"): slot[1] for slot in reversed(message["attrs"])}
    info = values.get("LINKINFO")
    admin_up, carrier = bool(message["flags"] & 1), values.get("CARRIER")
    mac = _mac(values.get("ADDRESS"))
    permanent, source = _mac(values.get("PERM_ADDRESS")), "netlink"
    if not permanent:
        permanent, source = mac, "current"
        at_enslaving = info and info.get(("slave_data", "ifla_bond_slave_perm_hwaddr"))
        if at_enslaving and info.get("slave_kind") == "bond":
            permanent, source = _mac(at_enslaving), "bond"
    kind = (info.get("kind") if info is not None else None) or ""
    foreign = "LINK_NETNSID" in values or kind in ("", "veth", "netkit")
    return Link(
        name=values["IFNAME"],
        index=message["index"],
        kind=kind,
        mac=mac,
        permanent_mac=permanent,
        permanent_mac_source=source,
        admin_up=admin_up,
        carrier=bool(carrier) if admin_up and carrier is not None else None,
        mtu=values.get("MTU", 0),
        master=names.get(values.get("MASTER", 0)),
        addresses=addresses.get(message["index"], ()),
        lower=None if foreign else names.get(values.get("LINK", 0)),
        vlan_id=info.get(("data", "vlan_id")) if info and kind == "vlan" else None,
        operstate=_state(values.get("OPERSTATE", "")),
    )


def _mac(text: str | None) -> str:
    return text.lower() if text and text.strip("0:") else ""


def _state(said: str | bytes) -> str:
    # Of a number that it does not know the library gives the bytes.
    return said.lower() if isinstance(said, str) else ""


def _bond_options(message: Any) -> dict[str, str]:
    data = message.get(("linkinfo", "data"))
    names = ("coupled_control", "broadcast_neigh", "lacp_strict")
    found = {}
    for name in names:
        value = data.get_attr(f"IFLA_BOND_{name.upper()}")
        if value is not None:
            option = name.replace("neigh", "neighbor")
            # A kernel says 0 or 1; another number stays what it is.
            found[option] = {0: "off 0", 1: "on 1"}.get(value, str(value))
    targets = data.get_attr("IFLA_BOND_NS_IP6_TARGET")
    if targets is not None:
        found["ns_ip6_target"] = " ".join(value for _, value in targets["attrs"])
    return found


def _routes(message: Any, names: Mapping[int, str]) -> list[Route]:
    if message["type"] != 1 or message["flags"] & 0x200:
        return []
    destination = message.get("dst")
    several = message.get("multipath") or ()
    hops = tuple(_hop(hop, hop["oif"], names, hop["hops"] + 1) for hop in several)
    return [
        Route(
            destination="default" if destination is None else f"{destination}/{message['dst_len']}",
            gateway=hop.gateway,
            link=hop.link,
            family=6 if message["family"] == socket.AF_INET6 else 4,
            metric=message.get("priority"),
            source=message.get("prefsrc"),
            protocol=rtroute.PROTOCOLS.get(message["proto"], str(message["proto"])),
            scope=scope_name(message["scope"]),
            table=message.get("table") or message["table"],
            onlink=hop.onlink,
            hops=hops,
        )
        for hop in hops or (_hop(message, message.get("oif"), names),)
    ]


def _hop(told: Any, index: int | None, names: Mapping[int, str], weight: int = 1) -> Hop:
    via = told.get("via")
    gateway = told.get("gateway") or (via["addr"] if via else None)
    return Hop(gateway, names.get(index or 0, ""), weight, bool(told["flags"] & 4))


def _rule(message: Any) -> Rule:
    attributes = dict(reversed(message["attrs"]))
    mark = attributes.get("FRA_FWMARK")
    held = ("DST", "SRC", "IIFNAME", "OIFNAME", "PRIORITY", "FWMARK", "FWMASK", "TABLE")
    known = {f"FRA_{name}" for name in (*held, "SUPPRESS_PREFIXLEN", "PROTOCOL")}
    suppressed = attributes.get("FRA_SUPPRESS_PREFIXLEN", 0xFFFFFFFF)

    def prefix(name: str) -> str:
        address = attributes.get(f"FRA_{name.upper()}")
        return "" if address is None else f"{address}/{message[f'{name}_len']}"

    return Rule(
        priority=attributes.get("FRA_PRIORITY", 0),
        family=6 if message["family"] == socket.AF_INET6 else 4,
        table=message.get("table") or message["table"],
        source=prefix("src"),
        destination=prefix("dst"),
        in_link=attributes.get("FRA_IIFNAME", ""),
        out_link=attributes.get("FRA_OIFNAME", ""),
        fwmark=mark,
        fwmask=attributes.get("FRA_FWMASK") if mark is not None else None,
        action=message["action"],
        whole=attributes.keys() <= known and suppressed == 0xFFFFFFFF and not message["tos"],
    )


def _neighbour(message: Any, names: Mapping[int, str]) -> Neighbour:
    family = 6 if message["family"] == socket.AF_INET6 else 4
    name = names.get(message["ifindex"], "")
    return Neighbour(message.get("dst"), message.get("lladdr").lower(), name, family)
