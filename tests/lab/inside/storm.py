"""Runs in the guest with xenbond's Python: a storm of link events, and what watching it costs.

storm.py flaps      the cable of one of two slaves, 1,000 times out and in again, and then out
storm.py bonds      of 50 bonds at once: one cable of each out, of every fifth both

Prints JSON: what was seen last, how long that took, how much processor and memory.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from xenbond_tui.compose import live
from xenbond_tui.health.timeline import Timeline
from xenbond_tui.health.watch import watch, watch_all

BONDS, FLAPS = 50, 1000
PATIENCE = 180.0
"""Seconds after the storm in which the last state has to be seen."""


def ip(lines: list[str]) -> None:
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def make(bonds: int, letter: str) -> list[str]:
    """Bonds s0, s1 … of two veth pairs each: s0a and s0b, their other ends s0A and s0B."""
    names = [f"{letter}{number}" for number in range(bonds)]
    for name in names:
        ip(
            [
                f"link add {name} type bond mode active-backup miimon 100",
                *(f"link add {name}{x} type veth peer name {name}{x.upper()}" for x in "ab"),
                *(f"link set {name}{x} master {name}" for x in "ab"),
                f"link set {name} up",
                *(f"link set {name}{x} up" for x in "AB"),
            ]
        )
    return names


async def follow(
    looks: AsyncIterator[Any], storm: list[str], seen: Callable[[Any], Any], wanted: Any
) -> Mapping[str, object]:
    """Watch while the storm goes on, until what is wanted is seen or patience has an end."""
    count, cpu, memory, began, ended = 0, 0.0, 0, 0.0, 0.0
    batch: asyncio.subprocess.Process | None = None
    async for look in looks:
        count += 1
        found, now = seen(look), time.monotonic()
        if count == 2:
            # Now the kernel is listened to.
            began, cpu = now, time.process_time()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            batch = await asyncio.create_subprocess_exec(
                *("ip", "-batch", "-"), stdin=asyncio.subprocess.PIPE
            )
            assert batch.stdin is not None
            batch.stdin.write("\n".join(storm).encode())
            batch.stdin.write_eof()
        elif batch is not None and batch.returncode is not None:
            ended = ended or now
            if found == wanted or now > ended + PATIENCE:
                break
    return {
        "right": found == wanted,
        "seen": found,
        "looks": count - 2,
        "storm": ended - began,
        "late": now - ended,
        "seconds": now - began,
        "cpu": time.process_time() - cpu,
        "kB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory,
    }


async def flaps() -> Mapping[str, object]:
    (bond,) = make(1, "f")
    await asyncio.sleep(0.5)
    timeline = Timeline()

    def seen(look: Any) -> Any:
        timeline.add(look.state, look.when)
        now = look.state.bond if look.state is not None else None
        return now and (now.active_slave, [slave.mii_status for slave in now.slaves])

    cable = f"link set {bond}A"
    storm = [f"{cable} down", f"{cable} up"] * FLAPS + [f"{cable} down"]
    found = await follow(watch(live(), bond), storm, seen, (f"{bond}b", ["down", "up"]))
    return {**found, "events": len(timeline.events)}


async def bonds() -> Mapping[str, object]:
    names = make(BONDS, "s")
    await asyncio.sleep(0.5)
    dead = names[::5]

    def seen(look: Any) -> Any:
        up = {state.bond.name: len(state.up) for state, _ in look.judged}
        return {name: up.get(name) for name in names}

    storm = [f"link set {name}A down" for name in names] + [f"link set {x}B down" for x in dead]
    wanted = {name: 0 if name in dead else 1 for name in names}
    return await follow(watch_all(live()), storm, seen, wanted)


print(json.dumps(asyncio.run(flaps() if sys.argv[1] == "flaps" else bonds())))
