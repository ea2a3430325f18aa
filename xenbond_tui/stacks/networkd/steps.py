"""How networkd takes charge of a bond under a bridge, and how the host gets back.

Without an outage where that can be (`transition`), or by a change of the bond that runs; else
networkd does it all by itself.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DeleteLink, Run, WaitFor
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.change_over import (
    Direction,
    Edit,
    Gap,
    Transition,
    edit,
    lease_moves,
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

GAP = "1 to 10 seconds"
"""How long networkd leaves a host without its address: measured in a slow guest, 0.8 s for a new
address, 2.4 s for a removal, 4.4 s for a bond made again; a switch port with spanning tree adds its
own 30, a lease the server's time."""
SLAVES_GAP = (
    "1 to 5 seconds when networkd takes charge: systemd 249 sets every slave down to give it the "
    "bond it is in already"
)
"""From its source, not measured: as long as a NIC takes until it has a link again."""


class Steps:
    """Up and down of one plan."""

    def __init__(self, facts: HostFacts, answers: Answers, change: Change | None = None) -> None:
        self.facts = facts
        self.answers = answers
        self.change = change or Change({}, None, {}, {})
        self.daemon = Daemon(facts, answers, self.change)
        self.files = self.change.written_by
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        self.made = [name for name in (self.bridge, self.bond) if facts.link(name) is None]

    def up(self) -> tuple[Step, ...]:
        """From the running network to the planned one."""
        way, daemon = self.way(), self.daemon
        if isinstance(way, Transition):
            return way.forward()
        if isinstance(way, Edit):
            return way.forward(files=self.files, hand_over=daemon.take_charge())
        read: tuple[Step, ...] = (RELOAD,)
        if self.bond not in self.made:
            away = f"Take {self.bond} away: it is made again, for a running one can't be changed so"
            read = (Step(away, DeleteLink(self.bond)), RESTART)
        return (*self.files.written, *daemon.freed(), *read, *self._formed())

    def down(self) -> tuple[Step, ...]:
        """Back, from any point of `up`."""
        way, daemon = self.way(), self.daemon
        if isinstance(way, Transition):
            return way.rollback()
        if isinstance(way, Edit):
            again = (*daemon.hold(), RELOAD, *daemon.held_no_longer())
            return way.rollback(files=self.files, release=daemon.let_go(), activate=again)
        if self.bond not in self.made:
            away = Step(f"Take {self.bond} away, as it is now", DeleteLink(self.bond))
            return (*self.files.restored, *best_effort(away), *self.formed_again())
        known = {*self.answers.bond.slaves, self.bond, self.bridge}
        before = [link.name for link in self.facts.links if link.name in known]
        again = tuple(_configure(*before) for _ in before[:1])
        return (
            *self.files.restored,
            *gone(*self.made),
            *best_effort(RELOAD, *again),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    def removed(self, removal: Removal) -> tuple[tuple[Step, ...], tuple[Step, ...], str]:
        """From the bond under the bridge to one NIC with the address, back, and the outage."""
        try:
            found = self._parted(removal)
            return found.forward(), found.rollback(), ""
        except Gap:
            up = (
                *self.files.written,
                *gone(self.bridge, self.bond),
                *self.daemon.freed(),
                RELOAD,
                _configure(removal.nic),
                *self.daemon.online(removal.nic),
            )
            return up, (*self.files.restored, *self.formed_again()), GAP

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
            return edit(facts, answers, change.written, change.options, change.options_written)
        except Gap as why:
            return why

    def _transition(self, facts: HostFacts, direction: Direction) -> Transition:
        found = move(facts, self.answers, leases=lease.holder(facts, self.answers) is not None)
        if found.leased and found.carrying in self.change.shared:
            raise Gap(f"the file of {found.carrying} is one of other links too")
        known, found = lease.as_static(facts, found)
        return NetworkdTransition(Daemon(facts, self.answers, self.change), known, found, direction)

    def lease_moves(self) -> Iterator[Finding]:
        """What Review says where the lease goes along."""
        way = self.way()
        if isinstance(way, Transition):
            yield from lease_moves(way.move, self.bridge)

    @property
    def slaves_set_down(self) -> bool:
        """When it takes charge networkd sets the slaves down, and nothing spares them that."""
        return self.daemon.slaves_set_down

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
