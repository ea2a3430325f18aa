"""What a round sees of the bond, looked at every few milliseconds.

What can't be read is as it was seen last: no cable counts as pulled that nobody saw out.
"""

from xenbond_tui.drill.model import Moment
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass, field

LOOK_EVERY_S = 0.005
"""Seconds between two looks: finer than the 20 ms of the probes."""
_NET = "/sys/class/net"
_IFF_UP = 0x1


@dataclass(slots=True)
class Sight:
    """The carrier of one slave, its state for the bond, and the active slave, each with its time.

    Read from sysfs: netlink tells the same, but not when two changes come in one message.
    """

    machine: Machine
    bond: str
    slave: str
    seen: list[tuple[str, float]] = field(default_factory=list)
    """(what, monotonic seconds), in the order it was seen."""
    carrier: bool | None = None
    active: str | None = None
    up: bool = True

    def __post_init__(self) -> None:
        self.carrier = self.has_carrier(self.slave)
        self.active, self.up = self._active(), self._up()

    def look(self) -> None:
        """Look once more, and remember what is different."""
        now = self.machine.clock.monotonic()
        carrier, active = self.has_carrier(self.slave), self._active()
        if carrier is not None and carrier is not self.carrier:
            self.carrier = carrier
            self.seen.append((f"carrier of {self.slave} {'back' if carrier else 'lost'}", now))
        if active != self.active:
            self.active = active
            self.seen.append((f"active slave {active or 'none'}", now))
        up = self._up()
        if up != self.up:
            self.up = up
            self.seen.append((f"{self.slave} {'up' if up else 'down'} for the bond", now))

    def has_carrier(self, slave: str) -> bool | None:
        """Has that slave's NIC a link, now? None where it can't be told, as of a NIC that is gone.

        A link that is set down has none, and none to read: EINVAL (net/core/net-sysfs.c).
        """
        text = _read(self.machine, f"{slave}/carrier")
        if text in ("0", "1"):
            return text == "1"
        return False if is_set_up(self.machine, slave) is False else None

    def _active(self) -> str | None:
        text = _read(self.machine, f"{self.bond}/bonding/active_slave")
        return self.active if text is None else text or None

    def _up(self) -> bool:
        """What the bond takes the slave for; sysfs tells it since Linux 3.14, /proc always."""
        text = _read(self.machine, f"{self.slave}/bonding_slave/mii_status")
        if text:
            return text == "up"
        state = self.machine.kernel.bond(self.bond)
        mine = None if state is None else state.slave(self.slave)
        return mine is not None and mine.mii_status == "up"


def is_set_up(machine: Machine, link: str) -> bool | None:
    """Is that link up, for whoever administers it? None where that can't be told."""
    try:
        return bool(int(_read(machine, f"{link}/flags") or "", 16) & _IFF_UP)
    except ValueError:
        return None


def _read(machine: Machine, path: str) -> str | None:
    file = machine.tree.read(f"{_NET}/{path}")
    if not isinstance(file, FileState):
        return None
    return file.data.decode("ascii", "replace").strip()


def order(seen: list[tuple[str, float]]) -> tuple[Moment, ...]:
    """What was seen, in ms since the first of it."""
    ordered = sorted(seen, key=lambda item: item[1])
    return tuple(Moment(what, (at - ordered[0][1]) * 1000) for what, at in ordered)
