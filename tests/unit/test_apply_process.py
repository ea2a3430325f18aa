"""The worker as a real process on the demo host: it outlives who started it, and its own death."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from fakes import tree_of

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.apply.begin import begin, begin_undo, write_only
from xenbond_tui.apply.launch import DetachedLauncher, ForkLauncher, NoLauncher
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.waiting import confirm, extend, rollback
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    directory = tmp_path / "host"
    unpack("debian12-dom0", os.fspath(directory))
    machine = open_demo(os.fspath(directory))
    yield machine
    if Store(machine).open() is not None:
        rollback(machine)


def proposal(machine: Machine) -> Plan:
    facts = planner.read_host(machine)
    plan = planner.propose(facts, SetUp(planner.prefill(facts))).plan
    assert plan is not None
    return plan


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.05)


def begun(machine: Machine) -> str:
    """A change that waits to be kept."""
    id = begin(machine, proposal(machine))
    until(lambda: Store(machine).record(id).state is State.ACTIVE)
    return id


def holder(machine: Machine, id: str) -> int:
    return Lock(Store(machine).path(id, "worker.lock")).holder() or 0


def test_kept_change_and_its_undo(machine: Machine) -> None:
    before = tree_of(machine.access.root)
    id = begun(machine)
    assert extend(machine, 60) > 150
    assert confirm(machine).state is State.CONFIRMED
    assert machine.kernel.bond_names() == ("bond0",)
    undo = begin_undo(machine, id)
    until(lambda: Store(machine).record(undo).state is State.ACTIVE)
    confirm(machine)
    assert tree_of(machine.access.root) == before
    assert machine.kernel.bond_names() == ()


@pytest.mark.parametrize("expect_disconnect", [True, False])
def test_who_asked_and_what_for_is_kept_with_the_change(
    machine: Machine, expect_disconnect: bool
) -> None:
    asking = replace(
        machine, environ={"SUDO_USER": "alice", "SSH_CONNECTION": "10.0.0.5 5 10.0.0.1 22"}
    )
    id = begin(asking, proposal(machine), expect_disconnect=expect_disconnect)
    header = Store(machine).header(id)
    assert header.expect_disconnect is expect_disconnect
    assert header.by == "alice from 10.0.0.5"
    assert header.connection == "10.0.0.5 5 10.0.0.1 22"
    until(lambda: Store(machine).record(id).state is State.ACTIVE)


def test_undo_while_one_waits_takes_that_one_back(machine: Machine) -> None:
    before = tree_of(machine.access.root)
    id = begun(machine)
    assert begin_undo(machine) == id
    assert Store(machine).record(id).state is State.ROLLED_BACK
    assert tree_of(machine.access.root) == before


def test_only_one_at_a_time(machine: Machine) -> None:
    plan = proposal(machine)
    id = begun(machine)
    for attempt in (
        lambda: begin(machine, plan),
        lambda: write_only(machine, plan),
    ):
        with pytest.raises(XenbondError, match=f"{id} .* held by process {holder(machine, id)}"):
            attempt()


def test_killed_worker_is_found_and_taken_back(machine: Machine) -> None:
    before = tree_of(machine.access.root)
    network = machine.kernel.snapshot()
    id = begun(machine)
    os.kill(holder(machine, id), signal.SIGKILL)
    until(lambda: not holder(machine, id))
    found = resolve_stale(machine)
    assert found is not None
    assert (found.id, found.state) == (id, State.ROLLED_BACK)
    assert "interrupted" in found.result
    assert tree_of(machine.access.root) == before
    assert machine.kernel.bond_names() == ()
    assert machine.kernel.snapshot().routes == network.routes
    assert resolve_stale(machine) is None


def test_next_boot_puts_the_files_back_before_the_network_starts(machine: Machine) -> None:
    before = tree_of(machine.access.root)
    id = begun(machine)
    os.kill(holder(machine, id), signal.SIGKILL)
    until(lambda: not holder(machine, id))
    found = resolve_stale(machine, boot=True)
    assert found is not None
    assert found.state is State.ROLLED_BACK
    assert tree_of(machine.access.root) == before
    assert machine.kernel.bond_names() == ("bond0",)


def test_confirming_what_has_died_says_so(machine: Machine) -> None:
    id = begun(machine)
    os.kill(holder(machine, id), signal.SIGKILL)
    until(lambda: not holder(machine, id))
    with pytest.raises(XenbondError, match=f"{id} is not waiting any more"):
        confirm(machine)


@pytest.mark.parametrize("seconds", [0, 29, 601, -5])
def test_time_to_confirm_has_bounds(machine: Machine, seconds: float) -> None:
    before = tree_of(machine.access.root, "")
    with pytest.raises(XenbondError, match="30 to 600 s"):
        begin(machine, proposal(machine), confirm_within=seconds)
    with pytest.raises(XenbondError, match="30 to 600 s"):
        extend(machine, seconds)
    assert tree_of(machine.access.root, "") == before


@pytest.mark.parametrize("ask", [confirm, rollback])
def test_nothing_waits(machine: Machine, ask: Callable[[Machine], object]) -> None:
    with pytest.raises(XenbondError, match="No change is waiting"):
        ask(machine)


def test_launcher_that_fails_leaves_nothing_changed(machine: Machine) -> None:
    class Broken:
        def start(self, name: str, argv: object, after: object = ()) -> NoReturn:
            raise XenbondError("no process left")

    before = tree_of(machine.access.root)
    with pytest.raises(XenbondError, match="no process left"):
        begin(replace(machine, launcher=Broken()), proposal(machine))
    assert tree_of(machine.access.root) == before
    assert Store(machine).open() is None


PARENT = """
import sys
from xenbond_tui.apply.launch import ForkLauncher
ForkLauncher().start("x", [sys.executable, "-I", "-c", sys.argv[1], sys.argv[2]])
print("started", flush=True)
sys.stdin.read()
"""
CHILD = """
import os, sys, time
def write(name, text):
    with open(f"{sys.argv[1]}/{name}.new", "w") as stream:
        stream.write(text)
    os.rename(f"{sys.argv[1]}/{name}.new", f"{sys.argv[1]}/{name}")
