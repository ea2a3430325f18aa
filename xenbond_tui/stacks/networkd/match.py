"""Which file configures which link: the [Match] section, as net_match_config() judges it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.rules.managed_links import NETWORKD_LINKS
from xenbond_tui.stacks.networkd.files import Configuration, Located, Unit
from xenbond_tui.stacks.networkd.places import PERMANENT_MAC, version
from xenbond_tui.value import dataclass, replace

KEYS = frozenset(
    {"Name", "MACAddress", "PermanentMACAddress", "Type", "Kind", "Driver", "Path"}
    | {"Property", "Host", "Virtualization", "KernelCommandLine", "KernelVersion"}
    | {"Architecture", "Firmware", "Credential", "WLANInterfaceType", "SSID", "BSSID"}
)
"""What a [Match] section may ask; without one of these networkd ignores the file."""
OF_LINK_FILES = KEYS - {"Name", "WLANInterfaceType", "SSID", "BSSID"} | {"OriginalName"}
"""The same of a .link file (systemd.link(5))."""

_SIGNS = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Subject:
    """A link as [Match] sees it, there or still to be made. None: not known."""

    name: str
    kind: str | None = None
    """"" for a real NIC."""
    type: str | None = None
    mac: str | None = None
    permanent_mac: str | None = None
    """"" where the kernel tells none."""
    driver: str | None = None
    path: str | None = None
    """ID_PATH; "" for a virtual link."""
    index: int | None = None
    likely_mac: str = ""
    """Of one whose permanent MAC is not known: what it had before it was enslaved. That a file
    names that very one is no coincidence; that it names another tells nothing."""
    of_others: frozenset[str] = frozenset()
    """MACs that other links have for their own, as far as that is known or likely."""


def subject(facts: HostFacts, name: str, kind: str = "") -> Subject:
    """The link of that name; `kind` is what it will be where it is not there yet."""
    link = facts.link(name)
    if link is not None:
        found = of_link(link)
        if found.permanent_mac is not None:
            return found
        others = (it for it in facts.links if it.name != name and not it.mac_may_be_borrowed)
        return replace(found, of_others=frozenset(it.permanent_mac for it in others))
    if kind:
        return Subject(name, kind, kind, None, "", kind, "")
    return Subject(name, None if facts.links_known else "", None)


def of_link(link: Link) -> Subject:
    """A link that is there."""
    return Subject(
        link.name,
        link.kind,
        _type(link),
        link.mac,
        _permanent(link),
        link.driver or None,
        link.id_path,
        link.index,
        "" if link.mac_may_be_borrowed else link.permanent_mac,
    )


def _permanent(link: Link) -> str | None:
    """As networkd has it from netlink, else by ETHTOOL_GPERMADDR; what is made has none."""
    if link.permanent_mac_known:
        return link.permanent_mac
    return "" if link.kind else None


def _type(link: Link) -> str:
    """DEVTYPE of its uevent, else by its hardware type."""
    if link.name == "lo":
        return "loopback"
    return link.kind if link.kind in ("bond", "bridge", "vlan", "vxlan") else "ether"


def matches(unit: Unit, link: Subject, keys: Iterable[str] = KEYS) -> bool | None:
    """True, False, or None where what it asks for by these keys is not known here."""
    asked = {
        item.line.key
        for file in unit.files
        for item in (Located(file, line) for line in file.entries("Match", *keys))
        if item.value
    }
    if not asked:
        return False
    judges = (_JUDGES.get(key or "") for key in asked)
    answers = [None if judge is None else judge(unit, link) for judge in judges]
    if False in answers:
        return False
    return None if None in answers else True


def _globs(key: str, of: Callable[[Subject], str | None]) -> Callable[[Unit, Subject], bool | None]:
    def judge(unit: Unit, link: Subject) -> bool | None:
        value = of(link)
        if value is None:
            return None
        positive = matched = False
        for item in unit.entries("Match", key):
            inverted = item.value.startswith("!")
            positive = positive or not inverted
            if value and any(
                word == value or (_SIGNS.search(word) and fnmatchcase(value, word))
                for word in item.value.removeprefix("!").split()
            ):
                if inverted:
                    return False
                matched = True
        return matched or not positive

    return judge


def _macs(key: str, of: Callable[[Subject], str | None]) -> Callable[[Unit, Subject], bool | None]:
    def judge(unit: Unit, link: Subject) -> bool | None:
        value, asked = of(link), {*map(_mac, unit.words("Match", key))}
        if value is not None:
            return value in asked
        if link.likely_mac in asked:
            return True
        return False if asked <= link.of_others else None

    return judge


def _mac(text: str) -> str:
    dotted = re.fullmatch(r"([0-9a-f]{4})\.([0-9a-f]{4})\.([0-9a-f]{4})", text.lower())
    plain = "".join(dotted.groups()) if dotted else ""
    pairs = ":".join(plain[i : i + 2] for i in range(0, 12, 2)) if plain else text
    return normal_mac(pairs) or text


def _original_name(unit: Unit, link: Subject) -> bool | None:
    """By the kernel's name, which a link has that the file does not rename (systemd.link(5))."""
    fits = _globs("OriginalName", lambda link: link.name)(unit, link)
    renamed = unit.get("Link", "Name") == link.name or unit.get("Link", "NamePolicy")
    return None if fits is False and renamed else fits


