"""Commands of a NIC's own lines that do not go together with a slave.

A slave has no address and no route, gives its frames to the bond alone (netdev_rx_handler_register
in net/core/dev.c), and has the bond's MAC. ip-link(8), ip-address(8), ip-route(8), ifconfig(8),
route(8), brctl(8), ovs-vsctl(8), dhclient(8).
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import UNKNOWN, Item
from xenbond_tui.rules.link_commands import commands, joined, made, said_of_link

_ASKS = frozenset({"dhclient", "dhclient3", "udhcpc", "dhcpcd", "dhcpcd5", "pump", "dhcp6c"})
_ENDS = frozenset({"-r", "-x", "-k", "--release", "--exit"})
"""What ends a lease."""
_STARTS = frozenset({"start", "restart", "enable"})
_OF_IPV6_ALONE = frozenset({"dhcp6c"})
_ADDS = frozenset({"add", "replace", "change", "append", "prepend"})
_NOWHERE = frozenset({"blackhole", "unreachable", "prohibit", "throw"})
"""Routes that leave by no link."""
_OF_ROUTE = frozenset({"add", "gw", "-net", "-host", "netmask", "dev"})
"""Words of route(8) that an address or a name follows."""
_OF_AN_ADDRESS = frozenset({"netmask", "broadcast", "mtu", "metric"})
"""Words of ifconfig(8) that another follows, and that may stand before the address."""
_SLAVES = regex(r"\S*/net/(?P<bond>[^/]+)/bonding/slaves")
_IPV4 = regex(r"\d+\.\d+\.\d+\.\d+(/\d+)?")
_OF_IPV6 = frozenset("0123456789abcdefABCDEF:./")
_FILTERS = frozenset({"iptables", "ip6tables", "ebtables", "arptables"})


def about_packets(it: Item) -> bool:
    """Is it a rule of a filter that names the NIC, by which no packet comes in or goes out?"""
    found = (words for words in commands(it) if words[0].partition("-")[0] in _FILTERS)
    return any(it.link in words for words in found)


def asks_for_ipv4(it: Item) -> bool:
    """Does it start a client for an IPv4 address? dhclient(8), udhcpc and pump do by themselves."""
    found = (words for words in commands(it) if words[0] in _ASKS - _OF_IPV6_ALONE)
    return any(not {"-6", *_ENDS}.intersection(words) for words in found)


def unfit(it: Item, answers: Answers) -> Iterator[str]:
    """What a command does to its link, a slave or the bond, that does not go together with that."""
    bond = answers.bond.name
    home = answers.bridge.name if it.link == bond else bond
    for name, lower in made(it) if it.link != bond else ():
        if lower == it.link:
            yield f"makes {'a link' if name == UNKNOWN else name} on it"
    for port, master in joined(it):
        if port == it.link and master != home:
            yield f"puts it into {master}"
    down = ""
    for words in commands(it):
        for what in _one(it, words, bond, home):
            down = what if what in ("", _DOWN) else down
            if what not in ("", _DOWN):
                yield what
    if down and not it.value.startswith("pre-up"):
        yield down


_DOWN = "sets it down"


def _one(it: Item, words: list[str], bond: str, home: str) -> Iterator[str]:
    """What one simple command does; "" for setting the link up."""
    nic, program = it.link, words[0]
    if words[:2] == ["ip", "link"] and words[2:3] in (["set"], ["change"]):
        yield from _link(nic, words[3:], bond)
    elif words[:2] == ["ip", "address"] and _ADDS.intersection(words[2:3]):
        if _by(words, nic):
            yield "gives it an address"
    elif words[:2] == ["ip", "route"] and _ADDS.intersection(words[2:3]):
        if not _NOWHERE.intersection(words) and _by(words, nic):
            yield "adds a route by it"
    elif program == "route" and "add" in words and "reject" not in words:
        # The link may stand at the end, without `dev`.
        last = words[-1] if words[-2] not in _OF_ROUTE and words[-1][:1].isalpha() else nic
        if _by(words, nic) and (last == nic or "dev" in words):
            yield "adds a route by it"
    elif program == "ifconfig":
        yield from _ifconfig(nic, words[1:], bond)
    elif program in _ASKS and not _ENDS.intersection(words):
        named = [word for word in words[1:] if word[:1].isalpha()]
        if nic in words or not named:
            yield "asks for an address for it"
    elif program == "ovs-vsctl" and "add-port" in words and nic in words:
        yield f"puts it into {words[words.index('add-port') + 1]}"
    elif program == "echo" and {f"+{nic}", "+*"}.intersection(words):
        masters = (found["bond"] for word in words if (found := _SLAVES.fullmatch(word)))
        yield from (f"puts it into {master}" for master in masters if master != home)
    elif program == "ifenslave" and nic in words[2:] and home not in words:
        yield f"puts it into {next((w for w in words[1:] if w[:1].isalpha()), UNKNOWN)}"
    elif program == "nameif" and nic in words:
        yield "gives it another name"
    elif program == "macchanger" and nic in words and nic != bond:
        yield "gives it another MAC"
    elif program == "ifup" and any(word.startswith(f"{nic}:") for word in words):
        yield "gives it an address"
    elif program == "systemctl" and _STARTS.intersection(words):
        units = (word.removesuffix(".service").partition("@") for word in words)
        if any(name in _ASKS and link in (nic, "*") for name, _, link in units):
            yield "asks for an address for it"
    elif program == "ifdown" and nic in words:
        yield _DOWN


def _by(words: list[str], nic: str) -> bool:
    return "dev" not in words or words[words.index("dev") + 1 :][:1] == [nic]


def _link(nic: str, words: list[str], bond: str) -> Iterator[str]:
    said = said_of_link(words)
    if (said.get("dev") or said.get("")) != nic:
        return
    if "name" in said:
        yield "gives it another name"
    if "netns" in said:
        yield "takes it out of this host"
    if "address" in said and nic != bond:
        yield "gives it another MAC"
    if "nomaster" in words:
        yield "takes it out of its master"
    if "down" in words:
        yield _DOWN
    elif "up" in words:
        yield ""


def _ifconfig(nic: str, words: list[str], bond: str) -> Iterator[str]:
    words = [word for word in words if not word.startswith("-")]
    if not words or words[0].partition(":")[0] not in (nic, "*"):
        return
    said = words[1:]
    if "hw" in said:
        if nic != bond:
            yield "gives it another MAC"
        said = said[: said.index("hw")] + said[said.index("hw") + 3 :]
    while len(said) > 2 and said[0] in _OF_AN_ADDRESS:
        said = said[2:]
    first = next((word for word in said if word not in ("inet", "inet6", "add")), "")
    if (_IPV4.fullmatch(first) and first.rstrip("0.")) or _is_ipv6(first):
        yield "gives it an address"
    if "down" in said:
        yield _DOWN
    elif said:
        # Any other makes it come up.
        yield ""


def _is_ipv6(word: str) -> bool:
    return word.count(":") > 1 and _OF_IPV6.issuperset(word)
