"""NetworkManager's profiles: where they lie, which of them count, whose they are, and edits.

One UUID has one profile: of /run, /etc and /usr/lib the first that has it
(src/core/settings/plugins/keyfile/nms-keyfile-plugin.c, nms-keyfile-storage.c). Which of several
that fit a NIC is brought up decides autoconnect-priority, then when each was used last.

What one NetworkManager can do and another can't: `version` tells by the directory of its plug-ins,
no command is run; it is asked once for a plan, and `able` with it. Options of [bond] have their own
table (`options.table`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE, Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.managed_links import NM_DEVICES
from xenbond_tui.stacks.base import EditedFiles
from xenbond_tui.stacks.networkmanager.at_boot import come_up
from xenbond_tui.stacks.networkmanager.places import DIRECTORIES, counts
from xenbond_tui.value import dataclass, field

PRIVATE = 0o600
_ETHERNET = ("ethernet", "802-3-ethernet")
"""The type's names, and the section's; nm-keyfile writes the short one since 1.0."""
_NICS = ("", "veth", "virtual")
"""Kinds of link that are NMDeviceEthernet; of a virtual one sysfs alone does not say which."""
_OWN = ".nmmeta"
"""A section of profiles that NetworkManager has made by itself, for as long as it runs."""
_NUMBER = regex(r"/NetworkManager/(\d+)\.(\d+)(?:\.(\d+))?[^/]*/libnm-")

Version = tuple[int, ...]
"""Two numbers or more: (1, 32, 12) is later than (1, 32)."""
IPV6_OFF = (1, 20)
"""First with ipv6.method=disabled (its NEWS); before, IPv6 could only be left to the kernel
(`ignore`)."""
IPV4_DAD = (1, 46)
"""First that without a word looks for duplicates of an IPv4 address before the link gets it (its
NEWS; _prop_get_ipv4_dad_timeout in nm-device.c: 200 ms, 0 in 1.44)."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One keyfile as it is: edits are made to another copy of it."""

    path: str
    file: IniFile
    uuid: str = field(init=False)
    """What nmcli calls it by."""
    type: str = field(init=False)
    """What kind of link it is for: ethernet, bond, bridge, vlan."""
    interface: str = field(init=False)
    """The link's name; "" where any will do."""
    master: str = field(init=False)
    """Name or UUID of the bond or bridge whose port the link is; "" for none."""

    def __post_init__(self) -> None:
        # Once, for each look at a host asks every profile for them.
        kind = self.get("connection", "type") or ""
        said = {
            "uuid": self.get("connection", "uuid"),
            "type": "ethernet" if kind in _ETHERNET else kind,
            "interface": self.get("connection", "interface-name"),
            "master": self.get("connection", "controller", "master"),
        }
        for name, value in said.items():
            object.__setattr__(self, name, value or "")

    def get(self, section: str, *keys: str) -> str | None:
        """The value of the first of these keys that is there."""
        for name in _alike(section):
            for key in keys:
                value = self.file.get(name, key)
                if value is not None:
                    return value
        return None

    def entries(self, section: str, *keys: str) -> tuple[Line, ...]:
        """The lines of these keys."""
        return tuple(it for name in _alike(section) for it in self.file.entries(name, *keys))

    @property
    def autoconnects(self) -> bool:
        """Is it brought up without being asked for?"""
        return boolean(self.get("connection", "autoconnect")) is not False

    @property
    def with_ports(self) -> bool | None:
        """Does it bring its ports up, too? None where it does not say."""
        return boolean(self.get("connection", "autoconnect-ports", "autoconnect-slaves"))

    @property
    def priority(self) -> int:
        """The greater is taken."""
        text = self.get("connection", "autoconnect-priority") or "0"
        return int(text) if re.fullmatch(r"-?\d{1,3}", text) else 0

    @property
    def own(self) -> bool:
        """Made by NetworkManager for as long as it runs: "Wired connection 1"."""
        return bool(self.file.sections(_OWN))

    def fits(self, link: Link) -> bool:
        """May NetworkManager bring it up on that NIC? True also where that is not known: `unsure`.

        Not on a bond, a bridge or the like, though it has a NIC's MAC
        (nm_device_check_connection_compatible() asks for the device's own type first).
        """
        if self.type != "ethernet" or link.kind not in _NICS:
            return False
        if self.interface not in ("", link.name):
            return False
        mac = self.get("ethernet", "mac-address")
        if mac and normal_mac(mac) != link.permanent_mac:
            return False
        return all(answer is not False for _, answer in self._asked(link))

    @property
    def pinned(self) -> bool:
        """Is it for one NIC by [match], which no other can fit?"""
        said = (self.get("match", key) or "" for key in ("path", "interface-name"))
        return any(re.fullmatch(r"[^;*?\[!|&\\]+;?", value) for value in said)

    def unsure(self, link: Link) -> Line | None:
        """The line by which it fits that NIC or does not, which can't be known here."""
        if not self.fits(link):
            return None
        return next((line for line, answer in self._asked(link) if answer is None), None)

    def _asked(self, link: Link) -> Iterator[tuple[Line, bool | None]]:
        """Each line of [match], and whether that NIC is what it asks for; None: not known."""
        known = {"interface-name": link.name, "path": link.id_path, "driver": link.driver or None}
        for line in (it for part in self.file.sections("match") for it in part.entries):
            patterns = [item for item in line.value.split(";") if item]
            if patterns:
                value = known.get(line.key or "")
                yield line, None if value is None else _matches(patterns, value)

    def literal(self, link: Link) -> bool:
        """Does it fit that NIC alone?"""
        named = self.interface == link.name or bool(self.get("ethernet", "mac-address"))
        return named and self.fits(link)


