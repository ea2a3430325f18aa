"""The way by keys from the first screen to each of the others."""

from typing import Any

from keys import reach, shows
from textual.pilot import Pilot

from screens.apply import ApplyScreen
from screens.bond import BondScreen
from screens.bridge import BridgeScreen
from screens.health import HealthScreen
from screens.host import HostScreen
from screens.removal import RemovalScreen
from screens.review import ReviewScreen
from screens.slaves import SlavesScreen
from screens.xen import XenScreen


async def to_host(pilot: Pilot[Any]) -> None:
    await reach(pilot, HostScreen)


async def to_slaves(pilot: Pilot[Any]) -> None:
    await to_host(pilot)
    await pilot.press("enter")
    await reach(pilot, SlavesScreen)


async def to_bond(pilot: Pilot[Any]) -> None:
    await to_slaves(pilot)
    await pilot.press("f10")
    await reach(pilot, BondScreen)


async def to_bridge(pilot: Pilot[Any]) -> None:
    await to_bond(pilot)
    await pilot.press("f10")
    await reach(pilot, BridgeScreen)


async def to_xen(pilot: Pilot[Any]) -> None:
    await to_bridge(pilot)
    await pilot.press("f10")
    await reach(pilot, XenScreen)


async def to_review(pilot: Pilot[Any]) -> None:
    await to_xen(pilot)
    await pilot.press("f10")
    await reach(pilot, ReviewScreen)


async def to_decide(pilot: Pilot[Any]) -> None:
    """To the change that waits."""
    await to_host(pilot)
    await pilot.press("d")
    await reach(pilot, ApplyScreen)
    await shows(pilot, "Rolls back by itself")


async def to_health(pilot: Pilot[Any]) -> None:
    await reach(pilot, HealthScreen)
    await shows(pilot, "HEALTHY")


async def to_removal(pilot: Pilot[Any]) -> None:
    await to_host(pilot)
    await pilot.press("x")
    await reach(pilot, RemovalScreen)
    await shows(pilot, "Nothing is written yet.")
