"""Where netplan renders for NetworkManager.

What `netplan generate` writes below /run/NetworkManager is read when nmcli is told to, and carried
out profile by profile: so NetworkManager's own transition and edits hold here too, each write
followed by netplan's. `netplan apply` is left alone: it stops NetworkManager, takes every address
off its links, and returns before they are back.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import KEYFILE, IniFile
from xenbond_tui.plan.actions import Run, WaitForAddress
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.rules.addresses import parse_cidr
from xenbond_tui.stacks import change_over
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over import Direction, Edit, Gap
from xenbond_tui.stacks.change_over.removal import afterwards
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.programs import FILES
from xenbond_tui.stacks.netplan.read import read_answers
from xenbond_tui.stacks.networkmanager.capabilities import detects
from xenbond_tui.stacks.networkmanager.commands import (
    RELOAD,
    bring_up,
    disconnect,
    load,
    metrics_back,
)
from xenbond_tui.stacks.networkmanager.edit import by_networkmanager
from xenbond_tui.stacks.networkmanager.files import Profile
from xenbond_tui.stacks.networkmanager.transition import (
    Charge,
    NmTransition,
    refuse_what_both_would_have,
)
from xenbond_tui.stacks.networkmanager.version import version
from xenbond_tui.stacks.networkmanager.write import Named
from xenbond_tui.stacks.steps import (
    ADDRESS_TIMEOUT,
    RESTORE_NETWORK,
    announce,
    best_effort,
    gone,
    guests_back,
    wait_carrier,
    wait_forwarding,
)

OUTAGE = Outage(1, 5, "while netplan changes over")
"""How long the host is without its address while NetworkManager takes the NIC over."""
_PATIENCE = 5.0
"""Seconds: netplan's bridge brings no ports; a NIC that no profile runs on may still come."""
_PROFILE = "/run/NetworkManager/system-connections/netplan-{}.nmconnection"