_JUDGES: dict[str, Callable[[Unit, Subject], bool | None]] = {
    "Name": _globs("Name", lambda link: link.name),
    "OriginalName": _original_name,
    "Type": _globs("Type", lambda link: link.type),
    "Kind": _globs("Kind", lambda link: link.kind),
    "Driver": _globs("Driver", lambda link: link.driver),
    "Path": _globs("Path", lambda link: link.path),
    "MACAddress": _macs("MACAddress", lambda link: link.mac),
    "PermanentMACAddress": _macs("PermanentMACAddress", lambda link: link.permanent_mac),
}


def matching(config: Configuration, link: Subject) -> tuple[tuple[Unit, bool | None], ...]:
    """Every file that takes a link, or may, in the order they are asked."""
    found = ((unit, matches(unit, link)) for unit in config.candidates(link.name))
    return tuple((unit, answer) for unit, answer in found if answer is not False)


def unit_of(config: Configuration, link: Subject) -> Unit | None:
    """The file that configures a link: networkd's own word where it runs, else the first match.

    A file of which it is not known whether it matches is passed over; see `doubtful`.
    """
    return first_of(config, link, matching(config, link))


def first_of(
    config: Configuration, link: Subject, candidates: Sequence[tuple[Unit, bool | None]]
) -> Unit | None:
    """As `unit_of`, of what `matching` found."""
    named = _network_file(config.facts, link)
    for unit, _ in candidates:
        if unit.path == named:
            return unit
    return next((unit for unit, answer in candidates if answer), None)


def doubtful(config: Configuration, link: Subject) -> Unit | None:
    """A file before the first match that may match as well, and networkd does not say."""
    candidates = matching(config, link)
    named = _network_file(config.facts, link)
    if any(unit.path == named for unit, _ in candidates):
        return None
    first = next(iter(candidates), None)
    return first[0] if first is not None and first[1] is None else None


def more_slaves(config: Configuration, bond: BondAnswers) -> Iterator[tuple[Unit, Subject]]:
    """NICs that a file makes slaves of the bond, or may, and the answers do not."""
    for nic in config.facts.links:
        if nic.kind or nic.name in ("lo", *bond.slaves):
            continue
        link = subject(config.facts, nic.name)
        unit = doubtful(config, link) or unit_of(config, link)
        if unit is not None and unit.get("Network", "Bond") == bond.name:
            yield unit, link


def _network_file(facts: HostFacts, link: Subject) -> str | None:
    """NETWORK_FILE of the link's state file (networkd-state-file.c)."""
    if link.index is None or not facts.access.knows_running:
        return None
    text = facts.said(f"{NETWORKD_LINKS}/{link.index}")
    found = re.search(r"^NETWORK_FILE=(.+)$", text, re.MULTILINE)
    return found[1] if found else None


def literal(unit: Unit, link: Subject) -> bool:
    """True for a file that is about this one link alone: by its name or a MAC, no pattern."""
    names = unit.words("Match", "Name")
    if names:
        return names == (link.name,) and not re.search(r"[*?\[!]", link.name)
    permanent = link.permanent_mac or link.likely_mac
    for key, mac in (("MACAddress", link.mac), ("PermanentMACAddress", permanent)):
        macs = unit.words("Match", key)
        if macs:
            return len(macs) == 1 and _mac(macs[0]) == mac
    return False


def first_line(unit: Unit) -> Located:
    """The line of [Match] that names links, for messages."""
    lines = unit.entries("Match", *KEYS)
    return lines[0] if lines else Located(unit.main, unit.main.lines[0])


def match_line(facts: HostFacts, link: Subject) -> str:
    """The line by which a port's file finds its link: by the permanent MAC, else by the name."""
    mac, number = link.permanent_mac, version(facts)
    if mac and not link.kind and (number is None or number >= PERMANENT_MAC):
        same = [it for it in facts.links if it.permanent_mac == mac and it.permanent_mac_known]
        if len(same) == 1:
            return f"PermanentMACAddress={mac}"
    return f"Name={link.name}"


def greedy(config: Configuration) -> Unit | None:
    """The file that would take a guest's port."""
    port = Subject("vif1.0", "", "ether", "fe:ff:ff:ff:ff:ff", "", "vif", "")
    unit = unit_of(config, port)
    if unit is None or unit.yes("Link", "Unmanaged") or unit.get("Network", "Bridge"):
        return None
    return unit
