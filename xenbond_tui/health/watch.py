"""A bond as it changes: at once when the kernel says so, and every second or two anyway."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Counters
from xenbond_tui.garbage import WhatStays
from xenbond_tui.health.event import When
from xenbond_tui.health.look import Look, look
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.reader import Reader
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass, field

LOOK_EVERY_S = 0.05
"""Seconds between two looks in the long run: a flood of events must not become a flood of reads."""
FIRST_LOOK_S = 0.005
"""Seconds after the first look that an event asks for; then twice as many each time, up to the gap.

A slave loses its link a moment before the bond takes another: what follows at once is no flood. It
is at least as long as the look took: where that is long, another look would be in the way.
"""


QUIET = 2
"""Polls that are one while the kernel tells, nothing changes and nothing worth a figure flows."""
_FIGURE = 0.05
"""Mbit/s: what is less is shown as 0.0."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Traffic of one link, Mbit/s."""

    rx: float
    tx: float

    @property
    def is_nothing(self) -> bool:
        """Is it less than what a figure shows?"""
        return self.rx < _FIGURE and self.tx < _FIGURE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look."""

    when: When
    state: HealthState | None
    """None while there is no bond of that name."""
    rates: Mapping[str, Rate] = field(default_factory=dict)
    """By slave, and the bond's own; empty until there are two samples."""

    def same_as(self, other: "Snapshot") -> bool:
        """Is the same state shown, with no traffic worth a figure before and now?"""
        rates = (*self.rates.values(), *other.rates.values())
        same = self.state is other.state and self.rates.keys() == other.rates.keys()
        return same and all(rate.is_nothing for rate in rates)


async def watch_all(machine: Machine, poll: float = 5.0, gap: float = 0.5) -> AsyncIterator[Look]:
    """Every bond, now, at every event and every `poll` seconds; for a list of them."""
    wake = asyncio.Event()
    yield await asyncio.to_thread(look, machine, None)
    garbage = WhatStays(machine.clock.monotonic())
    listener = asyncio.create_task(_listen(machine, wake.set))
    try:
        while True:
            garbage.look(machine.clock.monotonic())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll):
                    await wake.wait()
            wake.clear()
            with contextlib.suppress(OSError, XenbondError):
                yield await asyncio.to_thread(look, machine, None)
            await asyncio.sleep(gap)
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


async def watch(
    machine: Machine,
    bond: str,
    poll: float = 1.0,
    gap: float = LOOK_EVERY_S,
    told: Callable[[], None] = lambda: None,
    still: float = 0.0,
) -> AsyncIterator[Snapshot]:
    """Look now, then at every event of the kernel and every `poll` seconds.

    The kernel does not report every change of LACP's details or of a counter, hence the poll; while
    nothing happens it is `QUIET` times as long. When the kernel stops reporting altogether, or
    never could, the poll goes on alone. A bond that goes and comes back is followed.

    Args:
        machine: the host.
        bond: its name.
        poll: seconds.
        gap: between two looks at least, but for those that follow an event at once.
        told: called at each event, before anything is read.
        still: looks of a quiet bond that show the same are not given, but for the first in each
            span of so many seconds (0: all are): they wake nobody.
    """
    look = partial(_look, machine, Reader(machine, bond), _Meter(poll))
    wake, listening, alarm = asyncio.Event(), asyncio.Event(), threading.Event()

    def woken() -> None:
        told()
        wake.set()
        alarm.set()
        listening.set()

    seen, wait, quiet = await asyncio.to_thread(look, whole=True), poll, False
    yield seen
    garbage = WhatStays(seen.when.monotonic)
    listener = asyncio.create_task(_listen(machine, woken))
    # However it ends, by who leaves too: nobody dozes on.
    listener.add_done_callback(lambda _: alarm.set())
    pause = FIRST_LOOK_S
    try:
        while True:
            garbage.look(seen.when.monotonic)
            if quiet and still:
                other = await asyncio.to_thread(_doze, look, seen, wait, still, alarm)
                if other is not None:
                    before, seen = seen, other
                    yield seen
                    quiet = seen.same_as(before)
                    wait = QUIET * poll if quiet else poll
                    continue
            try:
                async with asyncio.timeout(wait):
                    await wake.wait()
                polled = False
            except TimeoutError:
                polled, pause = True, FIRST_LOOK_S
            # Who is told nothing has to read everything.
            whole = wake.is_set() or not listening.is_set() or listener.done()
            # Cleared before the look: what happens during it asks for another one.
            wake.clear()
            if not listener.done():
                alarm.clear()
            before, seen = seen, await asyncio.to_thread(look, whole=whole)
            yield seen
            quiet = not whole and seen.same_as(before)
            wait = QUIET * poll if quiet else poll
            if polled and not wake.is_set():
                # No flood to hold back: an event that comes now is looked at now.
                continue
            await asyncio.sleep(min(pause, gap))
            pause = min(2 * pause, LOOK_EVERY_S)
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


async def _listen(machine: Machine, told: Callable[[], None]) -> None:
    """Call that at each event; the first says that from then on everything is told."""
    with contextlib.suppress(XenbondError, OSError):
        async for _ in machine.kernel.events():
            told()


def _doze(
    look: "Callable[..., Snapshot]",
    shown: Snapshot,
    wait: float,
    still: float,
    alarm: threading.Event,
) -> Snapshot | None:
    """Look every `wait` seconds until something else is to be shown; None: told of something."""
    while not alarm.wait(wait):
        seen = look(whole=False)
        another_span = seen.when.monotonic // still != shown.when.monotonic // still
        if another_span or not seen.same_as(shown):
            return seen
    return None


def _look(machine: Machine, reader: Reader, meter: "_Meter", *, whole: bool) -> Snapshot:
    """In a thread: sysfs waits for the kernel's network lock while a link is being made."""
    when = When(machine.clock.now(), machine.clock.monotonic())
    state, counters = reader.read(whole=whole)
    return Snapshot(when, state, meter.rates(counters, when.monotonic))


class _Meter:
    """Counters to rates.

    Looks that follow each other at once share one rate: over milliseconds it would mean nothing.
    """

    def __init__(self, poll: float) -> None:
        self._least = poll / 2
        self._at: float | None = None
        self._counters: Mapping[str, Counters] = {}
        self._rates: dict[str, Rate] = {}

    def rates(self, counters: Mapping[str, Counters], now: float) -> Mapping[str, Rate]:
        """Rates since the last sample that is old enough."""
        seconds = None if self._at is None else now - self._at
        if seconds is not None and seconds < self._least:
            return {name: rate for name, rate in self._rates.items() if name in counters}
        self._rates = {}
        for name, count in counters.items():
            before = self._counters.get(name)
            if before is None or not seconds:
                continue
            rx, tx = count.rx_bytes - before.rx_bytes, count.tx_bytes - before.tx_bytes
            # A link that was made again counts from 0 again.
            if rx >= 0 and tx >= 0:
                self._rates[name] = Rate(rx * 8e-6 / seconds, tx * 8e-6 / seconds)
        self._at, self._counters = now, counters
        return self._rates
