"""Addresses, gateway and DNS of a link's stanzas: read, and made to agree with the answers.

A line that already says what the answers say is not touched, however it is spelt.
"""

from collections.abc import Iterable

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.interfaces import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.addresses import canonical, class_prefix, same_address, spelt
from xenbond_tui.rules.dropped import gateway_goes
from xenbond_tui.stacks.ifupdown.files import Configuration, Located
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, DHCP, STATIC
from xenbond_tui.value import replace

_DEFAULT_ROUTE = regex(
    r"\b(?:ip\s+(?:-[46]\s+)?r(?:oute)?\s+(?:add|replace)\s+default\s+via"
    r"|route\s+add\s+default\s+gw)\s+(?P<gateway>\S+)"
    r"(?![^;&|]*\s(?:vrf\s|table\s+(?!(?:main|254)\b)))"
)
"""A command that adds one; that of another table (ip-route(8)) is a route like any other."""
_ROUTE_TO = regex(
    r"\br(?:oute)?\s+(?:add|replace)\s+(?:-host\s+)?([0-9a-f.:]+)(?:/32|/128)?\s+(?!via)"
)
"""A command that adds a route to one address."""


def commanded_gateway(command: str) -> str | None:
    """The host's default gateway, where a command of a stanza adds the route to it."""
    match = _DEFAULT_ROUTE.search(command)
    return match["gateway"] if match is not None else None


def cidr(located: Located, line: Line | None = None) -> str | None:
    """`192.168.0.222/24` of a stanza, whatever its spelling; None where it gives the link none.

    Of several addresses it is the first one's, or that of `line`.
    """
    address = located.stanza.value("address") if line is None else line.value
    if address is None or not located.gives_address:
        return None
    netmask = located.stanza.value("netmask")
    if "/" not in address:
        address = f"{address}/{netmask or _length(address, located)}"
    return spelt(address)


def _length(address: str, located: Located) -> int | None:
    """The prefix length where none is written: ifupdown's by the class, ifupdown2's a host's."""
    if not located.classful:
        return 128 if ":" in address else 32
    return 64 if ":" in address else class_prefix(address)


def statics(stanzas: tuple[Located, ...], family: str) -> tuple[Located, ...]:
    """The static stanzas of one family."""
    return tuple(item for item in stanzas if (item.family, item.method) == (family, "static"))


def gateway(stanzas: tuple[Located, ...]) -> str | None:
    """The default gateway, IPv4 before IPv6: the option's, else a command's."""
    for family in ("inet", "inet6"):
        for located in stanzas:
            value = located.stanza.value("gateway")
            if located.family == family and value and located.gives_gateway:
                return value.split()[0]
    for located in stanzas:
        for line in located.stanza.named(*COMMANDS):
            value = commanded_gateway(line.value)
            if value is not None:
                return value
    return None


def on_link(stanzas: tuple[Located, ...]) -> bool:
    """Is the gateway at the other end of the link, or has a command a route to itself for it?"""
    way = gateway(stanzas)
    for line in (line for it in stanzas for line in it.stanza.named("pointopoint", *COMMANDS)):
        to = _ROUTE_TO.findall(line.value) if line.name in COMMANDS else [line.value]
        if way in to or (commanded_gateway(line.value) == way and "onlink" in line.words):
            return way is not None
    return False


def words_of(stanzas: tuple[Located, ...], *names: str) -> tuple[str, ...]:
    """All words of these options, each once, in order."""
    return tuple(
        dict.fromkeys(
            word
            for located in stanzas
            for line in located.stanza.named(*names)
            for word in line.value.split()
        )
    )


def agree(config: Configuration, bridge: BridgeAnswers) -> None:
    """Make the bridge's stanzas say what the answers say about addresses, gateway and DNS."""
    if bridge.method == "none":
        _no_address(config, bridge.name)
        return
    if bridge.method == "dhcp":
        _dhcp(config, bridge.name)
    else:
        for family in ("inet", "inet6"):
            wanted = [item for item in bridge.addresses if (":" in item) == (family == "inet6")]
            _static(config, bridge.name, family, wanted)
        _gateway(config, bridge)
    _list(config, bridge.name, ("dns-nameservers", "dns-nameserver"), bridge.dns)
    _list(config, bridge.name, ("dns-search", "dns-domain"), bridge.search)


def carrier_of_ports(config: Configuration, name: str) -> Located:
    """The stanza of a bridge that has its ports: it makes the link, so it stays the first."""
    stanzas = config.ifaces(name)
    return next((item for item in stanzas if item.stanza.named("bridge-ports")), stanzas[0])


def set_method(located: Located, family: str, method: str) -> Located:
    """Change a stanza's family and method; returns the stanza as it now stands.

    An address that counted for nothing goes before it would.
    """
    if not located.gives_address and method == "static":
        _strip(located, STATIC)
    head = located.head
    for index, word in ((2, family), (3, method)):
        if head.words[index] != word:
            head = located.file.set_word(head, index, word)
    return replace(located, head=head)


