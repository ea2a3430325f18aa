"""Watching a bond: at once on an event, by the poll without one, through everything that fails."""

import asyncio
import gc
import weakref
from pathlib import Path

import pytest
from facts_builder import bond
from fakes import FakeHost
from watched import NEVER, WatchedKernel, after, kernel_of, watching

from xenbond_tui.errors import XenbondError
from xenbond_tui.garbage import EVERY_S, look_seldom
from xenbond_tui.health.watch import Rate, watch, watch_all


class Loop:
    """Held by nobody but itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path), kernel=WatchedKernel())


async def test_the_first_look_waits_for_nothing(host: FakeHost) -> None:
    look = await after(watching(host))
    assert look.state is not None
    assert look.state.bond.name == "bond0"
    assert look.state.bridge is not None
    assert look.when.wall == host.clock.wall_time
    assert look.rates == {}


@pytest.mark.parametrize("every", [False, True])
async def test_what_watches_keeps_no_garbage(host: FakeHost, every: bool) -> None:
    look_seldom()
    before, kernel = weakref.ref(Loop()), kernel_of(host)
    looks = watch_all(host.machine, NEVER, gap=0) if every else watching(host)
    await anext(looks)
    kernel.sent.put_nowait("eth0")
    await anext(looks)
    assert before() is None
    made = [weakref.ref(Loop()) for _ in range(20_000)]
    assert sum(each() is not None for each in made) < 1_000
    # What has grown old before it is let go, Python looks at when a quarter of all has.
    held = [Loop() for _ in range(100)]
    old = [weakref.ref(each) for each in held]
    gc.collect()
    held.clear()
    for seconds in (EVERY_S, 0.0):
        host.clock.sleep(seconds)
        kernel.sent.put_nowait("eth0")
        await anext(looks)
    assert not any(each() for each in old)


async def test_an_event_is_a_look_at_once(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host)
    await after(looks)
    kernel.now = bond(active_slave="eth1", master="xenbr0")
    kernel.sent.put_nowait("eth0")
    look = await after(looks)
    assert look.state is not None
    assert look.state.bond.active_slave == "eth1"


async def test_a_flood_of_events_is_a_few_looks(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host)
    await after(looks)
    for _ in range(1000):
        kernel.sent.put_nowait("vif7.0")
    kernel.sent.put_nowait(None)
    await after(looks)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(looks), 0.05)
    assert kernel.reads <= 3


@pytest.mark.parametrize(
    ("poll", "waits"), [(NEVER, [0.005, 0.01, 0.02, 0.04, 0.05, 0.05]), (0.001, [])]
)
async def test_a_flood_is_looked_at_ever_less_often_until_it_is_calm(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, poll: float, waits: list[float]
) -> None:
    """A slave loses its link just before the bond takes another: both looks are wanted at once."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    kernel, looks = kernel_of(host), watch(host.machine, "bond0", poll=poll)
    await after(looks)
    for _ in range(7):
        if poll == NEVER:
            kernel.sent.put_nowait("eth0")
        await after(looks)
    assert slept == waits


async def test_what_happens_during_a_look_is_looked_at(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host)
    loop = asyncio.get_running_loop()
    await after(looks)

    def change_again() -> None:
        kernel.on_read = lambda: None
        loop.call_soon_threadsafe(kernel.sent.put_nowait, "eth1")

    kernel.on_read = change_again
    kernel.sent.put_nowait("eth0")
    await after(looks)
    await after(looks)
    assert kernel.reads == 3


async def test_without_events_the_poll_looks(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host, poll=0.01)
    await after(looks)
    kernel.now = bond(slaves=("eth1",), master="xenbr0")
    look = await after(looks)
    assert look.state is not None
    assert [slave.name for slave in look.state.bond.slaves] == ["eth1"]


@pytest.mark.parametrize("end", [None, OSError(105, "No buffer space"), XenbondError("no netlink")])
async def test_when_events_end_the_poll_goes_on(host: FakeHost, end: Exception | None) -> None:
    kernel, looks = kernel_of(host), watching(host, poll=0.01)
    await after(looks)
    kernel.sent.put_nowait(end)
    for _ in range(3):
        assert (await after(looks)).state is not None


async def test_a_bond_that_goes_and_comes_back(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host)
    await after(looks)
    found = []
    for state in (None, bond(master="xenbr0")):
        kernel.now = state
        kernel.sent.put_nowait("bond0")
        found.append((await after(looks)).state is not None)
    assert found == [False, True]


async def test_a_bond_that_goes_while_it_is_read(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host)
    await after(looks)

    def gone() -> None:
        raise OSError(19, "No such device")

    kernel.on_read = gone
    kernel.sent.put_nowait("bond0")
    assert (await after(looks)).state is None


async def test_counters_become_rates(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host, poll=0.01)
    await after(looks)
    host.clock.sleep(2.0)
    kernel.bytes["eth0"] = 2_500_000
    look = await after(looks)
    assert look.rates == {"bond0": Rate(0, 0), "eth0": Rate(10.0, 0), "eth1": Rate(0, 0)}


async def test_looks_that_follow_at_once_share_a_rate(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host)
    await after(looks)
    host.clock.sleep(NEVER)
    kernel.bytes["eth0"] = 450_000_000
    kernel.sent.put_nowait("eth0")
    first = await after(looks)
    host.clock.sleep(0.001)
    kernel.bytes["eth0"] += 1000
    kernel.sent.put_nowait("eth0")
    second = await after(looks)
    assert first.rates["eth0"] == second.rates["eth0"] == Rate(1.0, 0)


async def test_a_link_made_anew_has_no_rate_until_the_next_sample(host: FakeHost) -> None:
    kernel, looks = kernel_of(host), watching(host, poll=0.01)
    kernel.bytes["eth0"] = 1000
    await after(looks)
    host.clock.sleep(1.0)
    kernel.bytes["eth0"] = 5
    assert "eth0" not in (await after(looks)).rates


async def test_leaving_stops_listening(host: FakeHost) -> None:
    looks = watching(host, poll=0.01)
    await after(looks)
    await after(looks)
    before = asyncio.all_tasks()
    await looks.aclose()
    assert len(asyncio.all_tasks()) == len(before) - 1


# Who is told of changes does not read everything each second.


# Looks that show the same need not wake who shows them.
