"""Where netplan renders for NetworkManager.

What `netplan generate` writes below /run/NetworkManager is read when nmcli is told to, and carried
out profile by profile: so NetworkManager's own transition and edits hold here too, each write
followed by netplan's. `netplan apply` is left alone: it stops NetworkManager, takes every address
off its links, and returns before they are back.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Removal, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.rules.addresses import parse_cidr
from xenbond_tui.stacks.change_over.conditions import NeedsOutage, afterwards, move
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.change_over.legs import wait_address
from xenbond_tui.stacks.change_over.transition import Direction
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.netplan.activate import FILES
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.read import read
from xenbond_tui.stacks.networkmanager.commands import (
    RELOAD,
    bring_up,
    disconnect,
    load,
    metrics_back,
    reapply,
)
from xenbond_tui.stacks.networkmanager.files import Profile, detects, version
from xenbond_tui.stacks.networkmanager.transition import (
    Charge,
    NmTransition,
    by_networkmanager,
    refuse_what_both_would_have,
)
from xenbond_tui.stacks.networkmanager.write import Named
from xenbond_tui.stacks.steps import (
    ADDRESS_TIMEOUT_S,
    announce,
    best_effort,
    gone,
    guests_back,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.typed import override

_PATIENCE_S = 5.0
"""Seconds: netplan's bridge brings no ports; a NIC that no profile runs on may still come."""
_PROFILE = "/run/NetworkManager/system-connections/netplan-{}.nmconnection"


class ByNetworkManager(WithOutage):
    """Up and down of one plan, as the files stand before they are edited."""

    outage = Outage(1, 5, "while netplan changes over")
    under_bridge = False

    def __init__(self, facts: HostFacts, request: Request, config: Configuration) -> None:
        answers, self._request = request.answers, request
        nic = request.nic if isinstance(request, Removal) else None
        super().__init__(facts, answers, nic, FILES)
        links = {name: definition_of(facts, config, name) for name in answers.bond.slaves}
        self.config = config
        self.profiles = {name: _profile(link.id) for name, link in links.items()}
        self.defined = [name for name, link in links.items() if link.definitions]

    def way(self) -> NmTransition | Edit:
        """Without an outage.

        Raises:
            NeedsOutage: it can't be done.
        """
        facts, answers, config = self.facts, self.answers, self.config
        if isinstance(self._request, Removal):
            parted = self._transition(afterwards(facts, self._request), Direction.PART)
            # What it says of the address, the NIC's profile will say.
            refuse_what_both_would_have(parted.move, self._read(_profile(self.bridge), self.bridge))
            return parted
        if facts.link(self.bond) is None:
            return self._transition(facts, Direction.JOIN)
        found = edit(facts, answers, read(facts, answers))
        former = {nic: _profile(definition_of(facts, config, nic).id) for nic in found.removed}
        return by_networkmanager(found, self._charge(), former, FILES)

    def _transition(self, facts: HostFacts, direction: Direction) -> NmTransition:
        """NetworkManager's own, with the profiles that netplan makes.

        Raises:
            NeedsOutage: it can't be done.
        """
        found = move(facts, self.answers, leases=direction is Direction.JOIN)
        if found.bridge_stays:
            raise NeedsOutage(f"{found.carrying} must leave {self.bridge} first")
        alone = self.profiles[found.carrying]
        running = self._read(alone, found.carrying)
        refuse_what_both_would_have(found, running)
        charge = self._charge((alone,), running)
        return NmTransition(facts, self.answers, found, charge, direction=direction, files=FILES)

    def _charge(self, alone: tuple[Named, ...] = (), running: Profile | None = None) -> Charge:
        made = (_profile(self.bridge), _profile(self.bond))
        duplicates = running is None or detects(version(self.facts), running)
        return Charge(self.profiles, made, alone, _PATIENCE_S, detects=duplicates)

    def _read(self, named: Named, link: str) -> Profile:
        state = self.facts.files.get(named.path)
        if state is None:
            raise NeedsOutage(f"no profile is known that {link} runs with")
        return Profile(named.path, IniFile.parse(named.path, state.data, KEYFILE))

    @override
    def bring_up(self) -> Iterator[Step]:
        """As `WithOutage`; the NIC that carries comes last."""
        if self.nic:
            yield from (load([self.profiles[self.nic]]), self._up(self.nic))
            yield from self._addressed(self.nic)
            yield from best_effort(*self._proven(self.nic), RELOAD)
            yield from gone(*self.both)
            return
        yield RELOAD
        yield from map(disconnect, self._ports())
        yield from self._bond_up()
        last = sorted(self.profiles, key=lambda nic: bool(self.facts.shared(nic)))
        yield from map(self._up, last)
        yield wait_forwarding(self.bridge, self.bond)
        if self.bridge not in self.new:
            yield from best_effort(reapply(self.bridge))
        yield from guests_back(self.facts, self.answers)
        yield from self._addressed(self.bridge)

    @override
    def bring_back(self) -> Iterator[Step]:
        if self.nic:
            yield RELOAD
            yield from map(self._up, self.profiles)
            yield self.forwards_again()
            return
        before = [*filter(self.facts.is_up, self.defined)]
        # The other NICs carry bond and bridge, address and all, until they are forgotten.
        if before:
            yield load([self.profiles[nic] for nic in before])
        yield from self._bond_up()
        yield from map(self._up, before)
        for nic in filter(self.facts.shared, before):
            yield from self._proven(nic)
        yield from (RELOAD, *gone(*self.new))
        yield from metrics_back(self.facts, before)

    def _proven(self, nic: str) -> tuple[Step, ...]:
        """Peers are told that they find the address at the NIC again."""
        return (wait_carrier(nic), announce(nic, self.answers.bridge.addresses))

    def _up(self, nic: str) -> Step:
        return bring_up(nic, self.profiles[nic])

    def _bond_up(self) -> tuple[Step, ...]:
        """A bond that runs takes new options only when it is brought up again."""
        if self.facts.link(self.bond) is None:
            return ()
        return (bring_up(self.bond, _profile(self.bond)),)

    def _ports(self) -> list[str]:
        """NICs in the bridge themselves: beside the bond they would make a circle."""
        links = (self.facts.link(nic) for nic in self.profiles)
        return [link.name for link in links if link is not None and link.master == self.bridge]

    def _addressed(self, link: str) -> Iterator[Step]:
        if self.answers.bridge.method == "static":
            for item in self.answers.bridge.addresses:
                yield wait_address(link, str(parse_cidr(item).ip), ADDRESS_TIMEOUT_S, also="")


def _profile(name: str) -> Named:
    """What netplan calls a profile it makes (write_nm_conf in its src/nm.c)."""
    return Named(_PROFILE.format(name), f"netplan-{name}", "id")
