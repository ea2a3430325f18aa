"""Names of links and MACs: what the kernel and every network stack accept."""

from xenbond_tui.regex import regex

RESERVED = {
    ".": "means a directory in /sys/class/net",
    "..": "means a directory in /sys/class/net",
    "bonding_masters": "is the file in /sys/class/net that makes bonds",
    "all": "means every link in /proc/sys/net",
    "default": "means links yet to come in /proc/sys/net",
    "lo": "is the loopback",
    **dict.fromkeys(
        ("none", "regex", "noregex", "glob", "noglob"), "is no link's name in bridge_ports"
    ),
    "renderer": "is a key of netplan's where names of links stand",
}
"""Names the kernel, its /proc and /sys trees, or the files keep for themselves, and why.

The words of bridge_ports: bridge-utils-interfaces(5), ifupdown2's parse_glob; netplan(5).
"""

LONGEST_NAME = 15
"""Bytes; IFNAMSIZ is 16 with the closing NUL (include/uapi/linux/if.h)."""

_USUAL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_MAC = regex(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}")


def normal_mac(text: str) -> str | None:
    """`AA-BB-…` or `aa:bb:…` as lower-case `aa:bb:cc:dd:ee:ff`; None when it is no 6-byte MAC.

    A multicast or zero MAC is still a MAC here; `bad_mac` says what a link cannot have.
    """
    wanted = text.strip().lower()
    return wanted.replace("-", ":") if _MAC.fullmatch(wanted) else None


def bad_mac(text: str) -> str | None:
    """Why a link cannot have this MAC, in words that follow it; None when it can."""
    mac = normal_mac(text)
    if mac is None:
        return "is not a MAC: six pairs of hexadecimal digits, such as 00:50:da:7a:51:45"
    if mac == "ff:ff:ff:ff:ff:ff":
        return "is the broadcast address"
    if mac == "00:00:00:00:00:00":
        return "is no address: all its digits are zero"
    if int(mac[:2], 16) & 1:
        return "is a multicast address: its first byte is odd"
    return None


def bad_link_name(name: str) -> str | None:
    """Why a link cannot be called this, in words that follow the name; None when it can.

    The kernel's own rules (dev_valid_name in net/core/dev.c), and those of the files that must
    hold the name: a `:` starts an alias, other characters would need quoting somewhere.
    """
    if not name:
        return "is empty"
    if name in RESERVED:
        return RESERVED[name]
    if not name.isascii():
        return "has a character that is not ASCII"
    if any(character.isspace() for character in name):
        return "has a blank in it"
    if any(not character.isprintable() for character in name):
        return "has a control character in it"
    if "/" in name:
        return "has a / in it"
    if ":" in name:
        return "has a : in it, which would make it an alias of another link"
    odd = name.strip(_USUAL)
    if odd:
        return f"has a {odd[0]} in it; use letters, digits, dot, dash and underscore"
    if not name[0].isalnum():
        return f"begins with {name[0]}; begin it with a letter or digit"
    if len(name) > LONGEST_NAME:
        return f"has {len(name)} characters; a link's name has {LONGEST_NAME} at most"
    return None