write("pid", str(os.getpid()))
while not os.path.exists(f"{sys.argv[1]}/go"):
    time.sleep(0.02)
try:
    terminal = os.open("/dev/tty", os.O_RDWR)
except OSError:
    terminal = None
is_open = [fd for fd in range(3, 64) if os.path.exists(f"/proc/self/fd/{fd}")]
write("seen", repr((terminal, os.getcwd(), os.getsid(0) == os.getpid(), len(is_open) <= 1)))
"""


def test_forked_process_survives_its_parent_and_its_terminal(tmp_path: Path) -> None:
    master, terminal = pty.openpty()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, os.fspath(tmp_path)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        cwd=tmp_path,
    )
    os.close(terminal)
    assert b"started" in os.read(master, 100)
    until((tmp_path / "pid").exists)
    parent.kill()
    parent.wait()
    os.close(master)
    child = int((tmp_path / "pid").read_text())
    parents = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    assert int(parents[1]) != parent.pid
    (tmp_path / "go").touch()
    until((tmp_path / "seen").exists)
    no_terminal, cwd, leads_no_session, closed = eval((tmp_path / "seen").read_text())  # noqa: S307
    assert no_terminal is None
    assert cwd == "/"
    # No session leader can ever get a terminal by opening one.
    assert leads_no_session is False
    assert closed


def test_launcher_reports_what_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(XenbondError, match="nothing was changed"):
        ForkLauncher().start("x", ["/bin/true"])


class Systemd:
    """A runner of a host with systemd-run."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.ran: list[tuple[str, ...]] = []

    def which(self, name: str) -> str | None:
        return f"/usr/bin/{name}"

    def run(self, argv: tuple[str, ...], timeout: float = 60.0) -> Completed:
        self.ran.append(argv)
        said = "systemd 252 (252.38-1~deb12u1)\n" if "--version" in argv else ""
        return Completed(argv, self.code, said, "Failed to connect to bus: No such file\n")


def test_systemd_gets_a_transient_unit_whose_clients_live_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("xenbond_tui.apply.launch.by_systemd", lambda root: True)
    runner = Systemd(0)
    DetachedLauncher(runner).start("xenbond-1", ("/usr/bin/python", "-I"))
    argv = runner.ran[-1]
    assert argv[0] == "/usr/bin/systemd-run"
    assert {"--unit=xenbond-1", "--collect", "--property=KillMode=process"} <= set(argv)
    assert argv[-3:] == ("--", "/usr/bin/python", "-I")


def test_systemd_that_refuses_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xenbond_tui.apply.launch.by_systemd", lambda root: True)
    with pytest.raises(XenbondError, match="Failed to connect to bus"):
        DetachedLauncher(Systemd(1)).start("xenbond-1", ("/usr/bin/python",))


def test_another_systems_tree_is_never_started() -> None:
    with pytest.raises(XenbondError, match="--files-only"):
        NoLauncher().start("x", ("/bin/true",))
