"""How long a worker is waited for that comes up: as long as it works, on a host of any speed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change

from xenbond_tui.apply import launch, transaction
from xenbond_tui.apply.launch import ForkLauncher, start_worker
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.store import Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.host.processes import cpu_time

INTERFACES = "/etc/network/interfaces"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    monkeypatch.setattr(launch.time, "process_time", lambda: 3.0)
    host = FakeHost(os.fspath(tmp_path))
    host.put(INTERFACES, b"old\n")
    return host


def prepared(host: FakeHost) -> str:
    plan = bridged_bond(change(host, INTERFACES, b"new\n"))
    return transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=120)


def waited(host: FakeHost, id: str) -> float:
    """Seconds until it is given up."""
    began = host.clock.monotonic()
    with pytest.raises(XenbondError, match=r"did not come up; nothing was changed\."):
        start_worker(host.machine, id)
    return host.clock.monotonic() - began


def test_one_that_works_slowly_is_waited_for(host: FakeHost) -> None:
    id, began = prepared(host), host.clock.monotonic()
    host.launcher.cpu_time = lambda: (host.clock.monotonic() - began) / 10
    worker = Lock(Store(host.machine).path(id, "worker.lock"))
    host.clock.after(200, lambda: [worker.take(host.clock)].clear())
    start_worker(host.machine, id)
    assert 200 <= host.clock.monotonic() - began < 201


def test_one_that_is_not_there_is_not_waited_for(host: FakeHost) -> None:
    assert 20 <= waited(host, prepared(host)) < 22


def test_one_that_stands_still_is_waited_for_no_longer(host: FakeHost) -> None:
    id, began = prepared(host), host.clock.monotonic()
    host.launcher.cpu_time = lambda: min(host.clock.monotonic() - began, 50.0)
    assert 69 <= waited(host, id) < 73


def test_one_that_never_gets_ready_is_given_up_by_what_this_program_took(host: FakeHost) -> None:
    id, began = prepared(host), host.clock.monotonic()
    host.launcher.cpu_time = lambda: host.clock.monotonic() - began
    assert 60 + 18 <= waited(host, id) < 60 + 23


def test_cpu_time_is_that_of_the_command_line_alone() -> None:
    busy = (sys.executable, "-c", "while True: pass", "one")
    ForkLauncher().start("busy", busy)
    idle = subprocess.Popen((*busy[:2], "input()", "two"), stdin=subprocess.PIPE)
    until = time.monotonic() + 120
    while not (cpu_time(busy) or 0.0) > 0.1:
        assert time.monotonic() < until
        time.sleep(0.05)
    number = next(
        int(it.name)
        for it in Path("/proc").iterdir()
        if it.name.isdecimal()
        and it.joinpath("cmdline").exists()
        and it.joinpath("cmdline").read_bytes() == b"".join(w.encode() + b"\0" for w in busy)
    )
    os.kill(number, 9)
    idle.communicate(b"\n")
    assert cpu_time((*busy[:2], "input()", "two")) is None


@pytest.mark.parametrize(
    ("users", "spent"),
    [((7, 7, 7, 7), 3.5), ((7, 7, 8, 7), None), ((8, 7, 7, 7), None), ((0, 0, 0, 0), None)],
)
def test_cpu_time_of_a_process_that_is_not_wholly_ours_does_not_count(
    users: tuple[int, ...], spent: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose the directory is says nothing: that of a process that can't be dumped is root's."""
    monkeypatch.setattr(os, "geteuid", lambda: 7)
    monkeypatch.setattr(os, "sysconf", lambda _: 100)
    for name in ("self", "12"):
        there = tmp_path / name
        there.mkdir()
        there.joinpath("root").symlink_to("/")
        there.joinpath("cmdline").write_bytes(b"xenbond\0worker\0")
        there.joinpath("status").write_text("Uid:\t" + "\t".join(map(str, users)) + "\n")
        there.joinpath("stat").write_text("12 (a b) c) S " + "0 " * 10 + "300 50 0 0\n")
    assert cpu_time(("xenbond", "worker"), str(tmp_path)) == spent
