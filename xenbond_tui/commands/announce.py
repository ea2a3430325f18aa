"""`xenbond announce`: after each failover, say where the host and its guests are. A service."""

import argparse
import asyncio
import signal
import sys
from contextlib import suppress

from xenbond_tui import compose
from xenbond_tui.commands.say import no_bond, say
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.announcer import Announcer, announce, known
from xenbond_tui.health.guest_macs import ToolstackGuests
from xenbond_tui.health.record import EventRecord
from xenbond_tui.health.report import EXIT_NO_BOND
from xenbond_tui.health.state import read_state
from xenbond_tui.health.timeline import Timeline
from xenbond_tui.health.watch import watch
from xenbond_tui.machine import Machine

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
        say(announce(machine, state, announcer.guests))
        _complain(announcer, args.bond, machine.clock.monotonic())
        return 0
    asyncio.run(_serve(machine, args.bond))
    return 0


async def _serve(machine: Machine, bond: str) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.create_task(_announce(machine, bond))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _announce(machine: Machine, bond: str) -> None:
    """Who is always there keeps the record of events too."""
    announcer, timeline, record = Announcer(), Timeline(), EventRecord(machine, bond)
    toolstack = ToolstackGuests(machine)
    remembered = float("-inf")
    async for look in watch(machine, bond):
        record.append(timeline.add(look.state, look.when))
        if look.state is None:
            continue
        now = look.when.monotonic
        if announcer.look(look.state, now):
            try:
                say(await asyncio.to_thread(announce, machine, look.state, announcer.guests))
            except XenbondError as error:
                # The next failover may well find the link in order.
                sys.stderr.write(f"xenbond: {error}\n")
        elif now - remembered >= _REMEMBER_S:
            remembered = now
            told = await asyncio.to_thread(known, machine, toolstack, look.state)
            announcer.remember(look.state, told)
            _complain(announcer, bond, now)


def _complain(announcer: Announcer, bond: str, now: float) -> None:
    """Say who is not announced, where that has changed: on stderr, which the journal keeps."""
    if words := announcer.complaint(bond, now):
        sys.stderr.write(f"xenbond: {words}\n")
