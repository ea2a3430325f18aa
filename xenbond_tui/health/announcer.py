"""After a failover: say on the wire where the bridge's addresses and the guests are now.

Measured on Linux 6.1: when the active slave of a bond under a bridge changes, the kernel announces
nothing for the bridge's addresses, nor for guests. A switch that did not see the old link go down
keeps sending to it what is meant for a guest that is silent, until that one speaks.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import ReservedMacs
from xenbond_tui.health.guest_macs import ToolstackGuests
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.state import read_state
from xenbond_tui.machine import Machine
from xenbond_tui.rules.announced import Choice, by_port, choose
from xenbond_tui.value import dataclass, field

ANNOUNCE_EVERY_S = 1.0
"""Seconds a change that is announced, on an average: a flapping link must be no flood of frames.

Two in a row are none: a failover and, the cable back at once, its failback, by which no link goes
down, so that guests are cut off for as long as it waits.
"""
ONCE_MORE_S = 1.0
"""Seconds after which a change is announced once more: the new port may not have forwarded yet."""
TOLD_EVERY_S = 60.0
"""Seconds between two lines at least about who is not announced."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a look at the bridge, the toolstack and this host's own links and gateways gave."""

    learned: Mapping[str, str] = field(default_factory=dict)
    """MAC → port, as the bridge learned it: whatever guests have sent."""
    told: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Port → MACs that the toolstack gave its guest; ports it does not know are left out."""
    reserved: ReservedMacs = field(default_factory=ReservedMacs)


@dataclass(slots=True)
class Announcer:
    """Decides what is to be announced, and when. Times are monotonic seconds."""

    guests: dict[str, str] = field(default_factory=dict)
    """MAC → port, as the bridge learned them or the toolstack told: a bridge forgets who is silent
    for 5 minutes, and those are the very guests that need announcing."""
    choice: Choice = field(default_factory=lambda: Choice({}))
    """The last one."""
    active: str | None = None
    _due: list[float] = field(default_factory=list)
    _free: float = float("-inf")
    """When the next change may be announced: one in hand, and then one each ANNOUNCE_EVERY_S."""
    _announced: bool = False
    """Since whom the bridge knows was last taken in."""
    _echoed: set[str] = field(default_factory=set)
    """Guests that the bridge takes to be outside, since an announcement of ours."""
    _said: frozenset[tuple[str, str]] = frozenset()
    _said_at: float = float("-inf")

    def remember(self, state: HealthState, known: Known) -> None:
        """Take in whose MACs are known; forget guests whose port is gone.

        Measured: a frame of ours comes back by the other slave where that has become the active
        one meanwhile. Who is seen outside after an announcement has not moved for that.
        """
        if state.bridge is None:
            return
        announced, self._announced = self._announced, False
        ports = {port.name for port in state.bridge.ports} - {state.bond.name}
        silent = {mac: port for mac, port in self.guests.items() if port in ports}
        inside: dict[str, str] = {}
        outside: set[str] = set()
        for mac, port in known.learned.items():
            if port in ports:
                self._echoed.discard(mac)
                # Who was first behind a port that is still there keeps it: another may only say so.
                inside[mac] = silent.get(mac, port)
            elif mac not in self._echoed:
                if announced and mac in silent:
                    self._echoed.add(mac)
                else:
                    # It has moved away, to another host by live migration.
                    outside.add(mac)
        self._echoed &= known.learned.keys()
        # Who is known for longest comes first; after those who speak now, those who don't.
        kept = {mac: inside.pop(mac) for mac in silent if mac in inside}
        silent = {m: p for m, p in silent.items() if m not in kept and m not in outside}
        told = {
            port: [mac for mac in macs if mac not in outside]
            for port, macs in known.told.items()
            if port in ports
        }
        seen = by_port({**kept, **inside, **silent}, state.bond.name)
        self.choice = choose(seen, told, known.reserved)
        self.guests = dict(self.choice.guests)

    def complaint(self, bond: str, now: float) -> str:
        """Who is not announced, in one line: once for each change of that; else ""."""
        if self.choice.key == self._said or now - self._said_at < TOLD_EVERY_S:
            return ""
        self._said, self._said_at = self.choice.key, now
        return self.choice.told(bond)

    def is_time(self, active: str | None, now: float) -> bool:
        """Is it time to announce? To be asked at every change, and when it is `due`.

        Args:
            active: the active slave; None where there is none.
            now: monotonic seconds.
        """
        if active is None:
            return False
        if self.active not in (None, active):
            first = max(now, self._free)
            self._due = [first, first + ONCE_MORE_S]
        self.active = active
        if not self._due or now < self._due[0]:
            return False
        if len(self._due) > 1:
            # Once more is no change.
            self._free = max(now, self._free + ANNOUNCE_EVERY_S)
        self._due, self._announced = [at for at in self._due if at > now], True
        return True

    @property
    def due(self) -> float | None:
        """When it is to be asked next, should nothing change; None: not before."""
        return self._due[0] if self._due else None


def guests_of(machine: Machine, state: HealthState) -> Mapping[str, str]:
    """MAC → port of the guests that are announced; none where that can't be found out."""
    announcer = Announcer()
    with suppress(XenbondError):
        announcer.remember(state, known(machine, ToolstackGuests(machine), state))
    return announcer.guests


