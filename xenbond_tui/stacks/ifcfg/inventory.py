"""What ifcfg, route and rule files say, item by item."""

import re
from collections.abc import Iterator

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import NAMING, UNKNOWN, Item, Kind, item
from xenbond_tui.stacks.ifcfg import address
from xenbond_tui.stacks.ifcfg.files import Config, Scripts, tried
from xenbond_tui.stacks.ifcfg.places import DIRECTORY, NETWORK, STATIC_ROUTES
from xenbond_tui.stacks.ifcfg.read import is_bond
from xenbond_tui.stacks.ifcfg.routes import KINDS
from xenbond_tui.stacks.networkmanager.at_boot import of_ifcfg

_ROLE = regex(
    r"DEVICE|NAME|UUID|TYPE|ONBOOT|HWADDR|NM_CONTROLLED|SLAVE|STP|DELAY|BONDING_(OPTS|MASTER)"
    r"|(MASTER|BRIDGE)_UUID|IPV6INIT|USERCTL|(NETMASK|PREFIX|BROADCAST|NETWORK)\d*"
)
"""What a file's link is, which the request decides, and what comes of an address."""
_ADDRESSED = ("", "none", "static", "dhcp", "bootp")
"""What the scripts know of BOOTPROTO; `ibft` is the firmware's, and NetworkManager's alone."""
_UNSAID = {"PROXY_METHOD": "none", "BROWSER_ONLY": "no"}
"""In every file since NetworkManager 1.8 (RHEL 7.4), and what holds without them."""
_LEASES = {"IPV6_AUTOCONF": "ra", "DHCPV6C": "ipv6"}
_KINDS = {
    "MTU": Kind.MTU,
    "BRIDGING_OPTS": Kind.OF_PORT,
    "MACADDR": Kind.MAC,
    **dict.fromkeys(("GATEWAY", "IPV6_DEFAULTGW"), Kind.GATEWAY),
    **dict.fromkeys(("DOMAIN", "SEARCH"), Kind.SEARCH),
    **dict.fromkeys(("MASTER", "BRIDGE", "TEAM_MASTER", "OVS_BRIDGE", "VRF"), Kind.MASTER),
    # The last two are what PPPoE and a macvlan stand on.
    **dict.fromkeys(("PHYSDEV", "VLAN_PHYSDEV", "ETH", "MACVLAN_PARENT"), Kind.LOWER),
    **dict.fromkeys(("BOND_IFACES", "OVS_PORTS"), Kind.NAMES),
}


def inventory(facts: HostFacts) -> Iterator[Item]:
    """Every item of the files that are read."""
    scripts = Scripts(facts)
    owners: dict[str, str] = {}
    listens = scripts.listens
    masters = {config.value("MASTER") for config in scripts.configs}
    up = come_up(scripts)
    for config in scripts.configs:
        link = scripts.about(config)
        owners |= {config.name: link}
        if is_bond(config, masters):
            yield item((config.path, 0), link, Kind.BOND, "")
        yield from _config(config, link, listens=listens)
        if link not in up:
            where = (config.path, config.file.line("ONBOOT") or 0)
            yield item(where, link, Kind.STAYS_DOWN, "", "ONBOOT=no")
    for path in sorted(facts.files):
        if path.startswith(f"{DIRECTORY}/"):
            yield from _lines(facts, path, owners)
    for number, line in _text(facts, STATIC_ROUTES):
        yield item((STATIC_ROUTES, number), "", Kind.ROUTE, line)
    for number, line in _text(facts, NETWORK):
        key, _, value = line.partition("=")
        device = value.strip("\"'") if key.strip() in ("GATEWAYDEV", "IPV6_DEFAULTDEV") else ""
        if key.strip() == "GATEWAY":
            yield item((NETWORK, number), "", Kind.GATEWAY, value.strip("\"'"), line)
        else:
            yield item((NETWORK, number), device, Kind.OTHER, line)