class ByNetworkManager:
    """Up and down of one plan, as the files stand before they are edited."""

    def __init__(self, facts: HostFacts, answers: Answers, config: Configuration) -> None:
        self.facts = facts
        self.answers = answers
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        links = {nic: definition_of(facts, config, nic) for nic in answers.bond.slaves}
        self.slaves = {nic: _profile(link.id) for nic, link in links.items()}
        self.defined = [nic for nic, link in links.items() if link.definitions]
        self.way = self._way(config)
        removed = self.way.removed if isinstance(self.way, Edit) else ()
        self.former = {nic: _profile(definition_of(facts, config, nic).id) for nic in removed}

    def _way(self, config: Configuration) -> NmTransition | Edit | Gap:
        """How to change over without a gap, or why it can't be."""
        facts, answers = self.facts, self.answers
        try:
            if facts.link(self.bond) is None:
                return self._transition(facts, Direction.JOIN)
            return change_over.edit(facts, answers, read_answers(facts, config))
        except Gap as why:
            return why

    def _transition(self, facts: HostFacts, direction: Direction) -> NmTransition:
        """NetworkManager's own, with the profiles that netplan makes.

        Raises:
            Gap: it can't be done.
        """
        found = change_over.move(facts, self.answers, leases=direction is Direction.JOIN)
        if found.bridge_stays:
            raise Gap(f"{found.carrying} must leave {self.bridge} first")
        alone = self.slaves[found.carrying]
        running = self._read(alone, found.carrying)
        refuse_what_both_would_have(found, running)
        charge = self._charge((alone,), running)
        return NmTransition(facts, self.answers, found, charge, direction=direction, files=FILES)

    def _charge(self, alone: tuple[Named, ...] = (), running: Profile | None = None) -> Charge:
        made = (_profile(self.bridge), _profile(self.bond))
        duplicates = running is None or detects(version(self.facts), running)
        return Charge(self.slaves, made, alone, _PATIENCE, detects=duplicates)

    def _read(self, named: Named, link: str) -> Profile:
        state = self.facts.files.get(named.path)
        if state is None:
            raise Gap(f"no profile is known that {link} runs with")
        return Profile(named.path, IniFile.parse(named.path, state.data, KEYFILE))

    def activation(self) -> Activation:
        """Without an outage, or while NetworkManager takes the NIC over."""
        if isinstance(self.way, NmTransition):
            return self.way.activation()
        if isinstance(self.way, Edit):
            edit = by_networkmanager(self.way, self._charge(), self.former, FILES)
            return edit.activation()
        return Activation(self._plain(), self._plain_back(), OUTAGE.because(self.way))

    def beside(self) -> tuple[FileChange, ...]:
        """None: to NetworkManager the bridge is the same DHCP client by its MAC."""
        return ()

    def _plain(self) -> tuple[Step, ...]:
        """The NIC that carries comes last."""
        there = self.facts.link(self.bridge) is not None
        reapply = Run(("nmcli", "--wait", "90", "device", "reapply", self.bridge), 100.0)
        again = Step(f"Have {self.bridge} as its profile says", reapply)
        return (
            *FILES.written,
            RELOAD,
            *map(disconnect, self._ports()),
            *self._bond_up(),
            *(self._up(nic) for nic in sorted(self.slaves, key=self._carries)),
            wait_forwarding(self.bridge, self.bond),
            *best_effort(*([again] if there else [])),
            *guests_back(self.facts, self.answers),
            *self._addressed(self.bridge),
        )

    def _plain_back(self) -> tuple[Step, ...]:
        made = [name for name in (self.bridge, self.bond) if self.facts.link(name) is None]
        before = self._running()
        return (
            *FILES.restored,
            # The other NICs carry bond and bridge, address and all, until they are forgotten.
            *best_effort(
                *([load([self.slaves[nic] for nic in before])] if before else []),
                *self._bond_up(),
                *map(self._up, before),
                *(step for nic in before if self._carries(nic) for step in self._proven(nic)),
                RELOAD,
            ),
            *gone(*made),
            *metrics_back(self.facts, before),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    def removed(self, removal: Removal) -> Activation:
        """From the bond under the bridge to the address on one NIC, and back.

        Raises:
            XenbondError: the files can't be read.
        """
        try:
            parted = self._transition(afterwards(self.facts, removal), Direction.PART)
            # What it says of the address, the NIC's profile will say.
            refuse_what_both_would_have(parted.move, self._read(_profile(self.bridge), self.bridge))
            return parted.activation()
        except Gap as why:
            up, down = self._removed(removal.nic), self._formed_again()
            return Activation(up, down, OUTAGE.because(why))

    def _removed(self, nic: str) -> tuple[Step, ...]:
        return (
            *FILES.written,
            load([self.slaves[nic]]),
            self._up(nic),
            *self._addressed(nic),
            *best_effort(*self._proven(nic), RELOAD),
            *gone(self.bridge, self.bond),
        )

    def _formed_again(self) -> tuple[Step, ...]:
        ups = map(self._up, self.slaves)
        return (
            *FILES.restored,
            *best_effort(RELOAD, *ups, wait_forwarding(self.bridge, self.bond)),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    def _proven(self, nic: str) -> tuple[Step, ...]:
        """Peers are told that they find the address at the NIC again."""
        return (wait_carrier(nic), announce(nic))

    def _up(self, nic: str) -> Step:
        return bring_up(nic, self.slaves[nic])

    def _bond_up(self) -> tuple[Step, ...]:
        """A bond that runs takes new options only when it is brought up again."""
        if self.facts.link(self.bond) is None:
            return ()
        return (bring_up(self.bond, _profile(self.bond)),)

    def _ports(self) -> list[str]:
        """NICs in the bridge themselves: beside the bond they would make a circle."""
        links = (self.facts.link(nic) for nic in self.slaves)
        return [link.name for link in links if link is not None and link.master == self.bridge]

    def _running(self) -> list[str]:
        links = (self.facts.link(nic) for nic in self.defined)
        return [link.name for link in links if link is not None and link.admin_up]

    def _carries(self, nic: str) -> bool:
        link = self.facts.link(nic)
        return link is not None and any(item.scope == "global" for item in link.addresses)

    def _addressed(self, link: str) -> Iterator[Step]:
        if self.answers.bridge.method == "static":
            for item in self.answers.bridge.addresses:
                ip = str(parse_cidr(item).ip)
                action = WaitForAddress(link, ip, ADDRESS_TIMEOUT)
                yield Step(f"Wait until {link} has {ip}", action)


def _profile(name: str) -> Named:
    """What netplan calls a profile it makes (write_nm_conf in its src/nm.c)."""
    return Named(_PROFILE.format(name), f"netplan-{name}", "id")
