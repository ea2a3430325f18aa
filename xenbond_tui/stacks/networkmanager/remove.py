"""The way out: bond and bridge gone, what the bridge had is one NIC's again."""

from collections.abc import Iterator, Mapping

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation, CommonRemoval, refuse_what_cannot_go_along
from xenbond_tui.stacks.change_over.conditions import NeedsOutage, afterwards
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.networkmanager import address, carry
from xenbond_tui.stacks.networkmanager.activate import ByNetworkManager
from xenbond_tui.stacks.networkmanager.commands import RELOAD, bring_up, load
from xenbond_tui.stacks.networkmanager.files import Profile
from xenbond_tui.stacks.networkmanager.places import GUESTS
from xenbond_tui.stacks.networkmanager.transition import NmTransition, refuse_what_both_would_have
from xenbond_tui.stacks.networkmanager.unmanaged import left_alone
from xenbond_tui.stacks.networkmanager.write import (
    GUESTS_TEXTS,
    Editor,
    Named,
    free,
    named,
)
from xenbond_tui.stacks.steps import (
    announce,
    best_effort,
    gone,
    wait_carrier,
)
from xenbond_tui.typed import override

_OWN_KEYS = regex(
    r"id|uuid|type|interface-name|autoconnect.*|master|controller|slave-type|port-type|timestamp"
    r"|permissions|read-only|auth-retries|wait-device-timeout|multi-connect|down-on-poweroff"
)
_OWN_SECTIONS = ("bond", "bridge", "bridge-port")
_OWN_ETHERNET = ("mtu", "cloned-mac-address", "mac-address")


class RemovalDraft(CommonRemoval):
    """The removal in the making."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        """Reads the profiles.

        Raises:
            XenbondError: one can't be read, or none makes that bond.
        """
        super().__init__(facts, removal)
        self.editor = Editor(facts, removal.answers)
        self.profiles = self.editor.profiles
        bond = self.profiles.made(self.answers.bond.name, "bond")
        if bond is None:
            raise XenbondError(
                f"No profile of NetworkManager makes {self.answers.bond.name}; nothing was changed."
            )
        self.bond = bond
        self.bridge = self.profiles.made(self.answers.bridge.name, "bridge")
        self.gone = [item for item in (self.bridge, bond) if item is not None]
        ports = {
            self.profiles.link_of(it): it for it in reversed(self.profiles.ports(bond.interface))
        }
        self.slaves = {name: ports[name] for name in self.editor.nics if name in ports}
        """NIC → its profile of today."""
        self.given = self._given()

    @override
    def check(self) -> tuple[Finding, ...]:
        """As `Draft`: the profile that the NIC gets must be brought up."""
        return (*left_alone(self.facts, {self.removal.nic: "ethernet"}),)

    def _given(self) -> Named:
        """The profile the NIC is to have: its own, or a new one in the place of the slave's."""
        nic = self.removal.nic
        profile = self.slaves.get(nic)
        if profile is not None and not self._ours(profile, nic):
            return named(profile)
        return Named(self.editor.path(nic), self.editor.uuid(nic))

    def _ours(self, profile: Profile, name: str) -> bool:
        """Was it made for the slave alone?"""
        return profile.uuid == self.editor.slave_uuid(name)

    def write(self) -> tuple[FileChange, ...]:
        """As `Draft`."""
        lines = [*self._unclear(), *self._above()]
        refuse_what_cannot_go_along(lines, [item.interface for item in self.gone])
        holder = next((x for x in self.gone if x.file.sections(*address.SECTIONS)), self.gone[0])
        for name in self.editor.nics:
            self._nic(name, carry.copy(holder.file))
        for item in self.gone:
            self.profiles.delete(item.path, self.why)
        if self.facts.said(GUESTS) in GUESTS_TEXTS:
            self.profiles.delete(GUESTS, self.why)
        return self.profiles.changes()

    def activate(self) -> Activation:
        """The NIC leaves the bond and has the address too, while the other slave still carries."""
        nic, given = self.removal.nic, self.given
        return Removing(self.facts, self.answers, nic, given, self.slaves).unless(self._way)

    def _way(self) -> NmTransition:
        if not self.facts.access.knows_running:
            raise NeedsOutage("what runs there is not known")
        there = Editor(afterwards(self.facts, self.removal), self.answers)
        parted = ByNetworkManager(there).transition(self.given)
        if self.bridge is not None:
            refuse_what_both_would_have(parted.move, self.bridge)
        return parted

    def _nic(self, name: str, taken: IniFile) -> None:
        profile = self.slaves.get(name)
        ours = profile is not None and self._ours(profile, name)
        if profile is not None and ours:
            self.profiles.delete(profile.path, f"{name} is no slave any more")
        if name == self.removal.nic:
            if profile is None or ours:
                file = self.editor.fresh(name, "ethernet")
                file.set("connection", "interface-name", name)
            else:
                file = self.editor.open(profile)
                free(file)
            carry.give(file, taken)
            self.profiles.write(file.path, file.render(), self.why)
        elif profile is not None and not ours:
            file = self.editor.open(profile)
            free(file)
            # As installers leave a free NIC: known, and brought up when asked for.
            file.set("connection", "autoconnect", "false")
            for section in ("ipv4", "ipv6"):
                if not file.sections(section):
                    file.append_section(section, ("method", "auto"))
            self.profiles.write(file.path, file.render(), f"{name} is no slave any more")

    def _unclear(self) -> Iterator[str]:
        """Lines that are neither the bond's or bridge's own nor about the address."""
        for profile in self.gone:
            if not profile.path.startswith("/etc/"):
                yield f"{profile.path}: is not under /etc"
            for section in profile.file.sections():
                if section.name in (*_OWN_SECTIONS, *address.SECTIONS):
                    continue
                for line in section.entries:
                    key = line.key or ""
                    own = section.name == "connection" and (
                        _OWN_KEYS.fullmatch(key) or key in address.KEYS
                    )
                    ethernet = section.name in ("ethernet", "802-3-ethernet")
                    if not own and not (ethernet and key in _OWN_ETHERNET):
                        yield f"{profile.path}:{line.number}: {key}"

    def _above(self) -> Iterator[str]:
        """Profiles of other links that stand on the bond or the bridge."""
        names = {word for item in self.gone for word in (item.interface, item.uuid)} - {""}
        mine = {item.path for item in (*self.gone, *self.slaves.values())}
        for profile in self.profiles.all:
            if profile.path in mine:
                continue
            for part in profile.file.sections():
                for line in part.named("parent", "master", "controller"):
                    if line.value in names:
                        yield f"{profile.path}:{line.number}: {line.key}={line.value}"


class Removing(WithOutage):
    """One NIC again, by nmcli."""

    outage = Outage(1, 5, "while NetworkManager changes over")
    nm_checkpoint = True

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        nic: str,
        given: Named,
        slaves: Mapping[str, Profile],
    ) -> None:
        """`given`: what the NIC will have; `slaves`: NIC → its profile of today."""
        super().__init__(facts, answers, nic)
        self._given = given
        self._slaves = slaves
        self._nic = nic

    @override
    def bring_up(self) -> Iterator[Step]:
        nic, told = self._nic, best_effort(announce(self._nic, self.answers.bridge.addresses))
        yield load((self._given,))
        yield bring_up(nic, self._given, "with its address")
        yield wait_carrier(nic)
        yield from (*told, RELOAD, *gone(*self.both), *told)

    @override
    def bring_back(self) -> Iterator[Step]:
        yield RELOAD
        for name, profile in self._slaves.items():
            yield bring_up(name, named(profile), "as before")
        yield self.forwards_again()
