"""A storm of link events, from the real kernel: the last state is never missed, and what it costs.

The bond is made up of two real links' carriers: not every machine that runs this has bonding.
"""

import pytest
from private_netns import in_private_netns

from tests.told import NOTES

SCRIPT = """
import asyncio, resource
from dataclasses import replace
from pathlib import Path
from xenbond_tui.compose import live
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.health.timeline import Timeline
from xenbond_tui.health.watch import watch
from xenbond_tui.host.kernel import LiveKernel

def carrier(name):
    return Path(f"/sys/class/net/{name}/carrier").read_text() == "1\\n"

class Kernel(LiveKernel):
    def bond(self, name):
        up = {nic: carrier(nic) for nic in ("eth0", "eth1")}
        slaves = tuple(SlaveState(nic, "up" if is_up else "down") for nic, is_up in up.items())
        return BondState(
            "bond0", None, "balance-xor", "up", miimon=100, slaves=slaves
        )

for n in (0, 1):
    ip(f"link add eth{n} type veth peer name p{n}", f"link set eth{n} up", f"link set p{n} up")

LAST = {"eth0": True, "eth1": False}

async def main():
    machine, timeline, looks = replace(live(), kernel=Kernel()), Timeline(), []
    changed = asyncio.Event()

    async def looking():
        # The poll is out of reach: it is the events that tell.
        async for look in watch(machine, "bond0", poll=3600):
            timeline.add(look.state, look.when)
            looks.append((dict(look.state.carrier), time.monotonic()))
            changed.set()

    async def until_so(condition):
        async with asyncio.timeout(100):
            while not condition():
                changed.clear()
                await changed.wait()

    task = asyncio.create_task(looking())
    # With the second look netlink is listened to.
    await until_so(lambda: len(looks) >= 2)
    looks.clear()
    cpu, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    storm = await asyncio.create_subprocess_exec("ip", "-batch", "-", stdin=asyncio.subprocess.PIPE)
    await storm.communicate(STORM.encode())
    ended = time.monotonic()
    await until_so(lambda: looks and looks[-1][0] == LAST)
    tell({
        "rc": storm.returncode, "final": looks[-1][0], "late": max(0.0, looks[-1][1] - ended),
        "looks": len(looks), "seconds": looks[-1][1] - began, "cpu": time.process_time() - cpu,
        "events": len(timeline.events),
        "kB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak,
    })
    task.cancel()

asyncio.run(main())
"""
STORMS = {
    "1,000 flaps": "link set p1 down\nlink set p1 up\n" * 1000 + "link set p1 down\n",
    "2,000 links": "".join(f"link add d{n} type veth peer name e{n}\n" for n in range(1000))
    + "link set p1 down\n",
}


@pytest.mark.parametrize("what", STORMS)
def test_a_storm_of_events(what: str) -> None:
    found = in_private_netns(f"STORM = {STORMS[what]!r}\n{SCRIPT}")
    assert found["rc"] == 0
    assert found["final"] == {"eth0": True, "eth1": False}, found
    NOTES.append(
        f"{what} in {found['seconds']:.1f} s: {found['looks']} looks, {found['cpu']:.2f} s of "
        f"processor, {found['kB']} kB more, last state {found['late'] * 1000:.0f} ms after it"
    )
    assert found["looks"] <= 25 * (found["seconds"] + 1), "a look is at most every GAP seconds"
    assert found["events"] <= 500
    assert found["kB"] < 32 * 1024
