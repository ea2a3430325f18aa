"""Watching a bond: at once on an event, by the poll without one, through everything that fails."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import pytest
from facts_builder import bond, bridge
from fakes import FakeHost, FakeKernel

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Counters
from xenbond_tui.health.reader import WHOLE_EVERY_S
from xenbond_tui.health.watch import QUIET, Rate, Snapshot, watch

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


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path), kernel=WatchedKernel())


def kernel_of(host: FakeHost) -> WatchedKernel:
    assert isinstance(host.kernel, WatchedKernel)
    return host.kernel


def watching(host: FakeHost, poll: float = NEVER) -> AsyncIterator[Snapshot]:
    return watch(host.machine, "bond0", poll=poll, gap=0)


async def after(looks: AsyncIterator[Snapshot]) -> Snapshot:
    return await asyncio.wait_for(anext(looks), PATIENCE)


async def test_the_first_look_waits_for_nothing(host: FakeHost) -> None:
    look = await after(watching(host))
    assert look.state is not None
    assert look.state.bond.name == "bond0"
    assert look.state.bridge is not None
    assert look.when.wall == host.clock.wall_time
    assert look.rates == {}


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


# Looks that show the same need not wake who shows them.

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
