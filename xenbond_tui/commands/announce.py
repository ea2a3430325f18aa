"""`xenbond announce`: after each failover, say where the host and its guests are. A service."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

from xenbond_tui import compose
from xenbond_tui.commands.say import no_bond, say
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.announcer import (
    Announcer,
    active_slave,
    announcement,
    in_words,
    known,
)
from xenbond_tui.health.guest_macs import ToolstackGuests
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.record import EventRecord
from xenbond_tui.health.report import EXIT_NO_BOND
from xenbond_tui.health.state import read_state
from xenbond_tui.health.timeline import Timeline
from xenbond_tui.health.watch import watch
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass

_LOOK_EVERY_S = 5.0
"""Seconds between two looks, twice as many while nothing happens: what moves, the kernel tells."""
_LET_GO_S = 0.0005
"""Seconds until a thread that reads lets the one that announces have the interpreter; Python's own
5 ms are several times what there is to do, which has the kernel's help at every step."""
_REMEMBER_S = 10.0
"""Seconds between two looks at whom the bridge has learned."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("bond", metavar="BOND", help="the bond")
    parser.add_argument("--once", action="store_true", help="announce now, and end")


def run(args: argparse.Namespace) -> int:
    """Announce after each change of the active slave until told to end."""
    machine = compose.live()
    state = read_state(machine, args.bond)
    if state is None:
        no_bond(args.bond)
        return EXIT_NO_BOND
    if state.bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        raise XenbondError(
            f"{args.bond} is {state.bond.mode}: it has no active slave, so nothing moves from one "
            "switch port to another. Nothing is announced."
        )
    if args.once:
        announcer = Announcer()
        announcer.remember(state, known(machine, ToolstackGuests(machine), state))
        announcement(machine, state, announcer.guests)()
        say(in_words(state, announcer.guests, state.bond.active_slave))
        _complain(announcer, args.bond, machine.clock.monotonic())
        return 0
    sys.setswitchinterval(_LET_GO_S)
    asyncio.run(_serve(machine, args.bond))
    return 0


async def _serve(machine: Machine, bond: str) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.create_task(_Service(machine, bond).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


@dataclass(frozen=True, slots=True)
class _Ready:
    """What it takes to announce."""

    state: HealthState
    guests: Mapping[str, str]
    """The ones it was made of, as the state."""
    active: Callable[[], str | None]
    """Which slave is the active one."""
    tell: Callable[[], None]


class _Service:
    """Announces whenever another slave is the active one; who is always there keeps events, too.

    What it sends is made ready before: between the kernel's word and the frames two files are read,
    which are open.
    """

    def __init__(self, machine: Machine, bond: str) -> None:
        self._machine, self._bond = machine, bond
        self._announcer, self._toolstack = Announcer(), ToolstackGuests(machine)
        self._remembered = float("-inf")
        self._ready: _Ready | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        timeline, record = Timeline(), EventRecord(self._machine, self._bond)
        watched = watch(self._machine, self._bond, _LOOK_EVERY_S, told=self._now)
        async for look in watched:
            if events := timeline.add(look.state, look.when):
                await asyncio.to_thread(record.append, events)
            if look.state is None or look.state.bond.mode not in MODES_WITH_ACTIVE_SLAVE:
                self._ready = None
                continue
            if look.when.monotonic - self._remembered >= _REMEMBER_S:
                self._remembered = look.when.monotonic
                told = await asyncio.to_thread(known, self._machine, self._toolstack, look.state)
                self._announcer.remember(look.state, told)
                _complain(self._announcer, self._bond, look.when.monotonic)
            await asyncio.to_thread(self._make_ready, look.state)
            self._now()

    def _make_ready(self, state: HealthState) -> None:
        guests, ready = self._announcer.guests, self._ready
        if ready is not None and ready.state is state and ready.guests == guests:
            return
        try:
            tell = announcement(self._machine, state, guests)
            self._ready = _Ready(state, guests, active_slave(self._machine, state), tell)
        except XenbondError as error:
            self._failed(error)

    def _now(self) -> None:
        """Announce, if it is time."""
        if (ready := self._ready) is None:
            return
        try:
            active, now = ready.active(), self._machine.clock.monotonic()
        except OSError:
            # Should it have been made anew, the next look finds it.
            self._ready = None
            return
        if self._announcer.is_time(active, now):
            try:
                ready.tell()
                say(in_words(ready.state, ready.guests, active))
            except XenbondError as error:
                self._failed(error)
        if self._timer is not None:
            self._timer.cancel()
        if (due := self._announcer.due) is not None:
            self._timer = asyncio.get_running_loop().call_later(due - now, self._now)

    def _failed(self, error: XenbondError) -> None:
        # The next look may well find the link in order.
        self._ready = None
        sys.stderr.write(f"xenbond: {error}\n")


def _complain(announcer: Announcer, bond: str, now: float) -> None:
    """Say who is not announced, where that has changed: on stderr, which the journal keeps."""
    if words := announcer.complaint(bond, now):
        sys.stderr.write(f"xenbond: {words}\n")
