"""The profiles as they are to be: the slaves', the bond's, the bridge's.

A profile that is one NIC's alone becomes the slave's: nothing is left beside it that could come up
in its place, and what it says of the NIC itself stays. What it says of the address goes to the
bridge, line by line. A profile that fits several NICs is left as it is, and outranked.
"""

from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.guest_ports import PLUGGED
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE
from xenbond_tui.stacks.networkmanager import address, bond, carry
from xenbond_tui.stacks.networkmanager.files import Profile, Profiles, boolean, subject, version
from xenbond_tui.stacks.networkmanager.places import ETC, GUESTS, MACHINE_ID, SUFFIX
from xenbond_tui.stacks.outcome import why_bridge
from xenbond_tui.value import dataclass, replace

_GUESTS = """\
# Guests' ports are plugged by Xen and libvirt: NetworkManager leaves them where they are.
[keyfile]
unmanaged-devices+={}
"""
GUESTS_TEXT = _GUESTS.format(";".join(f"interface-name:{name}*" for name in PLUGGED))
GUESTS_TEXTS = (GUESTS_TEXT, _GUESTS.format("interface-name:vif*;interface-name:tap*"))
"""As well the text that earlier versions wrote."""
MOST_PRIORITY = 999
_NAMESPACE = "8f1c2b0e-5a4d-4c7f-9b1e-6d3a2f70c5e4"
_MASTER, _PORT = ("controller", "master"), ("port-type", "slave-type")
_PORT_SETTINGS = ("bridge-port", "bond-port", "team-port")
"""Versions from 1.46 on have new words and read both; the old ones are all that others read."""


@dataclass(frozen=True, slots=True)
class Named:
    """A profile as nmcli is told of it."""

    path: str
    uuid: str
    """Or the id, in the rare file without a UUID."""
    by: str = "uuid"


def named(profile: Profile) -> Named:
    """What nmcli calls a profile by."""
    if profile.uuid:
        return Named(profile.path, profile.uuid)
    stem = profile.path.rpartition("/")[2].removesuffix(SUFFIX)
    return Named(profile.path, profile.get("connection", "id") or stem, "id")


