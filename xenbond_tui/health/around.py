"""What no look at the kernel shows of a watched bond: gateway, switches, guests, its files.

Only for who stays and watches: the probes need time, and switches speak every 30 s.
"""

import math
from collections.abc import Iterable
from contextlib import suppress
from statistics import median_low

from xenbond_tui.effects import Pinger, Probe, SwitchListener
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import SwitchPort
from xenbond_tui.health.model import Gateway, HealthState, Written
from xenbond_tui.health.place import places
from xenbond_tui.health.written_cache import written
from xenbond_tui.host.guest_names import guest_names
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass, field, replace

PROBE_EVERY_S = 1.0
"""Seconds between two probes of the gateway."""
PROBES_KEPT_S = 600.0
"""Seconds of probes that are counted."""
SHARE_S = 10.0
"""Seconds of probes that are told as one, by the worst of them."""
FILES_EVERY_S = 30.0
"""Seconds between two looks at whether the network's files have changed."""
PORT_EVERY_S = 10.0
"""Seconds between two looks at the port the gateway is behind."""
_PATIENCE_S = 1.0
"""Seconds a probe may take before it counts as lost."""
COUNT_EVERY_S = 5.0
"""Seconds between two counts of all probes, while each of the newest was answered."""
_NEWEST_S = 3.0


