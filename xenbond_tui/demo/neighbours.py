"""The demo host's neighbours: they answer at once, or not at all."""

from collections import deque
from collections.abc import Mapping, Sequence

from xenbond_tui.demo import simulate
from xenbond_tui.demo.state import StateFile
from xenbond_tui.effects import PROBES_LAST_S, Clock, Probe
from xenbond_tui.facts.link import SwitchPort

_ROUND_TRIP_S = 0.0004
"""Seconds, as in a quiet network."""


class DemoPinger:
    """Works out, when asked, what would have been answered since it was last asked."""

    def __init__(self, file: StateFile, interval: float, clock: Clock) -> None:
        self._file, self._interval, self._clock = file, interval, clock
        self._due = self._clock.monotonic()
        self._probes: deque[Probe] = deque()
        self._stopped = False
        self._reachable = False
        self._stamp: object = None
        """Of the state that it was worked out from."""

    def probes(self, since: float = 0.0) -> tuple[Probe, ...]:
        """Every probe sent since then, oldest first."""
        now = self._clock.monotonic()
        if not self._stopped and now >= self._due:
            stamp = self._file.stamp()
            if stamp != self._stamp:
                self._stamp = stamp
                self._reachable = simulate.reachable(self._file.load())
            while self._due <= now:
                answered = self._due + _ROUND_TRIP_S if self._reachable else None
                self._probes.append(Probe(self._due, answered))
                self._due += self._interval
            while self._probes[0].sent < now - PROBES_LAST_S:
                self._probes.popleft()
        return tuple(probe for probe in self._probes if probe.sent >= since)

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True


class DemoSwitches:
    """Tells at once what real switches tell every 30 s."""

    def __init__(self, links: Sequence[str]) -> None:
        self._links = links

    def neighbours(self) -> Mapping[str, SwitchPort]:
        """The NICs by turns in sw1 and sw2, as they should be."""
        found = {}
        for number, link in enumerate(sorted(self._links)):
            switch = number % 2 + 1
            port = f"Gi1/0/{12 + number // 2}"
            found[link] = SwitchPort(f"00:1b:21:00:00:0{switch}", port, f"sw{switch}")
        return found

    def noise(self) -> Mapping[str, int]:
        """None: the demo's switches behave."""
        return {}

    def forget(self, link: str) -> None:
        """They tell again at once."""

    def stop(self) -> None:
        """There is nothing to stop."""
