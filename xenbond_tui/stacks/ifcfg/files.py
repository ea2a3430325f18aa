"""The files of Red Hat network-scripts, and which link each is about.

Sources: ifup, ifup-eth and network-functions of initscripts (RHEL 5 to 8).
"""

import re
from collections.abc import Callable, Iterator

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.files.shell import ShellFile, parse
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.rules import units
from xenbond_tui.stacks.ifcfg.places import (
    FUNCTIONS,
    LEASES,
    NETWORK,
    NETWORK_MANAGER,
    NM_SERVICE,
    PREFIX,
    pid_file,
)
from xenbond_tui.typed import TYPE_CHECKING
from xenbond_tui.value import dataclass, replace

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

_IGNORED = ("~", ".bak", ".old", ".orig", ".rpmnew", ".rpmorig", ".rpmsave")
_ALIAS = regex(r":|-range")
_OFF = re.compile(rb"ONBOOT=[\"']?no", re.IGNORECASE)
_NAME_BEFORE_RHEL6 = regex(r"[^-]+")


@dataclass(slots=True)
class Config:
    """One ifcfg file; its `file` is edited in place."""

    path: str
    file: ShellFile
    state: FileState | None
    """None for a file that does not exist yet."""

    @property
    def name(self) -> str:
        """What ifup and ifdown call it: the part behind `ifcfg-`."""
        return self.path.removeprefix(PREFIX)

    def value(self, key: str) -> str | None:
        """A value, or None also where the shell would have to compute it."""
        try:
            return self.file.get(key)
        except XenbondError:
            return None

    @property
    def device(self) -> str | None:
        """The link it is about, as far as the file says."""
        return self.value("DEVICE")

    @property
    def hwaddr(self) -> str:
        """HWADDR in lower case; "" without one."""
        return (self.value("HWADDR") or "").lower()

    @property
    def link(self) -> str:
        """The link it is about, by DEVICE or else by the file's name."""
        return self.device or self.name

    def no(self, key: str) -> bool:
        """Is a switch said to be off?"""
        return (self.value(key) or "").lower() == "no"

    def where(self, key: str) -> str:
        """`path:line` of what decides a key's value."""
        return f"{self.path}:{self.file.line(key)}"

    def change(self, why: str) -> FileChange:
        """What became of it."""
        return FileChange.of(self.path, self.state, self.file.render().encode(), why)


OLDEST_RELEASE = 7
"""First release whose dhclient-script tells the kernel how long an address is leased."""
_FIXED = regex(r"^[ \t]*fixed-address[ \t]+([0-9.]+);", re.MULTILINE)
"""dhclient.leases(5): the newest lease is the last."""
_IPV6 = "NETWORKING_IPV6"
"""Key of /etc/sysconfig/network without which RHEL 5 has no IPv6."""


def release(facts: HostFacts) -> int:
    """The release of Red Hat Enterprise Linux these scripts belong to; 8 when nothing says.

    Without a release file the kernel's own version tells: 2.6.18-164.el5.
    """
    match = re.match(r"\d+", facts.system.version)
    if facts.system.distribution_id != "fedora" and match is not None:
        return int(match.group())
    built = re.search(r"\.el([0-9]{1,2})", facts.system.kernel)
    if match is None and built is not None:
        return int(built[1])
    return 5 if match is None and facts.system.kernel.startswith("2.6.18") else 8


def passed_over(facts: HostFacts) -> tuple[str, ...]:
    """Ends of names of ifcfg files that this host's scripts do not read.

    `.old` is one of them since initscripts 9.49.40 only, so the scripts' own patterns are asked;
    where none is there to read, the release.
    """
    patterns = [
        line
        for path in FUNCTIONS
        for line in facts.said(path).split("\n")
        if ".rpmsave" in line and not line.lstrip().startswith("#")
    ]
    if patterns:
        return tuple(end for end in _IGNORED if all(end in line for line in patterns))
    return tuple(end for end in _IGNORED if end != ".old" or release(facts) >= 8)