def _alike(section: str) -> tuple[str, ...]:
    return _ETHERNET if section == "ethernet" else (section,)


def _matches(patterns: Iterable[str], value: str) -> bool:
    """As nm_wildcard_match_check(): ! says what it must not be, & what it must; any of the rest."""
    optional = []
    for pattern in patterns:
        unless = pattern.lstrip("|&").startswith("!")
        fits = fnmatchcase(value, pattern.lstrip("|&!").removeprefix("\\")) is not unless
        if pattern.startswith(("&", "!")):
            if not fits:
                return False
        else:
            optional.append(fits)
    return not optional or any(optional)


def boolean(text: str | None) -> bool | None:
    """As GKeyFile reads it; None where nothing (sensible) is said."""
    if text in ("true", "1"):
        return True
    return False if text in ("false", "0") else None


class Profiles(EditedFiles):
    """All profiles of a host, and what becomes of them."""

    def __init__(self, facts: HostFacts) -> None:
        """Reads what NetworkManager reads.

        Raises:
            XenbondError: a file can't be read, or is not UTF-8.
        """
        super().__init__(facts, PRIVATE)
        self.facts = facts
        self.all, self.unread = facts.kept.of(facts, "profiles", lambda: _read(facts))
        """Those that count; and files that NetworkManager can't read, as `_read`."""
        self._by_link: dict[tuple[str, str], list[Profile]] = {}
        """Type and name of the link, "" for any → the profiles, of a thousand VLANs one each."""
        self._by_uuid: dict[str, Profile] = {}
        for item in self.all:
            self._by_link.setdefault((item.type, item.interface), []).append(item)
            self._by_uuid.setdefault(item.uuid, item)
        self._called = {*self._by_uuid, *(it.interface for it in self.all if it.type != "ethernet")}
        """What the profiles' master can be: UUIDs, and names of bonds, bridges and their like."""

    def made(self, name: str, kind: str) -> Profile | None:
        """The profile of the bond or bridge of that name; one of /etc before others."""
        found = self._by_link.get((kind, name), ())
        return min(found, key=lambda it: (self._rank(it), it.path), default=None)

    def about(self, link: Link) -> Profile | None:
        """What a boot brings that link up with, a bond or bridge too."""
        return self.made(link.name, link.kind) if link.kind in ("bond", "bridge") else self.of(link)

    def of(self, link: Link) -> Profile | None:
        """What that NIC is configured by: what it runs with, else what it would come up with."""
        # Of those that do not name another link.
        able = (it for name in (link.name, "") for it in self._by_link.get(("ethernet", name), ()))
        found = [item for item in able if item.fits(link)]
        active = self.active(link) if found else ""
        # One that names the NIC before one for any: when each was used last is not in them.
        return min(
            found,
            key=lambda it: (it.uuid != active, *self._rank(it), not it.literal(link), it.path),
            default=None,
        )

    def _rank(self, item: Profile) -> tuple[bool, bool, int]:
        return (item.own, not self._starts(item), -item.priority)

    def _starts(self, item: Profile) -> bool:
        """Is it brought up without being asked for?

        Not a port whose master has no profile: the NIC gets the next one that fits
        (measured with 1.52).
        """
        if not item.autoconnects or not item.master:
            return item.autoconnects
        if f"/etc/sysconfig/network-scripts/ifcfg-{item.master}" in self.facts.files:
            return True
        # That one is there is asked, not which: of two each may call the other its master.
        return item.master in self._called

    def active(self, link: Link) -> str:
        """The UUID of what the NIC runs with; "" where that is not known."""
        if not self.facts.access.knows_running:
            return ""
        text = self.facts.said(f"{NM_DEVICES}/{link.index}")
        match = re.search(r"^connection-uuid=(\S+)$", text, re.MULTILINE)
        return match[1] if match else ""

    def ports(self, master: str) -> tuple[Profile, ...]:
        """The profiles of what is a port of that bond or bridge, named by name or UUID."""
        made = {master, *(item.uuid for item in self.all if item.interface == master)}
        return tuple(item for item in self.all if item.master in made)

    def come_up(self) -> frozenset[Profile]:
        """Those that a boot brings up."""
        masters = {it: self._master(it) for it in self.all if it.master}
        by_themselves = (it for it in self.all if self._starts(it))
        return come_up(self.facts, by_themselves, masters, lambda it: it.with_ports)

    def _master(self, port: Profile) -> Profile | None:
        by_name = (self.made(port.master, kind) for kind in ("bond", "bridge"))
        return self._by_uuid.get(port.master) or next((it for it in by_name if it), None)

    def named(self, master: str) -> str:
        """The link that a profile calls its master by name or UUID."""
        found = self._by_uuid.get(master) if master else None
        return master if found is None else found.interface or self.link_of(found)

    def link_of(self, profile: Profile) -> str:
        """The NIC a profile of type ethernet is for; "" where that is not known."""
        if profile.interface:
            return profile.interface
        return next((link.name for link in self.facts.links if profile.literal(link)), "")


