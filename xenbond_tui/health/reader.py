"""Looks at one bond again and again, and reads only what may be different.

Whatever changes a bond, its slaves, its bridge or their addresses is told by the kernel: a link
(RTM_NEWLINK, by NETDEV_CHANGEINFODATA for an option written in sysfs too) or an address. What is
not told is in three files that are small: /proc/net/bonding (LACP's details, failure counts),
carriers and /proc/net/route. While those say the same and nothing was told, nothing else is read;
but for once in a while, should something have been missed.
"""

from collections.abc import Mapping

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Counters
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.state import read_state
from xenbond_tui.machine import Machine

WHOLE_EVERY_S = 10.0
"""Seconds between two whole readings at most."""

Reading = tuple[HealthState | None, Mapping[str, Counters]]


class Reader:
    """The readings of one bond. Not from two threads at once."""

    def __init__(self, machine: Machine, bond: str) -> None:
        self._machine, self._bond = machine, bond
        self._state: HealthState | None = None
        self._said: tuple[bytes, ...] = ()
        self._at = 0.0

    def read(self, *, whole: bool) -> Reading:
        """The bond now, None when it is not there, and its counters.

        Args:
            whole: something was told, or nobody tells: read everything.
        """
        now = self._machine.clock.monotonic()
        try:
            # Before the reading: what changes during it is seen as a difference the next time.
            said = self._what_is_not_told()
            same = bool(said) and all(said) and said == self._said
            if whole or not same or now - self._at >= WHOLE_EVERY_S:
                self._said = ()
                state = read_state(self._machine, self._bond)
                # Equal ones are the same one: who shows it sees at once that it is no other.
                self._state = self._state if state == self._state else state
                self._at = now
                self._said = said
            if self._state is None:
                return None, {}
            names = [self._bond, *(slave.name for slave in self._state.bond.slaves)]
            return self._state, self._machine.kernel.counters(names)
        except (OSError, XenbondError):
            # The bond went away while it was read; the next look tells.
            self._state, self._said = None, ()
            return None, {}

    def _what_is_not_told(self) -> tuple[bytes, ...]:
        slaves = self._state.bond.slaves if self._state is not None else ()
        paths = [f"/proc/net/bonding/{self._bond}", "/proc/net/route"]
        paths += [f"/sys/class/net/{slave.name}/carrier" for slave in slaves]
        return tuple(self._machine.tree.kernels_own(path) or b"" for path in paths)