def _config(config: Config, link: str, *, listens: bool) -> Iterator[Item]:
    file = config.file
    found: tuple[tuple[str, str], ...] = tried(address.written, config, ())
    for key, cidr in found:
        yield item((config.path, file.line(key) or 0), link, Kind.ADDRESS, cidr)
    lower = link.rpartition(".")[0]
    if lower and config.value("PHYSDEV") is None:
        # A VLAN's name begins with that of the link below.
        line = file.line("DEVICE") or 0
        yield item((config.path, line), link, Kind.LOWER, lower, f"DEVICE={link}")
    if listens and not config.no("ONBOOT") and tried(address.by_default, config, False):
        line = file.line("IPV6INIT") or 0
        yield item((config.path, line), link, Kind.LEASE, "ra", f"IPV6INIT={file.get('IPV6INIT')}")
    unclear = {key: line for line, key, _ in file.unclear()}
    for key in dict.fromkeys((*file.assigned(), *unclear)):
        kind = _KINDS.get(key, Kind.OTHER)
        line = unclear.get(key) or file.line(key) or 0
        try:
            value = file.get(key) or ""
        except XenbondError:
            text = f"{key}={UNKNOWN}"
            known = kind in (Kind.MASTER, Kind.LOWER)
            where = (config.path, line)
            yield item(where, link, *((kind, UNKNOWN) if known else (Kind.OTHER, text)), text)
            continue
        if not value or _ROLE.fullmatch(key) or any(key == known for known, _ in found):
            continue
        if key in _UNSAID and value.lower() == _UNSAID[key]:
            continue
        yield from _entry(config, link, (config.path, line), key, value)


def come_up(scripts: Scripts) -> frozenset[str]:
    """The links that a boot brings up."""
    # ifup of the bond brings up its slaves, whatever their files say.
    at_boot = {it.path: not it.no("ONBOOT") or bool(it.value("MASTER")) for it in scripts.configs}
    at_boot |= of_ifcfg(scripts)
    up = (it for it in scripts.configs if at_boot[it.path])
    return frozenset(map(scripts.about, up))


def _entry(
    config: Config, link: str, where: tuple[str, int], key: str, value: str
) -> Iterator[Item]:
    text, kind = f"{key}={value}", _KINDS.get(key, Kind.OTHER)
    if key == "BOOTPROTO":
        if value.lower() in ("dhcp", "bootp") and not config.no("ONBOOT"):
            yield item(where, link, Kind.LEASE, "ipv4", text)
        elif value.lower() not in _ADDRESSED:
            yield item(where, link, Kind.OTHER, text)
    elif key in _LEASES:
        if value.lower() in ("yes", "true", "1"):
            yield item(where, link, Kind.LEASE, _LEASES[key], text)
        else:
            yield item(where, link, Kind.OTHER, text)
    elif kind is Kind.SEARCH:
        yield from (item(where, link, kind, word, text) for word in value.split())
    elif re.fullmatch(r"DNS\d+", key):
        yield item(where, link, Kind.DNS, value, text)
    elif kind is Kind.GATEWAY:
        yield item(where, link, kind, value.partition("%")[0], text)
    else:
        shown = value if kind in (Kind.MTU, Kind.MASTER) or kind in NAMING else text
        yield item(where, link, kind, value.lower() if kind is Kind.MAC else shown, text)


def _lines(facts: HostFacts, path: str, owners: dict[str, str]) -> Iterator[Item]:
    """The lines of a link's routes or rules."""
    name = path.removeprefix(f"{DIRECTORY}/")
    for pattern in KINDS:
        head, _, tail = pattern.partition("{}")
        if name.startswith(head) and name.endswith(tail) and len(name) > len(head + tail):
            owner = name[len(head) : len(name) - len(tail)]
            kind = Kind.RULE if head.startswith("rule") else Kind.ROUTE
            for number, line in _text(facts, path):
                yield item((path, number), owners.get(owner, owner), kind, line)
            return


def _text(facts: HostFacts, path: str) -> Iterator[tuple[int, str]]:
    """The lines of a file that say something."""
    for number, line in enumerate(facts.said(path).split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()
