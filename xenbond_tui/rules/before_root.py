"""Links that the initramfs configures before it mounts the root: no file of a stack counts there.

The address it gives a NIC stays on it when the stack makes the NIC a slave, and a bond that it
makes is there before the stack's. Sources: initramfs-tools(7) and initramfs.conf(5) (`ip=`, IP=),
dracut.cmdline(7) (`ip=`, `bond=`, `bridge=`, `team=`, `vlan=`).
"""

import ipaddress
from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, warn

_RUNNING = "/proc/cmdline"
_FILES = ("/etc/default/grub", "/etc/kernel/cmdline", "/etc/initramfs-tools/initramfs.conf")
_MORE = (
    "/etc/default/grub.d/*.cfg",
    "/boot/loader/entries/*.conf",
    "/etc/initramfs-tools/conf.d/*",
    "/etc/dracut.conf.d/*.conf",
)
_WORD = regex(r"(?<![\w.-])((?:ip|IP|bond|bridge|team|vlan)=[^\s\"']+)")
_TO_DEVICE = 6
"""How many fields `ip=` has up to the device, with it."""
_BRACKETS = regex(r"\[[^]]*\]")
_IPV6 = "[]"
_NOTHING = frozenset({"none", "off"})
_ANY = frozenset({"", "dhcp", "on", "any", "dhcp6", "auto6", "either6", "ibft", "both", "rarp"})
_OURS = ("/etc/initramfs-tools/", "/boot/loader/entries/", "/etc/default/grub", "/etc/dracut.conf")


def paths(tree: Tree) -> set[str]:
    """Every file that is looked at."""
    return {_RUNNING, *_FILES, *(path for pattern in _MORE for path in tree.glob(pattern))}


def configured(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """Each word that gives one of these links an address, or makes one of them."""
    bond, told = answers.bond, set[str]()
    ours = {bond.name, answers.bridge.name, *bond.slaves}
    for path in sorted(facts.files, key=lambda it: (it == _RUNNING, it)):
        if path not in (_RUNNING, *_FILES) and not path.startswith(_OURS):
            continue
        for number, line in enumerate(facts.said(path).splitlines(), 1):
            for word in _WORD.findall("" if line.lstrip().startswith("#") else line):
                whom = _whom(word) & ours
                if word in told or not (whom or _of_any(word)):
                    continue
                told.add(word)
                link = " and ".join(sorted(whom)) or "a NIC"
                yield warn(
                    "configured-before-root",
                    f"{path}:{number}",
                    f"`{word}` has the initramfs configure {link} before any file of the network "
                    "is read; what it sets stays on a slave.",
                    "Take it out where nothing needs it; where the disk is unlocked over the "
                    "network, see that the initramfs takes the address off again.",
                )


def _whom(word: str) -> set[str]:
    """Every name in it."""
    key, _, value = word.partition("=")
    if key.lower() != "ip":
        return {name for part in value.split(":") for name in part.split(",")}
    fields = _fields(value)
    return {fields[0]} if len(fields) < _TO_DEVICE else {fields[_TO_DEVICE - 1]}


def _of_any(word: str) -> bool:
    """Does it configure a NIC without saying which?"""
    key, _, value = word.partition("=")
    fields = _fields(value)
    if key.lower() != "ip" or fields[0] in _NOTHING:
        return False
    if len(fields) < _TO_DEVICE:
        return fields[0] in _ANY or _is_address(fields[0])
    return not fields[_TO_DEVICE - 1]


def _fields(value: str) -> list[str]:
    """Its fields; in the place of an IPv6 address, which is in brackets, `_IPV6`."""
    return _BRACKETS.sub(_IPV6, value).split(":")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return text == _IPV6
    return True
