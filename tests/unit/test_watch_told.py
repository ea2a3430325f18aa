"""Who watches a bond and is told of changes reads little, and sleeps while it looks the same."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import pytest
from facts_builder import bond
from fakes import FakeHost
from watched import PATIENCE, WatchedKernel, after, kernel_of, watching

from xenbond_tui.facts.link import Counters
from xenbond_tui.health.reader import WHOLE_EVERY_S
from xenbond_tui.health.watch import QUIET, Rate, Snapshot, watch


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path), kernel=WatchedKernel())


PROC = "proc/net/bonding/bond0"


@pytest.fixture
def told(host: FakeHost, tmp_path: Path) -> FakeHost:
    """A host whose kernel has begun to tell, and whose files are there."""
    for path, text in (
        *((PROC, "Ethernet Channel Bonding"), ("proc/net/route", "Iface")),
        *((f"sys/class/net/{nic}/carrier", "1") for nic in ("eth0", "eth1")),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    kernel_of(host).sent.put_nowait("")
    return host


async def settled(host: FakeHost) -> AsyncIterator[Snapshot]:
    """Looks of a watcher that is told of changes, and has read everything."""
    looks = watching(host, poll=0.01)
    for _ in range(4):
        await after(looks)
    return looks


async def test_while_nothing_is_told_little_is_read(told: FakeHost) -> None:
    kernel, looks = kernel_of(told), await settled(told)
    reads = kernel.reads
    host_bytes = kernel.bytes
    for number in range(5):
        told.clock.sleep(1.0)
        host_bytes["eth0"] = 1_250_000 * (number + 1)
        look = await after(looks)
        assert look.state is not None
        assert look.rates["eth0"] == Rate(10.0, 0), "counters are read each time"
    assert kernel.reads == reads


async def test_what_is_told_is_read(told: FakeHost) -> None:
    kernel, looks = kernel_of(told), await settled(told)
    kernel.now = bond(active_slave="eth1", master="xenbr0")
    kernel.sent.put_nowait("bond0")
    for _ in range(3):
        look = await after(looks)
    assert look.state is not None
    assert look.state.bond.active_slave == "eth1"


@pytest.mark.parametrize(
    ("path", "text"),
    [(PROC, "port state: 5"), ("proc/net/route", "other"), ("sys/class/net/eth1/carrier", "0")],
)
async def test_what_is_not_told_is_seen_by_the_next_poll(
    told: FakeHost, tmp_path: Path, path: str, text: str
) -> None:
    kernel, looks = kernel_of(told), await settled(told)
    reads = kernel.reads
    (tmp_path / path).write_text(text)
    await after(looks)
    assert kernel.reads == reads + 1


async def test_once_in_a_while_everything_is_read_all_the_same(told: FakeHost) -> None:
    kernel, looks = kernel_of(told), await settled(told)
    reads = kernel.reads
    told.clock.sleep(WHOLE_EVERY_S)
    await after(looks)
    assert kernel.reads == reads + 1


async def test_when_nobody_tells_any_more_everything_is_read(told: FakeHost) -> None:
    kernel, looks = kernel_of(told), await settled(told)
    kernel.sent.put_nowait(None)
    await after(looks)
    reads = kernel.reads
    for _ in range(3):
        await after(looks)
    assert kernel.reads == reads + 3


async def test_a_quiet_bond_is_looked_at_half_as_often_until_something_flows(
    told: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    timeout = asyncio.timeout

    def recorded(seconds: float) -> asyncio.Timeout:
        waits.append(seconds)
        return timeout(seconds)

    monkeypatch.setattr(asyncio, "timeout", recorded)
    looks = await settled(told)
    for _ in range(3):
        before = await after(looks)
    assert waits[-1] == 0.01 * QUIET
    told.clock.sleep(1.0)
    kernel_of(told).bytes["eth0"] += 12_500
    flows = await after(looks)
    await after(looks)
    assert waits[-1] == 0.01
    assert not flows.same_as(before), "0.1 Mbit/s is a figure on the screen"


STILL = 10.0


async def dozing(host: FakeHost) -> tuple[AsyncIterator[Snapshot], asyncio.Task[Snapshot]]:
    """A watcher of which nothing comes any more, and its next snapshot."""
    looks = watch(host.machine, "bond0", poll=0.01, gap=0, still=STILL)
    while True:
        following = asyncio.ensure_future(anext(looks))
        await asyncio.wait((following,), timeout=0.2)
        if not following.done():
            return looks, following
        # Rates are of two samples.
        host.clock.sleep(1.0)


def goes_elsewhere(host: FakeHost, top: Path) -> None:
    kernel_of(host).now = bond(active_slave="eth1", master="xenbr0")
    kernel_of(host).sent.put_nowait("bond0")


def loses_a_link(host: FakeHost, top: Path) -> None:
    kernel_of(host).now = bond(active_slave="eth1", master="xenbr0")
    (top / "sys/class/net/eth0/carrier").write_text("0")


def carries_something(host: FakeHost, top: Path) -> None:
    host.clock.sleep(1.0)
    kernel_of(host).bytes["eth0"] += 12_500


def gets_older(host: FakeHost, top: Path) -> None:
    host.clock.sleep(STILL)


def tells_no_more(host: FakeHost, top: Path) -> None:
    kernel_of(host).sent.put_nowait(None)


@pytest.mark.parametrize(
    "happens", [goes_elsewhere, loses_a_link, carries_something, gets_older, tells_no_more]
)
async def test_a_still_bond_wakes_nobody_until_something_happens(
    told: FakeHost,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[FakeHost, Path], None],
) -> None:
    looks, following = await dozing(told)
    looked: list[str] = []
    counters = kernel_of(told).counters

    def counted(names: Sequence[str]) -> Mapping[str, Counters]:
        looked.append(threading.current_thread().name)
        return counters(names)

    monkeypatch.setattr(kernel_of(told), "counters", counted)
    await asyncio.wait((following,), timeout=0.2)
    assert not following.done()
    assert len(looked) > 1, "it is looked at all the time"
    happens(told, tmp_path)
    seen = await asyncio.wait_for(following, PATIENCE)
    assert seen.state is not None
    if happens in (goes_elsewhere, loses_a_link):
        assert seen.state.bond.active_slave == "eth1"
    await looks.aclose()


async def test_who_leaves_while_it_is_still_leaves_no_thread(told: FakeHost) -> None:
    _looks, following = await dozing(told)
    following.cancel()
    await asyncio.wait((following,), timeout=PATIENCE)
    await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), PATIENCE)
    assert not [it for it in threading.enumerate() if it.name.startswith("asyncio_")]


@pytest.mark.parametrize("turns", range(12))
async def test_who_is_told_to_end_as_something_happens_ends(host: FakeHost, turns: int) -> None:
    """At whichever turn of the loop: Python 3.11's wait_for forgets it at one of them."""

    async def follow() -> None:
        async for _ in watching(host):
            looked.set()

    looked = asyncio.Event()
    task = asyncio.create_task(follow())
    await asyncio.wait_for(looked.wait(), PATIENCE)
    kernel_of(host).sent.put_nowait("eth0")
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,), timeout=PATIENCE)
    assert task.cancelled()


async def test_what_was_read_again_and_is_equal_is_the_same_state(told: FakeHost) -> None:
    looks = await settled(told)
    before = await after(looks)
    told.clock.sleep(WHOLE_EVERY_S)
    assert (await after(looks)).state is before.state
