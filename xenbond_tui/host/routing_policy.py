"""Rules, the routes of their tables and permanent neighbours, over rtnetlink. Used by apply/ alone.

What a rollback may have to bring back although no stack's tool does: `ifdown` runs `ip rule del`
for what `ifup` has added, and a link that goes down takes its routes and neighbours with it.
"""

import errno
import socket
from typing import Any

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule
from xenbond_tui.host.netlink import requests, routes_of, table_of

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_RT_TABLES_OF_EVERY_HOST = (0, 254, 255)
"""unspec, main and local (linux/rtnetlink.h)."""
_KERNELS_RULES = {(0, 255), (32766, 254), (32767, 253)}
"""Priority and table of the three the kernel makes by itself."""
_NUD_PERMANENT = 0x80
_NTF_PROXY = 0x08
_HELD = frozenset(
    {
        "FRA_DST",
        "FRA_SRC",
        "FRA_IIFNAME",
        "FRA_OIFNAME",
        "FRA_PRIORITY",
        "FRA_FWMARK",
        "FRA_FWMASK",
        "FRA_TABLE",
        "FRA_SUPPRESS_PREFIXLEN",
        "FRA_PROTOCOL",
    }
)
_NO_SUPPRESSING = 0xFFFFFFFF


def dump() -> RoutingPolicy:
    """Everything, read now.

    Raises:
        XenbondError: the kernel refused.
    """
    rules: list[Rule] = []
    routes: list[Route] = []
    neighbours: list[Neighbour] = []
    with requests("Reading rules and neighbours") as ipr:
        names = {message["index"]: message.get("ifname") for message in ipr.link("dump")}
        for number, family in _FAMILIES.items():
            rules += [_rule(message, number) for message in ipr.rule("dump", family=family)]
            for message in ipr.route("dump", family=family):
                if table_of(message) not in _RT_TABLES_OF_EVERY_HOST:
                    routes += routes_of(message, names)
            for message in ipr.neigh("dump", family=family):
                if message["state"] & _NUD_PERMANENT and not message["flags"] & _NTF_PROXY:
                    neighbours.append(_neighbour(message, number, names))
    return RoutingPolicy(
        rules=tuple(rule for rule in rules if (rule.priority, rule.table) not in _KERNELS_RULES),
        routes=tuple(routes),
        neighbours=tuple(item for item in neighbours if item.mac and item.link),
    )


def _rule(message: Any, family: int) -> Rule:
    attributes = dict(message["attrs"])
    mark = attributes.get("FRA_FWMARK")
    suppressed = attributes.get("FRA_SUPPRESS_PREFIXLEN", _NO_SUPPRESSING)
    return Rule(
        priority=attributes.get("FRA_PRIORITY", 0),
        family=family,
        table=table_of(message),
        source=_prefix(attributes.get("FRA_SRC"), message["src_len"]),
        destination=_prefix(attributes.get("FRA_DST"), message["dst_len"]),
        in_link=attributes.get("FRA_IIFNAME", ""),
        out_link=attributes.get("FRA_OIFNAME", ""),
        fwmark=mark,
        fwmask=attributes.get("FRA_FWMASK") if mark is not None else None,
        action=message["action"],
        whole=attributes.keys() <= _HELD and suppressed == _NO_SUPPRESSING and not message["tos"],
    )


def _prefix(address: str | None, length: int) -> str:
    return "" if address is None else f"{address}/{length}"


def _neighbour(message: Any, family: int, names: dict[int, str]) -> Neighbour:
    ip, mac = message.get("dst") or "", message.get("lladdr") or ""
    return Neighbour(ip, mac.lower(), names.get(message["ifindex"], ""), family)


def add(item: Rule | Neighbour) -> None:
    """Add a rule or a permanent neighbour; adding one that is there is no error.

    Raises:
        XenbondError: the kernel refused, or the rule has more to it than is known.
    """
    if isinstance(item, Rule):
        _add_rule(item)
        return
    try:
        index = socket.if_nametoindex(item.link)
    except OSError:
        raise XenbondError.at(item.link, "there is no such link.") from None
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
