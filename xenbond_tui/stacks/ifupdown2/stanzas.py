"""Stanzas that only ifupdown2 takes, as the ones ifupdown would take that mean the same to it.

`iface eth0` needs no family and no method here, an address counts below `manual` too, and one
stanza may have many of both families; ifupdown2 reads several stanzas of one link as one (measured
with 3.0.0: `ifquery --check` passes on either form of the same link, and ifreload finds nothing to
do).
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.guest_ports import PLUGGED
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.interfaces import InterfacesFile, Line
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.dialect import Dialect
from xenbond_tui.stacks.ifupdown import files
from xenbond_tui.stacks.ifupdown.address import carrier_of_ports, set_method
from xenbond_tui.stacks.ifupdown.files import Configuration, Located
from xenbond_tui.stacks.ifupdown.inventory import items
from xenbond_tui.stacks.ifupdown.read import read_answers
from xenbond_tui.value import replace

DIALECT = Dialect(
    "ifupdown2",
    own="bond-{}",
    dashes=True,
    separator=" ",
    words=True,
    slave_stanzas=True,
    from_above=True,
)
"""Options its bond addon sends to the kernel; all others are left out with a warning."""

CONDONE = "bridge-ports-condone-regex"
GUESTS = f"^({'|'.join(PLUGGED)})"
"""Guests' ports: ifreload takes every port off a bridge that its stanza does not name."""
_OF_AN_ADDRESS = frozenset(
    {"netmask", "broadcast", "pointopoint", "scope", "preferred-lifetime", "address-virtual"}
)
"""Options of which the second belongs to the second address: with these none can be told apart."""


def opened(facts: HostFacts, *names: str) -> Configuration:
    """The files with the stanzas of these links (without names: of all) spelt out.

    Raises:
        XenbondError: a file can't be read; it is named.
    """
    config = Configuration(facts, DIALECT)
    stanzas = (it for name in names or (None,) for it in config.ifaces(name))
    heads = {it.head for it in stanzas if not is_spelt_out(it)}
    for file in config.files.values():
        file.edit_each(heads, spell_out)
    return config


def today(facts: HostFacts) -> Configuration:
    """All of them spelt out, once of the same facts: to look at, never to edit.

    Raises:
        XenbondError: as `opened`.
    """
    return facts.kept.of(facts, "files spelt out", lambda: opened(facts))


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """What they configure today, said in answers.

    Raises:
        XenbondError: as `opened`.
    """
    return read_answers(today(facts), about)


def inventory(facts: HostFacts) -> Iterator[Item]:
    """As ifupdown's, of the stanzas as they stand, with this one's options."""
    return items(files.today(facts, DIALECT))


def is_bare(located: Located) -> bool:
    """True for `iface eth0` alone."""
    return len(located.head.words) == 2


def inseparable(located: Located) -> tuple[Line, ...]:
    """Addresses after the first that can't be given separate stanzas."""
    addresses = located.stanza.named("address")
    return addresses[1:] if located.stanza.named(*_OF_AN_ADDRESS) else ()


def is_spelt_out(located: Located) -> bool:
    """Has it a family, a method and, where that takes one, no address but one of that family?"""
    addresses = located.stanza.named("address")
    if is_bare(located) or (located.method == "manual" and addresses):
        return False
    return located.method != "static" or [*map(_family, addresses)] in ([], [located.family])


def spell_out(file: InterfacesFile) -> None:
    """Give a file's stanza a family, a method and one address; the others get their own below."""
    (stanza,) = file.stanzas()
    located = Located(file, stanza.head, classful=False)
    addresses = stanza.named("address")
    if is_bare(located) or (located.method == "manual" and addresses):
        located = _with_method(located, addresses)
    if located.method != "static" or inseparable(located):
        return
    own = next((line for line in addresses if _family(line) == located.family), None)
    for line in reversed([line for line in addresses if line is not own]):
        _apart(located, line)


def _with_method(located: Located, addresses: tuple[Line, ...]) -> Located:
    only_ipv6 = bool(addresses) and all(_family(line) == "inet6" for line in addresses)
    family = "inet6" if only_ipv6 else "inet"
    method = "static" if addresses else "manual"
    if not is_bare(located):
        return set_method(located, family, method)
    name = located.stanza.arguments[0]
    head = located.file.set_word(located.head, 1, f"{name} {family} {method}")
    return replace(located, head=head)


def _family(line: Line) -> str:
    return "inet6" if ":" in line.value else "inet"


def _apart(located: Located, line: Line) -> None:
    """Move an address line, the comments above it and (of IPv6) its gateway to a new stanza."""
    stanza, family = located.stanza, _family(line)
    lines = [*stanza.comments_above(line), line]
    if family != located.family:
        lines += [item for item in stanza.named("gateway") if _family(item) == family]
    located.file.remove(*lines)
    texts = [item.raw.rstrip("\r\n") for item in lines]
    head = f"iface {stanza.arguments[0]} {family} static"
    located.file.insert_after(located.stanza.last, "", head, *texts)


def fit(config: Configuration, answers: Answers) -> None:
    """Turn what was written for ifupdown into what ifupdown2 reads.

    The bridge's MAC is `hwaddress` here (bridge_hw is not known), and guests' ports need a pattern
    to stay where they are. The bond gets no hwaddress: to set one, ifupdown2 takes the bond and its
    slaves down (measured: frames are lost), and nobody sees the MAC of a bridge's port. Source:
    ifupdown2 3.0.0, addons/bond.py, addons/bridge.py, addons/address.py.
    """
    bridge = answers.bridge
    first = carrier_of_ports(config, bridge.name)
    first.set_option("bridge-hw", None)
    # Without it udev gives the bridge another (systemd.link(5), MACAddressPolicy).
    words = (first.stanza.value("hwaddress") or "").split()
    if bridge.mac and normal_mac(words[-1] if words else "") != bridge.mac:
        first.set_option("hwaddress", bridge.mac)
    if not first.stanza.named(CONDONE):
        first.set_option(CONDONE, GUESTS)
