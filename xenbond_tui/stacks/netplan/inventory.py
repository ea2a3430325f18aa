"""What netplan's files say, item by item."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.rules.inventory import Item, Kind, item
from xenbond_tui.stacks.netplan import address
from xenbond_tui.stacks.netplan.files import TRUE, Configuration, Definition, Merged, text_of
from xenbond_tui.stacks.netplan.links import PHYSICAL, all_of, nics_of

_ROLE = frozenset(
    {"match", "set-name", "renderer", "optional", "parameters", "id", "interfaces", "link"}
)
"""What a definition is for, which the request decides."""
_LEASES = {"dhcp4": "ipv4", "dhcp6": "ipv6", "accept-ra": "ra"}
_KINDS = {"mtu": Kind.MTU, "macaddress": Kind.MAC, "peer": Kind.NAMES}


def inventory(facts: HostFacts) -> Iterator[Item]:
    """Every item of every definition.

    Raises:
        XenbondError: a file can't be read.
    """
    config = Configuration(facts)
    by_id = {link.id: link for link in config.merged()}
    nics = {link.id: all_of(facts, config, link.id) for link in config.merged(*PHYSICAL)}
    for definition in (it for link in by_id.values() for it in link.definitions):
        links: tuple[str, ...] = (definition.id,)
        if definition.type in PHYSICAL:
            links = nics_of(facts, by_id[definition.id]) or ("",)
        kind = Kind.PORT if definition.type == "bridges" else Kind.NAMES
        for index, name in enumerate(Merged("", (definition,)).words("interfaces")):
            for nic in nics.get(name, (name,)):
                yield _item(definition, definition.id, ("interfaces", index), kind, nic)
            if name in nics and kind is Kind.PORT:
                # networkd's file of a NIC that is matched by name takes any link of such a name.
                pattern = by_id[name].text("match", "name") or ""
                for other in by_id:
                    if other != name and fnmatchcase(other, pattern):
                        where = ("interfaces", index)
                        yield _item(definition, other, where, Kind.PERHAPS, definition.id)
        lower = definition.get("link")
        if isinstance(lower, str):
            nic, text = nics.get(lower, (lower,))[0], ""
            if definition.type != "vlans":
                text = f"{'vxlan' if definition.get('mode') == 'vxlan' else 'tunnel'} link: {nic}"
            yield _item(definition, definition.id, ("link",), Kind.LOWER, nic, text)
        if definition.type == "bonds":
            yield _item(definition, definition.id, (), Kind.BOND, "", definition.id)
        for link in links:
            yield from _definition(definition, link)


def _definition(definition: Definition, link: str) -> Iterator[Item]:
    gateways = {keys: via for _, keys, via in address.gateways(Merged(link, (definition,)))}
    for keys, via in gateways.items():
        yield _item(definition, link, keys, Kind.GATEWAY, via)
    for key in definition.keys:
        if key not in _ROLE and (key,) not in gateways:
            yield from _entry(definition, link, key, {keys[:2] for keys in gateways})


def _entry(
    definition: Definition, link: str, key: str, ways: set[tuple[str | int, ...]]
) -> Iterator[Item]:
    value = definition.get(key)
    if key == "addresses":
        for index, one in enumerate(value if isinstance(value, list) else ()):
            yield _item(definition, link, (key, index), Kind.ADDRESS, text_of(one))
    elif key in ("routes", "routing-policy"):
        kind = Kind.ROUTE if key == "routes" else Kind.RULE
        for index, one in enumerate(value if isinstance(value, list) else ()):
            if (key, index) not in ways:
                yield _item(definition, link, (key, index), kind, _said(one))
    elif key == "nameservers" and isinstance(value, dict):
        for sub, kind in (("addresses", Kind.DNS), ("search", Kind.SEARCH)):
            words = value.get(sub)
            for index, word in enumerate(words if isinstance(words, list) else ()):
                yield _item(definition, link, (key, sub, index), kind, _said(word))
    elif key in _LEASES:
        if str(value).lower() in TRUE:
            yield _item(definition, link, (key,), Kind.LEASE, _LEASES[key], f"{key}: {value}")
    else:
        if key == "activation-mode":
            yield _item(definition, link, (key,), Kind.STAYS_DOWN, "")
        kind = _KINDS.get(key, Kind.OTHER)
        said = _said(value)
        shown = f"{key}: {said}"
        yield _item(definition, link, (key,), kind, shown if kind is Kind.OTHER else said, shown)


def _item(
    definition: Definition,
    link: str,
    keys: tuple[str | int, ...],
    kind: Kind,
    value: str,
    text: str = "",
) -> Item:
    path, _, line = definition.where(*keys).rpartition(":")
    shown = text or (value if kind in (Kind.ADDRESS,) else f"{keys[0]}: {value}")
    value = value.lower() if kind is Kind.MAC else value
    return item((path, int(line)), link, kind, value, shown)


def _said(value: Data | None) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_said(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    return "" if value is None else str(value)
