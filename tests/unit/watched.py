"""A bond that a test changes while it is watched."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from facts_builder import bond, bridge
from fakes import FakeHost, FakeKernel

from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Counters
from xenbond_tui.health.watch import Snapshot, watch

NEVER = 3600.0
"""Seconds of a poll that must not be what woke us."""
PATIENCE = 10.0
"""Seconds after which a test that waits has failed."""


class WatchedKernel(FakeKernel):
    """A bond that can be changed, counters, and events that the test sends."""

    def __init__(self) -> None:
        super().__init__()
        self.now: BondState | None = bond(master="xenbr0")
        self.sent: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        self.bytes = {"bond0": 0, "eth0": 0, "eth1": 0}
        self.reads = 0
        self.on_read: Callable[[], None] = lambda: None

    def bond(self, name: str) -> BondState | None:
        self.reads += 1
        self.on_read()
        return self.now if name == "bond0" else None

    def bridge(self, name: str) -> BridgeState | None:
        return bridge()

    def inet4(self, names: Sequence[str]) -> Mapping[str, str]:
        return {}

    def counters(self, names: Sequence[str]) -> Mapping[str, Counters]:
        return {name: Counters(self.bytes[name], 0) for name in names}

    async def events(self) -> AsyncIterator[str]:
        while True:
            event = await self.sent.get()
            if isinstance(event, Exception):
                raise event
            if event is None:
                return
            yield event


def kernel_of(host: FakeHost) -> WatchedKernel:
    assert isinstance(host.kernel, WatchedKernel)
    return host.kernel


def watching(host: FakeHost, poll: float = NEVER) -> AsyncIterator[Snapshot]:
    return watch(host.machine, "bond0", poll=poll, gap=0)


async def after(looks: AsyncIterator[Snapshot]) -> Snapshot:
    return await asyncio.wait_for(anext(looks), PATIENCE)
