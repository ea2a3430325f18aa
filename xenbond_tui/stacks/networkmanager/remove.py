"""The way out: bond and bridge gone, what the bridge had is one NIC's again."""

import re
from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.plan.plan import NETWORKMANAGER, Plan, Step
from xenbond_tui.stacks.change_over import Gap
from xenbond_tui.stacks.change_over.removal import afterwards
from xenbond_tui.stacks.networkmanager import address, carry
from xenbond_tui.stacks.networkmanager.commands import RELOAD, bring_up, load
from xenbond_tui.stacks.networkmanager.plan import GUESTS, GUESTS_TEXTS, Named, Planner, free, named
from xenbond_tui.stacks.networkmanager.profiles import Profile
from xenbond_tui.stacks.networkmanager.steps import Steps
from xenbond_tui.stacks.networkmanager.transition import NmTransition, refuse_what_both_would_have
from xenbond_tui.stacks.outcome import removed_expected, removed_summary, removed_why
from xenbond_tui.stacks.steps import (
    RESTORE_FILES,
    RESTORE_NETWORK,
    WRITE_FILES,
    announce,
    best_effort,
    gone,
    wait_carrier,
    wait_forwarding,
)

GAP = "1 to 5 seconds"
_OWN_KEYS = re.compile(
    r"id|uuid|type|interface-name|autoconnect.*|master|controller|slave-type|port-type|timestamp"
    r"|permissions|read-only|auth-retries|wait-device-timeout|multi-connect|down-on-poweroff"
)
_OWN_SECTIONS = ("bond", "bridge", "bridge-port")
_OWN_ETHERNET = ("mtu", "cloned-mac-address", "mac-address")


class Remover:
    """One removal in the making."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        """Reads the profiles.

        Raises:
            XenbondError: one can't be read, or none makes that bond.
        """
        self.removal = removal
        self.answers = removal.answers
        self.planner = Planner(facts, removal.answers)
        self.profiles = self.planner.profiles
        self.why = removed_why(removal)
        bond = self.profiles.made(self.answers.bond.name, "bond")
        if bond is None:
            raise XenbondError(
                f"No profile of NetworkManager makes {self.answers.bond.name}; nothing was changed."
            )
        self.bond = bond
        self.bridge = self.profiles.made(self.answers.bridge.name, "bridge")
        self.gone = [item for item in (self.bridge, bond) if item is not None]
        self.given = self._given()

    def _given(self) -> Named:
        """The profile the NIC is to have: its own, or a new one in the place of the slave's."""
        nic = self.removal.nic
        profile = self._slave(nic)
        if profile is not None and not self._ours(profile, nic):
            return named(profile)
        return Named(self.planner.path(nic), self.planner.uuid(nic))

    def _slave(self, name: str) -> Profile | None:
        ports = self.profiles.ports(self.answers.bond.name)
        return next((item for item in ports if self.profiles.link_of(item) == name), None)

    def _ours(self, profile: Profile, name: str) -> bool:
        """Was it made for the slave alone?"""
        return profile.uuid == self.planner.slave_uuid(name)

    def changes(self) -> Plan:
        """All files as they are to be.

        Raises:
            XenbondError: a line can't stay, and I don't know where it belongs.
        """
        lines = [*self._unclear(), *self._above()]
        if lines:
            names = " and ".join(item.interface for item in self.gone)
            raise XenbondError(
                f"{'; '.join(lines)}: can't stay when {names} go, and I don't know where it "
                "belongs. Nothing was changed; remove or rewrite it, and try again."
            )
        holder = next((x for x in self.gone if carry.says_address(x.file)), self.gone[0])
        for name in self.planner.nics:
            self._nic(name, carry.copy(holder.file))
        for item in self.gone:
            self.profiles.delete(item.path, self.why)
        state = self.planner.facts.files.get(GUESTS)
        if state is not None and state.data.decode("utf-8", "replace") in GUESTS_TEXTS:
            self.profiles.delete(GUESTS, self.why)
        seamless = self._seamless()
        return Plan(
            stack="networkmanager",
            changes=self.profiles.changes(),
            up=self._up() if seamless is None else seamless.forward(),
            down=self._down() if seamless is None else seamless.rollback(),
            expected=removed_expected(self.removal),
            summary=removed_summary(self.removal),
            gap=GAP if seamless is None else "",
            second_clock=NETWORKMANAGER,
        )

    def _nic(self, name: str, taken: IniFile) -> None:
        profile = self._slave(name)
        ours = profile is not None and self._ours(profile, name)
        if profile is not None and ours:
            self.profiles.delete(profile.path, f"{name} is no slave any more")
        if name == self.removal.nic:
            if profile is None or ours:
                file = self.planner.fresh(name, self.planner.uuid(name), "ethernet")
                file.set("connection", "interface-name", name)
            else:
                file = self.planner.open(profile)
                free(file)
            carry.give(file, taken)
            self.profiles.write(file.path, file.render(), self.why)
        elif profile is not None and not ours:
            file = self.planner.open(profile)
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
        slaves = {item.path for name in self.planner.nics if (item := self._slave(name))}
        mine = {item.path for item in self.gone} | slaves
        for profile in self.profiles.all:
            if profile.path in mine:
                continue
            for part in profile.file.sections():
                for line in part.named("parent", "master", "controller"):
                    if line.value in names:
                        yield f"{profile.path}:{line.number}: {line.key}={line.value}"

    def _seamless(self) -> NmTransition | None:
        """The removal without a gap; None where there will be one."""
        facts = self.planner.facts
        try:
            if not facts.live:
                return None
            after = afterwards(facts, self.removal)
            found = Steps(Planner(after, self.answers)).parted(self.given)
            if found is not None and self.bridge is not None:
                refuse_what_both_would_have(found.move, self.bridge)
        except Gap:
            return None
        return found

    def _up(self) -> tuple[Step, ...]:
        """The NIC leaves the bond and has the address too, while the other slave still carries."""
        nic = self.removal.nic
        return (
            WRITE_FILES,
            load((self.given,)),
            bring_up(nic, self.given, "with its address"),
            wait_carrier(nic),
            *best_effort(announce(nic)),
            RELOAD,
            *gone(self.answers.bridge.name, self.answers.bond.name),
            *best_effort(announce(nic)),
        )

    def _down(self) -> tuple[Step, ...]:
        """Back to the bond under the bridge, from any point of `up`."""
        slaves = [(name, item) for name in self.planner.nics if (item := self._slave(name))]
        return (
            RESTORE_FILES,
            *best_effort(
                RELOAD,
                *(bring_up(name, named(item), "as before") for name, item in slaves),
                wait_forwarding(self.answers.bridge.name, self.answers.bond.name),
            ),
            RESTORE_NETWORK,
        )


def remove(facts: HostFacts, removal: Removal) -> Plan:
    """The plan that takes bond and bridge away.

    Raises:
        XenbondError: no profile makes that bond, or one can't be edited without guessing.
    """
    return Remover(facts, removal).changes()
