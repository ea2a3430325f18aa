"""MACs that no guest on a bridge can rightly have: this host's own, and its gateways'."""

import os
from collections.abc import Collection

from xenbond_tui.host.rtroute import dump_neighbours, neighbour_of
from xenbond_tui.host.sysfs import NET

_NTF_ROUTER = 0x80
_MACS = ("address", "bonding_slave/perm_hwaddr")
"""Files of a link in sysfs."""


def own_macs(root: str) -> dict[str, str]:
    """MAC → the link that has it now, or had it before it became a slave."""
    found: dict[str, str] = {}
    try:
        names = sorted(os.listdir(f"{root}{NET}"))
    except OSError:
        return found
    for name in names:
        for attribute in _MACS:
            try:
                with open(f"{root}{NET}/{name}/{attribute}", encoding="ascii") as stream:
                    mac = stream.read(64).strip().lower()
            except (OSError, ValueError):
                continue
            found.setdefault(mac, name)
    return found


def gateway_macs(gateways: Collection[str]) -> dict[str, str]:
    """MAC → which gateway this host takes to have it, from its neighbour table.

    The table is filled by ARP and neighbour discovery, which nobody signs: who forges an answer
    there can have a guest's MAC in it, and that guest is then not announced.

    Args:
        gateways: IPv4 addresses of the default routes' gateways; IPv6 routers tell by themselves.
    """
    found: dict[str, str] = {}
    try:
        told = [neighbour_of(payload, {}) for payload in dump_neighbours()]
    except OSError:
        return found
    for item, _, flags in filter(None, told):
        # An IPv6 router says of itself that it is one (the R bit of its advertisements).
        router = item.ip in gateways or (item.family == 6 and flags & _NTF_ROUTER)
        if router and len(item.mac) == len("00:00:00:00:00:00"):
            found[item.mac] = item.ip
    return found
