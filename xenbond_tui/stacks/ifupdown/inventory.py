"""What /etc/network/interfaces and the files it reads say, item by item."""

from collections.abc import Iterator

from xenbond_tui.files.interfaces import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import Item, Kind, item
from xenbond_tui.stacks.ifupdown.address import DEFAULT_ROUTE, cidr
from xenbond_tui.stacks.ifupdown.files import Configuration, Located
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, DNS
from xenbond_tui.stacks.ifupdown.patterns import GRAMMAR

_ROLE = regex(r"bond-.*|slaves|bridge-(stp|fd|hw|ports-condone-regex)|netmask|broadcast|address")
"""What makes a link a bond, a slave or a bridge, and what comes of an address."""
_NAMES = regex(r"bridge-ports|vlan-raw-device|.*-physdev|ovs-(ports|bonds)|.*-raw-device")
_LEASES = {("inet", "dhcp"): "ipv4", ("inet6", "dhcp"): "ipv6", ("inet6", "auto"): "ra"}


def inventory(config: Configuration) -> Iterator[Item]:
    """Every item of every stanza."""
    options = config.dialect.names()
    for located in config.ifaces():
        if located.stanza.arguments:
            yield from _stanza(options, located, located.stanza.arguments[0])
    made = {*config.names()}
    for word in config.classes():
        if word.name not in made and not word.name.startswith("/"):
            yield item((word.file.path, word.line.number), word.name, Kind.OTHER, word.line.text)


def _stanza(options: frozenset[str], located: Located, link: str) -> Iterator[Item]:
    path, stanza = located.file.path, located.stanza
    if lease := _LEASES.get((located.family, located.method)):
        yield item((path, stanza.head.number), link, Kind.LEASE, lease, stanza.head.text)
    for line in stanza.named("address"):
        yield item((path, line.number), link, Kind.ADDRESS, cidr(located, line) or line.value)
    for line in stanza.options:
        if line.name not in options and not _ROLE.fullmatch(line.name):
            yield from _option(path, link, line)


def _option(path: str, link: str, line: Line) -> Iterator[Item]:
    where, name, value = (path, line.number), line.name, line.value
    if name in COMMANDS:
        match = DEFAULT_ROUTE.search(value)
        if match is not None:
            yield item(where, link, Kind.GATEWAY, match["gateway"], line.text)
        else:
            own = value.replace("$IFACE", link)
            yield item(where, link, Kind.COMMAND, f"{name} {own}", line.text)
    elif name == "gateway":
        yield item(where, link, Kind.GATEWAY, value.split()[0] if value else "", line.text)
    elif name in DNS:
        kind = Kind.DNS if name.startswith("dns-n") else Kind.SEARCH
        yield from (item(where, link, kind, word, line.text) for word in value.split())
    elif name == "mtu":
        yield item(where, link, Kind.MTU, value, line.text)
    elif name == "hwaddress":
        yield item(where, link, Kind.MAC, value.split()[-1].lower() if value else "", line.text)
    elif name in ("ovs-bridge", "vrf"):
        yield item(where, link, Kind.MASTER, value, line.text)
    elif _NAMES.fullmatch(name):
        words = (word for word in value.split() if word not in GRAMMAR)
        yield from (item(where, link, Kind.NAMES, word, line.text) for word in words)
    else:
        yield item(where, link, Kind.OTHER, line.text)
