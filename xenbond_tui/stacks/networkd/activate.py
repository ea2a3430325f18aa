"""How networkd takes charge of a bond under a bridge, and how the host gets back.

Without an outage where that can be (`transition`), or by a change of the bond that runs; else
networkd does it all by itself.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DeleteLink, Run, WaitFor
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.base import Activation, Restart
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage, afterwards, move, plain_mtu
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.networkd import lease
from xenbond_tui.stacks.networkd.daemon import RELOAD, RESTART_NETWORKD, Change, Daemon
from xenbond_tui.stacks.networkd.places import SERVICE
from xenbond_tui.stacks.networkd.transition import NetworkdTransition
from xenbond_tui.stacks.steps import gone
from xenbond_tui.typed import override
from xenbond_tui.value import replace

OUTAGE = Outage(1, 10, "while networkd changes over")
"""How long networkd leaves a host without its address: measured in a slow guest, 0.8 s for a new
address, 2.4 s for a removal, 4.4 s for a bond made again; a switch port with spanning tree adds its
own 30, a lease the server's time."""
RESTART = Restart(start=(("systemctl", "restart", SERVICE),), outage=OUTAGE)
SLAVES_DOWN = Outage(
    1,
    5,
    "when networkd takes charge, because systemd 249 sets every slave down to give it the bond it "
    "is in already",
)
"""From its source, not measured: as long as a NIC takes until it has a link again."""


class ByNetworkd(WithOutage):
    """Bond and bridge by networkd, or one NIC again."""

    outage = OUTAGE

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        change: Change,
        nic: str | None = None,
    ) -> None:
        super().__init__(facts, answers, nic, change.written_by)
        self.daemon = Daemon(facts, answers, change)

    @override
    def bring_up(self) -> Iterator[Step]:
        bond, daemon = self.bond, self.daemon
        if self.nic:
            yield from (*gone(*self.both), *daemon.freed(), RELOAD, _configure(self.nic))
            yield from daemon.online(self.nic)
            return
        yield from daemon.freed()
        if bond in self.new:
            yield RELOAD
        else:
            away = f"Take {bond} away: it is made again, for a running one can't be changed so"
            yield from (Step(away, DeleteLink(bond)), RESTART_NETWORKD)
        yield from self._formed()

    @override
    def bring_back(self) -> Iterator[Step]:
        if self.nic is None and self.bond in self.new:
            yield from (*gone(*self.new), RELOAD)
            known = {*self.slaves, self.bond, self.bridge}
            if before := [link.name for link in self.facts.links if link.name in known]:
                yield _configure(*before)
            return
        if self.nic is None:
            yield Step(f"Delete {self.bond}, as it runs now", DeleteLink(self.bond))
        yield from (*self.daemon.freed(), RESTART_NETWORKD, *self._formed())

    def _formed(self) -> tuple[Step, ...]:
        return (
            Step(f"Wait until {self.bond} is there", WaitFor(self.bond, "exists")),
            self.forwards_again(),
            *self.daemon.online(self.both[0]),
        )


def set_up(
    facts: HostFacts, answers: Answers, change: Change, otherwise: Outage = OUTAGE
) -> Activation:
    """Bond and bridge; `otherwise`: the outage where networkd does it all by itself."""
    plain = ByNetworkd(facts, answers, change)
    plain.outage = otherwise
    daemon = plain.daemon

    def to_bridge(there: HostFacts, _: Answers, found: Move) -> NetworkdTransition:
        return NetworkdTransition(daemon, there, found, Direction.JOIN)

    def way() -> Transition | Edit:
        if facts.link(plain.bond) is None:
            return _transition(facts, answers, change, Direction.JOIN)
        found = edit(facts, answers, change.written, to_bridge)
        found, joined = replace(found, files=change.written_by), found.to_bridge
        if isinstance(joined, NetworkdTransition):
            return replace(
                found,
                hand_over=joined.bridge_taken(),
                release=daemon.hands_off_bond(),
                activate=joined.bond_taken(),
            )
        return replace(
            found,
            hand_over=daemon.take_charge(),
            release=daemon.let_go(),
            activate=(*daemon.hold(), RELOAD, *daemon.held_no_longer()),
        )

    return plain.unless(way, SLAVES_DOWN if daemon.slaves_set_down else None)


def remove(
    facts: HostFacts, removal: Removal, change: Change, otherwise: Outage = OUTAGE
) -> Activation:
    """From the bond under the bridge to one NIC with the address; `otherwise` as above."""
    answers = removal.answers
    plain = ByNetworkd(facts, answers, change, removal.nic)
    plain.outage = otherwise

    def way() -> Transition:
        there = afterwards(facts, removal, leases=True)
        plain_mtu(facts, removal)
        if answers.bridge.method == "dhcp":
            there = lease.given_back(facts, there, removal)
        return _transition(there, answers, change, Direction.PART)

    return plain.unless(way)


def _transition(
    facts: HostFacts, answers: Answers, change: Change, direction: Direction
) -> Transition:
    found = move(facts, answers, leases=lease.holder(facts, answers) is not None)
    if found.leased and found.carrying in change.shared:
        raise NeedsOutage(f"the file of {found.carrying} is one of other links too")
    known, found = lease.as_static(facts, found)
    return NetworkdTransition(Daemon(facts, answers, change), known, found, direction)


def _configure(*links: str) -> Step:
    """Have networkd begin again with these links."""
    return Step(f"Reconfigure {' and '.join(links)}", Run(("networkctl", "reconfigure", *links)))