def _read(facts: HostFacts) -> tuple[tuple[Profile, ...], Mapping[str, int]]:
    """The profiles that count; files that can't be one → line, 0 where not only root can read it.

    Raises:
        XenbondError: as `Profiles`.
    """
    found, unread, seen = list[Profile](), dict[str, int](), set[str]()
    known = sorted({*facts.files, *facts.unreadable})
    for folder in DIRECTORIES:
        for path in known:
            if path.rpartition("/")[0] != folder or not counts(path):
                continue
            bad = facts.unreadable.get(path)
            if bad is not None:
                if bad.masked or bad.directory:
                    continue
                raise XenbondError.at(path, f"{bad.reason}. It was left untouched.")
            state = facts.files[path]
            if not state.data:
                continue
            profile = facts.kept.once(_profile, path, state.data)
            if not _private(state) or profile.file.stray():
                unread[path] = profile.file.stray()[0].number if _private(state) else 0
                continue
            if profile.uuid and profile.uuid in seen:
                continue
            seen.add(profile.uuid)
            found.append(profile)
    return tuple(found), unread


def _profile(path: str, data: bytes) -> Profile:
    return Profile(path, IniFile.parse(path, data, KEYFILE))


def subject(facts: HostFacts, name: str) -> Link:
    """That link, or as much as is known of one that is not listed."""
    known = facts.link(name)
    return known or Link(name, 0, "", "", "", "current", False, None, 1500)


def _private(state: FileState) -> bool:
    return not state.mode & 0o077 and state.uid == 0


def version(facts: HostFacts) -> Version | None:
    """(1, 42, 4); None where no plug-in tells."""
    found = (_NUMBER.search(path) for path in (*facts.files, *facts.unreadable))
    return max(
        (tuple(int(part or 0) for part in match.groups()) for match in found if match),
        default=None,
    )


def able(number: Version | None, since: Version) -> bool:
    """Can it? One whose version is not known is taken for a new one."""
    return number is None or number >= since


def detects(number: Version | None, *profiles: Profile) -> bool:
    """Does a link wait for its IPv4 address with one of these profiles (ipv4.dad-timeout)?"""
    said = [profile.get("ipv4", "dad-timeout") or "-1" for profile in profiles]
    return any(item not in ("-1", "0") for item in said) or (
        able(number, IPV4_DAD) and "-1" in said
    )
