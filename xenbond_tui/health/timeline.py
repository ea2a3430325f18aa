"""What changed between two looks at a bond, as events with words for the health screen."""

from collections import deque
from collections.abc import Iterator, Mapping

from xenbond_tui.facts.bond import SlaveState
from xenbond_tui.health.event import Event, When
from xenbond_tui.health.failures import recent_failures
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.verdict import judge
from xenbond_tui.value import dataclass, field, replace

EVENTS_KEPT = 500
"""Events kept; an operator at 3 a.m. reads the newest few, a report the rest."""
SILENT_PROBES = 2
"""Probes of the gateway without answer that are worth a line."""

NEVER: Mapping[str, float] = {}


def changes(
    before: HealthState | None,
    after: HealthState | None,
    when: When,
    link_lost: Mapping[str, float] = NEVER,
) -> tuple[Event, ...]:
    """The events between two looks; None is a bond that is not there.

    `link_lost` holds when each slave's link was last seen to go (monotonic seconds), so that a
    change of the active slave can say how long it took.
    """
    if after is None:
        gone = () if before is None else (_event(when, "bond-gone", f"{before.bond.name} is gone"),)
        return gone
    if before is None:
        return (_event(when, "bond-found", f"{after.bond.name}: {judge(after).headline}"),)
    return (
        *_slaves(before, after, when),
        *_active(before, after, when, link_lost),
        *_gateway(before, after, when),
        *_verdict(before, after, when),
    )


def link_is_up(state: HealthState, slave: SlaveState) -> bool:
    """The NIC's own carrier where it is known, else what the bond makes of it."""
    return state.carrier.get(slave.name, slave.mii_status == "up")


def fails_over(state: HealthState) -> bool:
    """Has the active slave lost its link, so that the bond is about to take another one?"""
    active = state.bond.active_slave
    slave = state.bond.slave(active) if active is not None else None
    return slave is not None and not link_is_up(state, slave)


def _event(when: When, code: str, text: str, slave: str | None = None) -> Event:
    return Event(when.wall, code, text, slave, when.monotonic)


def _slaves(before: HealthState, after: HealthState, when: When) -> Iterator[Event]:
    for slave in after.bond.slaves:
        was = before.bond.slave(slave.name)
        if was is None:
            yield _event(when, "slave-added", f"{slave.name} enslaved", slave.name)
        else:
            yield from _slave(before, was, after, slave, when)
    for slave in before.bond.slaves:
        if after.bond.slave(slave.name) is None:
            yield _event(when, "slave-removed", f"{slave.name} is no slave any more", slave.name)


def _slave(
    before: HealthState, was: SlaveState, after: HealthState, now: SlaveState, when: When
) -> Iterator[Event]:
    name = now.name
    failed, failures = was.link_failure_count, now.link_failure_count
    counted = failed is not None and failures is not None and failures > failed
    number = f" (failure {failures})" if counted else ""
    linked, link = link_is_up(before, was), link_is_up(after, now)
    if linked and not link:
        yield _event(when, "link-down", f"{name} link down{number}", name)
    elif link and not linked:
        yield _event(when, "link-up", f"{name} link up", name)
    if was.mii_status != now.mii_status and (linked == link or now.mii_status.startswith("going")):
        # The bond follows the link by up to a miimon, or by updelay and downdelay.
        text = f"{name} {now.mii_status} for the bond{number}"
        code = "slave-" + now.mii_status.replace(" ", "-")
        yield _event(when, code, text, name)
    elif counted and linked == link:
        yield _event(when, "failure", f"{name} failed and is {now.mii_status}{number}", name)
    if failed is not None and failures is not None and failures < failed:
        # bond_enslave() starts counting at 0; nothing else ever lowers it.
        yield _event(when, "slave-re-enslaved", f"{name} was enslaved again", name)


def _active(
    before: HealthState, after: HealthState, when: When, link_lost: Mapping[str, float]
) -> Iterator[Event]:
    was, now = before.bond.active_slave, after.bond.active_slave
    if was == now:
        return
    if now is None:
        yield _event(when, "no-active-slave", f"no active slave; it was {was}")
    elif was is None:
        yield _event(when, "active-slave", f"active slave {now}", now)
    else:
        lost = link_lost.get(was)
        delay = "" if lost is None else f", {(when.monotonic - lost) * 1000:.0f} ms after the link"
        yield _event(when, "active-slave", f"active slave {was} -> {now}{delay}", now)


def _gateway(before: HealthState, after: HealthState, when: When) -> Iterator[Event]:
    """One lost probe is an accident; two in a row, a second apart, are silence."""
    was, now = before.gateway, after.gateway
    if was is None or now is None or was.ip != now.ip:
        return
    if was.silent < SILENT_PROBES <= now.silent and now.rtt is not None:
        yield _event(when, "gateway-silent", f"gateway {now.ip} does not answer")
    elif now.silent == 0 and was.silent >= SILENT_PROBES and was.silent_since is not None:
        seconds = when.monotonic - was.silent_since
        text = f"gateway {now.ip} answers again, {seconds:.0f} s without"
        yield _event(when, "gateway-back", text)


def _verdict(before: HealthState, after: HealthState, when: When) -> Iterator[Event]:
    was, now = judge(before), judge(after)
    if was.level != now.level:
        yield _event(when, f"verdict-{now.level}", f"{now.level}: {now.headline}")


@dataclass(slots=True)
class Timeline:
    """The events of one watched bond, oldest first."""

    events: deque[Event] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    last: HealthState | None = None
    """The newest look, with the failures counted from the events before it."""
    link_lost: dict[str, float] = field(default_factory=dict)
    """Slave → when its link went (monotonic), while it is gone."""
    started: bool = False

    def add(self, state: HealthState | None, when: When) -> tuple[Event, ...]:
        """Take one more look in; returns what is new, which may be nothing.

        The very first look is what there is, not an event.
        """
        new: tuple[Event, ...] = ()
        if state is not None:
            failures = recent_failures(self.events, when.wall)
            state = replace(state, recent_failures=failures)
        if self.started:
            new = changes(self.last, state, when, self.link_lost)
        self._remember_links(state, when)
        self.started, self.last = True, state
        self.events.extend(new)
        return new

    def _remember_links(self, state: HealthState | None, when: When) -> None:
        slaves = () if state is None else state.bond.slaves
        down = {s.name for s in slaves if state is not None and not link_is_up(state, s)}
        known = {} if self.last is None else {s.name: s for s in self.last.bond.slaves}
        for name in [name for name in self.link_lost if name not in down]:
            del self.link_lost[name]
        for name in down:
            was = known.get(name)
            if was is not None and self.last is not None and link_is_up(self.last, was):
                self.link_lost[name] = when.monotonic
