"""Rules and permanent neighbours are added over rtnetlink. Used by apply/ alone.

What a rollback may have to bring back although no stack's tool does: `ifdown` runs `ip rule del`
for what `ifup` has added, and a link that goes down takes its routes and neighbours with it.
"""

import errno
import socket

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.routing import Neighbour, Rule
from xenbond_tui.host.netlink import requests

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


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
