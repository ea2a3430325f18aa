"""How NetworkManager takes charge of a bond under a bridge, and how the host gets back.

Without an outage where it can be (see `transition`); else it changes over by itself.
"""

from collections.abc import Iterator

from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.base import Restart
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage, move
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.change_over.transition import Direction
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.networkmanager.commands import (
    CONF,
    RELOAD,
    bring_up,
    disconnect,
    load,
    metrics_back,
    reapply,
)
from xenbond_tui.stacks.networkmanager.files import detects
from xenbond_tui.stacks.networkmanager.places import SERVICE
from xenbond_tui.stacks.networkmanager.read import read
from xenbond_tui.stacks.networkmanager.transition import (
    Charge,
    NmTransition,
    by_networkmanager,
    refuse_what_both_would_have,
)
from xenbond_tui.stacks.networkmanager.write import Editor, Named, named
from xenbond_tui.stacks.steps import (
    gone,
    guests_back,
    wait_forwarding,
)
from xenbond_tui.typed import override
from xenbond_tui.value import replace

OUTAGE = Outage(2, 10, "while NetworkManager changes over")
"""How long the host is without its address while NetworkManager changes over by itself."""
RESTART = Restart(start=(), outage=OUTAGE, daemons=(SERVICE,))
"""The daemon does all of it when it starts."""
_PATIENCE_S = 15.0
"""Seconds: the bridge's profile has it bring all ports, and it begins at once."""


class ByNetworkManager(WithOutage):
    """Bond and bridge by nmcli."""

    outage = OUTAGE
    under_bridge = False
    nm_checkpoint = True

    def __init__(self, editor: Editor) -> None:
        """`editor`: the profiles as they are today."""
        super().__init__(editor.facts, editor.answers)
        self.editor = editor
        self.profiles = {name: editor.slave(name) for name in editor.nics}
        self.made = editor.made()
        self.written = read(self.facts, self.answers)
        above = self.facts.link(self.bond)
        self.bond_stays = (
            above is not None
            and above.master == self.bridge
            and self.written is not None
            and self.written.bond == self.answers.bond
        )
        """Bond and slaves are as they shall be; only the bridge changes."""

    def way(self) -> NmTransition | Edit:
        """Without an outage.

        Raises:
            NeedsOutage: it can't be done.
        """
        if not self.facts.access.knows_running:
            raise NeedsOutage("what runs there is not known")
        if self.facts.bond(self.bond) is not None:
            found = edit(self.facts, self.answers, self.written)
            profiles = self.editor.profiles
            former = {profiles.link_of(x): named(x) for x in profiles.ports(self.bond)}
            return by_networkmanager(found, self._charge(), former)
        return self.transition()

    def transition(self, given: Named | None = None) -> NmTransition:
        """A new bond; or a removal, the host being as it will be afterwards.

        `given`: the profile that the NIC will have then.

        Raises:
            NeedsOutage: it can't be done.
        """
        facts, answers, editor = self.facts, self.answers, self.editor
        found = move(facts, answers, leases=True)
        if found.bridge_stays:
            raise NeedsOutage(f"{found.carrying} must leave {self.bridge} first")
        profile = editor.profiles.of(editor.nics[found.carrying])
        if profile is None or profile.uuid != editor.profiles.active(editor.nics[found.carrying]):
            raise NeedsOutage(f"no profile is known that {found.carrying} runs with")
        refuse_what_both_would_have(found, profile)
        charge = self._charge(found)
        if given is None:
            return NmTransition(facts, answers, found, charge)
        charge = replace(charge, alone=(given,))
        return NmTransition(facts, answers, found, charge, direction=Direction.PART)

    def _charge(self, found: Move | None = None) -> Charge:
        editor = self.editor
        nic = None if found is None else editor.nics[found.carrying]
        profile = None if nic is None else editor.profiles.of(nic)
        alone = () if profile is None else (named(profile),)
        # A bridge that is there has what the NIC will say, when it is removed.
        said = [x for x in (editor.profiles.made(self.bridge, "bridge"), profile) if x]
        duplicates = detects(editor.version, *said[:1])
        return Charge(self.profiles, self.made, alone, _PATIENCE_S, (CONF,), duplicates)

    @override
    def bring_up(self) -> Iterator[Step]:
        yield from (CONF, load((*self.made, *self.profiles.values())))
        if self.bridge not in self.new:
            yield from self._on_the_bridge()
        else:
            # It brings its ports, and waits for its address.
            yield bring_up(self.bridge, self.made[0])
            if self.bond not in self.new:
                # Its profile need not say autoconnect-slaves.
                yield from (bring_up(name, item) for name, item in self.profiles.items())
        yield wait_forwarding(self.bridge, self.bond)
        yield from (*guests_back(self.facts, self.answers), RELOAD)

    def _on_the_bridge(self) -> Iterator[Step]:
        """Bringing up a bridge that is there takes every guest's port off it; so it is not."""
        state = self.facts.bridge(self.bridge)
        if state is not None and state.mac != self.answers.bridge.mac:
            yield bring_up(self.bridge, self.made[0])
            return
        if not self.bond_stays:
            for name in self.profiles:
                link = self.facts.link(name)
                if link is not None and link.master == self.bridge:
                    yield disconnect(name)
            if self.bond not in self.new:
                yield bring_up(self.bond, self.made[1])
            yield from (bring_up(name, item) for name, item in self.profiles.items())
        yield reapply(self.bridge)

    @override
    def bring_back(self) -> Iterator[Step]:
        """Every link comes up by the profile it had."""
        yield from (RELOAD, CONF, *gone(*self.new))
        if self.bridge not in self.new:
            yield reapply(self.bridge)
        profiles = self.editor.profiles
        before = {self.bond: profiles.made(self.bond, "bond")}
        before |= {nic: profiles.of(self.editor.nics[nic]) for nic in self.profiles}
        for name, profile in () if self.bond_stays else before.items():
            link = self.facts.link(name)
            # One that was still asking for a lease goes on doing so by itself.
            used = link is not None and (link.master is not None or link.shared)
            if used and profile is not None:
                yield bring_up(name, named(profile), "as before")
        yield from metrics_back(self.facts, self.profiles)
