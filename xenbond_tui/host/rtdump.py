"""What the kernel says of links, addresses, routes and rules, read now by netlink dumps."""

import _socket as socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.routing import Route, RoutingPolicy
from xenbond_tui.host.rtaddr import dump_addresses
from xenbond_tui.host.rtlink import dump_links, links_of
from xenbond_tui.host.rtroute import (
    dump_neighbours,
    dump_routes,
    dump_rules,
    neighbour_of,
    routes_of,
    rule_of,
)
from xenbond_tui.value import dataclass

_RT_TABLE_MAIN = 254
_RT_TABLES_OF_EVERY_HOST = (0, 254, 255)
"""unspec, main and local (linux/rtnetlink.h)."""
_KERNELS_RULES = {(0, 255), (32766, 254), (32767, 253)}
"""Priority and table of the three the kernel makes by itself."""
_NUD_PERMANENT = 0x80
_NTF_PROXY = 0x08


@dataclass(frozen=True, slots=True)
class Dump:
    """What one set of dumps told."""

    links: tuple[Link, ...]
    """Without what only sysfs knows: driver, bus, speed, duplex, wireless, physfn."""
    routes: tuple[Route, ...]
    bond_options: Mapping[str, Mapping[str, str]]
    """Bond → those of its options that have no file in sysfs."""


def dump() -> Dump:
    """Links, addresses and the main table's routes, read now.

    Raises:
        XenbondError: the kernel refused, or its answer is malformed.
    """
    with _reading("links and addresses"):
        links, options = links_of(dump_links(), dump_addresses())
        names = {link.index: link.name for link in links}
        return Dump(links, tuple(_routes(names, main=True)), options)


def dump_policy() -> RoutingPolicy:
    """Rules, the other tables' routes and permanent neighbours, read now.

    Raises:
        XenbondError: the kernel refused, or its answer is malformed.
    """
    with _reading("rules and neighbours"):
        names = dict(socket.if_nameindex())
        rules = [rule for payload in dump_rules() if (rule := rule_of(payload)) is not None]
        told = [neighbour_of(payload, names) for payload in dump_neighbours()]
        return RoutingPolicy(
            rules=tuple(
                rule for rule in rules if (rule.priority, rule.table) not in _KERNELS_RULES
            ),
            routes=tuple(_routes(names, main=False)),
            neighbours=tuple(
                item
                for item, state, flags in filter(None, told)
                if item.link and state & _NUD_PERMANENT and not flags & _NTF_PROXY
            ),
        )


def _routes(names: Mapping[int, str], *, main: bool) -> Iterator[Route]:
    for payload in dump_routes():
        for route in routes_of(payload, names):
            if main:
                if route.table == _RT_TABLE_MAIN:
                    yield route
            elif route.table not in _RT_TABLES_OF_EVERY_HOST:
                yield route


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        doing = f"Reading {what}"
        raise XenbondError.at(doing, f"the kernel refused: {error.strerror}.") from error
