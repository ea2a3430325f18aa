"""What the profiles say, item by item."""

import re
from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.ini import Section
from xenbond_tui.files.ini_lines import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import UNKNOWN, Item, Kind, item
from xenbond_tui.stacks.networkmanager.address import GIVES, fields
from xenbond_tui.stacks.networkmanager.files import Profile, Profiles

_ROLE = regex(
    r"connection\.(id|uuid|type|interface-name|autoconnect.*|timestamp|slave-type|port-type"
    r"|permissions|read-only|multi-connect)"
    r"|(802-3-)?ethernet\.mac-address|bridge\.(stp|forward-delay|interface-name)|bond\..*"
    r"|bond-port\..*|match\..*|\.nmmeta\..*"
)
"""What a profile is for, which the request decides."""
_LEASES = {("ipv4", "auto"): "ipv4", ("ipv6", "auto"): "ra", ("ipv6", "dhcp"): "ipv6"}
_KINDS = {
    **dict.fromkeys(("ethernet.mtu", "802-3-ethernet.mtu", "infiniband.mtu"), Kind.MTU),
    **dict.fromkeys(("ethernet.cloned-mac-address", "bridge.mac-address"), Kind.MAC),
    "802-3-ethernet.cloned-mac-address": Kind.MAC,
    **dict.fromkeys(("connection.master", "connection.controller"), Kind.MASTER),
}
_STACKED = ("vlan", "macvlan", "ipvlan", "vxlan", "ip-tunnel", "macsec", "pppoe")
"""Sections of links that stand on another."""
_NOTHING = ("", "0.0.0.0", "::")  # noqa: S104 - how "no gateway" is written


def inventory(facts: HostFacts) -> Iterator[Item]:
    """Every item of the profiles that count.

    Raises:
        XenbondError: one can't be read.
    """
    profiles = Profiles(facts)
    used: dict[Profile | None, list[str]] = {}
    for link in facts.links:
        used.setdefault(profiles.of(link), []).append(link.name)
    up = profiles.come_up()
    brought = {
        (it.type, name, port)
        for it in up
        for name in (*used.get(it, ()), profiles.link_of(it))
        for port in (False, bool(it.master))
    }
    for profile in profiles.all:
        named = profiles.link_of(profile) if profile.type == "ethernet" else profile.interface
        kept = profile not in up and (profile.type, named, bool(profile.master)) in brought
        if profile.own or (kept and profile not in used):
            # Another brings that link up: this one is for whoever asks for it by name.
            continue
        lower = _lower(profiles, profile)
        if not named and profile.type == "vlan":
            named = f"{lower[1]}.{profile.get('vlan', 'id')}" if lower else UNKNOWN
        if lower:
            where, name, text = lower
            yield item((profile.path, where), named, Kind.LOWER, name, text)
        if profile.type == "bond":
            yield item((profile.path, 0), named, Kind.BOND, "")
        if profile not in up and not kept:
            # It does not say so itself where it is the port of a master without a profile.
            why = ("master", "controller") if profile.autoconnects else ("autoconnect",)
            line = profile.file.entries("connection", *why)[-1]
            yield item((profile.path, line.number), named, Kind.STAYS_DOWN, "", line.text)
        for name in used.get(profile) or (named,):
            yield from _items(facts, profile, name, profiles.named(profile.master))


def _lower(profiles: Profiles, profile: Profile) -> tuple[int, str, str] | None:
    """Line, name and text of the link that a VLAN or the like stands on.

    It is given by its name, its profile's UUID or, of a VLAN, its MAC (nm-settings-nmcli(5)).
    """
    for section in _STACKED:
        for line in profile.file.entries(section, "parent"):
            text = f"[{section}] {line.text}"
            return line.number, profiles.named(line.value) or UNKNOWN, text
    for line in profile.file.entries("ethernet", "mac-address") if profile.type == "vlan" else ():
        mac = normal_mac(line.value)
        links = (it.name for it in profiles.facts.links if mac in (it.permanent_mac, it.mac))
        return line.number, next(links, UNKNOWN), line.text
    return None


def _items(facts: HostFacts, profile: Profile, link: str, master: str) -> tuple[Item, ...]:
    """Made once of a profile that a plan leaves as it is."""
    told = ("items", link, master)
    return facts.kept.of(profile, told, lambda: tuple(_profile(profile, link, master)))


def _profile(profile: Profile, link: str, master: str) -> Iterator[Item]:
    for section in profile.file.sections():
        for line in section.entries:
            key = f"{section.name}.{line.key}"
            if line.value and not _ROLE.fullmatch(key):
                if _KINDS.get(key) is Kind.MASTER:
                    where = (profile.path, line.number)
                    yield item(where, link, Kind.MASTER, master, line.text)
                else:
                    yield from _entry(profile, link, section, line, key)


def _entry(profile: Profile, link: str, section: Section, line: Line, key: str) -> Iterator[Item]:
    where, name, value = (profile.path, line.number), line.key or "", line.value
    text = f"{name}={value}"
    if section.name == "bridge-port":
        yield item(where, link, Kind.OF_PORT, f"{key}={value}", text)
    elif section.name not in ("ipv4", "ipv6"):
        if name == "parent" and section.name not in _STACKED:
            yield item(where, link, Kind.NAMES, value, text)
        elif name != "parent":
            kind = _KINDS.get(key, Kind.OF_BRIDGE if section.name == "bridge" else Kind.OTHER)
            shown = value.lower() if kind is Kind.MAC else value
            yield item(where, link, kind, shown if key in _KINDS else f"{key}={value}", text)
    elif re.fullmatch(r"address(es)?\d*", name):
        cidr, gateway = fields(line)
        yield item(where, link, Kind.ADDRESS, cidr, text)
        if gateway is not None:
            yield item(where, link, Kind.GATEWAY, gateway, text)
    elif name == "method":
        if lease := _LEASES.get((section.name, value)):
            yield item(where, link, Kind.LEASE, lease, f"{section.name} method={value}")
        elif value in GIVES and (section.name, value) != ("ipv6", "link-local"):
            # The kernel itself makes an IPv6 address of that kind.
            yield item(where, link, Kind.OTHER, f"{key}={value}", f"{section.name} {text}")
    elif name == "gateway":
        if value not in _NOTHING:
            yield item(where, link, Kind.GATEWAY, value, text)
    elif name in ("dns", "dns-search"):
        kind = Kind.DNS if name == "dns" else Kind.SEARCH
        words = (word for word in re.split(r"[;,\s]+", value) if word)
        yield from (item(where, link, kind, word.partition("#")[0], text) for word in words)
    elif re.fullmatch(r"routes?\d*|routing-rules?\d*", name):
        kind = Kind.RULE if name.startswith("routing") else Kind.ROUTE
        yield item(where, link, kind, value, text)
    else:
        yield item(where, link, Kind.OTHER, f"{key}={value}", text)