def known(machine: Machine, toolstack: ToolstackGuests, state: HealthState) -> Known:
    """What is known of guests' MACs, and whose no guest's are."""
    gateways = [ip for ip, _ in state.gateways]
    return Known(
        machine.kernel.learned(state.behind),
        toolstack.macs(state),
        machine.kernel.reserved_macs(gateways),
    )


def make_active(machine: Machine, bond: str, slave: str, guests: Mapping[str, str]) -> None:
    """Make a slave the active one, and announce at once what stands on the bond.

    No link goes down by it, so no switch sees the move: each would send to the port before.

    Raises:
        XenbondError: the kernel refuses. That nothing could be announced is no error.
    """
    tell: Callable[[], None] | None = None
    with suppress(XenbondError):
        tell = _of(machine, bond, guests)
    machine.writer().set_bond_option(bond, "active_slave", slave)
    with suppress(XenbondError):
        if tell is not None:
            tell()


def announce_quietly(machine: Machine, bond: str, guests: Mapping[str, str]) -> None:
    """Announce what stands on the bond; that it can't be is no error."""
    with suppress(XenbondError):
        if tell := _of(machine, bond, guests):
            tell()


def _of(machine: Machine, bond: str, guests: Mapping[str, str]) -> Callable[[], None] | None:
    """What announces what stands on the bond; None: nothing does."""
    state = read_state(machine, bond)
    if state is None or state.bridge is None:
        return None
    return announcement(machine, state, guests)


def announcement(
    machine: Machine, state: HealthState, guests: Mapping[str, str]
) -> Callable[[], None]:
    """What announces the bridge, or a bond in none, and guests: all is read, and it may be kept.

    Raises:
        XenbondError: a link is gone; when it is called, one takes no frames.
    """
    writer = machine.writer()
    host = writer.announcement(state.behind)
    taught = writer.teaching(state.bond.name, tuple(guests))

    def tell() -> None:
        host()
        taught()

    return tell


def active_slave(machine: Machine, state: HealthState) -> Callable[[], str | None]:
    """What tells which slave is the active one; None where there is none, or not quite yet.

    The kernel sends by another slave first, then makes the one before a backup and tells of that,
    then stops taking frames in by it, and only then makes the other one active
    (bond_change_active_slave). A learning frame sent in between comes back by the slave before, and
    the bridge believes its guest to be out there: it is cut off until it speaks or is forgotten.
    Hence two files are asked, which are held open: what the switch still sends to the slave before
    is lost meanwhile. Of a slave that is none of the state's nothing is known, so it is none yet.
    When it is called it raises OSError: the bond or a slave is gone, or was made anew.
    """
    net, name = "/sys/class/net", state.bond.name
    active = machine.tree.held(f"{net}/{name}/bonding/active_slave")
    # Nothing where the kernel has no such file: it came with Linux 3.14.
    states = {
        slave.name: machine.tree.held(f"{net}/{slave.name}/bonding_slave/state")
        for slave in state.bond.slaves
    }

    def now() -> str | None:
        slave = active().decode(errors="replace").strip()
        known = slave in states and states[slave]().strip() != b"backup"
        return slave if known else None

    return now


def in_words(state: HealthState, guests: Mapping[str, str], active: str | None) -> str:
    """What was announced."""
    count = "no guest" if not guests else f"{len(guests)} guest{'s' if len(guests) > 1 else ''}"
    return f"{state.bond.name}: announced {state.behind} and {count} through {active}"
