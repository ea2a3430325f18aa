"""Netlink: changes of real links are told, in a network namespace of our own."""

from private_netns import in_private_netns

EVENTS = """
import asyncio
from xenbond_tui.host.kernel import LiveKernel
# Its cable is out: the far end is down.
ip("link add eth0 type veth peer name sw0", "link set eth0 up")
async def next_of(events, wanted):
    async with asyncio.timeout(60):
        async for name in events:
            if name == wanted:
                return name
"""


def test_a_pulled_cable_and_a_new_address_are_told_at_once():
    told = in_private_netns(
        EVENTS
        + """
async def main():
    events = LiveKernel().events()
    # The first one says that from now on everything is told.
    await next_of(events, "")
    ip("link set sw0 up")
    seen = [await next_of(events, "eth0")]
    # Leftovers of the first change may still be on their way: another link tells them apart.
    ip("addr add 10.0.0.1/8 dev lo")
    seen.append(await next_of(events, "lo"))
    await events.aclose()
    # In the loop's own thread the library's sockets cannot be opened; in another they can.
    snapshot = await asyncio.to_thread(LiveKernel().snapshot)
    return [*seen, len(snapshot.links)]
tell(asyncio.run(main()))
"""
    )
    assert told == ["eth0", "lo", 3]


def test_lost_events_ask_for_reading_everything_again():
    told = in_private_netns(
        EVENTS
        + """
async def main():
    events = LiveKernel().events()
    # The first one says that from now on everything is told.
    await next_of(events, "")
    # The loop stands still while the kernel fills the socket's buffer.
    commands = [f"link set sw0 {'up' if turn % 2 else 'down'}" for turn in range(4000)]
    ip(*commands)
    return await next_of(events, "")
tell(asyncio.run(main()))
"""
    )
    assert told == ""
