"""How NetworkManager takes charge of a bond under a bridge, and how the host gets back.

Without an outage where it can be (see `transition`); else it changes over by itself.
"""

from collections.abc import Iterator
from dataclasses import replace

from xenbond_tui.answers import Answers
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import NETWORKMANAGER, Outage, Step
from xenbond_tui.stacks import change_over
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over import Direction, Edit, Gap, Move
from xenbond_tui.stacks.networkmanager.capabilities import detects
from xenbond_tui.stacks.networkmanager.commands import (
    CONF,
    NMCLI,
    RELOAD,
    WAIT,
    bring_up,
    disconnect,
    load,
    metrics_back,
)
from xenbond_tui.stacks.networkmanager.edit import by_networkmanager
from xenbond_tui.stacks.networkmanager.read import read
from xenbond_tui.stacks.networkmanager.transition import (
    Charge,
    NmTransition,
    refuse_what_both_would_have,
)
from xenbond_tui.stacks.networkmanager.write import Editor, Named, named
from xenbond_tui.stacks.steps import (
    RESTORE_FILES,
    RESTORE_NETWORK,
    WRITE_FILES,
    best_effort,
    gone,
    guests_back,
    wait_forwarding,
)

OUTAGE = Outage(2, 10, "while NetworkManager changes over")
"""How long the host is without its address while NetworkManager changes over by itself."""
_PATIENCE = 15.0
"""Seconds: the bridge's profile has it bring all ports, and it begins at once."""


def way(editor: Editor) -> Move | Edit:
    """How to get there without a gap: a bond that runs is changed, else one is made.

    Raises:
        Gap: it can't be done.
    """
    facts, answers = editor.facts, editor.answers
    if not facts.live:
        raise Gap("what runs there is not known")
    if facts.bond(answers.bond.name) is not None:
        written = read(facts)
        return change_over.edit(facts, answers, written)
    found = change_over.move(facts, answers, leases=True)
    if found.bridge_stays:
        raise Gap(f"{found.carrying} must leave {answers.bridge.name} first")
    profile = editor.profiles.of(editor.nics[found.carrying])
    if profile is None or profile.uuid != editor.profiles.active(editor.nics[found.carrying]):
        raise Gap(f"no profile is known that {found.carrying} runs with")
    refuse_what_both_would_have(found, profile)
    return found


class Steps:
    """Up and down of one plan."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.facts = editor.facts
        self.answers: Answers = editor.answers
        self.bond, self.bridge = self.answers.bond.name, self.answers.bridge.name
        try:
            self.way: Move | Edit | Gap = way(editor)
        except Gap as why:
            self.way = why
        self.slaves = {name: editor.slave(name) for name in editor.nics}
        self.made = (editor.bridge(), editor.bond())
        written = read(self.facts)
        above = self.facts.link(self.bond)
        self.bond_stays = (
            above is not None
            and above.master == self.bridge
            and written is not None
            and written.bond == self.answers.bond
        )
        """Bond and slaves are as they shall be; only the bridge changes."""
        self.new = [name for name in (self.bridge, self.bond) if self.facts.link(name) is None]

    def activation(self) -> Activation:
        """A set-up: without an outage, or as NetworkManager changes over by itself."""
        way = self.way
        if isinstance(way, Edit):
            profiles = self.editor.profiles
            former = {profiles.link_of(x): named(x) for x in profiles.ports(self.bond)}
            way = by_networkmanager(way, self._charge(), former)
            return way.activation(second_clock=NETWORKMANAGER)
        if isinstance(way, Move):
            joined = NmTransition(self.facts, self.answers, way, self._charge(way))
            return joined.activation(second_clock=NETWORKMANAGER)
        outage = OUTAGE.because(way)
        return Activation(self._plain(), self._plain_back(), outage, NETWORKMANAGER)

    def parted(self, given: Named) -> NmTransition:
        """The removal without an outage.

        `given`: the profile that the NIC will have. The host is as it will be afterwards.

        Raises:
            Gap: it can't be done.
        """
        if not isinstance(self.way, Move):
            raise self.way if isinstance(self.way, Gap) else Gap("the bond is there already")
        charge = replace(self._charge(self.way), alone=(given,))
        return NmTransition(self.facts, self.answers, self.way, charge, direction=Direction.PART)

    def _charge(self, found: Move | None = None) -> Charge:
        editor = self.editor
        nic = None if found is None else editor.nics[found.carrying]
        profile = None if nic is None else editor.profiles.of(nic)
        alone = () if profile is None else (named(profile),)
        # A bridge that is there has what the NIC will say, when it is removed.
        said = [x for x in (editor.profiles.made(self.bridge, "bridge"), profile) if x]
        duplicates = detects(editor.version, *said[:1])
        return Charge(self.slaves, self.made, alone, _PATIENCE, (CONF,), duplicates)

    def _plain(self) -> tuple[Step, ...]:
        steps = [WRITE_FILES, CONF, load((*self.made, *self.slaves.values()))]
        if self.bridge in self.new:
            # It brings its ports, and waits for its address.
            steps.append(bring_up(self.bridge, self.made[0]))
            if self.bond not in self.new:
                # Its profile need not say autoconnect-slaves.
                steps += [bring_up(name, item) for name, item in self.slaves.items()]
        else:
            steps += self._on_the_bridge()
        steps.append(wait_forwarding(self.bridge, self.bond))
        return (*steps, *guests_back(self.facts, self.answers), RELOAD)

    def _on_the_bridge(self) -> Iterator[Step]:
        """Bringing up a bridge that is there takes every guest's port off it; so it is not."""
        state = self.facts.bridge(self.bridge)
        if state is not None and state.mac != self.answers.bridge.mac:
            yield bring_up(self.bridge, self.made[0])
            return
        if not self.bond_stays:
            for name in self.slaves:
                link = self.facts.link(name)
                if link is not None and link.master == self.bridge:
                    yield disconnect(name)
            if self.bond not in self.new:
                yield bring_up(self.bond, self.made[1])
            yield from (bring_up(name, item) for name, item in self.slaves.items())
        yield self._reapply()

    def _reapply(self) -> Step:
        argv = (*NMCLI, "device", "reapply", self.bridge)
        return Step(f"Have {self.bridge} as its profile says", Run(argv, WAIT + 10.0))

    def _plain_back(self) -> tuple[Step, ...]:
        there = [] if self.bridge in self.new else [self._reapply()]
        return (
            RESTORE_FILES,
            *best_effort(RELOAD, CONF),
            *gone(*self.new),
            *best_effort(*there, *self._again()),
            *metrics_back(self.facts, self.slaves),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    def _again(self) -> Iterator[Step]:
        """Every link comes up by the profile it had."""
        profiles = self.editor.profiles
        before = {self.bond: profiles.made(self.bond, "bond")}
        before |= {nic: profiles.of(self.editor.nics[nic]) for nic in self.slaves}
        for name, profile in () if self.bond_stays else before.items():
            link = self.facts.link(name)
            # One that was still asking for a lease goes on doing so by itself.
            used = link is not None and (
                link.master is not None or any(item.scope == "global" for item in link.addresses)
            )
            if used and profile is not None:
                yield bring_up(name, named(profile), "as before")
