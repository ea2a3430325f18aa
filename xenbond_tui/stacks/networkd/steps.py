"""How networkd takes charge of a bond under a bridge, and how the host gets back.

Without an outage where that can be (`transition`), or by a change of the bond that runs; else
networkd does it all by itself.
"""

from dataclasses import replace

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DeleteLink, Run, WaitFor
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over import (
    Direction,
    Edit,
    Gap,
    Transition,
    edit,
    move,
)
from xenbond_tui.stacks.change_over.removal import afterwards, plain_mtu
from xenbond_tui.stacks.networkd import lease
from xenbond_tui.stacks.networkd.daemon import RELOAD, RESTART, Change, Daemon
from xenbond_tui.stacks.networkd.transition import NetworkdTransition
from xenbond_tui.stacks.steps import (
    RESTORE_NETWORK,
    best_effort,
    gone,
    guests_back,
    wait_forwarding,
)

OUTAGE = Outage(1, 10, "while networkd changes over")
"""How long networkd leaves a host without its address: measured in a slow guest, 0.8 s for a new
address, 2.4 s for a removal, 4.4 s for a bond made again; a switch port with spanning tree adds its
own 30, a lease the server's time."""
SLAVES_DOWN = Outage(
    1,
    5,
    "when networkd takes charge: systemd 249 sets every slave down to give it the bond it is in "
    "already",
)
"""From its source, not measured: as long as a NIC takes until it has a link again."""


class Steps:
    """Up and down of one plan."""

    def __init__(self, facts: HostFacts, answers: Answers, change: Change | None = None) -> None:
        self.facts = facts
        self.answers = answers
        self.change = change or Change(None, {})
        self.daemon = Daemon(facts, answers, self.change)
        self.files = self.change.written_by
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        self.made = [name for name in (self.bridge, self.bond) if facts.link(name) is None]

    def activation(self, otherwise: Outage = OUTAGE) -> Activation:
        """A set-up; `otherwise`: the outage where networkd does it all by itself."""
        way, daemon = self.way(), self.daemon
        if isinstance(way, Gap):
            return Activation(self._plain(), self._plain_back(), otherwise.because(way))
        if isinstance(way, Edit):
            way = replace(
                way,
                files=self.files,
                hand_over=daemon.take_charge(),
                release=daemon.let_go(),
                activate=(*daemon.hold(), RELOAD, *daemon.held_no_longer()),
            )
        return way.activation(SLAVES_DOWN if daemon.slaves_set_down else None)

    def _plain(self) -> tuple[Step, ...]:
        read: tuple[Step, ...] = (RELOAD,)
        if self.bond not in self.made:
            away = f"Take {self.bond} away: it is made again, for a running one can't be changed so"
            read = (Step(away, DeleteLink(self.bond)), RESTART)
        return (*self.files.written, *self.daemon.freed(), *read, *self._formed())

    def _plain_back(self) -> tuple[Step, ...]:
        if self.bond not in self.made:
            away = Step(f"Take {self.bond} away, as it is now", DeleteLink(self.bond))
            return (*self.files.restored, *best_effort(away), *self.formed_again())
        known = {*self.answers.bond.slaves, self.bond, self.bridge}
        before = [link.name for link in self.facts.links if link.name in known]
        return (
            *self.files.restored,
            *gone(*self.made),
            *best_effort(RELOAD, *([_configure(*before)] if before else [])),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    def removed(self, removal: Removal, otherwise: Outage = OUTAGE) -> Activation:
        """From the bond under the bridge to one NIC with the address; `otherwise` as above."""
        try:
            return self._parted(removal).activation()
        except Gap as why:
            up = (
                *self.files.written,
                *gone(self.bridge, self.bond),
                *self.daemon.freed(),
                RELOAD,
                _configure(removal.nic),
                *self.daemon.online(removal.nic),
            )
            down = (*self.files.restored, *self.formed_again())
            return Activation(up, down, otherwise.because(why))

    def _parted(self, removal: Removal) -> Transition:
        facts = afterwards(self.facts, removal, leases=True)
        plain_mtu(self.facts, removal)
        if removal.answers.bridge.method == "dhcp":
            facts = lease.given_back(self.facts, facts, removal)
        return self._transition(facts, Direction.PART)

    def way(self) -> Transition | Edit | Gap:
        """How to change over without a gap, or why it can't be."""
        facts, answers, change = self.facts, self.answers, self.change
        try:
            if facts.link(self.bond) is None:
                return self._transition(facts, Direction.JOIN)
            return edit(facts, answers, change.written)
        except Gap as why:
            return why

    def _transition(self, facts: HostFacts, direction: Direction) -> Transition:
        found = move(facts, self.answers, leases=lease.holder(facts, self.answers) is not None)
        if found.leased and found.carrying in self.change.shared:
            raise Gap(f"the file of {found.carrying} is one of other links too")
        known, found = lease.as_static(facts, found)
        return NetworkdTransition(Daemon(facts, self.answers, self.change), known, found, direction)

    def _formed(self) -> tuple[Step, ...]:
        return (
            Step(f"Wait until {self.bond} is there", WaitFor(self.bond, "exists")),
            wait_forwarding(self.bridge, self.bond),
            *self.daemon.online(self.bridge),
        )

    def formed_again(self) -> tuple[Step, ...]:
        """The end of a rollback to a bond under a bridge that networkd makes again."""
        return (
            *self.daemon.freed(),
            *best_effort(RESTART, *self._formed()),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )


def _configure(*links: str) -> Step:
    """Have networkd begin again with these links."""
    return Step(f"Configure {' and '.join(links)}", Run(("networkctl", "reconfigure", *links)))
