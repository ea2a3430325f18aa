"""What /etc/network/interfaces and the files it reads say, item by item."""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.interfaces import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import BROUGHT_UP, UNKNOWN, Item, Kind, item
from xenbond_tui.rules.link_commands import made
from xenbond_tui.stacks.ifupdown.address import cidr, commanded_gateway
from xenbond_tui.stacks.ifupdown.files import AT_BOOT, Configuration, Located, today
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, DNS
from xenbond_tui.stacks.ifupdown.patterns import GRAMMAR, listed, ports

_ROLE = frozenset(
    {"slaves", "bridge-stp", "bridge-fd", "bridge-ports-condone-regex"}
    | {"netmask", "broadcast", "address"}
)
"""With `bond-…` what makes a link a bond, a slave or a bridge, and what comes of an address."""
_OF_A_BOND = ("bond-slaves", "slaves", "bond-mode")
_IFACE = regex(r"\$(IFACE\b|\{IFACE\})")
"""What ifup calls the link (interfaces(5))."""
_LEASES = {("inet", "dhcp"): "ipv4", ("inet6", "dhcp"): "ipv6", ("inet6", "auto"): "ra"}


def inventory(facts: HostFacts) -> Iterator[Item]:
    """Every item of a host's files; raises XenbondError for one that can't be read."""
    return items(today(facts))


def items(config: Configuration) -> Iterator[Item]:
    """Every item of every stanza."""
    options = config.dialect.names()
    found = [
        it
        for located in config.ifaces()
        if located.stanza.arguments
        for it in _stanza(options, located, located.stanza.arguments[0])
    ]
    yield from found
    commands = (it for it in found if it.kind is Kind.COMMAND)
    yield from _ports(config, {name for it in commands for name, _ in made(it)})
    at_boot = config.brought_up(AT_BOOT)
    for located in config.ifaces():
        if located.stanza.arguments and not at_boot(located.stanza.arguments[0]):
            head = located.stanza.head
            where = (located.file.path, head.number)
            yield item(where, located.stanza.arguments[0], Kind.STAYS_DOWN, "", head.text)
    for word in config.classes():
        if not word.name.startswith("/"):
            where, text = (word.file.path, word.line.number), word.line.text
            # Which of the two a boot goes by, the request decides.
            said = BROUGHT_UP if word.kind in AT_BOOT else word.kind
            yield item(where, word.name, Kind.OTHER, said, text)


def of_today(facts: HostFacts, config: Configuration) -> tuple[Item, ...]:
    """Every item of a host's files as they are, made once of the same facts.

    `config`: those files, open and not edited.
    """
    name = config.dialect.stack
    return facts.kept.of(facts, ("inventory", name), lambda: tuple(items(config)))


def _ports(config: Configuration, by_command: set[str]) -> Iterator[Item]:
    """Of a pattern the links that are there or made by the files."""
    written = {*config.names()}
    names = sorted({*written, *by_command, *(link.name for link in config.facts.links)})
    for located in config.ifaces():
        for line in located.stanza.named("bridge-ports"):
            bridge, where = located.stanza.arguments[0], (located.file.path, line.number)
            words = [*listed(line.value.split())]
            for port in ports(line.value, names):
                yield item(where, bridge, Kind.PORT, port, line.text)
                if "." in port and port not in written:
                    # A VLAN by its name needs no stanza (bridge-utils makes it).
                    yield item(where, port, Kind.LOWER, port.rpartition(".")[0], line.text)
            for word in (word for word, way in words if way):
                yield item(where, bridge, Kind.NAMES, word, line.text)
                if UNKNOWN in by_command:
                    yield item(where, UNKNOWN, Kind.PERHAPS, bridge, line.text)


def _stanza(options: frozenset[str], located: Located, link: str) -> Iterator[Item]:
    path, stanza = located.file.path, located.stanza
    if lease := _LEASES.get((located.family, located.method)):
        yield item((path, stanza.head.number), link, Kind.LEASE, lease, stanza.head.text)
    by_name = link.rpartition(".")[0]
    if by_name and not stanza.named("vlan-raw-device"):
        yield item((path, stanza.head.number), link, Kind.LOWER, by_name, stanza.head.text)
    for line in stanza.named("address") if located.gives_address else ():
        yield item((path, line.number), link, Kind.ADDRESS, cidr(located, line) or line.value)
    for line in stanza.options:
        if line.name == "bond-master":
            yield item((path, line.number), line.value, Kind.BOND, "", line.text)
        elif line.name in _OF_A_BOND and not stanza.named("bond-master"):
            yield item((path, line.number), link, Kind.BOND, "", line.text)
        if line.name not in options and not (line.name in _ROLE or line.name.startswith("bond-")):
            yield from _option(located, link, line)


def command(where: tuple[str, int], link: str, line: Line) -> Item:
    """A command of a link's stanza."""
    value = _IFACE.sub("*", line.value.removesuffix("\\").rstrip())
    return item(where, link, Kind.COMMAND, f"{line.name} {value}", line.text)


def _option(located: Located, link: str, line: Line) -> Iterator[Item]:
    where, name = (located.file.path, line.number), line.name
    # One that ends the file goes on nowhere.
    value = line.value.removesuffix("\\").rstrip()
    if name in COMMANDS:
        gateway = commanded_gateway(value)
        if gateway is not None:
            yield item(where, link, Kind.GATEWAY, gateway, line.text)
        else:
            yield command(where, link, line)
    elif name == "gateway" and located.gives_gateway:
        yield item(where, link, Kind.GATEWAY, value.split()[0] if value else "", line.text)
    elif name in DNS:
        kind = Kind.DNS if name.startswith("dns-n") else Kind.SEARCH
        yield from (item(where, link, kind, word, line.text) for word in value.split())
    elif name == "mtu":
        yield item(where, link, Kind.MTU, value, line.text)
    elif name in ("hwaddress", "bridge-hw"):
        yield item(where, link, Kind.MAC, value.split()[-1].lower() if value else "", line.text)
    elif name in ("ovs-bridge", "vrf"):
        yield item(where, link, Kind.MASTER, value, line.text)
    elif name.endswith("-raw-device"):
        yield item(where, link, Kind.LOWER, value, line.text)
    elif name in ("ovs-ports", "ovs-bonds") or name.endswith("-physdev"):
        words = (word for word in value.split() if word not in GRAMMAR)
        yield from (item(where, link, Kind.NAMES, word, line.text) for word in words)
    elif name != "bridge-ports":
        kind = Kind.OF_BRIDGE if name.startswith("bridge-") else Kind.OTHER
        yield item(where, link, kind, line.text.removesuffix("\\"))
