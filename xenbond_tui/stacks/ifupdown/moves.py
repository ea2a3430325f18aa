"""Which lines of a NIC's stanza belong to its address and move with it, and which to the NIC.

An option that is not known stays with the NIC. A command is judged by its program: routes and
address rules move, what sets up the hardware stays, and a command that names the NIC in a way no
rule covers is neither: the operator has to decide.
"""

import re
from enum import StrEnum

from xenbond_tui.files.interfaces import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.link_commands import of_the_bond, simple
from xenbond_tui.stacks.ifupdown.files import Located

STATIC = frozenset({"address", "netmask", "broadcast", "gateway", "pointopoint", "scope"})
"""Options of the static method alone."""
DHCP = frozenset({"hostname", "leasehours", "leasetime", "vendor", "client", "request-prefix"})
"""Options of the dhcp method alone."""
DNS = frozenset({"dns-nameservers", "dns-nameserver", "dns-search", "dns-domain"})
_OTHER = (
    frozenset({"metric", "media", "accept-ra", "autoconf", "privext", "preferred-lifetime"})
    | frozenset({"dad-attempts", "dad-interval", "dhcp", "ll-attempts", "ll-interval"})
    | frozenset({"dns-sortlist", "dns-options"})
)
MOVING = STATIC | DHCP | DNS | _OTHER
"""Options of interfaces(5) and resolvconf(8) that belong to an address, spelt with `-`."""
COMMANDS = frozenset({"pre-up", "up", "post-up", "pre-down", "down", "post-down"})
METHODS = frozenset({"static", "dhcp", "auto", "manual"})
"""Methods whose options are known well enough to move."""

_HARDWARE = frozenset({"ethtool", "mii-tool", "iw", "iwconfig", "tc"})
_ENSLAVES = regex(
    r"\bifenslave\s+(-\S+\s+)*(?P<a>\S+)|/sys/\S+/(?P<b>[^/\s]+)/bonding/slaves\b"
    r"|\bip\s.*\bmaster\s+(?P<c>\S+)"
)
"""Makes NICs slaves of the bond named, or frees them."""
_IN_SYSFS = regex(r".*>+\s*[\"']?/sys/class/net/(?P<link>[^/\s]+)/(?!bridge/|brport/)\S+")
"""Sets something of a NIC itself: a queue's length, its virtual functions."""
_MAKES_A_LINK = frozenset({"add", "type", "master", "nomaster", "name"})


class Fate(StrEnum):
    """What becomes of a line when its NIC's address moves to the bridge."""

    MOVES = "moves"
    STAYS = "stays"
    UNCLEAR = "unclear"


def fate(line: Line, nic: str) -> Fate:
    """What becomes of one option line of a NIC's (or bond's) stanza."""
    if line.name in COMMANDS:
        return _command(line.value, nic)
    return Fate.MOVES if line.name in MOVING else Fate.STAYS


def _command(command: str, nic: str) -> Fate:
    fates = {_simple(words, nic) for words in simple(command)}
    if not fates:
        return Fate.MOVES
    return fates.pop() if len(fates) == 1 else Fate.UNCLEAR


def _simple(words: list[str], nic: str) -> Fate:
    if of_the_bond(" ".join(words)):
        return Fate.STAYS
    program = words[0].rpartition("/")[2]
    written = _IN_SYSFS.fullmatch(" ".join(words))
    own = written is not None and written["link"] in (nic, "$IFACE", "${IFACE}")
    if own or program in _HARDWARE:
        return Fate.STAYS
    arguments = [word for word in words[1:] if not word.startswith("-")]
    if program == "ip" and arguments and "link".startswith(arguments[0]):
        return Fate.UNCLEAR if _MAKES_A_LINK.intersection(arguments) else Fate.STAYS
    if program == "ifconfig":
        # Up, down, mtu or promisc of the NIC itself; anything with an address is not for a slave.
        return Fate.UNCLEAR if re.search(r"\d\.\d|:", " ".join(arguments)) else Fate.STAYS
    if program in ("ip", "route"):
        words = [word for word in words if word != nic]
    return Fate.UNCLEAR if any(mentions(word, nic) for word in words) else Fate.MOVES


def enslaves(line: Line, link: str, bond: str) -> bool:
    """Does a command of that link's stanza nothing but make or free slaves of the bond?

    A bond with `bond-slaves` has them already: ifenslave(8) fails then, and ifup with it.
    """
    told = (" ".join(words).replace("$IFACE", link) for words in simple(line.value))
    found = [_ENSLAVES.search(text) for text in told]
    return bool(found) and all(it and bond in it.groups() for it in found)


def _name_in(nic: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9_]){re.escape(nic)}(?![A-Za-z0-9_])")


def mentions(text: str, nic: str) -> bool:
    """True when the NIC's name is in a text as a whole word."""
    return _name_in(nic).search(text) is not None


def unclear(located: Located, bond: str) -> tuple[Line, ...]:
    """Commands of a NIC's stanza that name it in a way that can't be moved safely."""
    stanza, name = located.stanza, located.stanza.arguments[0]
    found = (line for line in stanza.options if fate(line, name) is Fate.UNCLEAR)
    return tuple(line for line in found if not enslaves(line, name, bond))


def moved_texts(located: Located, bridge: str) -> tuple[list[Line], list[str]]:
    """What leaves a stanza: the lines, with the comments right above them, and what they become.

    In routes and address rules the NIC's name becomes the bridge's; `$IFACE` needs no change.
    """
    stanza = located.stanza
    nic = stanza.arguments[0]
    lines: list[Line] = []
    texts: list[str] = []
    for line in stanza.options:
        if fate(line, nic) is not Fate.MOVES:
            continue
        for comment in stanza.comments_above(line):
            lines.append(comment)
            texts.append(comment.raw.rstrip("\r\n"))
        lines.append(line)
        raw = line.raw.rstrip("\r\n")
        if line.name in COMMANDS:
            raw = _name_in(nic).sub(lambda _: bridge, raw)
        texts.append(raw)
    return lines, texts