class Editor:
    """Profiles edited in memory: of a set-up, and those a removal shares with it."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        """Reads the profiles.

        Raises:
            XenbondError: one can't be read.
        """
        self.facts = facts
        self.answers = answers
        self.profiles = Profiles(facts)
        self.nics = {name: subject(facts, name) for name in answers.bond.slaves}
        self.version = version(facts)
        self.files: dict[str, IniFile] = {}
        """What is edited so far, by the path it is to have."""

    def source(self) -> Profile | None:
        """The profile that has the address today; None when the bridge's has it, or none has."""
        bridge = self.profiles.made(self.answers.bridge.name, "bridge")
        if bridge is not None and self._has_address(bridge):
            return None
        own = self.profiles.made(self.answers.bond.name, "bond")
        found = [own] if own is not None else []
        found += [item for nic in self.nics.values() if (item := self.profiles.of(nic)) is not None]
        found = [item for item in found if not item.master and self._has_address(item)]
        # Who only listens to routers gives away the address where nobody else has one.
        better = [item for item in found if address.method(item.file) != "none"]
        return min(better or found, key=self._unlikely, default=None)

    def _has_address(self, profile: Profile) -> bool:
        announced = profile.get("ipv6", "method") in ("auto", "dhcp")
        return announced or address.method(profile.file) != "none"

    def _unlikely(self, profile: Profile) -> tuple[bool, bool, bool]:
        wanted = set(self.answers.bridge.addresses)
        link = self.facts.link(self.profiles.link_of(profile))
        nics = [link] if link is not None else [n for n in self.nics.values() if profile.fits(n)]
        runs = any(nic.shared for nic in nics)
        return (not wanted & set(address.cidrs(profile.file, 4)), not runs, profile.own)

    def edit(self) -> None:
        """Write all files as they are to be.

        Raises:
            XenbondError: one can't be edited without guessing.
        """
        bond_name, bridge_name = self.answers.bond.name, self.answers.bridge.name
        source = self.source()
        taken = None if source is None else carry.copy(source.file)
        for name in self.nics:
            self._slave(name)
        for former in self.profiles.ports(bond_name):
            if former.path not in self.files and self.profiles.link_of(former) not in self.nics:
                self._released(former)
        self._bond()
        self._bridge(taken)
        why = {bond_name: f"{bond_name}, a port of {bridge_name}"}
        why[bridge_name] = why_bridge(self.answers.bridge)
        for path, file in self.files.items():
            named_for = file.get("connection", "interface-name") or ""
            master = file.get("connection", "master") or file.get("connection", "controller")
            becomes = (
                f"a slave of {bond_name}" if master == bond_name else "not brought up by itself"
            )
            self.profiles.write(path, file.render(), why.get(named_for, becomes))
        self.profiles.write(GUESTS, GUESTS_TEXT, "guests' ports are left alone", 0o644)

    def slave(self, name: str) -> Named:
        """The slave's profile, as it is to be."""
        return self._made(f"{self.answers.bond.name}-{name}", self._own(name))

    def made(self) -> tuple[Named, Named]:
        """The bridge's and the bond's profile, as they are to be."""
        answers = self.answers
        return (
            self._made(answers.bridge.name, self.profiles.made(answers.bridge.name, "bridge")),
            self._made(answers.bond.name, self.profiles.made(answers.bond.name, "bond")),
        )

    def _made(self, name: str, profile: Profile | None) -> Named:
        if profile is None:
            return Named(self.path(name), self.uuid(name))
        return replace(named(profile), path=self._home(profile))

    def _own(self, name: str) -> Profile | None:
        """The NIC's profile, when it is a file and for that NIC alone."""
        profile = self.profiles.of(self.nics[name])
        if profile is None or profile.own or not profile.literal(self.nics[name]):
            alone = [
                item for item in self.profiles.all if not item.own and item.literal(self.nics[name])
            ]
            return alone[0] if len(alone) == 1 else None
        return profile

    def uuid(self, name: str) -> str:
        """The same for the same link of the same host, so that a plan is the same every time."""
        state = self.facts.files.get(MACHINE_ID)
        machine = "" if state is None else state.data.decode("ascii", "replace").strip()
        # Only now: it loads platform and ctypes for UUIDs of other kinds.
        from uuid import UUID, uuid5

        return str(uuid5(UUID(_NAMESPACE), f"{machine}/{name}"))

    def slave_uuid(self, name: str) -> str:
        """Of a profile that was made for a slave alone."""
        return self.uuid(f"{self.answers.bond.name}-{name}")

    def path(self, stem: str) -> str:
        """Where a new profile goes.

        Raises:
            XenbondError: something NetworkManager does not read is there.
        """
        path = f"{ETC}/{stem}{SUFFIX}"
        if path in self.facts.files and not any(item.path == path for item in self.profiles.all):
            raise XenbondError.at(
                path,
                "NetworkManager does not read it as it is, so I don't know whose it is. "
                "It was left untouched; remove it or put it right, and try again.",
            )
        return path

    def _home(self, profile: Profile) -> str:
        """Where its edited text goes: a file in /etc replaces one in /usr/lib."""
        return f"{ETC}/{profile.path.rpartition('/')[2]}"

    def open(self, profile: Profile) -> IniFile:
        """A profile open for editing, where its edited text goes."""
        path = self._home(profile)
        if path not in self.files:
            self.files[path] = IniFile.parse(path, profile.file.render(), KEYFILE)
        return self.files[path]

    def fresh(self, stem: str, kind: str) -> IniFile:
        """A new profile, open for editing."""
        path = self.path(stem)
        file = IniFile.parse(path, "", KEYFILE)
        file.append_section("connection", ("id", stem), ("uuid", self.uuid(stem)), ("type", kind))
        self.files[path] = file
        return file

    def _slave(self, name: str) -> None:
        nic, bond_name = self.nics[name], self.answers.bond.name
        profile = self._own(name)
        if profile is None:
            file = self.fresh(f"{bond_name}-{name}", "ethernet")
            known = nic.permanent_mac if nic.permanent_mac_source != "current" else ""
            if known:
                file.append_section("ethernet", ("mac-address", known.upper()))
            else:
                file.set("connection", "interface-name", name)
        else:
            file = self.open(profile)
            carry.drop(file)
            if profile not in self.profiles.ports(bond_name):
                carry.drop_mac(file)
            if profile.get("connection", "autoconnect") and not profile.autoconnects:
                file.set("connection", "autoconnect", "true")
            _for_everybody(file)
        self._outrank(file, nic, 0 if profile is None else profile.priority)
        _port_of(file, bond_name, "bond")
        bond.write_port(file, self.answers.bond, name)
        for other in self.profiles.all:
            if other is not profile and other.literal(nic) and not other.own and other.autoconnects:
                self.open(other).set("connection", "autoconnect", "false")

    def _outrank(self, file: IniFile, nic: Link, own: int) -> None:
        """One for any NIC must not come up in the slave's place."""
        rivals = [
            item
            for item in self.profiles.all
            if item.fits(nic) and not item.literal(nic) and not item.own and item.autoconnects
        ]
        highest = max((item.priority for item in rivals), default=own - 1)
        if highest >= MOST_PRIORITY:
            rival = next(item for item in rivals if item.priority == highest)
            raise XenbondError.at(
                rival.path,
                f"fits {nic.name} too, and its autoconnect-priority={highest} can't "
                "be outranked. Nothing was changed; lower it, and try again.",
            )
        if highest >= own:
            file.set("connection", "autoconnect-priority", str(highest + 1))

    def _released(self, profile: Profile) -> None:
        """A slave no longer; a file that was made for that alone goes."""
        bond_name = self.answers.bond.name
        if profile.uuid == self.slave_uuid(self.profiles.link_of(profile)):
            self.profiles.delete(profile.path, f"no longer a slave of {bond_name}")
            return
        file = self.open(profile)
        free(file)
        file.set("connection", "autoconnect", "false")

    def _bond(self) -> None:
        name = self.answers.bond.name
        profile = self.profiles.made(name, "bond")
        if profile is None:
            file = self.fresh(name, "bond")
            file.set("connection", "interface-name", name)
            file.set("connection", "autoconnect-slaves", "1")
        else:
            file = self.open(profile)
            mtu = profile.get("ethernet", "mtu")
            carry.drop(file)
            if mtu:
                file.set("ethernet", "mtu", mtu)
            _for_everybody(file)
        _port_of(file, self.answers.bridge.name, "bridge")
        bond.write_options(file, self.answers.bond)

    def _bridge(self, taken: IniFile | None) -> None:
        bridge = self.answers.bridge
        profile = self.profiles.made(bridge.name, "bridge")
        if profile is None:
            file = self.fresh(bridge.name, "bridge")
            file.set("connection", "interface-name", bridge.name)
            file.set("connection", "autoconnect-slaves", "1")
        else:
            file = self.open(profile)
            _for_everybody(file)
        said = normal_mac(
            file.get("ethernet", "cloned-mac-address") or file.get("bridge", "mac-address") or ""
        )
        if normal_mac(bridge.mac) and said != bridge.mac:
            file.set("ethernet", "cloned-mac-address", bridge.mac.upper())
        if profile is None:
            # Without a word NetworkManager has spanning tree on (nm-setting-bridge.c).
            file.set("bridge", "stp", "false")
        # With spanning tree on a delay below 2 s makes the profile invalid (verify() there).
        if boolean(file.get("bridge", "stp")) is False and not file.get("bridge", "forward-delay"):
            file.set("bridge", "forward-delay", "0")
        if taken is not None:
            carry.give(file, taken)
        address.settle(file, bridge, self.version)
        mtu = file.get("ethernet", "mtu") if bridge.mtu is None else str(bridge.mtu)
        if mtu is not None:
            # A bridge takes the least MTU of its ports, and slaves take the bond's.
            for path in (self.made()[1].path, file.path):
                if self.files[path].get("ethernet", "mtu") != mtu:
                    self.files[path].set("ethernet", "mtu", mtu)


def _for_everybody(file: IniFile) -> None:
    """A profile with permissions comes up while that user is logged in (nm-settings-nmcli(5))."""
    if file.get("connection", "permissions"):
        file.remove(*file.entries("connection", "permissions"))


def _port_of(file: IniFile, master: str, kind: str) -> None:
    for words, value in ((_MASTER, master), (_PORT, kind)):
        there = [word for word in words if file.get("connection", word) is not None]
        for word in there or words[-1:]:
            file.set("connection", word, value)
    _drop_port_settings(file, but=f"{kind}-port")


def free(file: IniFile) -> None:
    """A port no longer."""
    file.remove(*file.entries("connection", *_MASTER, *_PORT))
    _drop_port_settings(file)


def _drop_port_settings(file: IniFile, but: str = "") -> None:
    """What was said of a port of another kind: with it NetworkManager reads the profile as invalid.

    Source: verify() of nm-setting-bridge-port.c, nm-setting-bond-port.c, nm-setting-team-port.c.
    """
    parts = [part for part in file.sections(*_PORT_SETTINGS) if part.name != but]
    for part in parts:
        file.remove_section(part)
    if parts:
        file.trim()