def takes_part(facts: HostFacts) -> bool:
    """Is NetworkManager there, and might take a link? A copy of /etc tells by what starts it."""
    return NETWORK_MANAGER in facts.present or units.started_by(facts, NM_SERVICE) is not None


def bad_config_name(name: str, major: int) -> str | None:
    """Why a link of that name can't have an ifcfg file; None when it can."""
    if major <= 5 and not _NAME_BEFORE_RHEL6.fullmatch(name):
        return "has a dash in it, which RHEL 5's scripts take for a profile of another file"
    if name.endswith(_IGNORED):
        return "ends like a backup file, which the scripts pass over"
    return None


def known_mac(link: Link, config: Config) -> str | None:
    """A NIC's permanent MAC, or None when all that is known may be borrowed or made up.

    HWADDR must be the permanent one: ifup ignores a NIC whose MAC at boot is another.
    """
    mac = link.permanent_mac
    # No card is made with a locally administered MAC (IEEE 802, the second bit of the first byte).
    local = bool(mac) and int(mac[:2], 16) & 2
    made_up = link.permanent_mac_source == "current" and (config.value("MACADDR") or local)
    return None if link.mac_may_be_borrowed or made_up else mac or None


def tried(said: "Callable[[ShellFile], T]", config: Config, otherwise: "T") -> "T":
    """What a file says, where it can be read: whoever edits it says which line can't."""
    try:
        return said(config.file)
    except XenbondError:
        return otherwise


class Scripts:
    """All ifcfg files of a host, read afresh for each use."""

    def __init__(self, facts: HostFacts) -> None:
        self.facts = facts
        self.release = release(facts)
        self.configs: list[Config] = []
        self.errors: dict[str, XenbondError] = {}
        """Path → why it can't be used, in words for the operator."""
        ignored = passed_over(facts)
        for path in sorted({*facts.files, *facts.unreadable}):
            if not path.startswith(PREFIX) or path.endswith(ignored) or path == f"{PREFIX}lo":
                continue
            bad = facts.unreadable.get(path)
            if bad is not None:
                text = f"{bad.reason}. It was left untouched."
                self.errors[path] = XenbondError.at(path, text)
                continue
            state = facts.files[path]
            if b"\r\n" in state.data:
                line = state.data.count(b"\n", 0, state.data.index(b"\r\n")) + 1
                self.errors[path] = XenbondError.at(
                    f"{path}:{line}",
                    "has Windows line endings, which the shell takes for a part of each value. "
                    "It was left untouched; take them out with: dos2unix",
                )
                continue
            try:
                self.configs.append(Config(path, parse(state.data, path, facts.kept), state))
            except XenbondError as error:
                self.errors[path] = error
        off = [it for it in self.configs if it.state is not None and _OFF.search(it.state.data)]
        self.spare = tuple(config for config in off if self._is_spare(config))
        """Files about a link that no boot starts, and `ifup` of the link's name does not find."""
        if self.spare:
            self.configs = [config for config in self.configs if config not in self.spare]

    def _is_spare(self, config: Config) -> bool:
        """Is it a copy that does nothing by itself, as ifcfg-eth0-old with ONBOOT=no?

        The init script starts each file that does not say ONBOOT=no, ifup of a bond each that names
        it as MASTER, ifup-aliases those of `eth0:1` and `eth0-range0`. `ifup eth0`, of udev too,
        finds ifcfg-eth0 before it looks into others (need_config).
        """
        if not config.no("ONBOOT") or "MASTER=" in config.file.render():
            return False
        name = self.about(config)
        if config.name == name or _ALIAS.search(config.name):
            return False
        path = PREFIX + name
        return any(it.path == path and self.about(it) == name for it in self.configs)

    def about(self, config: Config) -> str:
        """The link a file is about: by DEVICE, else by HWADDR, else by the file's own name."""
        if config.device or not config.hwaddr:
            return config.device or config.name
        links = (link for link in self.facts.links if not link.kind)
        return next((it.name for it in links if it.permanent_mac == config.hwaddr), config.name)

    def of_device(self, name: str) -> tuple[Config, ...]:
        """The files about a link: by DEVICE, else by HWADDR, else by the file's own name."""
        return tuple(config for config in self.configs if self._is_about(config, name))

    def _is_about(self, config: Config, name: str) -> bool:
        if (device := config.device) is not None:
            return device == name
        link = self.facts.link(name)
        if config.hwaddr and link is not None and not link.kind:
            return config.hwaddr == link.permanent_mac
        return config.name == name

    def one(self, name: str) -> Config:
        """The file about a link; an empty new one where there is none.

        Raises:
            XenbondError: it can't be read, or there are several.
        """
        path = PREFIX + name
        if path in self.errors:
            raise self.errors[path]
        found = self.of_device(name)
        if len(found) > 1:
            raise XenbondError.at(
                ", ".join(config.path for config in found),
                f"all are about {name}. "
                "They were left untouched; move all but one out of the directory.",
            )
        if found:
            return found[0]
        if any(config.path == path for config in self.configs):
            raise XenbondError.at(
                path, f"is about another link than {name}. It was left untouched."
            )
        return Config(path, ShellFile(path), None)

    def enslaved_to(self, bond: str) -> Iterator[Config]:
        """The files that name that bond as MASTER."""
        return (config for config in self.configs if config.value("MASTER") == bond)

    def everywhere(self, key: str) -> str | None:
        """A value of /etc/sysconfig/network, where it can be read.

        Whoever edits that file says which line it is that can't.
        """
        try:
            return self.network().get(key)
        except XenbondError:
            return None

    @property
    def listens(self) -> bool:
        """Does IPV6INIT=yes alone have a link listen to routers (ifup-ipv6)?"""
        try:
            network = self.network()
            said = {key: (network.get(key) or "").lower() for key in ("IPV6FORWARDING", _IPV6)}
        except XenbondError:
            return True
        return said["IPV6FORWARDING"] != "yes" and (self.release > 5 or said[_IPV6] == "yes")

    def network(self) -> ShellFile:
        """/etc/sysconfig/network; empty when it is not there.

        Raises:
            XenbondError: it can't be read.
        """
        bad = self.facts.unreadable.get(NETWORK)
        if bad is not None:
            raise XenbondError.at(NETWORK, f"{bad.reason}. It was left untouched.")
        state = self.facts.files.get(NETWORK)
        return ShellFile(NETWORK) if state is None else parse(state.data, NETWORK, self.facts.kept)


