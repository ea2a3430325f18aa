"""The kinds of words a command may be given that are not written down beforehand.

What a word is made of comes from files, the kernel, other programs and the operator. Each kind is a
question about one word, whose answer is yes only for what can be neither an option, nor another
path, nor a second word to whoever reads it.
"""

import os
import re
import shlex
from collections.abc import Callable
from functools import partial

from xenbond_tui.host.program import archive, own_argv

_LINK = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}"
"""A link's name: stricter than the kernel's rule (dev_valid_name), which takes `-f` and `$(id)`."""
_UUID = r"[A-Za-z0-9][A-Za-z0-9-]{0,127}"
"""NetworkManager takes more for a UUID than RFC 9562 does."""
_FILE_NAME = r"(?!\.{1,2}$)[^/]{1,255}"
_CHANGE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{1,6}"
_DRILL = r"[0-9]{8}-[0-9]{6}"
_LESS = (
    "KillMode|CapabilityBoundingSet|RestrictAddressFamilies|SystemCallArchitectures|"
    "LockPersonality|MemoryDenyWriteExecute|RestrictRealtime|RestrictNamespaces|NoNewPrivileges"
)
"""Properties of a unit that give it no more than it has without them."""
_LONGEST_PATH = 4095
_LONGEST_LABEL = 255
_LONGEST_TEXT = 1 << 16


def _matches(pattern: str, word: str) -> bool:
    return re.fullmatch(pattern, word) is not None


def _links(word: str) -> bool:
    """Names of links in one word, as ifenslave takes them."""
    return all(_matches(_LINK, name) for name in word.split(" "))


def _file(word: str) -> bool:
    """A whole path without detours; it begins with a slash, so it is no option."""
    normal = os.path.normpath(word) == word and word.startswith("/") and word[1:2] not in ("", "/")
    return normal and word.isprintable() and len(word) <= _LONGEST_PATH


def _profile(word: str) -> bool:
    """A file where NetworkManager keeps profiles; "Wired connection 1.nmconnection" is a name."""
    folders = "/(?:etc|run|usr/lib)/NetworkManager/system-connections"
    return word.isprintable() and _matches(f"{folders}/{_FILE_NAME}", word)


def _label(word: str) -> bool:
    """The name of a profile, which nmcli looks up: any text but an option."""
    long = len(word) > _LONGEST_LABEL
    return bool(word) and not long and word.isprintable() and not word.startswith("-")


def _text(word: str) -> bool:
    """A sentence for people, where the command takes it for nothing else."""
    return "\0" not in word and len(word) <= _LONGEST_TEXT


def _only(word: str) -> bool:
    """A regular expression that one link's name matches (ifreload -X)."""
    name = word[1:-1].replace("\\", "")
    return _matches(_LINK, name) and word == f"^{re.escape(name)}$"


def _python(word: str) -> bool:
    """The interpreter that we run in ourselves, or the one file."""
    return word == own_argv()[0]


def _stop(word: str) -> bool:
    """What systemd runs when a drill has ended: the drill's own restore."""
    try:
        *words, id, back = shlex.split(word)
    except ValueError:
        return False
    ours = tuple(words) == own_argv("drillworker", "--machine", "live", "--id")
    return ours and _matches(_DRILL, id) and back == "--back"


def _renamed(word: str) -> bool:
    """sed: leases of one link become another's."""
    pattern = f's/\\^ \\*interface "{_LINK}";\\$/  interface "{_LINK}";/'
    return _matches(pattern, word)


def _of(*patterns: str) -> Callable[[str], bool]:
    return partial(_matches, "|".join(patterns))


KINDS: dict[str, Callable[[str], bool]] = {
    "link": _of(_LINK),
    "links": _links,
    # The part of a file's name behind `ifcfg-`: it has no blank, and no slash that leads elsewhere.
    "config": _of(r"\w[\w.:@+-]{0,126}"),
    "number": _of(r"[0-9]{1,9}"),
    "uuid": _of(_UUID),
    "label": _label,
    "profile": _profile,
    "file": _file,
    "text": _text,
    "only": _only,
    "renamed": _renamed,
    "python": _python,
    "archive": lambda word: word == archive(),
    "host": _of(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"),
    # IDs of a change and of a drill: they are made of the time.
    "change": _of(_CHANGE),
    "drill": _of(_DRILL),
    "unit": _of(rf"xenbond-{_CHANGE}(?:--rollback)?", rf"xenbond-drill-{_DRILL}"),
    "announcer": _of(rf"xenbond-announce@{_LINK}\.service"),
    "less": _of(rf"(?:{_LESS})=[ -~]{{1,1000}}"),
    "stop": _stop,
    "checkpoint": _of("/org/freedesktop/NetworkManager/Checkpoint/[0-9]{1,9}"),
    # Where DHCP clients keep things. Whether the directory is root's is asked when it is used.
    "pidfile": _of(rf"(?:/var)?/run/(?:dhclient|udhcpc)[.-]{_LINK}\.pid"),
    "leases": _of(
        rf"/var/lib/dhcp3?/dhclient6?\.{_LINK}\.leases",
        rf"/var/lib/dhclient/dhclient-(?:(?:{_UUID})?-)?{_LINK}\.leases?",
    ),
    "dhcpconf": _of(rf"/etc/(?:dhcp3?/)?dhclient(?:-{_LINK})?\.conf"),
}
"""Name -> is the word of that kind?"""

_FILES = ("pidfile", "leases", "dhcpconf")


def is_file(word: str) -> bool:
    """Is it a file that a command reads or writes as root, wherever links lead it?"""
    return any(KINDS[kind](word) for kind in _FILES)
