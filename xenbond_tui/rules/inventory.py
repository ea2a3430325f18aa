"""What a host's files say, item by item.

Each stack's reader makes the inventory of the files as they are and as a plan would leave them;
`what_becomes` compares the two.
"""

from collections.abc import Iterable
from enum import StrEnum

from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.kept import Kept
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, replace


class Kind(StrEnum):
    """What an item is about."""

    ADDRESS = "address"
    """A static one, with its prefix."""
    LEASE = "lease"
    """That addresses are asked for: ipv4 or ipv6 by DHCP, ra by a router's word."""
    GATEWAY = "gateway"
    """Of a default route."""
    ROUTE = "route"
    RULE = "rule"
    DNS = "name server"
    SEARCH = "search domain"
    MTU = "MTU"
    MAC = "MAC"
    MASTER = "master"
    """The link is a port or slave of the one named, which the request decides."""
    PORT = "port"
    """The one named is a port of the link, a bridge; a pattern is asked for what there is."""
    LOWER = "lower"
    """The link, a VLAN or the like, stands on the one named."""
    UPPER = "upper"
    """The one named stands on the link."""
    NAMES = "names"
    """Other links, in any other way."""
    PERHAPS = "perhaps"
    """The link may be a port of the one named; the files alone don't tell."""
    BOND = "bond"
    """The link is one."""
    STAYS_DOWN = "stays down"
    """A boot does not bring the link up; who makes slaves, bond or bridge of links changes that."""
    OF_PORT = "option of a port"
    """Of a bridge: path cost, priority; of use to the bond when a slave was the port."""
    OF_BRIDGE = "option of a bridge"
    """Of use to no other link."""
    COMMAND = "command"
    OTHER = "other"
    """Any other line, as the file has it."""


NAMING = frozenset({Kind.PORT, Kind.LOWER, Kind.UPPER, Kind.NAMES})
"""Kinds whose value is another link, or a pattern of such."""
BROUGHT_UP = "brought up"
"""Of an item that says no more than that a boot brings the link up."""
UNKNOWN = "?"
"""In the place of a link's name that only a shell, or the running host, could tell."""
_KEY = regex(r"\[?([\w-]+)")
_ABOVE_BY = {
    **{key: f"a {key}" for key in ("macvlan", "macvtap", "tunnel")},
    **{key: f"an {key}" for key in ("ipvlan", "ipvtap")},
    **{"vxlan": "a VXLAN", "macsec": "MACsec", "xfrm": "an IPsec link"},
    **{"macvlan_parent": "a macvlan", "ip-tunnel": "a tunnel", "eth": "PPPoE", "pppoe": "PPPoE"},
}
"""Key or section of a file that names what stands on a link → what that is; else a VLAN."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a file says of a link."""

    path: str
    line: int
    """From 1; 0 where the file says it by its mere name."""
    link: str
    """Whom it is about; "" for the whole host, or for links that are only described."""
    kind: Kind
    value: str
    """In one spelling, to compare: the link's own name in it is `*`."""
    text: str
    """As the operator reads it."""

    @property
    def where(self) -> str:
        """`/etc/network/interfaces:12`."""
        return f"{self.path}:{self.line}" if self.line else self.path


def item(where: tuple[str, int], link: str, kind: Kind, value: str, text: str = "") -> Item:
    """An item; `text` is what is shown of it where that is not its value."""
    own = _starred(value, link) if link and link in value else value
    return Item(*where, link, kind, " ".join(own.split()), " ".join((text or value).split()))


def _starred(value: str, link: str) -> str:
    """The value with `*` for the link's name; a routing table of the same name keeps it."""
    done, at, found = "", 0, value.find(link)
    while found >= 0:
        end = found + len(link)
        before, after = value[:found], value[end : end + 1]
        if _of_a_name(before[-1:]) or _of_a_name(after) or before.endswith(("table ", "lookup ")):
            end = found + 1
        else:
            done, at = done + value[at:found] + "*", end
        found = value.find(link, end)
    return done + value[at:]


def _of_a_name(char: str) -> bool:
    return char.isalnum() or (bool(char) and char in "_.:-")


def files_after(facts: HostFacts, changes: Iterable[FileChange]) -> HostFacts:
    """The host with the files as a plan leaves them; nothing runs by them yet.

    What is made of them goes with it, and is not kept with the host.
    """
    files = dict(facts.files)
    for change in changes:
        files.pop(change.path, None)
        if change.after is not None:
            files[change.path] = FileState(change.path, change.after, change.mode)
    access = Access(HostKind.TREE, facts.access.root)
    return replace(facts, files=files, access=access, kept=Kept(facts.kept))


def kind_above(it: Item) -> str:
    """What it is that the item says stands on a link: VLAN, a macvlan, a tunnel."""
    key = _KEY.match(it.text)
    return _ABOVE_BY.get(key[1].lower(), "VLAN") if key is not None else "VLAN"
