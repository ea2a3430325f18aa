"""The running network as it changes: kernel events, and a slow poll for what sends none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from xenbond_tui.effects import KernelReader
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.network import KernelSnapshot

POLL_S = 5.0
SETTLE_S = 0.05
"""One change of a cable comes as several messages; they are read as one."""


async def snapshots(kernel: KernelReader, poll: float = POLL_S) -> AsyncIterator[KernelSnapshot]:
    """A snapshot after each event and at least every `poll` seconds; read in a thread.

    Ends when the kernel can no longer be read.
    """
    changed = asyncio.Event()

    async def listen() -> None:
        async for _ in kernel.events():
            changed.set()

    listener = asyncio.create_task(listen())
    try:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll):
                    await changed.wait()
                await asyncio.sleep(SETTLE_S)
            changed.clear()
            try:
                yield await asyncio.to_thread(kernel.snapshot)
            except XenbondError:
                return
    finally:
        listener.cancel()
