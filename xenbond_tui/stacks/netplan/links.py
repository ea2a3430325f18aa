"""Which definition means which NIC: by its ID, or by what it matches."""

from fnmatch import fnmatchcase

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.suitable import NIC_KINDS
from xenbond_tui.stacks.netplan.files import Configuration, Merged

PHYSICAL = ("ethernets", "wifis", "modems", "nm-devices")


def nics_of(facts: HostFacts, definition: Merged) -> tuple[str, ...]:
    """Names of the NICs a definition means; where nobody can see them, what it says itself."""
    if definition.having("match") is None:
        return (definition.id,)
    set_name = definition.text("set-name")
    found = tuple(link.name for link in facts.links if _fits(link, definition, set_name))
    if found or facts.links_known:
        return found
    name = set_name or definition.text("match", "name")
    return (name,) if name else ()


def _fits(link: Link, definition: Merged, set_name: str | None) -> bool:
    if link.kind not in NIC_KINDS or link.name == "lo":
        return False
    name, mac = definition.text("match", "name"), definition.text("match", "macaddress")
    # Once renamed by set-name a NIC has the name it matched no longer.
    if name is not None and not fnmatchcase(link.name, name) and link.name != set_name:
        return False
    if mac is not None and mac.lower() not in (link.permanent_mac, link.mac):
        return False
    driver = definition.text("match", "driver")
    drivers = (driver,) if driver is not None else definition.words("match", "driver")
    return not drivers or any(fnmatchcase(link.driver, item) for item in drivers)


def meaning(facts: HostFacts, config: Configuration, nic: str) -> tuple[Merged, ...]:
    """The definitions of physical links that mean a NIC."""
    named = (config.of(name) for name in config.ids(*PHYSICAL))
    return tuple(item for item in named if nic in nics_of(facts, item))


def definition_of(facts: HostFacts, config: Configuration, nic: str) -> Merged:
    """The definition of a NIC; an empty one of that name where no file has any."""
    found = meaning(facts, config, nic)
    return found[0] if found else Merged(nic, ())


def nic_of(facts: HostFacts, config: Configuration, name: str) -> str:
    """The NIC behind an ID that a bond or a bridge names; the ID itself for any other link."""
    found = nics_of(facts, config.of(name))
    return found[0] if len(found) == 1 else name