@dataclass(slots=True)
class Around:
    """Keeps asking until `stop`. All but `known` may block: not for the screen's own loop."""

    machine: Machine
    switch_ports: dict[str, SwitchPort] = field(default_factory=dict)
    """Slave → the port it is plugged into, or was while it had a link."""
    _answers: Gateway | None = None
    _pinger: Pinger | None = None
    _gateway: tuple[str, str] | None = None
    """(address, link) that is probed."""
    _port: str | None = None
    """The bridge's port the gateway is behind, where that is not the bond; when that was seen."""
    _looked: float = float("-inf")
    _outside: bool = False
    """The gateway was seen behind the bond."""
    _listener: SwitchListener | None = None
    _noise: dict[str, int] = field(default_factory=dict)
    _slaves: frozenset[str] = frozenset()
    _ports: frozenset[str] = frozenset()
    _names: dict[str, str] = field(default_factory=dict)
    _bond: str = ""
    """Whose files were read, and when (monotonic seconds)."""
    _read: float = 0.0
    _written: Written | None = None
    _counted: float = float("-inf")
    _told: tuple[object, ...] = ()
    news: int = 0
    """One more each time that `follow` finds what is to be told at once; the round trip is not."""

    def add(self, state: HealthState) -> HealthState:
        """The state with what is known of its surroundings, asked for now."""
        self.follow(state)
        return self.known(state)

    def follow(self, state: HealthState) -> None:
        """Ask those who are around the bond as it is now. Not from two threads at once."""
        self._follow_gateway(state)
        self._follow_switches(state)
        self._follow_guests(state)
        self._follow_files(state)
        self._follow_place(state)
        self._answers = answers = self._probed()
        lost = (answers.ip, answers.lost, answers.silent) if answers is not None else ()
        place = (self._port, self._outside, self.switch_ports, self._noise)
        told = (*lost, *place, self._names, self._written)
        if told != self._told:
            self._told = told
            self.news += 1

    def known(self, state: HealthState) -> HealthState:
        """The state with what `follow` found last; from any thread."""
        behind = {(ip, link) for ip, link in state.gateways if link == state.behind}
        return replace(
            state,
            gateway=self._answers if self._gateway in behind else None,
            switch_ports={
                name: port for name, port in self.switch_ports.items() if name in self._slaves
            },
            lldp_noise=self._noise,
            guests=self._names,
            written=self._written if self._bond == state.bond.name else None,
        )

    def stop(self) -> None:
        """Ask nobody any more."""
        if self._pinger is not None:
            self._pinger.stop()
        if self._listener is not None:
            self._listener.stop()
        self._pinger, self._listener = None, None

    def _follow_files(self, state: HealthState) -> None:
        now = self.machine.clock.monotonic()
        if self._bond != state.bond.name or now - self._read >= FILES_EVERY_S:
            self._bond, self._read = state.bond.name, now
            self._written = written(self.machine, state.bond.name)

    def _follow_gateway(self, state: HealthState) -> None:
        route = next(
            ((ip, state.behind) for ip, link in state.gateways if link == state.behind), None
        )
        if route == self._gateway and (self._pinger is not None or route is None):
            return
        if self._pinger is not None:
            self._pinger.stop()
        self._pinger, self._gateway, self._answers = None, route, None
        self._port, self._looked, self._outside = None, float("-inf"), False
        if route is not None:
            # Without permission there is just no line about the gateway.
            with suppress(XenbondError):
                self._pinger = self.machine.kernel.ping(*route, PROBE_EVERY_S)

    def _follow_place(self, state: HealthState) -> None:
        now = self.machine.clock.monotonic()
        if self._gateway is None:
            self._port = None
        elif now - self._looked >= PORT_EVERY_S:
            self._looked = now
            port = places(self.machine, state, [self._gateway[0]]).get(self._gateway[0])
            self._outside |= port == state.bond.name
            self._port = None if port == state.bond.name else port

    def _probed(self) -> Gateway | None:
        if self._pinger is None or self._gateway is None:
            return None
        now, known = self.machine.clock.monotonic(), self._answers
        if known is not None and known.sent and not known.silent and self._all_well(now):
            return replace(known, port=self._port, moved=self._port is not None and self._outside)
        self._counted = now
        probes = [
            probe
            for probe in self._pinger.probes(now - PROBES_KEPT_S)
            if probe.answered is not None or now - probe.sent > _PATIENCE_S
        ]
        took = [p.answered - p.sent for p in probes if p.answered is not None]
        silent = next((n for n, p in enumerate(reversed(probes)) if p.answered), len(probes))
        since = probes[-silent].sent if silent else None
        rtt = 1000 * median_low(took) if took else None
        if self._answers is not None and not took:
            # A silence longer than the window began before it, and somebody answered before.
            since, rtt = self._answers.silent_since or since, self._answers.rtt
        return Gateway(
            ip=self._gateway[0],
            sent=len(probes),
            lost=len(probes) - len(took),
            silent=silent,
            rtt=rtt,
            seconds=now - probes[0].sent if probes else 0.0,
            silent_since=since,
            port=self._port,
            moved=self._port is not None and self._outside,
            worst=worst(probes),
        )

    def _all_well(self, now: float) -> bool:
        """Was every one of the newest probes answered, and all of them counted not long ago?"""
        if self._pinger is None or now - self._counted >= COUNT_EVERY_S:
            return False
        newest = self._pinger.probes(now - _NEWEST_S)
        return all(p.answered is not None or now - p.sent <= _PATIENCE_S for p in newest)

    def _follow_switches(self, state: HealthState) -> None:
        slaves = frozenset(slave.name for slave in state.bond.slaves)
        if slaves != self._slaves:
            if self._listener is not None:
                self._listener.stop()
            self._slaves = slaves
            self._listener = None
            with suppress(XenbondError):
                self._listener = self.machine.kernel.listen_for_switches(sorted(slaves))
        if self._listener is None:
            return
        # Without a link no frame comes in that could be believed; where the cable was is worth
        # knowing until it is back, in that port or in another.
        out = {slave.name for slave in state.bond.slaves if slave.mii_status == "down"}
        for name in out:
            self._listener.forget(name)
        was = {name: port for name, port in self.switch_ports.items() if name in out}
        # A new one each time: `known` may be reading the old one.
        self.switch_ports = dict(self._listener.neighbours()) | was
        self._noise = dict(self._listener.noise())

    def _follow_guests(self, state: HealthState) -> None:
        ports = frozenset(port.name for port in state.bridge.ports) if state.bridge else frozenset()
        if ports != self._ports:
            self._ports = ports
            self._names = guest_names(self.machine, ports)


def worst(probes: Iterable[Probe]) -> dict[int, float]:
    """Share of time → the longest round trip of it, ms; infinite where one was not answered."""
    found: dict[int, float] = {}
    for probe in probes:
        took = math.inf if probe.answered is None else 1000 * (probe.answered - probe.sent)
        share = int(probe.sent // SHARE_S)
        found[share] = max(found.get(share, 0.0), took)
    return found