def _strip(located: Located, names: frozenset[str]) -> None:
    for line in located.stanza.options:
        if line.name in names:
            located.file.remove(line)


def _no_address(config: Configuration, name: str) -> None:
    first = set_method(carrier_of_ports(config, name), "inet", "manual")
    _strip(first, STATIC | DHCP | {"dns-nameservers", "dns-nameserver", "dns-search", "dns-domain"})
    for located in config.ifaces(name):
        if located.head is not first.head:
            remove_stanza(located)


def _dhcp(config: Configuration, name: str) -> None:
    if any((item.family, item.method) == ("inet", "dhcp") for item in config.ifaces(name)):
        # ifup does all stanzas of a link: what stands beside a lease stays.
        return
    first = set_method(carrier_of_ports(config, name), "inet", "dhcp")
    _strip(first, STATIC)
    for located in statics(config.ifaces(name), "inet"):
        if located.head is not first.head:
            remove_stanza(located)


def _static(config: Configuration, name: str, family: str, wanted: list[str]) -> None:
    first = carrier_of_ports(config, name)
    present = statics(config.ifaces(name), family)
    if not present and wanted and first.family == family:
        first = set_method(first, family, "static")
        _strip(first, DHCP)
        present = (first,)
    left = [item for item in wanted if not any(_same(cidr(one), item) for one in present)]
    spare = [one for one in present if not any(_same(cidr(one), item) for item in wanted)]
    for located, item in zip(spare, left, strict=False):
        located.set_option("address", item)
        _strip(located, frozenset({"netmask", "broadcast"}))
    for located in spare[len(left) :]:
        if located.head is first.head:
            _strip(set_method(located, family, "manual"), STATIC)
        else:
            remove_stanza(located)
    for item in left[len(spare) :]:
        last = config.ifaces(name)[-1]
        indent = first.stanza.options[0].indent if first.stanza.options else last.file.indent
        last.file.insert_after(
            last.stanza.last, "", f"iface {name} {family} static", f"{indent}address {item}"
        )


def _same(one: str | None, other: str) -> bool:
    return one is not None and canonical(one) == canonical(other)


def _gateway(config: Configuration, bridge: BridgeAnswers) -> None:
    name, wanted = bridge.name, bridge.gateway
    family = "inet6" if wanted is not None and ":" in wanted else "inet"
    found = False
    for located in config.ifaces(name):
        for line in located.stanza.options:
            by_option = line.value if line.name == "gateway" else None
            value = commanded_gateway(line.value) if line.name in COMMANDS else by_option
            if value is None:
                continue
            if not gateway_goes(bridge, value) and same_address(value, wanted or ""):
                found = True
            elif gateway_goes(bridge, value) or (":" in value) == (family == "inet6"):
                located.file.remove(line)
    if wanted is not None and not found:
        stanzas = statics(config.ifaces(name), family)
        if stanzas:
            _after(stanzas[0], "address", "gateway", wanted)
            if bridge.on_link and family == "inet":
                # ifup before 0.8 sets no route to a gateway that it can't see.
                stanzas[0].set_option("pointopoint", wanted)


def _list(
    config: Configuration, name: str, options: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    if words_of(config.ifaces(name), *options) == wanted:
        return
    found = [
        (located, line)
        for located in config.ifaces(name)
        for line in located.stanza.named(*options)
    ]
    if not wanted:
        for located, line in found:
            located.file.remove(line)
    elif found:
        located, line = found[0]
        located.file.set_value(line, " ".join(wanted))
        for other, line in found[1:]:
            other.file.remove(line)
    else:
        addressed = [item for item in config.ifaces(name) if item.method in ("static", "dhcp")]
        if addressed:
            _after(addressed[0], "gateway", options[0], " ".join(wanted))


def _after(located: Located, above: str, name: str, value: str) -> None:
    """Add an option below another one, or at the end where that one is missing."""
    found = located.stanza.named(above)
    if found:
        located.file.insert_after(found[-1], f"{found[-1].indent}{name} {value}")
    else:
        located.file.add_option(located.stanza, name, value)


def remove_stanza(located: Located) -> None:
    """Take a stanza out with the comments above it, and one of the blank lines around it."""
    stanza, file = located.stanza, located.file
    first = file.lines.index(stanza.lead[0] if stanza.lead else stanza.head)
    file.remove(*stanza.lead, stanza.head, *stanza.body)
    blank_above = first == 0 or not file.lines[first - 1].text
    if first < len(file.lines) and not file.lines[first].text and blank_above:
        file.remove(file.lines[first])
    elif first == len(file.lines) and first and blank_above:
        file.remove(file.lines[first - 1])


def written_mac(stanzas: Iterable[Located]) -> str | None:
    """The MAC that is written for a bridge: bridge-utils' bridge_hw, or `hwaddress ether MAC`."""
    for key in ("bridge-hw", "hwaddress"):
        for located in stanzas:
            words = (located.stanza.value(key) or "").split()
            if words and (mac := normal_mac(words[-1])) is not None:
                return mac
    return None
