"""The service that announces: what it sends is ready before anything moves."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from facts_builder import bond
from fakes import FakeHost
from watched import PATIENCE, WatchedKernel

from xenbond_tui.commands.announce import _Service
from xenbond_tui.errors import XenbondError

ACTIVE = "/sys/class/net/bond0/bonding/active_slave"


class Announced(WatchedKernel):
    """What is announced, and how often the bond had been read by then."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared = 0
        self.told: list[tuple[str, int]] = []
        self.refused = False

    def announcement(self, link: str) -> Callable[[], None]:
        self.prepared += 1
        return lambda: self._tell(link)

    def teaching(self, link: str, macs: Sequence[str]) -> Callable[[], None]:
        return lambda: self._tell(link)

    def _tell(self, link: str) -> None:
        if self.refused:
            raise XenbondError("no frames")
        self.told.append((link, self.reads))


@pytest.fixture
def kernel() -> Announced:
    return Announced()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE / 0.001)):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError(f"not so in {PATIENCE:.0f} s")


@contextlib.asynccontextmanager
async def serving(service: _Service) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    await until(lambda: service._announcer.active == "eth0")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def host(tmp_path: Path, kernel: Announced) -> AsyncIterator[FakeHost]:
    """A host whose service runs, and has seen who is active."""
    host = FakeHost(str(tmp_path), kernel=kernel)
    host.put(ACTIVE, b"eth0\n")
    for slave in ("eth0", "eth1"):
        host.put(f"/sys/class/net/{slave}/bonding_slave/state", b"active\n")
    async with serving(_Service(host.machine, "bond0")):
        yield host


async def becomes_active(host: FakeHost, kernel: Announced, slave: str) -> None:
    """As the kernel does it: the file first, then the word."""
    host.put(ACTIVE, f"{slave}\n".encode())
    kernel.now = bond(active_slave=slave, master="xenbr0")
    kernel.sent.put_nowait("bond0")


async def test_between_the_kernels_word_and_the_frames_nothing_is_looked_for(
    host: FakeHost, kernel: Announced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files are asked that are open; the bond is not read, and no path is followed."""
    read, open_file = kernel.reads, os.open
    opened: list[int] = []

    def counted(*args: Any, **more: Any) -> int:
        opened.append(len(kernel.told))
        return open_file(*args, **more)

    host.put(ACTIVE, b"eth1\n")
    monkeypatch.setattr(os, "open", counted)
    kernel.sent.put_nowait("bond0")
    await until(lambda: len(kernel.told) == 2)
    assert kernel.told == [("xenbr0", read), ("bond0", read)]
    assert not [told for told in opened if told < 2]


async def test_who_is_no_slave_as_far_as_is_known_is_not_the_active_one_yet(
    host: FakeHost, kernel: Announced
) -> None:
    """Whether it takes frames in is in a file that is not open; the next look knows it."""
    read = kernel.reads
    await becomes_active(host, kernel, "eth9")
    await until(lambda: kernel.reads > read)
    assert kernel.told == []


async def test_nothing_is_sent_while_the_slave_before_still_takes_frames_in(
    host: FakeHost, kernel: Announced
) -> None:
    """It would come back by that one, and the bridge would learn its guest there."""
    host.put("/sys/class/net/eth1/bonding_slave/state", b"backup\n")
    read = kernel.reads
    await becomes_active(host, kernel, "eth1")
    await until(lambda: kernel.reads > read)
    assert kernel.told == []
    host.put("/sys/class/net/eth1/bonding_slave/state", b"active\n")
    kernel.sent.put_nowait("eth1")
    await until(lambda: len(kernel.told) == 2)


async def test_once_more_a_second_later_though_nothing_is_looked_at(
    host: FakeHost, kernel: Announced
) -> None:
    await becomes_active(host, kernel, "eth1")
    await until(lambda: len(kernel.told) == 2)
    host.clock.sleep(1.0)
    await until(lambda: len(kernel.told) == 4)


async def test_frames_that_were_refused_are_made_ready_again(
    host: FakeHost, kernel: Announced, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel.refused = True
    await becomes_active(host, kernel, "eth1")
    await until(lambda: kernel.prepared > 1)
    assert "no frames" in capsys.readouterr().err
    kernel.refused = False
    host.clock.sleep(1.0)
    await until(lambda: len(kernel.told) == 2)


async def test_a_bond_that_was_made_anew_is_announced_again(
    tmp_path: Path, kernel: Announced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are others: those that were open say that it is gone, for good."""
    gone: list[int] = []
    host = FakeHost(str(tmp_path), kernel=kernel)
    host.put(ACTIVE, b"eth0\n")
    held = host.machine.tree.held

    def of_now(path: str) -> Callable[[], bytes]:
        made, read = len(gone), held(path)

        def call() -> bytes:
            if made < len(gone):
                raise OSError(errno.ENODEV, "No such device")
            return read()

        return call

    monkeypatch.setattr(host.machine.tree, "held", of_now)
    service = _Service(host.machine, "bond0")
    async with serving(service):
        gone.append(1)
        kernel.sent.put_nowait("bond0")
        await until(lambda: kernel.prepared > 1)
        await becomes_active(host, kernel, "eth1")
        await until(lambda: len(kernel.told) == 2)


async def test_a_mode_without_an_active_slave_announces_nothing(
    host: FakeHost, kernel: Announced
) -> None:
    read = kernel.reads
    kernel.now = replace(bond(master="xenbr0"), mode="802.3ad", active_slave=None)
    kernel.sent.put_nowait("bond0")
    await until(lambda: kernel.reads > read)
    read = kernel.reads
    kernel.sent.put_nowait("bond0")
    await until(lambda: kernel.reads > read)
    host.put(ACTIVE, b"eth1\n")
    kernel.sent.put_nowait("bond0")
    await until(lambda: kernel.sent.empty())
    assert kernel.told == []
