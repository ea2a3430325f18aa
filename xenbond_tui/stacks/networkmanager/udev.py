"""What udev's rules have NetworkManager leave alone: ENV{NM_UNMANAGED}="1" of a link.

Sources: udev(7); nm_udev_utils_property_as_boolean() and nm_device_set_unmanaged_by_user_udev() of
NetworkManager. udev keeps what came of it below /run/udev/data, by the link's number.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.managed_links import managed_links
from xenbond_tui.stacks.networkmanager.places import UDEV_DATA, UDEV_RULES
from xenbond_tui.stacks.networkmanager.settings import NO

_TOKEN = regex(r'\s*([A-Z_]+(?:\{[^}]*\})?)\s*(==|!=|\+=|-=|:=|=)\s*e?"((?:[^"\\]|\\.)*)"\s*,?')
_NETWORKMANAGERS = regex(r"lib/udev/rules\.d/\d\d-nm-[^/]*$")
_ASSIGNED = "ENV{NM_UNMANAGED}"
_ACTIONS = ("add", "change", "move")
_KINDS = {"bond": "bonding", "bridge": "bridge"}
"""The kernel's kind of a link → its driver, as ethtool tells it to udev."""

Said = tuple[str, int, str, bool]
"""File, number of the line, the line, and whether it surely holds for the link: a condition on
what is not known here (its path, its kernel's type) may hold."""


def left_alone(facts: HostFacts, name: str, kind: str) -> Said | None:
    """What has NetworkManager leave the link alone; None: nothing.

    Of a link that runs NetworkManager says itself whether it has it, and udev what it was told.

    Args:
        facts: the host.
        name: the link's, which need not be there yet.
        kind: NetworkManager's type of it: "ethernet", "bond", "bridge".
    """
    link = facts.link(name) if facts.access.knows_running else None
    if any((it.nic, it.stack) == (name, "networkmanager") for it in managed_links(facts)):
        return None
    told = _by_rules(facts, name, kind)
    if link is None or f"{UDEV_DATA}/n{link.index}" not in facts.files:
        return told
    path = f"{UDEV_DATA}/n{link.index}"
    for number, line in enumerate((facts.text(path) or "").splitlines(), 1):
        value = line.removeprefix("E:NM_UNMANAGED=")
        if value != line and value.lower() not in (*NO, ""):
            return told if told is not None and told[3] else (path, number, line, True)
    return None


def _by_rules(facts: HostFacts, name: str, kind: str) -> Said | None:
    by_name: dict[str, str] = {}
    for folder in UDEV_RULES:
        here = (path for path in facts.files if path.rpartition("/")[0] == folder)
        by_name |= {path.rpartition("/")[2]: path for path in here}
    link = facts.link(name)
    values = {
        **dict.fromkeys(("KERNEL", "NAME", "ENV{INTERFACE}"), name),
        "SUBSYSTEM": "net",
        "ENV{DEVTYPE}": kind if kind in _KINDS else "",
    }
    if kind in _KINDS:
        values["ENV{ID_NET_DRIVER}"] = _KINDS[kind]
    elif link is not None:
        values |= {"ENV{ID_NET_DRIVER}": link.driver or link.kind, "DRIVERS": link.driver}
        values["ATTR{address}"] = link.permanent_mac or link.mac
    said: Said | None = None
    for _, path in sorted(by_name.items()):
        text = facts.said(path)
        for told, yes in _assigned(text, values, path):
            if yes or told[3]:
                said = told if yes else None
    return said


def _assigned(text: str, values: Mapping[str, str], path: str) -> Iterator[tuple[Said, bool]]:
    """Each rule of a file that says something of it for that link, from top to bottom."""
    behind = ""
    for number, line in _lines(text):
        tokens = _TOKEN.findall(line)
        if behind:
            if ("LABEL", "=", behind) not in tokens:
                continue
            behind = ""
        asked = [it for it in tokens if it[1] in ("==", "!=")]
        held = [_holds(values, *it) for it in asked]
        if False in held:
            continue
        sure = None not in held
        if not sure and _NETWORKMANAGERS.search(path):
            # Its own rules are about kinds of link that ours are not.
            continue
        for key, sign, value in tokens:
            if key == _ASSIGNED and sign in ("=", ":="):
                yield (path, number, line, sure), value.lower() not in (*NO, "")
            elif key == "GOTO" and sure:
                behind = value


def _holds(values: Mapping[str, str], key: str, sign: str, value: str) -> bool | None:
    """Is a condition met? None: it is on what is not known here."""
    if key == "ACTION":
        # A boot adds every link, and one that joins a bond changes.
        return any(fnmatchcase(it, one) for it in _ACTIONS for one in value.split("|")) == (
            sign == "=="
        )
    if key not in values:
        return None
    return any(fnmatchcase(values[key], it) for it in value.split("|")) == (sign == "==")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each rule with the number of its first line; a backslash at the end joins two."""
    number = 1
    for line in re.split(r"(?<!\\)\n", text):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, " ".join(line.replace("\\\n", " ").split())
        number += line.count("\n") + 1
