"""What besides the files of a stack may set a bond's options, join it to a bridge or bring it up.

Where any of it is about the bond, that the stack's files are silent tells nothing of the next boot.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules import hook_scripts
from xenbond_tui.rules.inventory import UNKNOWN, Item, Kind
from xenbond_tui.rules.link_commands import commands

_PLACES = (
    # `bonding.mode=1` of the kernel's command line is the module's, too (modprobe(8)).
    "/proc/cmdline",
    # sysfsutils; udev(7); ifupdown2's defaults (ifupdown2/ifupdown/policymanager.py).
    *("/etc/sysfs.conf", "/etc/sysfs.d/*", "/etc/udev/rules.d/*.rules"),
    *("/etc/network/ifupdown2/policy.d/*", "/var/lib/ifupdown2/policy.d/*"),
    # module-init-tools up to 3.9 read these whatever their names.
    "/etc/modprobe.d/*",
)
_MODPROBE = "/etc/modprobe.d/"
_FOLDERS = tuple(it.partition("*")[0] for it in _PLACES)
_COMMENTS = ("#", ";")
_PLAIN = frozenset(
    {"ip", "ifconfig", "route", "brctl", "bridge", "vconfig", "ethtool", "mii-tool", "tc", "echo"}
    | {"sysctl", "modprobe", "ifenslave", "dhclient", "logger", "nft", "conntrack", "arp", "iw"}
    | {"iptables", "ip6tables", "ebtables", "arptables", "iptables-restore", "ip6tables-restore"}
    | {"ifup", "ifdown", "nmcli", "true", "sleep"}
)
"""Programs whose words say what they do; `present` and `link_commands` read those about bonds."""
_EXPANDED = regex(r"\$(?!\{?IFACE\b)|\binherits\b")
"""A value that a shell makes, or another stanza's (interfaces(5))."""

_MTU = regex(r"(?<!interface-)mtu", re.IGNORECASE)
"""Not of the list of what dhclient asks for: of a link with a lease nothing is told."""


def paths(tree: Tree) -> set[str]:
    """Every file that is looked at."""
    return {path for it in _PLACES for path in tree.glob(it)} | hook_scripts.paths(tree)


def may_say(
    facts: HostFacts, items: Iterable[Item], lines: Iterable[str], links: Sequence[str]
) -> bool:
    """Does anything besides plain lines of the stack's files speak of these links?

    Args:
        facts: the host, with the files of `paths`.
        items: the inventory of the stack's files.
        lines: those of the stack's files that are about the bond or its bridge.
        links: the bond, its bridges, its slaves; the first is the bond.
    """
    items = tuple(items)
    if any(_EXPANDED.search(line) for line in lines) or _unknown(items, links):
        return True
    return _by_command(items, links) or _by_place(facts) or _by_script(facts, links[0])


def may_say_mtu(facts: HostFacts, items: Iterable[Item], links: Collection[str]) -> bool:
    """Does any line of any file name an MTU, but those of other links alone?"""
    of_others = {it.where for it in items if it.kind is Kind.MTU and it.link not in ("", *links)}
    for path, state in facts.files.items():
        if b"mtu" not in state.data.lower():
            continue
        for number, line in enumerate(state.text.split("\n"), 1):
            plain = not line.lstrip().startswith(_COMMENTS) and _MTU.search(line)
            if plain and f"{path}:{number}" not in of_others:
                return True
    return False


def _unknown(items: Iterable[Item], links: Collection[str]) -> bool:
    """A key that a shell sets on a condition."""
    return any(it.link in links and it.value.endswith(f"={UNKNOWN}") for it in items)


def _by_command(items: Iterable[Item], links: Collection[str]) -> bool:
    """A script that a stanza of theirs runs may do anything."""
    found = (it for it in items if it.kind is Kind.COMMAND and it.link in links)
    return any(words[0] not in _PLAIN for it in found for words in commands(it))


def _by_place(facts: HostFacts) -> bool:
    for path, state in facts.files.items():
        # What modprobe reads for certain is read option by option.
        if not path.startswith(_FOLDERS) or (path.startswith(_MODPROBE) and path.endswith(".conf")):
            continue
        lines = state.text.splitlines()
        if any("bond" in line and not line.lstrip().startswith(_COMMENTS) for line in lines):
            return True
    return False


def _by_script(facts: HostFacts, bond: str) -> bool:
    word = re.compile(rf"(?<![\w-]){re.escape(bond)}(?![\w-])")
    return any(word.search(it) for _, _, meant in hook_scripts.commands(facts) for it in meant)