def lease_file(scripts: Scripts, link: str) -> str:
    """Where ifup has dhclient keep a link's leases (generate_lease_file_name).

    In `dhclient-eth0.leases`, and where there is no such file since RHEL 7 in
    `dhclient-UUID-eth0.lease`, which without UUID is `dhclient--eth0.lease` (ifup-eth).
    """
    path = f"{LEASES}/dhclient-{link}.leases"
    uuid = next((config.value("UUID") for config in scripts.of_device(link)), None)
    if path in scripts.facts.files or scripts.release < OLDEST_RELEASE:
        return path
    return f"{LEASES}/dhclient-{uuid or ''}-{link}.lease"


def as_leased(facts: HostFacts) -> HostFacts:
    """The host with the addresses dynamic that ifup's dhclient has.

    Before RHEL 7 its script gives them no lifetime, and the kernel takes them for static ones.
    Only where the file says dhcp and dhclient runs for the link, and only what it was leased.
    """
    scripts = Scripts(facts)
    return replace(facts, links=tuple(_as_leased(scripts, link) for link in facts.links))


def _as_leased(scripts: Scripts, link: Link) -> Link:
    configs = scripts.of_device(link.name)
    if pid_file(link.name) not in scripts.facts.files:
        return link
    if not any((it.value("BOOTPROTO") or "").lower() in ("dhcp", "bootp") for it in configs):
        return link
    held = [item for item in link.addresses if (item.family, item.scope) == (4, "global")]
    told = _FIXED.findall(scripts.facts.said(lease_file(scripts, link.name)))
    leased = {told[-1]} if told else {item.ip for item in held if len(held) == 1}
    addresses = (replace(it, dynamic=it.dynamic or it.ip in leased) for it in link.addresses)
    return replace(link, addresses=tuple(addresses))
