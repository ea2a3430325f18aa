"""How NetworkManager takes charge of a bond under a bridge, and how the host gets back.

Without a gap where it can be (see `hitless`); else it changes over by itself.
"""

from collections.abc import Iterator
from dataclasses import replace

from xenbond_tui.answers import Answers
from xenbond_tui.plan.actions import Run, WaitFor
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks import change_over
from xenbond_tui.stacks.change_over import Edit, Gap, Move, Pieces, softly
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE
from xenbond_tui.stacks.networkmanager.bond import option_values
from xenbond_tui.stacks.networkmanager.capabilities import detects
from xenbond_tui.stacks.networkmanager.commands import (
    BACK,
    CONF,
    NMCLI,
    RELOAD,
    WAIT,
    bring_up,
    disconnect,
    load,
    metrics_back,
)
from xenbond_tui.stacks.networkmanager.hitless import (
    Charge,
    Hitless,
    refuse_what_both_would_have,
)
from xenbond_tui.stacks.networkmanager.plan import Planner, named
from xenbond_tui.stacks.networkmanager.read import read
from xenbond_tui.stacks.steps import guests_back

GAP = "2 to 10 seconds"
"""How long the host is without its address while NetworkManager changes over by itself."""
_PATIENCE = 15.0
"""Seconds: the bridge's profile has it bring all ports, and it begins at once."""


def way(planner: Planner) -> Move | Edit:
    """How to get there without a gap: a bond that runs is changed, else one is made.

    Raises:
        Gap: it can't be done.
    """
    facts, answers = planner.facts, planner.answers
    if not facts.live:
        raise Gap("what runs there is not known")
    if facts.bond(answers.bond.name) is not None:
        written = read(facts)
        before = {} if written is None else option_values(written.bond)
        return change_over.edit(facts, answers, written, option_values(answers.bond), before)
    found = change_over.move(facts, answers, leases=True)
    if found.bridge_stays:
        raise Gap(f"{found.carrying} must leave {answers.bridge.name} first")
    profile = planner.profiles.of(planner.nics[found.carrying])
    if profile is None or profile.uuid != planner.profiles.active(planner.nics[found.carrying]):
        raise Gap(f"no profile is known that {found.carrying} runs with")
    refuse_what_both_would_have(found, profile)
    return found


class Steps(Pieces):
    """Up and down of one plan."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        self.answers: Answers = planner.answers
        try:
            self.way: Move | Edit | None = way(planner)
        except Gap:
            self.way = None
        super().__init__(planner.facts, planner.answers, Move("", ()))
        self.slaves = {name: planner.slave(name) for name in planner.nics}
        self.made = (planner.bridge(), planner.bond())
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

    def up(self) -> tuple[Step, ...]:
        """From the running network to the planned one."""
        if isinstance(self.way, Edit):
            return self._edited(self.way)
        if isinstance(self.way, Move):
            return self._hitless(self.way).up()
        return self._plain()

    def down(self) -> tuple[Step, ...]:
        """Back, from any point of `up`."""
        if isinstance(self.way, Edit):
            return self._edited_back(self.way)
        if isinstance(self.way, Move):
            return self._hitless(self.way).down()
        return self._plain_back()

    def hitless(self) -> Hitless | None:
        """The way to make the bond without a gap; None where there is none."""
        return self._hitless(self.way) if isinstance(self.way, Move) else None

    def _hitless(self, found: Move) -> Hitless:
        profile = self.planner.profiles.of(self.planner.nics[found.carrying])
        before = () if profile is None else (named(profile),)
        # A bridge that is there has what the NIC will say, when it is removed (see `removal`).
        said = [x for x in (self.planner.profiles.made(self.bridge, "bridge"), profile) if x]
        charge = Charge(
            self.slaves,
            self.made,
            before,
            _PATIENCE,
            (CONF,),
            detects(self.planner.version, *said[:1]),
        )
        return Hitless(self.facts, self.answers, found, charge)

    def _forwards(self) -> WaitFor:
        return WaitFor(self.bond, "forwarding", 40.0)

    def _plain(self) -> tuple[Step, ...]:
        steps = [WRITE, CONF, load((*self.made, *self.slaves.values()))]
        if self.bridge in self.new:
            # It brings its ports, and waits for its address.
            steps.append(bring_up(self.bridge, self.made[0]))
            if self.bond not in self.new:
                # Its profile need not say autoconnect-slaves.
                steps += [bring_up(name, item) for name, item in self.slaves.items()]
        else:
            steps += self._on_the_bridge()
        steps.append(
            Step(f"Wait until {self.bridge} forwards through {self.bond}", self._forwards())
        )
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
            PUT_BACK,
            *softly((RELOAD.label, RELOAD.action), (CONF.label, CONF.action)),
            *(step for name in self.new for step in self.gone(name)),
            *softly(*((step.label, step.action) for step in there)),
            *self.as_before(),
        )

    def as_before(self) -> tuple[Step, ...]:
        """The end of a way back: every link comes up by the profile it had."""
        links = []
        ports = (
            () if self.bond_stays else ((self.bond, "bond"), *((nic, "") for nic in self.slaves))
        )
        for name, kind in ports:
            profile = (
                self.planner.profiles.made(name, kind)
                if kind
                else self.planner.profiles.of(self.planner.nics[name])
            )
            link = self.facts.link(name)
            # One that was still asking for a lease goes on doing so by itself.
            used = link is not None and (
                link.master is not None or any(item.scope == "global" for item in link.addresses)
            )
            if used and profile is not None:
                links.append((f"Bring up {name} as before", bring_up(name, named(profile)).action))
        return (
            *softly(*links),
            *metrics_back(self.facts, self.slaves),
            *guests_back(self.facts, self.answers),
            BACK,
        )

    def _edited(self, edit: Edit) -> tuple[Step, ...]:
        """By sysfs what can be; NICs come and go by NetworkManager's own hand."""
        running = replace(edit, added=(), removed=())
        added = [bring_up(name, self.slaves[name]) for name in edit.added]
        removed = [disconnect(name) for name in edit.removed]
        charge = (CONF, load((*self.made, *self.slaves.values())), *added, *removed, RELOAD)
        return running.up(take_charge=charge)

    def _edited_back(self, edit: Edit) -> tuple[Step, ...]:
        running = replace(edit, added=(), removed=())
        profiles = self.planner.profiles
        former = {profiles.link_of(item): named(item) for item in profiles.ports(self.bond)}
        *back, last = running.down()
        return (
            *(disconnect(name) for name in edit.added),
            *back,
            *softly(
                (RELOAD.label, RELOAD.action),
                *(
                    (f"Bring up {name} as before", bring_up(name, former[name]).action)
                    for name in edit.removed
                    if name in former
                ),
            ),
            last,
        )
