"""What .network and .netdev files say, item by item."""

from collections.abc import Iterator, Sequence

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import bad_link_name
from xenbond_tui.files.ini import IniFile, Section
from xenbond_tui.files.ini_lines import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import Item, Kind, item
from xenbond_tui.stacks.networkd import address, carry
from xenbond_tui.stacks.networkd.files import Configuration, Unit, boolean
from xenbond_tui.stacks.networkd.match import Subject, first_line, first_of, matching, subject

_ROLE = frozenset(
    {("NetDev", "Name"), ("NetDev", "Kind"), ("Network", "PrimarySlave"), ("Network", "LLDP")}
    | {("Link", "RequiredForOnline"), ("Network", "ConfigureWithoutCarrier")}
    | {("Network", "IgnoreCarrierLoss"), ("Network", "Description"), ("NetDev", "Description")}
    | {("Network", "LinkLocalAddressing"), ("Bridge", "STP"), ("Bridge", "ForwardDelaySec")}
)
"""What a file is for, which the request decides."""
_NETDEV = regex(r"\.netdev(\.d/[^/]*)?$")
_LEASES = {"yes": ("ipv4", "ipv6"), "ipv4": ("ipv4",), "ipv6": ("ipv6",)}


def inventory(facts: HostFacts) -> Iterator[Item]:
    """Every item of the files that count.

    Raises:
        XenbondError: one can't be read.
    """
    config = Configuration(facts)
    used: dict[Unit | None, list[str]] = {}
    made = {unit.get("NetDev", "Name") or "": unit.get("NetDev", "Kind") for unit in config.netdevs}
    known = {**made, **{link.name: link.kind for link in facts.links}}
    for name, kind in known.items():
        link = subject(facts, name, kind or "")
        found = matching(config, link)
        counts = first_of(config, link, found)
        used.setdefault(counts, []).append(name)
        yield from _perhaps(link, found, counts)
    taken = set(known)
    for unit in config.networks:
        links = used.get(unit, [])
        words = [name for name in unit.words("Match", "Name") if name not in taken]
        links += [name for name in words if not any(sign in name for sign in "*?[!")]
        matches = (
            line for file in unit.files for it in file.sections("Match") for line in it.entries
        )
        if all(line.key == "Name" for line in matches):
            # The first file that matches is the one that counts.
            taken.update(links)
        for name in links or [""]:
            yield from _items(facts, unit, name)
    for name, unit in config.of_kind("bond"):
        yield item((unit.path, 0), name, Kind.BOND, "")
    for unit in config.netdevs:
        yield from _items(facts, unit, unit.get("NetDev", "Name") or "")


def _items(facts: HostFacts, unit: Unit, link: str) -> tuple[Item, ...]:
    """Made once of a file that a plan leaves as it is."""
    return facts.kept.of(unit, ("items", link), lambda: tuple(_unit(unit, link)))


def _perhaps(
    link: Subject, found: Sequence[tuple[Unit, bool | None]], counts: Unit | None
) -> Iterator[Item]:
    """The bridges that files would put the link into of which it is open whether they match."""
    if all(unit is not counts for unit, answer in found if answer is None):
        for unit, answer in found:
            if answer:
                return
            line = first_line(unit)
            for bridge in unit.entries("Network", "Bridge")[-1:]:
                where = (line.file.path, line.line.number)
                yield item(where, link.name, Kind.PERHAPS, bridge.value, line.line.text)


def _unit(unit: Unit, link: str) -> Iterator[Item]:
    counts = {id(it.line) for it in address.addresses(unit)}
    for at in carry.down(unit):
        # The kernel opens a slave when it joins the bond (bond_enslave()).
        if at.line.value != "manual" or not unit.get("Network", "Bond"):
            where = (at.file.path, at.line.number)
            yield item(where, link, Kind.STAYS_DOWN, "", at.line.text)
    for file in unit.files:
        for section in file.sections():
            if section.name in ("Match", "Bond"):
                continue
            if section.name in ("Route", "RoutingPolicyRule", "Address"):
                yield from _together(file, section, link)
                continue
            for line in section.entries:
                if (section.name, line.key) in _ROLE or not line.value:
                    continue
                if line.key != "Address" or id(line) in counts:
                    yield from _entry(file, section, line, link)


def _together(file: IniFile, section: Section, link: str) -> Iterator[Item]:
    """A section that says one thing with all its lines."""
    entries = section.entries
    if not entries:
        return
    where, text = (file.path, entries[0].number), ", ".join(line.text for line in entries)
    if section.name == "Address":
        for line in section.named("Address"):
            yield item((file.path, line.number), link, Kind.ADDRESS, address.cidr(line.value))
        return
    default = section.get("Destination") in (None, *address.DEFAULTS) and not section.get("Table")
    gateways = [line for line in section.named("Gateway") if line.value[:1] != "_"]
    if section.name == "Route" and default and gateways:
        for line in gateways:
            yield item((file.path, line.number), link, Kind.GATEWAY, line.value, line.text)
        return
    kind = Kind.ROUTE if section.name == "Route" else Kind.RULE
    yield item(where, link, kind, text, f"[{section.name}] {text}")


def _entry(file: IniFile, section: Section, line: Line, link: str) -> Iterator[Item]:
    where, key, value = (file.path, line.number), line.key or "", line.value
    network = section.name == "Network"
    if network and key == "Address":
        yield item(where, link, Kind.ADDRESS, address.cidr(value))
    elif network and key == "Gateway":
        if not value.startswith("_"):
            yield item(where, link, Kind.GATEWAY, value, line.text)
    elif network and key == "DHCP":
        for lease in _LEASES.get(address.dhcp(value), ()):
            yield item(where, link, Kind.LEASE, lease, line.text)
    elif network and key == "IPv6AcceptRA":
        if boolean(value):
            yield item(where, link, Kind.LEASE, "ra", line.text)
    elif network and key == "DNS":
        yield from (item(where, link, Kind.DNS, word, line.text) for word in value.split())
    elif network and key == "Domains":
        yield from (item(where, link, Kind.SEARCH, word, line.text) for word in value.split())
    elif key == "MTUBytes":
        yield item(where, link, Kind.MTU, value, line.text)
    elif key == "MACAddress":
        yield item(where, link, Kind.MAC, value.lower(), line.text)
    elif network and key in (*carry.MASTERS, "VRF", "BatmanAdvanced"):
        yield item(where, link, Kind.MASTER, value, line.text)
    elif network and key in carry.STACKED:
        words = (word for word in value.split() if bad_link_name(word) is None)
        yield from (item(where, link, Kind.UPPER, word, line.text) for word in words)
    else:
        kind = Kind.OTHER
        if section.name == "Bridge":
            kind = Kind.OF_BRIDGE if _NETDEV.search(file.path) else Kind.OF_PORT
        yield item(where, link, kind, f"[{section.name}] {line.text}", line.text)
