"""Which definition means which NIC, and which ID is free for a new one.

An ID, `set-name` and what `match` asks for are three namespaces: `eth1: {match: {macaddress: ...},
set-name: lan0}` says nothing of a NIC that is called eth1 (netplan-yaml(5), "match").
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import count

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.rules.suitable import NIC_KINDS
from xenbond_tui.stacks.netplan.files import Configuration, Definition, Merged
from xenbond_tui.value import dataclass

PHYSICAL = ("ethernets", "wifis", "modems", "nm-devices")
_NAMING = frozenset({"link", "peer", "interfaces", "primary", "ports"})
"""Keys whose values are IDs of other definitions."""
_NAMED_BY_KEY = frozenset({"path-cost", "port-priority"})
"""Maps whose keys are."""


@dataclass(frozen=True, slots=True)
class _Match:
    """What a definition asks of a NIC."""

    name: str | None
    mac: str | None
    drivers: tuple[str, ...]
    set_name: str | None

    def fits(self, link: Link) -> bool:
        if link.kind not in NIC_KINDS or link.name == "lo":
            return False
        # Once renamed by set-name a NIC has the name it matched no longer.
        named = self.name is None or fnmatchcase(link.name, self.name)
        if not named and link.name != self.set_name:
            return False
        # A slave's current MAC is its bond's.
        current = () if link.master is not None else (link.mac,)
        if self.mac is not None and self.mac not in (link.permanent_mac, *current):
            return False
        return not self.drivers or any(fnmatchcase(link.driver, item) for item in self.drivers)

    @property
    def only_name(self) -> str | None:
        """The one name its NIC has after the boot, where the files alone tell it."""
        literal = self.name is not None and not any(sign in self.name for sign in "*?[")
        return self.set_name or (self.name if literal else None)


def _match(definition: Merged) -> _Match | None:
    """None for a definition without `match`: then its ID is the NIC's name."""
    if definition.having("match") is None:
        return None
    driver = definition.text("match", "driver")
    mac = definition.text("match", "macaddress")
    return _Match(
        definition.text("match", "name"),
        None if mac is None else normal_mac(mac) or mac.lower(),
        (driver,) if driver is not None else definition.words("match", "driver"),
        definition.text("set-name"),
    )


def nics_of(facts: HostFacts, definition: Merged) -> tuple[str, ...]:
    """Names of the NICs a definition means; where nobody can see them, what it says itself."""
    match = _match(definition)
    if match is None:
        return (definition.id,)
    found = tuple(link.name for link in facts.links if match.fits(link))
    if found or facts.links_known:
        return found
    return (match.only_name,) if match.only_name else ()


def meaning(facts: HostFacts, config: Configuration, nic: str) -> tuple[Merged, ...]:
    """The definitions of physical links that mean a NIC."""
    return tuple(item for item in config.merged(*PHYSICAL) if _means(facts, item, nic))


def _means(facts: HostFacts, definition: Merged, nic: str) -> bool:
    match, link = _match(definition), facts.link(nic)
    if match is None:
        return definition.id == nic
    if link is not None or facts.links_known:
        return link is not None and match.fits(link)
    return match.only_name == nic


def unclear(facts: HostFacts, config: Configuration, nic: str) -> Iterator[Merged]:
    """Definitions that may mean a NIC of another system's tree, or may not: nobody sees its MAC."""
    if facts.links_known:
        return
    for item in config.merged(*PHYSICAL):
        match = _match(item)
        if match is None or match.only_name is not None:
            continue
        if match.name is None or fnmatchcase(nic, match.name):
            yield item


def definition_of(facts: HostFacts, config: Configuration, nic: str) -> Merged:
    """The definition of a NIC; an empty one with a free ID where no file has any."""
    found = meaning(facts, config, nic)
    return found[0] if found else Merged(_free_id(config, nic), ())


def _free_id(config: Configuration, nic: str) -> str:
    """The NIC's own name, unless a definition of another NIC has that for its ID."""
    if not any(item.type in PHYSICAL for item in config.of(nic).definitions):
        return nic
    taken = set(config.ids())
    more = (f"xenbond-{nic}" + (f"-{number}" if number else "") for number in count())
    return next(name for name in more if name not in taken)


def found_by(facts: HostFacts, nic: str, id: str, *, by_mac: bool = False) -> dict[str, Data]:
    """What a new definition of a NIC must say so that it is found; nothing where its ID does.

    Args:
        facts: The host.
        nic: The NIC's name.
        id: The definition's.
        by_mac: By its MAC also where the ID would do.
    """
    link = facts.link(nic)
    known = link is not None and link.permanent_mac_known
    if link is not None and link.permanent_mac and known and (by_mac or id != nic):
        return {"match": {"macaddress": link.permanent_mac}, "set-name": nic}
    return {} if id == nic else {"match": {"name": nic}}


def all_of(facts: HostFacts, config: Configuration, name: str) -> tuple[str, ...]:
    """As `nic_of`: one ID may match several NICs (netplan-yaml(5), "interfaces" of a bridge)."""
    one, definition = nic_of(facts, config, name), config.of(name)
    match = _match(definition)
    # A MAC is of one NIC: which of several that have it can't be told.
    several = match is not None and match.mac is None
    physical = any(item.type in PHYSICAL for item in definition.definitions)
    found = nics_of(facts, definition) if physical and several else ()
    return found if len(found) > 1 else (one,)


def nic_of(facts: HostFacts, config: Configuration, name: str) -> str:
    """The NIC behind an ID that a bond or a bridge names; the ID itself for any other link.

    Of a NIC that is not there the name it would have, or its MAC: its ID may be another NIC's name.
    """
    definition = config.of(name)
    if not any(item.type in PHYSICAL for item in definition.definitions):
        return name
    found = nics_of(facts, definition)
    if len(found) == 1:
        return found[0]
    match = _match(definition)
    return name if match is None else match.only_name or match.mac or name


def references(
    config: Configuration, name: str
) -> Iterator[tuple[Definition, tuple[str | int, ...]]]:
    """Every place that names the link with that ID: whose definition it is, and where below it.

    VLANs, tunnels, other bonds and bridges.
    """
    for definition in config.definitions():
        for keys in _found(definition.get(), name, (), naming=False):
            yield definition, keys


def _found(
    value: Data | None, name: str, keys: tuple[str | int, ...], *, naming: bool
) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        by_key = bool(keys) and keys[-1] in _NAMED_BY_KEY
        for key, item in value.items():
            if by_key and key == name:
                yield (*keys, key)
            yield from _found(item, name, (*keys, key), naming=key in _NAMING)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _found(item, name, (*keys, index), naming=naming)
    elif naming and value == name:
        yield keys
