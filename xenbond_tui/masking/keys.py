"""The keys whose values are secret, by the format of the file: the one table of them.

Names are compared in lower case, with `-` for `_`; patterns as fnmatch takes them. Too much masked
hides a word; too little shows a password.
"""

import re
from enum import StrEnum
from functools import lru_cache

from xenbond_tui.regex import fits, regex


class Format(StrEnum):
    """How a file is written, as far as keys and values go."""

    YAML = "yaml"
    """netplan, also its passthrough to NetworkManager (`wifi-security.psk: …`)."""
    KEYFILE = "keyfile"
    """NetworkManager's connections."""
    UNIT = "unit"
    """systemd-networkd's .network, .netdev and .link, and other `key=value` below /etc."""
    SHELL = "shell"
    """Shell assignments: ifcfg-*, keys-*, xl.conf."""
    INTERFACES = "interfaces"
    """interfaces(5)."""
    SEXPR = "sexpr"
    """xend-config.sxp."""
    UNKNOWN = "unknown"
    """Any of these."""


SECRETS: dict[Format, tuple[str, ...]] = {
    Format.YAML: (
        # netplan.readthedocs.io/en/stable/netplan-yaml: access-points, auth, modems, tunnels;
        # keys: {private, shared, input, output} of a tunnel or a peer.
        *("password", "psk", "pin", "key", "keys", "*password", "*passphrase", "*secret*"),
        *("private-key", "preshared-key", "*[.]psk", "*[.]pin", "*[.]wep-key*", "*password-raw"),
        *("*[.]private-key", "*[.]preshared-key", "*mka-cak"),
    ),
    Format.KEYFILE: (
        # nm-settings-keyfile(5): 802-11-wireless-security, 802-1x, wireguard, macsec, gsm, pppoe.
        *("psk", "wep-key*", "password*", "*-password", "*-password-raw", "pin", "*pin"),
        *("secret*", "*-secret", "private-key", "preshared-key", "mka-cak", "*passphrase*"),
    ),
    Format.UNIT: (
        # systemd.netdev(5): WireGuard, WireGuardPeer, MACsec…Association, Tunnel; wpa_supplicant.
        *("privatekey", "presharedkey", "password*", "key", "inputkey", "outputkey", "psk", "pin"),
        *("*password", "*passwd", "*passphrase*", "*secret*", "wep-key*"),
    ),
    Format.SHELL: (
        # nm-settings-ifcfg-rh(5), initscripts' sysconfig.txt; IPsec's keys-IFACE; xl.conf(5).
        *(
            "key",
            "key[0-9]*",
            "key-passphrase*",
            "key-ah-*",
            "key-esp-*",
            "psk",
            "*-psk",
            "*-psk-*",
        ),
        *("*passw*", "*passphrase*", "pin", "*-pin", "*secret*", "*-cak", "*-private-key"),
    ),
    Format.INTERFACES: (
        # wpasupplicant's README.Debian, wireless-tools, ifupdown-ng and ifupdown2 for tunnels.
        *("wpa-psk*", "*passw*", "*passphrase*", "wpa-pin*", "wpa-wep-key*", "wireless-key*"),
        *("*secret*", "*private-key*", "*preshared-key*", "psk"),
    ),
    Format.SEXPR: ("*passw*", "*secret*"),
}
"""Format → the keys, with the manual they are from."""
SECRETS[Format.UNKNOWN] = tuple(sorted({key for keys in SECRETS.values() for key in keys}))

NOT_SECRET = ("*-flags", "*-type", "key-mgmt", "key-management", "public", "*passwd-file")
"""Beside them: how a secret is kept, and what is published anyway."""

ALL_SECRET_SECTIONS = ("vpn-secrets",)
"""Sections of a keyfile in which every value is one."""
ALL_SECRET_FILES = regex(r"/keys-[^/]+\Z")
"""Files of assignments in which every value is one."""

COMMANDS = tuple(
    regex(expression, re.IGNORECASE)
    for expression in (
        r"\biwconfig\b.{0,400}?\b(?:key|enc)[ \t]+(\S.*)",
        r"\bwpa_passphrase[ \t]+\S+[ \t]+(\S.*)",
        r"\bmacsec\b.{0,400}?\bkey[ \t]+\S+[ \t]+(\S+)",
        r"\bxfrm\b.{0,400}?\b(?:auth|enc|aead|auth-trunc)[ \t]+\S+[ \t]+(\S.*)",
        r"\b(?:nmcli|wpa_cli|iwctl|iw|pppd|xenstore-write)\b.{0,400}?"
        r"(?:psk|passw(?:or)?d|passphrase|secret|pin|wep-key\d?|private-key)[\w.-]*[ \t]+(\S.*)",
    )
)
"""Secrets that are words of a command, in a stanza's `up` or anywhere else."""

WORDS = regex(
    r"""(?<![\w./-])
    [\w.-]*?(?:psk|passw(?:or)?d|passphrase|secrets?|(?:preshared|private)[-_]?key|wep[-_]key\d*
              |wireless[-_]key\d*|[-_]cak)(?:[-_]raw)?
    ["']?(?:[ \t]*[=:][ \t]*|[ \t]+(?=["'])
          |(?<=wpa-psk)[ \t]+|(?<=wpa-passphrase)[ \t]+|(?<=wpa-password)[ \t]+
          |(?<=wireless-key)[ \t]+|(?<=wireless-key[0-9])[ \t]+)
    ("(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? | [^\s,;}\])"']+)""",
    re.VERBOSE | re.IGNORECASE,
)
"""Key and value anywhere in a line of text, whatever it is from: group 1 is the value."""


@lru_cache(maxsize=1024)
def is_secret(format: Format, key: str) -> bool:
    """Whether a key's value must not be shown."""
    name = key.strip().strip("\"'").lower().replace("_", "-")
    if any(fits(name, pattern) for pattern in NOT_SECRET):
        return False
    return any(fits(name, pattern) for pattern in SECRETS[format])


def format_of(path: str) -> Format:
    """How a file of that path is written."""
    name = path.rpartition("/")[2]
    if name.endswith((".yaml", ".yml")):
        return Format.YAML
    if "/NetworkManager/" in path and not name.endswith(".conf"):
        return Format.KEYFILE
    if name.endswith((".network", ".netdev", ".link", ".nspawn")):
        return Format.UNIT
    if "/sysconfig/" in path:
        return Format.SHELL
    if "/network/interfaces" in path:
        return Format.INTERFACES
    return Format.SEXPR if name.endswith(".sxp") else Format.UNKNOWN
